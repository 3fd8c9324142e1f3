internal import Synchronization

/// The memory for bodies that are on their way, of all connections together: many that send a large one at once get 503, and the process
/// lives.
struct BodyBudget: ~Copyable {
    /// A body up to this size, in bytes, is none to count: the limit of connections bounds them.
    static let small = 16 << 10
    /// Bytes at once of those who are known.
    static let known = 256 << 20
    /// Bytes at once of anybody else, who cannot take the room of those.
    static let strangers = 32 << 20
    /// Room is taken in steps of so many bytes, as a body comes: what is only announced takes none.
    static let step = 64 << 10

    private let maximum: Int
    private let taken = Atomic<Int>(0)

    /// Room for so many bytes.
    init(_ maximum: Int) { self.maximum = maximum }

    /// Takes room for so many bytes; false when there is none.
    func take(_ bytes: Int) -> Bool {
        if taken.add(bytes, ordering: .relaxed).newValue <= maximum { return true }
        taken.subtract(bytes, ordering: .relaxed)
        return false
    }

    /// Gives it back.
    func give(_ bytes: Int) { taken.subtract(bytes, ordering: .relaxed) }
}
