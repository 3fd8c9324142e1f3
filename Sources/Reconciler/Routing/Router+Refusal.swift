extension Router {
    /// Why there is no node, in words.
    func unavailable(_ query: RouteQuery, _ groups: [RoutingView.GroupView]) -> RouteAnswer {
        let retryAfter = RouteAnswer.retryAfter
        let verb = query.action.rawValue
        // What never can be is no matter of coming again.
        let names = groups.map { "'\($0.name)'" }.joined(separator: ", ")
        if let detail = query.strictlyNowhere(in: groups) {
            return .impossible("\(detail) (node group \(names))")
        }
        let wanted = query.protocol.map { " over \(ProtocolFamily.words($0))" } ?? ""
        if !groups.contains(where: { $0.offers.contains { $0.isCapable(of: query) } }) {
            return .impossible("no role can \(query.wish)\(wanted) (node group \(names))")
        }
        if let full = groups.first(where: { $0.load.total(query.action) >= $0.limit(query.action) }) {
            let limit = full.limit(query.action)
            return .unavailable(
                "the node group '\(full.name)' is at its limit of \(limit) \(verb == "publish" ? "publishers" : "subscribers")",
                retryAfter: retryAfter)
        }
        let serving = groups.reduce(0) { $0 + $1.everywhere.list(for: query).count }
        let place = query.strict ? " in \(query.regions.joined(separator: ", "))" : ""
        let rule = query.regionRule == nil ? "" : " in a region that the stream is allowed in"
        let detail =
            serving == 0 && !groups.contains { $0.atLimit.contains(query.action) }
            ? "no node is in service that can \(query.wish)\(wanted)"
            : "no node has room to \(query.wish)\(wanted)\(place)\(rule)"
        return .unavailable("\(detail) (node group \(names))", retryAfter: retryAfter)
    }

    /// Where more nodes would have helped a client that was refused: the group, and its region that the client wanted first, nil
    /// when it had no preference. Nil when no node would have: a limit of the whole group, a stream that is not live, a protocol
    /// or a region that the group does not have.
    package func shortage(of query: RouteQuery) -> (group: String, region: String?)? {
        // More nodes in one answer are not more clients.
        if query.strict, query.endpoints > 1 { return nil }
        let groups: [RoutingView.GroupView]
        switch query.action {
        case .publish: groups = view.groups.filter(query.asks)
        case .subscribe:
            guard let live = streams.entry(query.stream)?.live, let source = view.nodes[live.node] else { return nil }
            groups = view.groups.filter { $0.name == source.pool.group }
        }
        for group in groups where group.load.total(query.action) < group.limit(query.action) {
            guard group.offers.contains(where: { $0.suits(query) }) else { continue }
            guard let order = query.regionOrder(of: group) else { return (group.name, nil) }
            if let first = order.first { return (group.name, group.regions[first].name) }
        }
        return nil
    }
}

extension RouteQuery {
    /// What the node is to be able to do, in words.
    fileprivate var wish: String {
        var words = [action.rawValue] + (transcode ? ["transcode"] : [])
        words += capabilities.map(\.rawValue).filter { !words.contains($0) }.sorted()
        return words.joined(separator: " and ")
    }
}
