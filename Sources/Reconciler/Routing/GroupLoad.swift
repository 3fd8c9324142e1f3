internal import Synchronization

/// The sums of one node group, for its limits.
package final class GroupLoad: Sendable {
    private let publishers = Atomic<Int>(0)
    private let subscribers = Atomic<Int>(0)
    private let roomCount = Atomic<Int>(0)

    package init() {}

    /// Grows whenever a node that was passed by as full may have room: while it stands, what was full is full.
    var rooms: Int { roomCount.load(ordering: .acquiring) }

    /// After the room is there, so that who looks for it and does not find it sees that its look is out of date.
    func noteRoom() { roomCount.add(1, ordering: .releasing) }

    package func total(_ action: StreamAction) -> Int {
        switch action {
        case .publish: publishers.load(ordering: .relaxed)
        case .subscribe: subscribers.load(ordering: .relaxed)
        }
    }

    func change(_ action: StreamAction, by difference: Int) {
        if difference == 0 { return }
        switch action {
        case .publish: publishers.add(difference, ordering: .relaxed)
        case .subscribe: subscribers.add(difference, ordering: .relaxed)
        }
    }

    private func tryAdd(_ action: StreamAction, limit: Int) -> Bool {
        switch action {
        case .publish: Self.tryAdd(publishers, limit: limit)
        case .subscribe: Self.tryAdd(subscribers, limit: limit)
        }
    }

    /// Counts one more client on one of the group's nodes, if that stays within `limit` and the group within `groupLimit`.
    func tryAdd(_ action: StreamAction, on cell: LoadCell, limit: Int, groupLimit: Int) -> Bool {
        guard tryAdd(action, limit: groupLimit) else { return false }
        if cell.tryAdd(limit: limit) { return true }
        change(action, by: -1)
        return false
    }

    private static func tryAdd(_ counter: borrowing Atomic<Int>, limit: Int) -> Bool {
        if limit == .max {
            counter.add(1, ordering: .relaxed)
            return true
        }
        var old = counter.load(ordering: .relaxed)
        while old < limit {
            let (done, seen) = counter.compareExchange(expected: old, desired: old + 1, ordering: .relaxed)
            if done { return true }
            old = seen
        }
        return false
    }
}
