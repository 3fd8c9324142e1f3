internal import Reconciler

/// Where a client is sent, and why: a headline, how it was decided, then each region in the client's order.
///
///     subscribe live/a: edge-2 in us-east, rtmp://203.0.113.12:1935/live/a
///       stream  live on origin-1 since 2026-11-22T11:00:00Z, carried by 3 nodes
///       draw    edge-2 and edge-4 of 7 in us-east; edge-2 wins with 40 of 200 against 80 of 200 (seed 1)
///
///     node group live: 420 viewers of at most 200000
///       1. us-east, zone americas, 12.3 km: chosen
///          candidates  edge-2   40 of 200   20%
///          excluded    3 draining: edge-5, edge-6, edge-7
enum RouteText {
    /// Nodes that are named of each kind; the rest is a number.
    private static let namedNodes = 6
    /// Regions that are shown with their nodes; the rest is a line each.
    private static let shownRegions = 5
    /// Regions that are named at all.
    private static let namedRegions = 40
    /// Groups that may not answer, and are named.
    private static let namedGroups = 10

    /// The whole text.
    static func render(_ route: RouteExplanation, _ console: Console) -> String {
        var text = console.styled(headline(route), route.answer.status == 200 ? .bold : .red) + "\n"
        var rows = LabelledRows()
        rows.add("stream", [stream(route)])
        if let how = how(route) { rows.add("why", [how]) }
        if let draw = route.draw { rows.add("draw", [Self.draw(draw, route)]) }
        text += rows.render(console)
        for group in route.groups { text += "\n" + render(group, route, console) }
        if !route.otherGroups.isEmpty {
            text += "\n" + console.styled("other node groups", .bold) + "\n"
            for group in route.otherGroups.prefix(namedGroups) { text += "  \(group.name): \(group.reason)\n" }
            text += more(route.otherGroups.count - namedGroups, "  ")
        }
        return text
    }

    // MARK: - The answer

    private static func headline(_ route: RouteExplanation) -> String {
        let question = "\(route.action.rawValue) \(route.scope)/\(route.name)"
        guard let node = route.answer.node else {
            return "\(question): \(route.answer.status), \(route.answer.detail ?? "no reason given")"
        }
        return "\(question): \(node) in \(route.answer.region ?? "-"), \(route.answer.url ?? "-")"
    }

    private static func stream(_ route: RouteExplanation) -> String {
        func words(_ place: RouteExplanation.Place) -> String {
            "\(place.node) since \(place.since)" + (place.isServing ? "" : ", which does not serve now")
        }
        let live = route.stream.live.map { "live on \(words($0))" } ?? "not live"
        let promised = route.stream.promised.map { "; its publisher was sent to \(words($0))" } ?? ""
        let count = route.stream.carriers
        return live + promised + (count == 0 ? "" : "; \(count) node\(count == 1 ? " carries" : "s carry") it")
    }

    private static func how(_ route: RouteExplanation) -> String? {
        switch route.answer.how {
        case .live: "the stream is live there: a publisher of the same name is sent to the same node while it serves"
        case .promised: "a publisher of the same name was sent there a moment ago, and the node is kept for it"
        case .source: "no other node can play it: the viewer is sent to the publisher's own node"
        case .drawn, nil: nil
        }
    }

    private static func draw(_ draw: RouteTrace.Draw, _ route: RouteExplanation) -> String {
        let place = draw.region.map { " in \($0)" } ?? ", all regions together"
        let seed = " (seed \(route.seed))"
        if draw.reason == .fullest {
            return "none: the role packs, and \(draw.first) is the fullest of \(draw.of)\(place) under its soft limit"
        }
        guard let second = draw.second else {
            return "\(draw.first) is the only one\(place)\(draw.winner == nil ? ", and has no room" : "")\(seed)"
        }
        let drawn = "\(draw.first) and \(second) of \(draw.of)\(place)"
        guard let winner = draw.winner else { return "\(drawn): neither has room, nor has any other\(seed)" }
        let known = Dictionary(
            route.groups.flatMap(\.regions).flatMap(\.candidates).map { ($0.node, $0) }
        ) { first, _ in first }
        let loser = winner == draw.first ? second : draw.first
        return "\(drawn): \(words(draw.reason, winner, known[winner], loser, known[loser]))\(seed)"
    }

    /// Why one node won over another, which is nil where it has no room.
    private static func words(
        _ reason: RouteTrace.Reason, _ winner: String, _ winning: RouteExplanation.Eligible?, _ loser: String,
        _ losing: RouteExplanation.Eligible?
    ) -> String {
        switch reason {
        case .onlyOne: return "\(winner) is the only one"
        case .fullest: return "\(winner) is the fullest under its soft limit"
        case .carries: return "\(winner) carries the stream already"
        case .searched: return "neither has room; \(winner) was found by going through the others"
        case .full: return "neither has room"
        case .otherFull, .lowerRank, .lessLoaded: break
        }
        guard let winning, let losing, reason != .otherFull else { return "\(winner) has room, \(loser) has none" }
        if reason == .lowerRank, let rank = winning.ranking, let other = losing.ranking {
            return "\(winner) ranks lower, \(rank.short) against \(other.short)"
        }
        return "\(winner) wins with \(load(winning)) against \(load(losing))"
    }

    // MARK: - Regions

    private static func render(
        _ group: RouteExplanation.Group, _ route: RouteExplanation, _ console: Console
    ) -> String {
        let noun = route.action == .publish ? "publisher" : "viewer"
        let count = "\(group.clients) \(noun)\(group.clients == 1 ? "" : "s")"
        let limit = group.limit.map { " of at most \($0)" } ?? ""
        let asked = group.isAsked || route.answer.how == .live || route.answer.how == .promised ? "" : ", not asked"
        var text = console.styled("node group \(group.name): \(count)\(limit)\(asked)", .bold) + "\n"
        for (index, region) in group.regions.prefix(namedRegions).enumerated() {
            let isShown = index < shownRegions || region.outcome == .chosen
            text += "  \(headline(region, route))\n"
            guard isShown else { continue }
            var rows = LabelledRows()
            rows.add("candidates", candidates(region.candidates))
            rows.add("excluded", excluded(region.excluded), .yellow)
            text += rows.render(console).split(separator: "\n").map { "   \($0)\n" }.joined()
        }
        return text + more(group.regions.count - namedRegions, "  ")
    }

    private static func headline(_ region: RouteExplanation.Region, _ route: RouteExplanation) -> String {
        var words = region.rank.map { "\($0). " } ?? "-  "
        words += region.name
        if let zone = region.zone { words += ", zone \(zone)" }
        if let distance = region.distanceKm { words += ", \(distance.short) km" }
        if let asked = region.asked { words += asked == region.name ? ", asked for" : ", asked for as \(asked)" }
        let outcome =
            switch region.outcome {
            case .chosen: "chosen"
            case .noRoom: "no room"
            case .overSoftLimit: "over the soft limit"
            case .notNeeded: route.answer.node == nil ? "not asked" : "not needed"
            case .strict: "not allowed"
            case .barred: "not allowed for this stream"
            case .notInSpec: "not in the spec"
            }
        let counts = "\(region.candidates.count) with room, \(region.excluded.count) excluded"
        return "\(words): \(outcome); \(counts)"
    }

    private static func candidates(_ nodes: [RouteExplanation.Eligible]) -> [String] {
        let shown = nodes.prefix(namedNodes)
        let width = shown.map(\.node.count).max() ?? 0
        let lines = shown.map { node in
            "\(node.node.padded(to: width))  \(load(node))" + (node.ranking.map { "  rank \($0.short)" } ?? "")
        }
        return lines + (nodes.count > shown.count ? ["and \(nodes.count - shown.count) more"] : [])
    }

    private static func load(_ node: RouteExplanation.Eligible) -> String {
        guard let limit = node.limit else { return "\(node.clients), no limit" }
        let soft = node.softLimit.map { node.clients >= $0 ? ", soft limit \($0)" : "" } ?? ""
        return "\(node.clients) of \(limit)" + (limit > 0 ? " (\(node.clients * 100 / limit)%\(soft))" : "")
    }

    /// One line for each reason and detail, the names cut short.
    private static func excluded(_ nodes: [RouteExplanation.Exclusion]) -> [String] {
        var lines: [String] = []
        for reason in RouteExplanation.Reason.allCases {
            let own = nodes.filter { $0.reason == reason }
            if own.isEmpty { continue }
            let details = Dictionary(grouping: own, by: \.detail).sorted {
                ($1.value.count, $0.key) < ($0.value.count, $1.key)
            }
            for (detail, nodes) in details.prefix(namedNodes) {
                let names = nodes.prefix(namedNodes).map(\.node).joined(separator: ", ")
                let rest = nodes.count > namedNodes ? " and \(nodes.count - namedNodes) more" : ""
                lines.append("\(nodes.count) \(label(reason))\(detail): \(names)\(rest)")
            }
            if details.count > namedNodes {
                let left = details.dropFirst(namedNodes).reduce(0) { $0 + $1.value.count }
                lines.append("\(left) more \(label(reason))with other numbers")
            }
        }
        return lines
    }

    /// In front of the details where these do not speak for themselves.
    private static func label(_ reason: RouteExplanation.Reason) -> String {
        switch reason {
        case .suspect: "suspect, "
        case .atLimit: "at the limit, "
        case .groupLimit: "kept by the group's limit, "
        case .capacityLimit: "at capacityLimit, "
        case .protocol: "of another protocol, "
        case .notInSpec, .capability, .state, .missing, .notReady, .cordoned, .noAddress, .barred, .strict, .notYet: ""
        }
    }

    private static func more(_ count: Int, _ indent: String) -> String {
        count > 0 ? "\(indent)and \(count) more; -o json has all\n" : ""
    }
}
