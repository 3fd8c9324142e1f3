/// Whether one node is well, and why not: a pure function of the node and its surroundings.
struct NodeVerdict: Equatable {
    let state: ClusterStatus.State

    /// Nil for a node that is well: in service, heard of, and not marked by a person.
    init?(_ node: Node, _ outlook: NodeOutlook) {
        if node.state == .fault || outlook.suspicion(of: node) != nil || node.missingSince != nil
            || node.state == .inService && !node.isReady || node.attempts > 0
        {
            state = .degraded
        } else if node.cordoned || node.marks.isQuarantined
            || node.state == .inService && node.marks.drainRequest != nil
        {
            state = .held
        } else if node.state != .inService {
            state = .progressing
        } else {
            return nil
        }
    }

    /// Why, and what it waits for; the words of `explain`.
    func message(of node: Node, _ outlook: NodeOutlook) -> String {
        let waiting = outlook.waiting(of: node)
        switch node.state {
        case .requested, .creating, .created, .started:
            return waiting.isEmpty ? node.reason : "waiting: " + Self.joined(waiting)
        case .inService:
            return Self.joined(waiting)
        case .draining, .evicting, .terminating, .terminated, .fault:
            let quarantine = node.marks.isQuarantined ? ["it is quarantined"] : []
            return Self.joined([node.reason] + quarantine + waiting.prefix(1))
        }
    }

    private static func joined(_ sentences: [String]) -> String { sentences.joined(separator: "; ") }
}
