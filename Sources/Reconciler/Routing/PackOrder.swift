/// In which order the nodes of a list that pack are filled: the fullest that is under its soft limit first, so that scale-in finds
/// others empty.
///
/// The list is sorted once in a while and then gone through from its head, so that a decision takes the same time at any length. What
/// changes in between shows with the next sort: assignments make the head fuller, which keeps it the fullest, and a node that has lost
/// clients since is no longer the one to be filled.
package final class PackOrder: Sendable {
    /// No sort before this time has passed since the last, and this much more per node: sorting takes a small part of all time.
    static let pause: Duration = .seconds(1)
    static let pausePerNode: Duration = .microseconds(100)

    private struct State {
        /// Indices into the list, the fullest first.
        var order: [Int] = []
        var next = 0
        var sortedAt: Timestamp?
        /// Decisions until the next sort, whatever the time: as many as there are nodes.
        var left = 0

        func isDue(_ count: Int, at now: Timestamp) -> Bool {
            guard let sortedAt, left > 0 else { return true }
            return now < sortedAt || now - sortedAt >= PackOrder.pause + PackOrder.pausePerNode * count
        }

        mutating func sort(_ list: CandidateList, at now: Timestamp) {
            let open = list.candidates.indices.lazy.filter { list.candidates[$0].packs }
                .map { (index: $0, clients: list.seat($0).cell.total) }
                .filter { $0.clients < list.seat($0.index).softLimit }
                .map { ($0.index, Double($0.clients) / Double(list.seat($0.index).limit)) }
            order = Array(open).sorted { ($1.1, $0.0) < ($0.1, $1.0) }.map(\.0)
            (next, sortedAt, left) = (0, now, list.count)
        }
    }

    private let state = Locked(State())

    /// Counts a client on the fullest node that packs and is under its soft limit; nil when the list has none, as far as the last sort
    /// knows. With a trace, nobody is counted.
    func pick(
        from list: CandidateList, _ action: StreamAction, groupLimit: Int, at now: Timestamp, trace: RouteTrace?
    ) -> Candidate? {
        state.with { state in
            var own = state
            if trace != nil || own.isDue(list.count, at: now) { own.sort(list, at: now) }
            defer { if trace == nil { state = own } }
            own.left -= 1
            while own.next < own.order.count {
                let candidate = list.candidates[own.order[own.next]]
                if candidate.clients < candidate.softLimit {
                    if trace != nil {
                        trace?.pack(candidate, of: list.count)
                        return candidate
                    }
                    if candidate.load.tryAdd(action, limit: candidate.softLimit, groupLimit: groupLimit) {
                        return candidate
                    }
                    // It is the group that is full.
                    if candidate.clients < candidate.softLimit { return nil }
                }
                own.next += 1
            }
            return nil
        }
    }
}
