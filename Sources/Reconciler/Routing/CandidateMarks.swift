internal import Synchronization

/// How far a node is filled: to its soft limit while there is room elsewhere, to its limit in the end.
package enum FillLevel: Sendable {
    case soft
    case hard
}

/// What is remembered of one list of candidates between decisions, so that each takes the same time at any length of the list.
package final class CandidateMarks: Sendable {
    /// All are at their limit.
    let full = FullMark()
    /// All are at their soft limit.
    let softFull = FullMark()
    /// The order in which nodes that pack are filled.
    let packing = PackOrder()
    private let place = Atomic<Int>(0)

    /// Nothing is remembered yet.
    package init() {}

    func mark(_ level: FillLevel) -> FullMark { level == .hard ? full : softFull }

    /// Where a search found room last. The next one begins there: in a list that is nearly full, all searches together go round it
    /// once.
    var searchStart: Int {
        get { place.load(ordering: .relaxed) }
        set { place.store(newValue, ordering: .relaxed) }
    }
}

/// Remembers of one list of candidates that none of them had room, so that a full region is not searched anew for every client.
package final class FullMark: Sendable {
    private let rooms = Atomic<Int>(-1)

    /// Not known to be full.
    package init() {}

    /// True when the list was full at this count of ``GroupLoad/rooms``.
    func holds(at rooms: Int) -> Bool { self.rooms.load(ordering: .relaxed) == rooms }
    func set(at rooms: Int) { self.rooms.store(rooms, ordering: .relaxed) }
}
