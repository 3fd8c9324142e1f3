/// Contradictions in the `routing` of a role.
enum RoutingChecks {
    /// Both knobs are shares of a capacity, and packing asks no ranking.
    static func check(_ role: RoleSpec, _ node: YAMLNode, _ context: SpecContext) {
        guard let routing = node["routing"] else { return }
        let metrics = [Capability.publish, .subscribe].filter(role.capabilities.contains).map {
            $0 == .publish ? Metric.publishers : Metric.subscribers
        }
        let isBounded = metrics.contains { role.capacity[$0] != nil }
        if role.routing.strategy == .pack, let place = routing["strategy"] {
            if !isBounded {
                context.conflict(
                    "'pack' needs a capacity, or all clients of a region would go to one node, and \(context.place) has none for \(words(metrics))",
                    at: place, with: node["capacity"])
            }
            if role.capacityRanking != nil, let ranking = node["capacityRanking"] {
                context.conflict(
                    "'pack' fills the fullest node and asks no capacityRanking, which \(context.place) has", at: place,
                    with: ranking)
            }
        }
        if role.routing.softLimit < 100, !isBounded, let place = routing["softLimit"] {
            context.conflict(
                "'\(role.routing.softLimit)%' is percent of a capacity, and \(context.place) has none for \(words(metrics))",
                at: place, with: node["capacity"])
        }
        if let place = routing["onDuplicate"], !role.capabilities.contains(.publish),
            !role.capabilities.contains(.transcode)
        {
            context.error("\(context.place) takes no publishers: 'onDuplicate' means nothing here", at: place)
        }
        if let place = routing["affinity"], role.routing.affinity > 0 {
            if !role.capabilities.contains(.subscribe) {
                context.error("\(context.place) takes no viewers: 'affinity' means nothing here", at: place)
            } else if role.routing.strategy == .pack, let strategy = routing["strategy"] {
                context.conflict(
                    "'pack' fills the fullest node, whether or not it carries the stream: 'affinity' is for 'spread'",
                    at: place, with: strategy)
            }
        }
        checkTargets(role, node, routing, context)
    }

    private static func words(_ metrics: [String]) -> String {
        metrics.isEmpty ? "clients" : metrics.map { "'\($0)'" }.joined(separator: " or ")
    }

    /// A region spills to the next one at the soft limit: with a target above it, the next one would grow in its place.
    private static func checkTargets(
        _ role: RoleSpec, _ node: YAMLNode, _ routing: YAMLNode, _ context: SpecContext
    ) {
        guard let place = routing["softLimit"], let rules = node["scaling"]?["rules"]?.elements else { return }
        for rule in rules {
            guard let metric = rule["metric"]?.text, metric == Metric.publishers || metric == Metric.subscribers,
                let target = rule["target"], let percent = target.text.flatMap(PercentText.parse),
                percent > role.routing.softLimit
            else { continue }
            context.conflict(
                "softLimit \(role.routing.softLimit)% is below the target \(percent)%: clients go elsewhere before a node is needed",
                at: place, with: target)
        }
    }
}
