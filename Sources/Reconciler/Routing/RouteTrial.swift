/// A routing question put many times, each answer counted: who gets how many.
package struct RouteTrial: Sendable, Equatable, Codable {
    /// How often it was asked.
    package var asked: Int
    /// How often there was a node.
    package var assigned: Int
    /// In the order of their ids: every node that could have been the answer or was.
    package var nodes: [Share]
    /// Why there was none, and how often.
    package var refusals: [Refusal]

    /// What one node got.
    package struct Share: Sendable, Equatable, Codable {
        package var node: String
        package var region: String
        package var assigned: Int
        /// With those that it had before.
        package var clients: Int
        /// Nil: no limit.
        package var limit: Int?
    }

    /// One answer without a node.
    package struct Refusal: Sendable, Equatable, Codable {
        package var status: Int
        package var detail: String
        package var count: Int
    }

    /// Asks `count` times, and counts every answer on the loads of the router's view. Every publisher has a stream of its own, since
    /// one stream goes to one node: `a`, `a-2`, `a-3` ...
    package static func run(_ query: RouteQuery, times count: Int, router: Router, at now: Timestamp, seed: UInt64)
        -> Self
    {
        var random = SeededRandom(seed: seed)
        var assigned: [NodeID: Int] = [:]
        var candidates: [NodeID: Candidate] = [:]
        var refusals: [Refusal] = []
        for index in 0..<count {
            var query = query
            if query.action == .publish, index > 0 {
                query.stream = StreamKey(scope: query.stream.scope, name: "\(query.stream.name)-\(index + 1)")
            }
            func refuse(_ status: Int, _ detail: String) {
                if let known = refusals.firstIndex(where: { $0.status == status && $0.detail == detail }) {
                    refusals[known].count += 1
                } else {
                    refusals.append(Refusal(status: status, detail: detail, count: 1))
                }
            }
            let answer = router.route(query, at: now, using: &random)
            if let candidate = answer.candidate {
                assigned[candidate.node, default: 0] += 1
                candidates[candidate.node] = candidate
            } else if let (status, detail) = answer.withoutNode {
                refuse(status, detail)
            }
        }
        for group in router.view.groups where candidates.values.contains(where: { $0.group == group.name }) {
            for candidate in group.everywhere.list(for: query).candidates {
                candidates[candidate.node] = candidate
            }
        }
        let nodes = candidates.values.sorted { $0.node < $1.node }.map { candidate in
            Share(
                node: candidate.node.rawValue, region: candidate.region, assigned: assigned[candidate.node] ?? 0,
                clients: candidate.clients, limit: candidate.limit == .max ? nil : candidate.limit)
        }
        return RouteTrial(
            asked: count, assigned: assigned.values.reduce(0, +), nodes: nodes, refusals: refusals)
    }
}
