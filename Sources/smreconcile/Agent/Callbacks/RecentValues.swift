/// A dictionary of bounded size that forgets what was not touched for longest.
///
/// Two generations in place of an exact order: whatever is touched moves into the young one; when that is half of the
/// bound, it becomes the old one, and the old one is forgotten. So between `limit / 2` and `limit` of the last touched
/// are known, at the price of two look-ups.
struct RecentValues<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// At most so many are kept.
    let limit: Int
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]

    /// Keeps nothing yet.
    init(limit: Int) {
        precondition(limit >= 2, "RecentValues: a limit of \(limit) leaves no generation a place")
        self.limit = limit
    }

    /// How many are kept.
    var count: Int { young.count + old.count }

    /// The value of a key, which counts as touched.
    mutating func value(of key: Key) -> Value? {
        if let value = young[key] { return value }
        guard let value = old.removeValue(forKey: key) else { return nil }
        keep(value, for: key)
        return value
    }

    /// Keeps a value, the newest of its key.
    mutating func keep(_ value: Value, for key: Key) {
        old[key] = nil
        young[key] = value
        guard young.count * 2 >= limit else { return }
        old = young
        young = [:]
    }

    /// Forgets a key.
    mutating func forget(_ key: Key) {
        young[key] = nil
        old[key] = nil
    }
}
