/// Answers one routing question from a ``RoutingView``. Pure but for the counters and the directory that it is given:
/// the decision depends on its arguments, `now` and the random source alone.
package struct Router: Sendable {
    package let view: RoutingView
    package let streams: StreamDirectory

    package init(view: RoutingView, streams: StreamDirectory) {
        self.view = view
        self.streams = streams
    }

    /// The answer. With a trace, it is told there how it came about, and nobody is counted and nothing promised.
    package func route(
        _ query: RouteQuery, at now: Timestamp, using random: inout some RandomNumberGenerator,
        trace: RouteTrace? = nil
    ) -> RouteAnswer {
        switch query.action {
        case .publish: publish(query, at: now, using: &random, trace)
        case .subscribe: subscribe(query, at: now, using: &random, trace)
        }
    }

    private func publish(
        _ query: RouteQuery, at now: Timestamp, using random: inout some RandomNumberGenerator, _ trace: RouteTrace?
    ) -> RouteAnswer {
        let groups = view.groups.filter { $0.serves(query.stream.scope) }
        if groups.isEmpty {
            return .notFound("no node group serves the scope '\(query.stream.scope)'")
        }
        var chosen: Candidate?
        let claimed = streams.claim(query.stream, at: now, keeps: trace == nil) { node in
            guard let entry = view.nodes[node], entry.isServing, let known = entry.publish else { return false }
            guard groups.contains(where: { $0.name == known.group }) else { return false }
            chosen = query.protocol == nil ? known : entry.candidate(.publish, protocol: query.protocol)
            return chosen != nil
        } choose: {
            chosen = promised(query, groups, trace)
            if chosen != nil { return chosen?.node }
            for group in groups {
                chosen = pick(in: group, query, at: now, using: &random, trace)
                if chosen != nil { break }
            }
            return chosen?.node
        }
        guard let claimed, let chosen else { return unavailable(query, groups) }
        if let trace, !claimed.isNew {
            trace.stick(streams.entry(query.stream)?.live?.node == claimed.node ? .live : .promised)
        }
        return .node(chosen)
    }

    /// The first of the nodes that were picked ahead of time that takes publishers and has room.
    private func promised(
        _ query: RouteQuery, _ groups: [RoutingView.GroupView], _ trace: RouteTrace?
    ) -> Candidate? {
        for node in query.promised {
            guard let entry = view.nodes[node], entry.takesClients,
                let own = entry.candidate(.publish, protocol: query.protocol),
                let group = groups.first(where: { $0.name == own.group }),
                trace == nil ? own.count(.publish, group) : own.hasRoom(.publish, group)
            else { continue }
            trace?.stick(.distributed)
            return own
        }
        return nil
    }

    private func subscribe(
        _ query: RouteQuery, at now: Timestamp, using random: inout some RandomNumberGenerator, _ trace: RouteTrace?
    ) -> RouteAnswer {
        guard let live = streams.entry(query.stream)?.live, let source = view.nodes[live.node],
            let group = view.groups.first(where: { $0.name == source.pool.group })
        else {
            return .notFound("the stream '\(query.stream)' is not live")
        }
        if let chosen = pick(in: group, query, at: now, using: &random, trace) { return .node(chosen) }
        // A node without a parent role can only play what was published to itself.
        if source.takesClients, let own = source.candidate(.subscribe, protocol: query.protocol),
            query.accepts(own, in: group), trace == nil ? own.count(.subscribe, group) : own.hasRoom(.subscribe, group)
        {
            trace?.fallBackToSource()
            return .node(own)
        }
        return unavailable(query, [group])
    }

    /// The first region in the client's order that has a node under its soft limit; when none has, the first that has room.
    private func pick(
        in group: RoutingView.GroupView, _ query: RouteQuery, at now: Timestamp,
        using random: inout some RandomNumberGenerator, _ trace: RouteTrace?
    ) -> Candidate? {
        trace?.enter(group.name)
        let action = query.action
        guard group.load.total(action) < group.limit(action) else { return nil }
        guard let order = query.regionOrder(of: group) else {
            trace?.enter(region: nil)
            let all = group.everywhere
            return Self.pick(from: all, .soft, group, query, at: now, using: &random, trace)
                ?? (all.softActions.contains(action)
                    ? Self.pick(from: all, .hard, group, query, at: now, using: &random, trace) : nil)
        }
        for level in [FillLevel.soft, .hard] {
            for index in order {
                let candidates = group.regions[index].candidates
                // Where no node has a soft limit, the first look was the last.
                if level == .hard, !candidates.softActions.contains(action) { continue }
                trace?.enter(region: group.regions[index].name)
                if let chosen = Self.pick(from: candidates, level, group, query, at: now, using: &random, trace) {
                    return chosen
                }
            }
        }
        return nil
    }

    /// One node of one place.
    private static func pick(
        from candidates: RoutingView.Candidates, _ level: FillLevel, _ group: RoutingView.GroupView,
        _ query: RouteQuery, at now: Timestamp, using random: inout some RandomNumberGenerator, _ trace: RouteTrace?
    ) -> Candidate? {
        let action = query.action
        let list = candidates.list(action, protocol: query.protocol)
        let marks = candidates.marks(action, protocol: query.protocol)
        let groupLimit = group.limit(action)
        if level == .soft, candidates.packedActions.contains(action),
            let chosen = marks?.packing.pick(from: list, action, groupLimit: groupLimit, at: now, trace: trace)
        {
            return chosen
        }
        return Selection.pick(
            from: list, action, level, groupLimit: groupLimit, marks: marks, using: &random, trace: trace)
    }

    private func unavailable(_ query: RouteQuery, _ groups: [RoutingView.GroupView]) -> RouteAnswer {
        let retryAfter = RouteAnswer.retryAfter
        let verb = query.action.rawValue
        if let full = groups.first(where: { $0.load.total(query.action) >= $0.limit(query.action) }) {
            let limit = full.limit(query.action)
            return .unavailable(
                "the node group '\(full.name)' is at its limit of \(limit) \(verb == "publish" ? "publishers" : "subscribers")",
                retryAfter: retryAfter)
        }
        let names = groups.map { "'\($0.name)'" }.joined(separator: ", ")
        if let detail = query.strictlyNowhere(in: groups) {
            return .unavailable("\(detail) (node group \(names))", retryAfter: retryAfter)
        }
        let serving = groups.reduce(0) { $0 + $1.everywhere.list(query.action, protocol: query.protocol).count }
        let place = query.strict ? " in \(query.regions.joined(separator: ", "))" : ""
        let wanted = query.protocol.map { " over \($0)" } ?? ""
        let detail =
            serving == 0 && !groups.contains { $0.atLimit.contains(query.action) }
            ? "no node is in service that can \(verb)\(wanted)" : "no node has room to \(verb)\(wanted)\(place)"
        return .unavailable("\(detail) (node group \(names))", retryAfter: retryAfter)
    }
}

extension Router {
    /// Where more nodes would have helped a client that was refused: the group, and its region that the client wanted first, nil
    /// when it had no preference. Nil when no node would have: a limit of the whole group, a stream that is not live, a protocol
    /// or a region that the group does not have.
    package func shortage(of query: RouteQuery) -> (group: String, region: String?)? {
        let groups: [RoutingView.GroupView]
        switch query.action {
        case .publish: groups = view.groups.filter { $0.serves(query.stream.scope) }
        case .subscribe:
            guard let live = streams.entry(query.stream)?.live, let source = view.nodes[live.node] else { return nil }
            groups = view.groups.filter { $0.name == source.pool.group }
        }
        for group in groups where group.load.total(query.action) < group.limit(query.action) {
            guard let protocols = group.protocols[query.action],
                query.protocol.map(protocols.contains) ?? !protocols.isEmpty
            else { continue }
            guard let order = query.regionOrder(of: group) else { return (group.name, nil) }
            if let first = order.first { return (group.name, group.regions[first].name) }
        }
        return nil
    }
}

extension RoutingView.NodeEntry {
    /// This node for a client of that kind; for a protocol other than its default, at that endpoint.
    package func candidate(_ action: StreamAction, protocol wanted: String?) -> Candidate? {
        guard let known = action == .publish ? publish : subscribe else { return nil }
        guard let wanted, wanted != known.endpoint.protocol else { return known }
        guard let endpoint = endpoints.first(where: { $0.protocol == wanted }) else { return nil }
        return known.at(endpoint)
    }
}

extension Candidate {
    /// Whether one more client would be within the limits.
    func hasRoom(_ action: StreamAction, _ group: RoutingView.GroupView) -> Bool {
        load.total(action) < limit && group.load.total(action) < group.limit(action)
    }

    /// Counts one more client, if that is within the limits.
    fileprivate func count(_ action: StreamAction, _ group: RoutingView.GroupView) -> Bool {
        load.tryAdd(action, limit: limit, groupLimit: group.limit(action))
    }
}

extension Router {
    /// The choice of a node among all of a group, counted: for benchmarks of that part alone.
    package func select(
        _ query: RouteQuery, in group: RoutingView.GroupView, at now: Timestamp,
        using random: inout some RandomNumberGenerator
    ) -> Candidate? {
        pick(in: group, query, at: now, using: &random, nil)
    }
}
