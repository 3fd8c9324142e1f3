internal import Synchronization

/// The memory for bodies that are on their way, of all connections together: many that send a large one at once get 503, and the process
/// lives.
struct BodyBudget: ~Copyable {
    /// A body up to this size, in bytes, is none to count: the limit of connections bounds them.
    static let small = 16 << 10
    /// Bytes at once.
    static let maximum = 256 << 20

    private let taken = Atomic<Int>(0)

    /// Takes room for a body of so many bytes; false when there is none.
    func take(_ bytes: Int) -> Bool {
        if taken.add(bytes, ordering: .relaxed).newValue <= Self.maximum { return true }
        taken.subtract(bytes, ordering: .relaxed)
        return false
    }

    /// Gives it back.
    func give(_ bytes: Int) { taken.subtract(bytes, ordering: .relaxed) }
}
