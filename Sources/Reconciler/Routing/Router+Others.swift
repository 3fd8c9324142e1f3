/// More than one node for one client.
extension Router {
    /// A client that wants many of a long list gets the best of so many that are looked at.
    private static let looks = 1024

    /// Why a client that must have so many nodes, for `strict`, is refused; nil when there are as many, or it takes fewer.
    func lacking(_ query: RouteQuery, in groups: [RoutingView.GroupView]) -> RouteAnswer? {
        guard query.strict, query.endpoints > 1 else { return nil }
        let most = groups.map { others(query, [$0], besides: [], query.endpoints).count }.max() ?? 0
        if most >= query.endpoints { return nil }
        let names = groups.map { "'\($0.name)'" }.joined(separator: ", ")
        return .unavailable(
            "\(most) of \(query.endpoints) nodes have room, and strict=true wants all of them (node group \(names))",
            retryAfter: RouteAnswer.retryAfter)
    }

    /// Up to `count` nodes that would do, in the client's order of regions, the less loaded of a region first. None is counted.
    func others(
        _ query: RouteQuery, _ groups: [RoutingView.GroupView], besides: Set<NodeID>, _ count: Int
    ) -> [Candidate] {
        var found: [Candidate] = []
        for group in groups {
            let order = query.regionOrder(of: group)
            let places = order?.map { group.regions[$0].candidates } ?? [group.everywhere(under: query.regionRule)]
            for place in places where found.count < count {
                let list = place.list(for: query).candidates
                let open = list.lazy.filter { !besides.contains($0.node) && $0.hasRoom(group) }.prefix(
                    max(Self.looks, count))
                found += open.sorted { ($0.fill, $0.node) < ($1.fill, $1.node) }.prefix(count - found.count)
            }
        }
        return found
    }
}

extension Candidate {
    /// How full it is; without a limit, how many clients it has.
    fileprivate var fill: Double { limit == .max ? Double(clients) : Double(clients) / Double(max(limit, 1)) }
}
