/// More than one node for one client.
extension Router {
    /// Lists up to this length are gone through; of longer ones so many are drawn for each node that is wanted, and the best are taken.
    private static let shortList = 64
    private static let drawsEach = 8

    /// Why a client that must have so many nodes, for `strict`, is refused; nil when the group has as many, or it takes fewer.
    func lacking(_ query: RouteQuery, in group: RoutingView.GroupView) -> RouteAnswer? {
        guard query.strict, query.endpoints > 1 else { return nil }
        var found = 0
        for place in places(query, group) {
            let list = place.list(for: query)
            for index in 0..<list.count where list.hasRoom(index) {
                found += 1
                if found == query.endpoints { return nil }
            }
        }
        return tooFew(found, query, group)
    }

    /// The refusal of a client that must have more nodes than there are with room.
    func tooFew(_ found: Int, _ query: RouteQuery, _ group: RoutingView.GroupView) -> RouteAnswer {
        .unavailable(
            "\(found) of \(query.endpoints) nodes have room, and strict=true wants all of them (node group '\(group.name)')",
            retryAfter: RouteAnswer.retryAfter)
    }

    private func places(_ query: RouteQuery, _ group: RoutingView.GroupView) -> [Candidates] {
        query.regionOrder(of: group)?.map { group.regions[$0].candidates } ?? [
            group.everywhere(under: query.regionRule)
        ]
    }

    /// Up to `count` nodes that would do, in the client's order of regions, of each the less loaded first. None is counted, and the
    /// limit of the group is not looked at: they are for the same client, if the first node cannot be reached.
    func others(
        _ query: RouteQuery, _ group: RoutingView.GroupView, besides: Set<NodeID>, _ count: Int,
        using random: inout SeededRandom
    ) -> [Candidate] {
        var found: [Candidate] = []
        for place in places(query, group) where found.count < count {
            let list = place.list(for: query)
            let open = Self.open(list, besides, count - found.count, using: &random)
            found += open.sorted { ($0.fill, $0.node) < ($1.fill, $1.node) }.prefix(count - found.count)
        }
        return found
    }

    /// Nodes of a list that have room: all of a short one, of a long one enough to choose from, wherever they are in it.
    private static func open(
        _ list: CandidateList, _ besides: Set<NodeID>, _ count: Int, using random: inout SeededRandom
    ) -> [Candidate] {
        func isOpen(_ index: Int) -> Bool { list.hasRoom(index) && !besides.contains(list.candidates[index].node) }
        if list.count <= shortList { return (0..<list.count).filter(isOpen).map { list.candidates[$0] } }
        var drawn: Set<Int> = []
        for _ in 0..<count * drawsEach {
            let index = Selection.index(below: list.count, &random)
            if isOpen(index) { drawn.insert(index) }
        }
        if drawn.count < count {
            // Most are full: on from anywhere.
            let start = Selection.index(below: list.count, &random)
            for offset in 0..<list.count where drawn.count < count {
                let index = (start + offset) % list.count
                if isOpen(index) { drawn.insert(index) }
            }
        }
        return drawn.map { list.candidates[$0] }
    }

    /// The answer to a viewer who can be sent to these nodes only, counted: in the client's order of regions, the least loaded first.
    func viewer(_ query: RouteQuery, among nodes: Set<NodeID>) -> RouteAnswer {
        guard let live = streams.live(query.stream), let source = view.nodes[live.source],
            let group = view.group(source.pool.group)
        else { return .notFound("the stream '\(query.stream)' is not live") }
        let order = query.regionOrder(of: group).map { Array($0) } ?? []
        let ranks = Dictionary(
            order.enumerated().map { (group.regions[$1].name, $0) }, uniquingKeysWith: { first, _ in first })
        let open = nodes.compactMap { view.nodes[$0] }
            .filter { $0.takesClients && $0.pool.group == group.name && $0.servesViewers }
            .compactMap { $0.candidate(.subscribe, protocol: query.protocol) }
            .filter { query.accepts($0, in: group) && $0.hasRoom(group) }
            .sorted { left, right in
                let (first, second) = (ranks[left.region] ?? .max, ranks[right.region] ?? .max)
                return (first, left.fill, left.node) < (second, right.fill, right.node)
            }
        guard let chosen = open.first(where: { $0.count(group) }) else {
            return .unavailable(
                "no node that has '\(query.stream)' has room, and none that has room can get it: those above have all the pulls they serve (node group '\(group.name)')",
                retryAfter: RouteAnswer.retryAfter)
        }
        return query.endpoints > 1
            ? .nodes([chosen] + open.filter { $0 !== chosen }.prefix(query.endpoints - 1)) : .node(chosen)
    }
}

extension Candidate {
    /// How full it is; without a limit, how many clients it has.
    fileprivate var fill: Double { limit == .max ? Double(clients) : Double(clients) / Double(max(limit, 1)) }
}
