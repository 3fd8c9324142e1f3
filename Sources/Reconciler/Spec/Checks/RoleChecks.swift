/// Contradictions within one role.
enum RoleChecks {
    /// Completes a role and reports what contradicts itself in it.
    static func check(_ role: inout RoleSpec, _ node: YAMLNode, _ context: SpecContext) {
        // A role without max has a fixed size.
        if node["max"] == nil {
            if node["min"] == nil {
                context.error("missing key 'max' in \(context.place)", at: node)
            }
            role.max = role.min
        }
        if role.min > role.max {
            context.conflict(
                "min \(role.min) is more than max \(role.max) in \(context.place)", at: node.nearest("min"),
                with: node["max"])
        }
        if role.capabilities.isEmpty, node["capabilities"] == nil {
            context.warning("\(context.place) has no capabilities: no client will be sent to it", at: node)
        } else if role.endpoints.isEmpty, !role.capabilities.isDisjoint(with: [.publish, .subscribe]),
            node["endpoints"] == nil
        {
            context.warning("\(context.place) has no endpoints: no client will be sent to it", at: node)
        }
        let endpoints = node["endpoints"]?.elements ?? []
        Duplicates.check(endpoints, key: "protocol", "protocol", context)
        Duplicates.check(endpoints, key: "port", "port", context)
        checkCapacity(role, node, context)
        checkRules(role, node, context)
        checkBuffer(role, node, context)
        checkEffects(role, node, context)
        RoutingChecks.check(role, node, context)
        ProbeChecks.check(role, node, context)
    }

    /// Connections are whole: of less than one there is none, and no client would ever come.
    private static func checkCapacity(_ role: RoleSpec, _ node: YAMLNode, _ context: SpecContext) {
        for (metric, limit) in role.capacity.sorted(by: { $0.key < $1.key }) where limit < 1 {
            guard metric.hasPrefix("connections."), let place = node["capacity"]?[metric] else { continue }
            context.error("a capacity of \(limit.short) for '\(metric.shortened)' is less than 1 connection", at: place)
        }
    }

    /// Every percent needs a capacity that it is percent of.
    private static func checkRules(_ role: RoleSpec, _ node: YAMLNode, _ context: SpecContext) {
        guard let rules = node["scaling"]?["rules"]?.elements else { return }
        for rule in rules {
            guard let name = rule["metric"], let metric = name.text, role.capacity[metric] == nil else { continue }
            let near = nearestCapacity(metric, role)
            for key in ["target", "high", "low"] {
                guard let value = rule[key], let text = value.text, PercentText.parse(text) != nil else { continue }
                if let near {
                    context.conflict(
                        "'\(text)' is percent of a capacity, and \(context.place) has none for '\(metric.shortened)'",
                        at: name, with: value, capacity(metric, node), suggestion: near)
                    break
                }
                context.conflict(
                    "'\(text)' of '\(metric.shortened)' is percent of a capacity, and \(context.place) has none for it",
                    at: value, with: rule["metric"], capacity(metric, node))
            }
        }
        FlapChecks.check(role, rules, context)
        checkTwice(rules, context)
    }

    /// Two rules about one metric are allowed, and rarely meant: the larger count of both always wins.
    private static func checkTwice(_ rules: [YAMLNode], _ context: SpecContext) {
        var first: [String: YAMLNode] = [:]
        for rule in rules {
            guard let place = rule["metric"], let metric = place.text else { continue }
            guard let earlier = first[metric] else {
                first[metric] = place
                continue
            }
            context.warning(
                "a second rule about '\(metric.shortened)'; the first is on line \(earlier.line)", at: place,
                "the rule that asks for more nodes wins")
        }
    }

    private static func checkBuffer(_ role: RoleSpec, _ node: YAMLNode, _ context: SpecContext) {
        guard case .slots(let slots) = role.scaling.buffer, let buffer = node["scaling"]?["buffer"] else { return }
        for metric in slots.keys.sorted() where role.capacity[metric] == nil {
            guard let key = buffer.key(metric) else { continue }
            context.conflict(
                "free slots of '\(metric.shortened)' need a capacity for it, and \(context.place) has none", at: key,
                with: capacity(metric, node), suggestion: nearestCapacity(metric, role))
        }
    }

    private static func nearestCapacity(_ metric: String, _ role: RoleSpec) -> String? {
        Suggestion.nearest(to: metric, among: role.capacity.keys.sorted()).map { "did you mean '\($0)'?" }
    }

    /// A tolerance that swallows every fall of the load, and a buffer that no rule counts with.
    private static func checkEffects(_ role: RoleSpec, _ node: YAMLNode, _ context: SpecContext) {
        guard let scaling = node["scaling"] else { return }
        if role.scaling.toleranceIn >= 100, let place = scaling["tolerance"] {
            context.warning("a tolerance of 100% never scales in", at: place["scaleIn"] ?? place)
        }
        let isByExpressions = role.scaling.rules.allSatisfy { rule in
            if case .expression = rule { return true }
            return false
        }
        guard case .nodes = role.scaling.buffer, !role.scaling.rules.isEmpty, isByExpressions,
            let buffer = scaling["buffer"]
        else { return }
        context.warning(
            "a buffer of nodes has no effect where every rule is an expression", at: buffer,
            "give it as free slots by metric")
    }

    /// What is written as the capacity for a metric, right or wrong; else all of it.
    private static func capacity(_ metric: String, _ node: YAMLNode) -> YAMLNode? {
        node["capacity"].map { $0[metric] ?? $0 }
    }
}
