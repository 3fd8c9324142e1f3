internal import Synchronization

/// The live load of one node. It outlives the ``RoutingView``s that point to it, so that assignments count at once and
/// survive a rebuild.
package final class NodeLoad: Sendable {
    /// Its clients of each kind.
    let publishers: LoadCell
    let subscribers: LoadCell
    /// Nodes that pull from it.
    package let children = ChildLoad()
    let group: GroupLoad
    /// The number of its region, see ``LoadRegistry/place(of:in:)``.
    let place: Int
    private let memory: LoadMemory
    /// Where it is in its region's list for viewers, as of the newest view; the list says whether that holds.
    private let seat = Atomic<Int>(-1)
    /// Somebody went by because it was full, and may remember that: when it has room again, the group is told.
    private let isPassedBy = Atomic<Bool>(false)
    /// What `capacityRanking` says, as the bits of a `Double`, and the clients of each kind when it said so.
    private let rank = Atomic<UInt64>(Double.nan.bitPattern)
    private let rankedPublishers = Atomic<Int>(0)
    private let rankedSubscribers = Atomic<Int>(0)

    package convenience init(group: GroupLoad) { self.init(group: group, place: 0, memory: LoadMemory()) }

    init(group: GroupLoad, place: Int, memory: LoadMemory) {
        self.group = group
        self.place = place
        self.memory = memory
        publishers = memory.publishers.take()
        subscribers = memory.subscribers.take()
    }

    deinit {
        // What came while the node was forgotten.
        group.change(.publish, by: -publishers.total)
        group.change(.subscribe, by: -subscribers.total)
        memory.publishers.giveBack(publishers)
        memory.subscribers.giveBack(subscribers)
    }

    func cell(_ action: StreamAction) -> LoadCell {
        switch action {
        case .publish: publishers
        case .subscribe: subscribers
        }
    }

    package func total(_ action: StreamAction) -> Int { cell(action).total }

    /// Counts one more client if the node stays within `limit` and its group within `groupLimit`.
    package func tryAdd(_ action: StreamAction, limit: Int, groupLimit: Int) -> Bool {
        group.tryAdd(action, on: cell(action), limit: limit, groupLimit: groupLimit)
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
        return cell(action).totalInOrder >= bound
    }

    /// A client of this kind that was counted does not come after all.
    func takeBack(_ action: StreamAction) {
        let change = cell(action).takeBack()
        group.change(action, by: change)
        noteRoom(change, 0)
    }

    /// See ``LoadCounter/age()``.
    package func age() {
        children.age()
        let (publishing, watching) = (publishers.age(), subscribers.age())
        group.change(.publish, by: publishing)
        group.change(.subscribe, by: watching)
        noteRoom(publishing, watching)
    }

    /// Takes this node's clients off its group's sum, when the node is gone.
    package func clear() {
        report(publishers: 0, subscribers: 0)
        age()
        age()
    }

    // MARK: - In the newest view

    var viewerSeat: Int {
        get { seat.load(ordering: .relaxed) }
        set { seat.store(newValue, ordering: .relaxed) }
    }

    /// Takes in what its role's `capacityRanking` says of it now; nil: nothing, or nothing is known.
    package func setRank(_ value: Double?) {
        rankedPublishers.store(publishers.total, ordering: .relaxed)
        rankedSubscribers.store(subscribers.total, ordering: .relaxed)
        rank.store((value ?? .nan).bitPattern, ordering: .relaxed)
    }

    func ranking(_ action: StreamAction) -> Candidate.Ranking? {
        let value = Double(bitPattern: rank.load(ordering: .relaxed))
        if value.isNaN { return nil }
        switch action {
        case .publish: return .init(value: value, clients: rankedPublishers.load(ordering: .relaxed))
        case .subscribe: return .init(value: value, clients: rankedSubscribers.load(ordering: .relaxed))
        }
    }
}

/// Where the counters of a fleet are.
struct LoadMemory: Sendable {
    let publishers = LoadSlab()
    let subscribers = LoadSlab()
}
