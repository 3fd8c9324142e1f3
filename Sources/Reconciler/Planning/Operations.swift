/// Which provider calls the nodes' states ask for now. Level-based: after a crash the same states ask for the same calls.
package enum Operations {
    /// Calls under way at once, per provider.
    package static let concurrency = 16

    package static func due(
        _ fleet: Fleet, inFlight: Set<NodeID>, concurrency: Int = concurrency, now: Timestamp
    ) -> [Operation] {
        var running: [String: Int] = [:]
        for id in inFlight { running[fleet.nodes[id]?.provider ?? "", default: 0] += 1 }
        var result: [Operation] = []
        let candidates = fleet.nodes.values.filter { node in
            (node.state == .requested || node.state == .creating || node.state == .terminating)
                && !inFlight.contains(node.id) && (node.retryAt ?? now) <= now
                && fleet.scopes[node.scope]?.isKnown == true
        }
        for node in candidates.sorted(by: { ($0.requestedAt, $0.id) < ($1.requestedAt, $1.id) }) {
            guard running[node.provider, default: 0] < concurrency else { continue }
            running[node.provider, default: 0] += 1
            result.append(Operation(node.state == .terminating ? .destroy : .create, node.id))
        }
        return result
    }
}
