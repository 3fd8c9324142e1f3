extension RouteExplanation {
    /// Seeds are below this.
    package static let seedLimit: UInt64 = 1 << 53

    /// Puts the question to `router` without counting it, and tells how it was decided. `fleet` is what the router's view was made
    /// of, with the health that was judged at `judgedAt`.
    package static func make(
        _ query: RouteQuery, router: Router, spec: Spec, fleet: Fleet, judgedAt: Timestamp, at now: Timestamp,
        seed: UInt64
    ) -> RouteExplanation {
        var random = SeededRandom(seed: seed)
        let trace = RouteTrace()
        let answer = router.route(query, at: now, using: &random, trace: trace)
        let entry = router.streams.entry(query.stream)
        let maker = RouteExplanationMaker(
            query: query, view: router.view, trace: trace, chosen: answer.candidate, source: entry?.live?.node,
            exclusions: RouteExclusion(
                query: query, spec: spec, fleet: fleet, judgedAt: judgedAt, source: entry?.live?.node),
            nodes: Dictionary(grouping: fleet.nodes.values.lazy.filter { $0.state != .terminated }) { $0.pool.group })
        let (groups, others) = maker.groups()
        func place(_ source: StreamDirectory.Entry.Source?) -> Place? {
            source.map {
                let isServing = router.view.nodes[$0.node]?.isServing == true
                return Place(node: $0.node.rawValue, since: $0.since, isServing: isServing)
            }
        }
        return RouteExplanation(
            scope: query.stream.scope, name: query.stream.name, action: query.action, protocol: query.protocol,
            at: now, seed: seed, answer: Answer(answer, for: query.stream, trace),
            stream: Stream(
                live: place(entry?.live), promised: place(entry?.claim), carriers: entry?.carriers.count ?? 0),
            draw: trace.draws.last, groups: groups, otherGroups: others)
    }
}

extension RouteAnswer {
    /// The node of the answer, where there is one.
    package var candidate: Candidate? {
        switch self {
        case .node(let candidate), .transcoder(let candidate, origin: _): candidate
        case .nodes(let candidates): candidates.first
        case .notFound, .conflict, .impossible, .unavailable: nil
        }
    }
}

extension RouteAnswer {
    /// The HTTP status and why there is no node; nil where there is one.
    package var withoutNode: (status: Int, detail: String)? {
        switch self {
        case .node, .nodes, .transcoder: nil
        case .notFound(let why), .impossible(let why): (404, why)
        case .conflict(let why): (409, why)
        case .unavailable(let why, _): (503, why)
        }
    }
}

extension RouteExplanation.Answer {
    fileprivate init(_ answer: RouteAnswer, for stream: StreamKey, _ trace: RouteTrace) {
        if let candidate = answer.candidate {
            self.init(
                status: 200, node: candidate.node.rawValue, nodeGroup: candidate.group, region: candidate.region,
                address: candidate.address, port: candidate.endpoint.port, protocol: candidate.endpoint.protocol,
                url: candidate.url(of: stream))
            how =
                switch trace.stickiness {
                case _ where trace.isOwnSource: .source
                case .live: .live
                case .promised: .promised
                case .distributed: .distributed
                case nil: .drawn
                }
            if case .nodes(let candidates) = answer { others = candidates.dropFirst().map(\.node.rawValue) }
            if case .transcoder(_, origin: let origin) = answer { self.origin = origin.node.rawValue }
            return
        }
        let (status, detail) = answer.withoutNode ?? (503, "no node")
        self.init(status: status, detail: detail)
    }
}

extension Candidate {
    /// Where a client finds a stream on it, percent-encoded.
    func url(of stream: StreamKey) -> String {
        var bytes: [UInt8] = []
        RouteAnswerBytes.percentEncode(stream.scope.utf8, into: &bytes)
        bytes.append(UInt8(ascii: "/"))
        RouteAnswerBytes.percentEncode(stream.name.utf8, into: &bytes)
        let host = address.contains(":") ? "[\(address)]" : address
        return "\(endpoint.protocol)://\(host):\(endpoint.port)/\(String(decoding: bytes, as: UTF8.self))"
    }
}

extension RouteQuery {
    /// Whether the stream may be served in a region at all.
    fileprivate func allows(_ region: RoutingView.RegionView) -> Bool {
        regionRule?.allows(region: region.name, zone: region.zone) ?? true
    }
}

/// Tells of each group and region what became of it.
private struct RouteExplanationMaker {
    let query: RouteQuery
    let view: RoutingView
    let trace: RouteTrace
    let chosen: Candidate?
    /// Where the stream is live.
    let source: NodeID?
    let exclusions: RouteExclusion
    /// Those that are not gone, by group.
    let nodes: [String: [Node]]

    func groups() -> ([RouteExplanation.Group], [RouteExplanation.Other]) {
        var asked: [RouteExplanation.Group] = []
        var others: [RouteExplanation.Other] = []
        for group in view.groups {
            if let reason = refusal(group) {
                others.append(.init(name: group.name, reason: reason))
            } else {
                asked.append(explain(group))
            }
        }
        return (asked, others)
    }

    /// Why no node of a group may get the client.
    private func refusal(_ group: RoutingView.GroupView) -> String? {
        switch query.action {
        case .publish:
            if group.serves(query.stream.scope) { return nil }
            return "serves the scopes \(group.scopes.map { "'\($0)'" }.joined(separator: ", "))"
        case .subscribe:
            // Of a stream that is live nowhere, those are told where it could be.
            guard let live = source.flatMap({ view.nodes[$0] }) else {
                return group.serves(query.stream.scope)
                    ? nil : "serves the scopes \(group.scopes.map { "'\($0)'" }.joined(separator: ", "))"
            }
            return live.pool.group == group.name ? nil : "the stream is live in node group '\(live.pool.group)'"
        }
    }

    private func explain(_ group: RoutingView.GroupView) -> RouteExplanation.Group {
        let isAsked = trace.groups.contains(group.name)
        let order = query.regionOrder(of: group).map { Array($0) }
        let allowed = group.regions.indices.filter { query.allows(group.regions[$0]) }
        let tried = order ?? allowed
        let byRegion = Dictionary(grouping: nodes[group.name] ?? []) { $0.pool.region }
        var isBefore = true
        var regions: [RouteExplanation.Region] = []
        for (place, index) in tried.enumerated() {
            let region = group.regions[index]
            let isChosen = chosen.map { $0.group == group.name && $0.region == region.name } ?? false
            let isDrawn = trace.stickiness == nil && !trace.isOwnSource
            // The second look, at hard limits, comes after all regions were looked at.
            let isSecondLook = trace.draws.last.map { !$0.withinSoftLimit } ?? false
            let isTried = isAsked && isDrawn && (order == nil ? chosen == nil : isBefore || isSecondLook)
            let outcome: RouteExplanation.Outcome =
                isChosen ? .chosen : isTried || trace.isOwnSource ? .noRoom : .notNeeded
            if isChosen { isBefore = false }
            regions.append(
                explain(region, of: group, byRegion[region.name] ?? [], rank: order == nil ? nil : place + 1, outcome))
        }
        let left = group.regions.indices.filter { !tried.contains($0) }.map { group.regions[$0] }
        for region in left.sorted(by: { $0.name < $1.name }) {
            let isChosen = chosen.map { $0.group == group.name && $0.region == region.name } ?? false
            regions.append(
                explain(
                    region, of: group, byRegion[region.name] ?? [], rank: nil,
                    isChosen ? .chosen : query.allows(region) ? .strict : .barred))
        }
        let known = Set(group.regions.map(\.name))
        for (name, strays) in byRegion.sorted(by: { $0.key < $1.key }) where !known.contains(name) {
            regions.append(
                .init(
                    name: name, outcome: .notInSpec, candidates: [],
                    excluded: sorted(strays.map { exclusion($0, exclusions.reason($0)) })))
        }
        let limit = group.limit(query.action)
        return .init(
            name: group.name, clients: group.load.total(query.action), limit: limit == .max ? nil : limit,
            isAsked: isAsked, regions: regions)
    }

    private func explain(
        _ region: RoutingView.RegionView, of group: RoutingView.GroupView, _ nodes: [Node], rank: Int?,
        _ outcome: RouteExplanation.Outcome
    ) -> RouteExplanation.Region {
        let list = region.candidates.list(for: query)
        let known = Dictionary(list.candidates.map { ($0.node, $0) }) { first, _ in first }
        let isGroupFull = group.load.total(query.action) >= group.limit(query.action)
        var candidates: [RouteExplanation.Eligible] = []
        var excluded: [RouteExplanation.Exclusion] = []
        for node in nodes {
            var candidate = known[node.id]
            if candidate == nil, trace.isOwnSource || trace.stickiness != nil, node.id == chosen?.node {
                candidate = chosen
            }
            guard let candidate else {
                excluded.append(exclusion(node, exclusions.reason(node)))
                continue
            }
            let clients = candidate.clients
            if clients >= candidate.limit, node.id != chosen?.node {
                excluded.append(exclusion(node, (.atLimit, "\(clients) of \(candidate.limit)")))
            } else if isGroupFull, node.id != chosen?.node {
                let words = "\(group.load.total(query.action)) of \(group.limit(query.action)) in the group"
                excluded.append(exclusion(node, (.groupLimit, words)))
            } else if outcome == .barred {
                excluded.append(exclusion(node, (.barred, "the stream is not allowed in \(region.name)")))
            } else if outcome == .strict {
                excluded.append(exclusion(node, (.strict, "not in \(query.regions.joined(separator: ", "))")))
            } else {
                candidates.append(
                    .init(
                        node: node.id.rawValue, role: node.pool.role, clients: clients,
                        limit: candidate.limit == .max ? nil : candidate.limit,
                        softLimit: candidate.softLimit < candidate.limit ? candidate.softLimit : nil,
                        ranking: candidate.ranking?.value))
            }
        }
        let hasRoom = !candidates.isEmpty
        let outcome = outcome == .noRoom && hasRoom ? .overSoftLimit : outcome
        let asked = query.regions.first { $0 == region.name || $0 == region.zone }
        let distance = query.place.flatMap { place in region.location.map { place.distance(to: $0) } }
        return .init(
            name: region.name, zone: region.zone, rank: rank, asked: asked,
            distanceKm: distance.map { ($0 / 100).rounded() / 10 }, outcome: outcome,
            candidates: candidates.sorted { ($0.share, $0.node) < ($1.share, $1.node) }, excluded: sorted(excluded))
    }

    private func exclusion(
        _ node: Node, _ reason: (RouteExplanation.Reason, String)
    ) -> RouteExplanation.Exclusion {
        .init(node: node.id.rawValue, role: node.pool.role, reason: reason.0, detail: reason.1)
    }

    private func sorted(_ exclusions: [RouteExplanation.Exclusion]) -> [RouteExplanation.Exclusion] {
        let order = RouteExplanation.Reason.allCases
        let places = Dictionary(uniqueKeysWithValues: zip(order, order.indices))
        return exclusions.map { (places[$0.reason] ?? 0, $0) }
            .sorted { ($0.0, $0.1.node) < ($1.0, $1.1.node) }.map(\.1)
    }
}

extension RouteExplanation.Eligible {
    /// How full it is; without a limit, how many clients it has.
    fileprivate var share: Double { limit.map { Double(clients) / Double(max($0, 1)) } ?? Double(clients) }
}
