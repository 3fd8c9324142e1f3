internal import Synchronization

/// The live load of one node. It outlives the ``RoutingView``s that point to it, so that assignments count at once and
/// survive a rebuild.
package final class NodeLoad: Sendable {
    private let publishers = LoadCounter()
    private let subscribers = LoadCounter()
    /// Nodes that pull from it.
    package let children = ChildLoad()
    private let group: GroupLoad
    /// Somebody went by because it was full, and may remember that: when it has room again, the group is told.
    private let isPassedBy = Atomic<Bool>(false)

    package init(group: GroupLoad) {
        self.group = group
    }

    package func total(_ action: StreamAction) -> Int {
        switch action {
        case .publish: publishers.total
        case .subscribe: subscribers.total
        }
    }

    /// Counts one more client if the node stays within `limit` and its group within `groupLimit`.
    package func tryAdd(_ action: StreamAction, limit: Int, groupLimit: Int) -> Bool {
        guard group.tryAdd(action, limit: groupLimit) else { return false }
        let added =
            switch action {
            case .publish: publishers.tryAdd(limit: limit)
            case .subscribe: subscribers.tryAdd(limit: limit)
            }
        if !added { group.change(action, by: -1) }
        return added
    }

    package func report(publishers newPublishers: Int, subscribers newSubscribers: Int) {
        let (publishing, watching) = (publishers.report(newPublishers), subscribers.report(newSubscribers))
        group.change(.publish, by: publishing)
        group.change(.subscribe, by: watching)
        noteRoom(publishing, watching)
    }

    private func noteRoom(_ publishing: Int, _ watching: Int) {
        guard publishing < 0 || watching < 0 else { return }
        if isPassedBy.exchange(false, ordering: .sequentiallyConsistent) { group.noteRoom() }
    }

    /// Whether there are `bound` clients or more. If so, room that comes from now on is told by ``GroupLoad/rooms``: the sign is set
    /// before the look, and who makes room looks for the sign after it, so that one of both sees the other.
    func passBy(_ action: StreamAction, at bound: Int) -> Bool {
        if !isPassedBy.load(ordering: .relaxed) { isPassedBy.store(true, ordering: .sequentiallyConsistent) }
        switch action {
        case .publish: return publishers.totalInOrder >= bound
        case .subscribe: return subscribers.totalInOrder >= bound
        }
    }

    /// See ``LoadCounter/age()``.
    package func age() {
        children.age()
        let (publishing, watching) = (publishers.age(), subscribers.age())
        group.change(.publish, by: publishing)
        group.change(.subscribe, by: watching)
        noteRoom(publishing, watching)
    }

    /// See ``GroupLoad/rooms``.
    var rooms: Int { group.rooms }

    /// Takes this node's clients off its group's sum, when the node is gone.
    package func clear() {
        report(publishers: 0, subscribers: 0)
        age()
        age()
    }
}

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

    func tryAdd(_ action: StreamAction, limit: Int) -> Bool {
        switch action {
        case .publish: Self.tryAdd(publishers, limit: limit)
        case .subscribe: Self.tryAdd(subscribers, limit: limit)
        }
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
