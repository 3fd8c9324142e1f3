extension Shape where Value == RoleSpec {
    /// One of `roles`; its name is its key.
    static let role = Shape.object("role", make: { RoleSpec(name: "") }) { fields in
        fields.add(
            "parent", .name("role"),
            "The role whose nodes its streams come from; default: none, they are published here.",
            example: "origin", synonyms: ["parentRoleName"]
        ) { $0.parent = $1 }
        fields.add(
            "parents", Shape<ParentReach>.oneOf("reach"),
            "Which nodes of the parent role: global, those of any region, the nearest first; region, those of its own; perParent, one "
                + "of its own for all streams, and min and max hold for each of these.", default: "global",
            example: "perParent",
            synonyms: ["parentCardinality"]
        ) { $0.parents = $1 }
        fields.add(
            "capabilities", Shape<Capability>.oneOf("capability").list(), "What its nodes can do for clients.",
            example: ["publish", "subscribe"]
        ) { $0.capabilities = Set($1) }
        fields.add(
            "endpoints", Shape<Endpoint>.endpoint.list(), "Where its nodes listen; the first is the default protocol.",
            example: [["protocol": "rtmp", "port": 1935]],
            synonyms: ["ports", "listeners"]
        ) { $0.endpoints = $1 }
        fields.add(
            "capacity", .byMetric, "The hard limit of one node, by metric.", example: ["connections.subscriber": 200],
            synonyms: ["limits"]
        ) { $0.capacity = $1 }
        fields.add(
            "capacityRanking", .capacityExpression,
            "Over one node's metrics; of two nodes the one with the lower value gets the client. Default: its load.",
            example: "cpu.system.load",
            synonyms: ["capacityRankingExpression"]
        ) { $0.capacityRanking = $1 }
        fields.add(
            "capacityLimit", Shape<CapacityLimit>.capacityLimit, "A node at or above this gets no more clients.",
            synonyms: ["capacityLimitExpression"]
        ) { $0.capacityLimit = $1 }
        fields.add("routing", Shape<RoutingSpec>.routing, "How clients are spread over its nodes.") {
            $0.routing = $1
        }
        fields.add("image", .text, "In place of the group's.", example: "media-2.5-rc1", synonyms: ["imageName"]) {
            $0.image = $1
        }
        fields.add(
            "instanceType", .text, "The provider's name for a size of machine.", example: "c6i.large",
            synonyms: ["machineType", "size"]
        ) {
            $0.instanceType = $1
        }
        fields.add(
            "settings", .settings, "Passed to the provider, over the region's.", example: ["bitrate": "6000"],
            synonyms: ["cloudProperties"]
        ) {
            $0.settings = $1
        }
        fields.add(
            "min", .nodeCount, "At least so many nodes in each region.", default: 0, example: 2,
            synonyms: SpecSynonyms.min
        ) {
            $0.min = $1
        }
        fields.add(
            "max", .nodeCount, "At most so many nodes in each region; default: min.", example: 20,
            synonyms: SpecSynonyms.max
        ) { $0.max = $1 }
        fields.add(
            "scaling", .scaling, "How the count follows the load.", synonyms: ["autoscaling", "scale", "scaleRules"]
        ) { $0.scaling = $1 }
        fields.add(
            "update", Shape<UpdateSpec>.update, "How nodes are replaced when the spec changes.",
            synonyms: ["rollout", "strategy", "rollingUpdate"]
        ) { $0.update = $1 }
        fields.add("disruption", Shape<[BudgetSpec]>.disruption, "How many nodes may be disrupted at once.") {
            $0.disruption = $1
        }
        fields.add("drain", Shape<DrainSpec>.drain, "How a node is emptied before it goes.") { $0.drain = $1 }
        fields.add("health", Shape<HealthSpec>.health, "When a silent node is no longer trusted.") { $0.health = $1 }
    } check: { role, node, context in
        RoleChecks.check(&role, node, context)
    }
}

/// What people who come from other systems write.
enum SpecSynonyms {
    /// For `min`.
    static let min = ["minNodes", "minimum", "minReplicas", "minCount", "minSize"]
    /// For `max`.
    static let max = ["maxNodes", "maximum", "maxReplicas", "maxCount", "maxSize"]
}

extension Shape where Value == [String: String] {
    /// Passed on as they are: any scalars.
    static let settings = Shape<String>.anyScalar.dictionary("setting")
}

extension Shape where Value == Endpoint {
    /// `{protocol: rtmp, port: 1935}`.
    static let endpoint = Shape.object("endpoint", make: { Endpoint(protocol: "", port: 0) }) { fields in
        fields.add(
            "protocol", .protocolName, "Such as rtmp, wss, srt.", example: "rtmp", required: true,
            synonyms: ["name", "scheme"]
        ) {
            $0.protocol = $1
        }
        fields.add("port", .integer(1...65535), "The port of it.", example: 1935, required: true) { $0.port = $1 }
    }
}

extension Shape where Value == UpdateSpec {
    /// `update` of a role.
    static let update = Shape.object("update", make: { UpdateSpec() }) { fields in
        fields.add("maxSurge", .amount, "Nodes above the desired count, rounded up.", default: 1, example: "25%") {
            $0.maxSurge = $1
        }
        fields.add("maxUnavailable", .amount, "Nodes below the desired count, rounded down.", default: 0, example: 1) {
            $0.maxUnavailable = $1
        }
        fields.add(
            "rollback", Shape<Bool>.boolean,
            "Back to the last revision that served when a new one does not come into service; else it halts.",
            default: false, example: true,
            synonyms: ["autoRollback", "automaticRollback"]
        ) { $0.rollback = $1 }
    } check: { update, node, context in
        func isZero(_ amount: Amount) -> Bool { amount == .count(0) || amount == .percent(0) }
        if isZero(update.maxSurge), isZero(update.maxUnavailable) {
            context.conflict(
                "maxSurge and maxUnavailable are both 0: no node could ever be replaced",
                at: node["maxSurge"] ?? node.nearest("maxUnavailable"), with: node["maxUnavailable"])
        }
    }
}

extension Shape where Value == DrainSpec {
    /// `drain` of a role.
    static let drain = Shape.object("drain", make: { DrainSpec() }) { fields in
        fields.add(
            "timeout", .duration, "How long its clients may stay.", default: "30m", example: "2h",
            synonyms: ["drainTimeout"]
        ) {
            $0.timeout = $1
        }
        fields.add(
            "evictTimeout", .duration, "How long its clients have to go once they are told to.", default: "30s",
            example: "10s"
        ) {
            $0.evictTimeout = $1
        }
    }
}

extension Shape where Value == HealthSpec {
    /// `health` of a role.
    static let health = Shape.object("health", make: { HealthSpec() }) { fields in
        fields.add(
            "suspectAfter", .positiveDuration, "Silent this long, a node gets no new clients.", default: "5s",
            example: "3s"
        ) {
            $0.suspectAfter = $1
        }
        fields.add(
            "faultAfter", .positiveDuration, "Silent this long, a node is replaced.", default: "15s", example: "30s",
            synonyms: ["timeout"]
        ) {
            $0.faultAfter = $1
        }
        fields.add(
            "startTimeout", .positiveDuration, "From create to service.", default: "10m", example: "5m",
            synonyms: ["nodeStartupTimeout"]
        ) {
            $0.startTimeout = $1
        }
        fields.add(
            "registerTimeout", .positiveDuration, "From create to the first heartbeat; default: startTimeout.",
            example: "3m",
            synonyms: ["registrationTimeout"]
        ) { $0.registerTimeout = $1 }
        fields.add("faultTimeout", .duration, "From fault to destroyed.", default: "60s", example: "5s") {
            $0.faultTimeout = $1
        }
        fields.add(
            "maxUnhealthy", Shape<UnhealthyLimit>.unhealthyLimit,
            "More unhealthy nodes than this stop all remediation; '[3-5]': any other number of them does.",
            default: "100%", example: "40%",
            synonyms: ["unhealthyRange"]
        ) { $0.maxUnhealthy = $1 }
        fields.add("flapping", Shape<FlappingSpec>.flapping, "When a node that fails and heals is no longer trusted.") {
            $0.flapping = $1
        }
        fields.add(
            "heartbeat", Shape<Bool>.boolean,
            "Its nodes run an agent that reports; false: probes alone say how they are.", default: true, example: false
        ) { $0.heartbeat = $1 }
        fields.add(
            "probes", Shape<ProbeSpec>.probe.list(), "How the manager itself looks at its nodes.",
            example: [["tcp": ["endpoint": "rtmp"]]], synonyms: ["checks"]
        ) { $0.probes = $1 }
    } check: { health, node, context in
        ProbeChecks.check(health, node, context)
        if health.suspectAfter >= health.faultAfter {
            context.conflict(
                "suspectAfter \(health.suspectAfter.specText) must be less than faultAfter \(health.faultAfter.specText)",
                at: node["suspectAfter"] ?? node.nearest("faultAfter"), with: node["faultAfter"])
        }
        if let register = health.registerTimeout, register > health.startTimeout {
            context.conflict(
                "registerTimeout \(register.specText) is more than startTimeout \(health.startTimeout.specText)",
                at: node.nearest("registerTimeout"), with: node["startTimeout"])
        }
    }
}

extension Shape where Value == FlappingSpec {
    /// `flapping` of `health`: `{faults: 3, within: 10m}`.
    static let flapping = Shape.object("flapping", make: { FlappingSpec() }) { fields in
        fields.add(
            "faults", .integer(0...NodeMarks.rememberedFaults), "So many faults put a node into quarantine; 0: never.",
            default: 3, example: 5,
            synonyms: ["count"]
        ) { $0.faults = $1 }
        fields.add(
            "within", .positiveDuration, "Within this time.", default: "10m", example: "1h", synonyms: ["window"]
        ) { $0.within = $1 }
    }
}

extension Shape where Value == UnhealthyLimit {
    /// `3`, `40%` or `[3-5]`; the last needs quotes in YAML, and is taken as a list of one text without them.
    static let unhealthyLimit = Shape(
        [
            "title": "count of nodes, percent to 100%, or '[3-5]'",
            "oneOf": [Shape<Amount>.amount.schema, ["type": "string", "pattern": #"^\[[0-9]+-[0-9]+\]$"#]],
        ]
    ) { node, context in
        if let text = node.text ?? node.bracketed, text.hasPrefix("[") {
            if let range = UnhealthyRange.parse(text) { return .range(range) }
            context.expected("a range of counts such as '[3-5]'", node)
            return nil
        }
        return Shape<Amount>.amount.read(node, context).map { .most($0) }
    }
}

/// A range of counts as Cluster API writes it: `[3-5]`.
private enum UnhealthyRange {
    static func parse(_ text: String) -> ClosedRange<Int>? {
        guard text.hasPrefix("["), text.hasSuffix("]") else { return nil }
        let ends = text.dropFirst().dropLast().split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let low = YAMLScalar.integer(String(ends[0])),
            let high = YAMLScalar.integer(String(ends[1])),
            0 <= low, low <= high, high <= SpecLimits.nodes
        else { return nil }
        return low...high
    }
}

extension YAMLNode {
    /// `[3-5]` without quotes is a list of one text in YAML: the text as it was written.
    fileprivate var bracketed: String? {
        guard case .sequence(let elements) = value, elements.count == 1, let text = elements[0].text else { return nil }
        return "[\(text)]"
    }
}

extension Shape where Value == BudgetSpec {
    private struct Draft: Sendable {
        var nodes = Amount.count(0)
        var reasons: Set<BudgetSpec.Reason> = []
        var window = WindowDraft()
    }

    /// One of the budgets of `disruption`.
    static let budget = Shape<Draft>.object(
        "budget", make: { Draft() }, schema: ["dependentRequired": ["cron": ["duration"], "duration": ["cron"]]]
    ) { fields in
        fields.add("nodes", .amount, "At most so many at once; percent is rounded up.", example: "10%", required: true)
        {
            $0.nodes = $1
        }
        fields.add(
            "reasons", Shape<BudgetSpec.Reason>.oneOf("reason").list(atLeast: 1), "For these reasons; default: all.",
            example: ["drift"]
        ) { $0.reasons = Set($1) }
        fields.addWindow(required: false) { $1(&$0.window) }
    } check: { _, node, context in
        for (one, other) in [("cron", "duration"), ("duration", "cron"), ("timezone", "cron")] {
            if let key = node.key(one), node[other] == nil {
                context.error("'\(one)' of a budget needs '\(other)' beside it", at: key)
            }
        }
    }.map { draft, _, _ -> BudgetSpec? in
        var budget = BudgetSpec(nodes: draft.nodes)
        budget.reasons = draft.reasons
        budget.window = draft.window.window
        return budget
    }
}

extension Shape where Value == [BudgetSpec] {
    /// `disruption` of a role: its budgets.
    static let disruption = Shape.object("disruption", make: { [] }) { fields in
        fields.add("budgets", Shape<BudgetSpec>.budget.list(), "The strictest that is open counts.") { $0 = $1 }
    }
}
