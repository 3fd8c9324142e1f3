/// Answers one routing question from a ``RoutingView``. Pure but for the counters and the directory that it is given:
/// the decision depends on its arguments, `now` and the random source alone.
///
/// An object, made with each view: requests pass it on and look at its view without counting references that all threads share.
package final class Router: Sendable {
    package let view: RoutingView
    package let streams: StreamDirectory

    package init(view: RoutingView, streams: StreamDirectory) {
        self.view = view
        self.streams = streams
    }

    /// The answer. With a trace, it is told there how it came about, and nobody is counted and nothing promised.
    package func route(
        _ query: RouteQuery, at now: Timestamp, using random: inout SeededRandom, trace: RouteTrace? = nil
    ) -> RouteAnswer {
        switch query.action {
        case .publish: publish(query, at: now, using: &random, trace)
        case .subscribe: subscribe(query, at: now, using: &random, trace)
        }
    }

    private func publish(
        _ query: RouteQuery, at now: Timestamp, using random: inout SeededRandom, _ trace: RouteTrace?
    ) -> RouteAnswer {
        let groups = view.groups.filter(query.asks)
        if groups.isEmpty {
            return .notFound("no node group serves the scope '\(query.stream.scope)'")
        }
        var chosen: Candidate?
        var origin: Candidate?
        var conflict: String?
        var lacking: RouteAnswer?
        let claimed = streams.claim(query.stream, at: now, keeps: trace == nil) { source, isLive in
            guard let entry = view.nodes[source.node], entry.isServing, let known = entry.publish,
                let group = groups.first(where: { $0.name == known.group })
            else { return false }
            if isLive, entry.onDuplicate == .reject {
                conflict = "the stream '\(query.stream)' is live on \(source.node), and takes no second publisher"
                return true
            }
            guard query.suits(known, in: group) else { return false }
            if !query.accepts(known, in: group) {
                // One that is only promised moves; one that is live cannot be in two places.
                guard isLive else { return false }
                let regions = query.regions.prefix(4).joined(separator: ", ")
                conflict =
                    "the stream '\(query.stream)' is live on \(source.node) in \(known.region), and strict=true allows no region but \(regions)"
                return true
            }
            chosen = query.protocol == nil ? known : entry.candidate(.publish, protocol: query.protocol)
            if chosen == nil, isLive, let wanted = query.protocol {
                conflict =
                    "the stream '\(query.stream)' is live on \(source.node), which has no endpoint for \(ProtocolFamily.words(wanted))"
                return true
            }
            guard let chosen, query.transcode else { return chosen != nil }
            let promised = source.origin.flatMap { view.nodes[$0] }
            if let promised, promised.isServing { origin = promised.publish }
            if origin == nil { origin = pickOrigin(for: chosen, in: group, query, at: now, using: &random, trace) }
            source.origin = origin?.node
            return origin != nil
        } choose: {
            func take(_ node: Candidate, in group: RoutingView.GroupView) -> (node: NodeID, origin: NodeID?)? {
                chosen = node
                if !query.transcode { return (node.node, nil) }
                origin = pickOrigin(for: node, in: group, query, at: now, using: &random, trace)
                if let origin { return (node.node, origin.node) }
                if trace == nil { node.load.takeBack(.publish) }
                return nil
            }
            if let (kept, group) = promised(query, groups, trace), let taken = take(kept, in: group) { return taken }
            for group in groups {
                if let reason = self.lacking(query, in: group) {
                    lacking = lacking ?? reason
                    continue
                }
                if let node = pick(in: group, query, at: now, using: &random, trace), let taken = take(node, in: group)
                {
                    return taken
                }
            }
            return nil
        }
        if let conflict { return .conflict(conflict) }
        guard let claimed, let chosen, let group = groups.first(where: { $0.name == chosen.group }) else {
            return lacking ?? unavailable(query, groups)
        }
        if let trace, !claimed.isNew {
            trace.stick(streams.entry(query.stream)?.live?.node == claimed.source.node ? .live : .promised)
        }
        if query.transcode {
            guard let origin else { return unavailable(query, groups) }
            return .transcoder(chosen, origin: origin)
        }
        return answer(chosen, query, group, isCounted: claimed.isNew && trace == nil, using: &random)
    }

    /// Where a transcoder sends its results: an origin near it, on which they are counted. It speaks the publisher's protocol if one
    /// does that has room.
    private func pickOrigin(
        for transcoder: Candidate, in group: RoutingView.GroupView, _ query: RouteQuery, at now: Timestamp,
        using random: inout SeededRandom, _ trace: RouteTrace?
    ) -> Candidate? {
        var own = query
        (own.transcode, own.capabilities, own.regions, own.strict) = (false, [], [transcoder.region], false)
        own.place = group.regions.first { $0.name == transcoder.region }?.location
        for wanted in query.protocol == nil ? [nil] : [query.protocol, nil] {
            own.protocol = wanted
            // A trace tells of the transcoder's draw alone.
            let first = pick(in: group, own, at: now, using: &random, trace.map { _ in RouteTrace() })
            if let first, first.node != transcoder.node { return first }
            // The transcoder may take publishers itself; its results are for another.
            if let first, trace == nil { first.load.takeBack(.publish) }
            for other in others(own, group, besides: [transcoder.node], Self.originTries, using: &random)
            where trace == nil ? other.count(group) : other.hasRoom(group) {
                return other
            }
        }
        return nil
    }

    /// Origins that are tried when the first that is drawn is the transcoder itself.
    private static let originTries = 8

    /// The first of the nodes that were picked ahead of time that takes publishers, suits and has room, with its group.
    private func promised(
        _ query: RouteQuery, _ groups: [RoutingView.GroupView], _ trace: RouteTrace?
    ) -> (Candidate, RoutingView.GroupView)? {
        for node in query.promised {
            guard let entry = view.nodes[node], entry.takesClients,
                let own = entry.candidate(.publish, protocol: query.protocol),
                let group = groups.first(where: { $0.name == own.group }), query.suits(own, in: group),
                trace == nil ? own.count(group) : own.hasRoom(group)
            else { continue }
            trace?.stick(.distributed)
            return (own, group)
        }
        return nil
    }

    private func subscribe(
        _ query: RouteQuery, at now: Timestamp, using random: inout SeededRandom, _ trace: RouteTrace?
    ) -> RouteAnswer {
        guard let live = streams.live(query.stream), let source = view.nodes[live.source],
            let group = view.group(source.pool.group), query.group == nil || query.group == group.name
        else {
            return .notFound("the stream '\(query.stream)' is not live")
        }
        if let lacking = lacking(query, in: group) { return lacking }
        if let chosen = pick(in: group, query, live.carriers, at: now, using: &random, trace) {
            return answer(chosen, query, group, isCounted: trace == nil, using: &random)
        }
        // A node without a parent role can only play what was published to itself.
        if source.takesClients, let own = source.candidate(.subscribe, protocol: query.protocol),
            query.accepts(own, in: group), trace == nil ? own.count(group) : own.hasRoom(group)
        {
            trace?.fallBackToSource()
            return .node(own)
        }
        return unavailable(query, [group])
    }

    private func answer(
        _ chosen: Candidate, _ query: RouteQuery, _ group: RoutingView.GroupView, isCounted: Bool,
        using random: inout SeededRandom
    ) -> RouteAnswer {
        if query.endpoints <= 1 { return .node(chosen) }
        let nodes =
            [chosen] + others(query, group, besides: [chosen.node], query.endpoints - 1, using: &random)
        // Those who have their node already, or others who took the room meanwhile.
        if query.strict, nodes.count < query.endpoints {
            if isCounted { chosen.load.takeBack(query.action) }
            return tooFew(nodes.count, query, group)
        }
        return .nodes(nodes)
    }

    /// The first region in the client's order that has a node under its soft limit; when none has, the first that has room.
    func pick(
        in group: RoutingView.GroupView, _ query: RouteQuery, _ carriers: Carriers? = nil, at now: Timestamp,
        using random: inout SeededRandom, _ trace: RouteTrace? = nil
    ) -> Candidate? {
        trace?.enter(group.name)
        guard group.load.total(query.action) < group.limit(query.action) else { return nil }
        guard query.hasPreference, let order = query.regionOrder(of: group) else {
            trace?.enter(region: nil)
            let all = query.regionRule == nil ? group.everywhere : group.everywhere(under: query.regionRule)
            return Self.look(all, .soft, group, query, carriers, at: now, using: &random, trace)
                ?? Self.look(all, .hard, group, query, carriers, at: now, using: &random, trace)
        }
        for level in [FillLevel.soft, .hard] {
            for index in order {
                let region = group.regions[index]
                trace?.enter(region: region.name)
                let chosen = Self.look(
                    region.candidates, level, group, query, carriers, at: now, using: &random, trace)
                if let chosen { return chosen }
            }
        }
        return nil
    }

    /// One node of one place.
    private static func look(
        _ candidates: Candidates, _ level: FillLevel, _ group: RoutingView.GroupView, _ query: RouteQuery,
        _ carriers: Carriers?, at now: Timestamp, using random: inout SeededRandom, _ trace: RouteTrace?
    ) -> Candidate? {
        let list = candidates.list(for: query)
        // Where no node has a soft limit, the first look is the last.
        if level == .hard, !list.hasSoftLimits { return nil }
        let groupLimit = group.limit(query.action)
        if level == .soft, list.hasPacking {
            let chosen = list.marks.packing.pick(
                from: list, query.action, groupLimit: groupLimit, at: now, trace: trace)
            if let chosen { return chosen }
        }
        return Selection(for: query.action, level, in: group.load, limit: groupLimit, trace: trace)
            .pick(from: list, carriers, using: &random).map { list.candidates[$0] }
    }
}

extension RoutingView.NodeEntry {
    /// This node for a client of that kind; for a protocol other than its default, at that endpoint.
    package func candidate(_ action: StreamAction, protocol wanted: String?) -> Candidate? {
        guard let known = action == .publish ? publish : subscribe else { return nil }
        guard let wanted, wanted != known.endpoint.protocol else { return known }
        guard let index = endpoints.index(speaking: wanted) else { return nil }
        return known.at(endpoints[index])
    }
}

extension Candidate {
    /// Whether one more client would be within the limits.
    func hasRoom(_ group: RoutingView.GroupView) -> Bool {
        clients < limit && group.load.total(action) < group.limit(action)
    }

    /// Counts one more client, if that is within the limits.
    func count(_ group: RoutingView.GroupView) -> Bool {
        load.tryAdd(action, limit: limit, groupLimit: group.limit(action))
    }
}
