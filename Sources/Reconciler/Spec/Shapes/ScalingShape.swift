extension Shape where Value == ScalingSpec {
    /// `scaling` of a role.
    static let scaling = Shape.object("scaling", make: { ScalingSpec() }) { fields in
        fields.add(
            "rules", Shape<ScalingRule>.rule.list(), "The largest count that a rule asks for wins.",
            example: [["metric": "connections.subscriber", "target": "60%"]]
        ) {
            $0.rules = $1
        }
        fields.add(
            "tolerance", Shape<Tolerance>.tolerance,
            "By how much the measured may differ from a target without a change.", default: "10%",
            example: ["scaleOut": "5%", "scaleIn": "20%"]
        ) {
            $0.toleranceOut = $1.scaleOut ?? $0.toleranceOut
            $0.toleranceIn = $1.scaleIn ?? $0.toleranceIn
        }
        fields.add(
            "buffer", Shape<ScalingSpec.Buffer>.buffer,
            "Kept free on top of what the rules ask: a count of nodes, percent, or free slots by metric; default: nothing.",
            example: ["connections.subscriber": 400]
        ) { $0.buffer = $1 }
        fields.add(
            "warmup", .duration, "A node this young does not pull the average down.", default: "0s", example: "90s",
            synonyms: ["warmUp", "cooldown"]
        ) { $0.warmup = $1 }
        fields.add("scaleOut", Shape<BehaviorDraft>.behavior, "How fast it may grow.", synonyms: ["scaleUp"]) {
            $1.apply(to: &$0.scaleOut)
        }
        fields.add("scaleIn", Shape<BehaviorDraft>.behavior, "How fast it may shrink.", synonyms: ["scaleDown"]) {
            $1.apply(to: &$0.scaleIn)
        }
        fields.add("schedules", Shape<ScheduleSpec>.schedule.list(), "Other bounds while a time window is open.") {
            $0.schedules = $1
        }
    } check: { scaling, node, context in
        Duplicates.check(node["schedules"]?.elements ?? [], key: "name", "schedule", context)
    }
}

/// Percent per direction, as far as given.
struct Tolerance: Sendable {
    /// Above a target.
    var scaleOut: Int?
    /// Below a target.
    var scaleIn: Int?
}

extension Shape where Value == Tolerance {
    private static let each = Shape.object("tolerance", make: { Tolerance() }) { fields in
        fields.add("scaleOut", .percent(0...100), "Above a target.", example: "5%") { $0.scaleOut = $1 }
        fields.add("scaleIn", .percent(0...100), "Below a target.", example: "20%") { $0.scaleIn = $1 }
    }

    private static let percent = Shape<Int>.percent(0...100)

    /// `10%`, or `{scaleOut: 10%, scaleIn: 5%}`.
    static let tolerance = Shape(["oneOf": [percent.schema, each.schema]]) { node, context in
        if case .mapping = node.value { return each.read(node, context) }
        return percent.read(node, context).map { Tolerance(scaleOut: $0, scaleIn: $0) }
    }
}

extension Shape where Value == ScalingSpec.Buffer {
    /// `1`, `20%`, or `{connections.subscriber: 500}`.
    static let buffer = Shape(["oneOf": [free.schema, Shape<[String: Double]>.byMetric.schema]]) { node, context in
        guard case .mapping = node.value else { return free.read(node, context).map { .nodes($0) } }
        return Shape<[String: Double]>.byMetric.read(node, context).map { .slots($0) }
    }

    /// A count, or percent of all nodes: less than all, since the clients need some.
    private static let free = Shape<Amount>.amount.map(
        schema: ["not": ["const": "100%"]]
    ) { amount, node, context -> Amount? in
        if case .percent(let percent) = amount, percent >= 100 {
            context.expected("percent below 100%", node, "a buffer of every node leaves none for the clients")
            return nil
        }
        return amount
    }
}

/// A behaviour, as far as given; the rest keeps its default.
struct BehaviorDraft: Sendable {
    /// See ``ScalingSpec/Behavior``.
    var stabilization: Duration?
    /// At least one, where given.
    var policies: [ScalingSpec.Policy]?
    /// Which of several policies counts.
    var select: ScalingSpec.Behavior.Select?

    /// Puts what is given in place of the default.
    func apply(to behavior: inout ScalingSpec.Behavior) {
        behavior.stabilization = stabilization ?? behavior.stabilization
        behavior.policies = policies ?? behavior.policies
        behavior.select = select ?? behavior.select
    }
}

extension Shape where Value == BehaviorDraft {
    /// `scaleOut` and `scaleIn`.
    static let behavior = Shape.object("scaling behaviour", make: { BehaviorDraft() }) { fields in
        fields.add(
            "stabilization", .duration(SpecLimits.stabilization),
            "The safest count of this long counts; default: 0s for scaleOut, 300s for scaleIn.", example: "300s",
            synonyms: ["stabilizationWindowSeconds", "stabilizationWindow", "cooldown"]
        ) { $0.stabilization = $1 }
        fields.add(
            "policies", Shape<ScalingSpec.Policy>.policy.list(atLeast: 1),
            "At most so many nodes in so long a time; default: 100% of them in 15s, and for scaleOut 4 if that is more.",
            example: [["nodes": 4, "period": "60s"]]
        ) { $0.policies = $1 }
        fields.add(
            "select", Shape<ScalingSpec.Behavior.Select>.oneOf("selection"),
            "Which of several policies counts; 'disabled' never changes in this direction.", default: "max",
            example: "min",
            synonyms: ["selectPolicy"]
        ) { $0.select = $1 }
    }
}

extension Shape where Value == ScalingSpec.Policy {
    private struct Draft: Sendable {
        var nodes: Int?
        var percent: Int?
        var period: Duration = .seconds(60)
    }

    /// `{nodes: 4, period: 60s}` or `{percent: 100, period: 60s}`.
    static let policy = Shape<Draft>.object(
        "policy", make: { Draft() },
        schema: [
            "description": "Either nodes or percent.", "oneOf": [["required": ["nodes"]], ["required": ["percent"]]],
        ]
    ) { fields in
        fields.add(
            "nodes", .integer(1...SpecLimits.nodes), "At most so many nodes.", example: 4, synonyms: ["count", "pods"]
        ) {
            $0.nodes = $1
        }
        fields.add("percent", wholePercent, "At most so much of the nodes there are.", example: 100) { $0.percent = $1 }
        fields.add(
            "period", .duration(SpecLimits.policyPeriod), "Within so long.", example: "60s", required: true,
            synonyms: ["periodSeconds", "interval"]
        ) { $0.period = $1 }
    } check: { draft, node, context in
        if node["nodes"] == nil, node["percent"] == nil {
            context.error("missing key 'nodes' or 'percent' in \(context.place)", at: node)
        } else if node["nodes"] != nil, let percent = node.key("percent") {
            context.error("a policy has 'nodes' or 'percent', not both", at: percent)
        }
    }.map { draft, _, _ -> ScalingSpec.Policy? in
        guard let change = draft.nodes.map(ScalingSpec.Policy.Change.nodes) ?? draft.percent.map({ .percent($0) })
        else { return nil }
        return ScalingSpec.Policy(change, period: draft.period)
    }

    /// `100` or `100%`.
    private static let wholePercent = Shape<Int>(
        [
            "title": "whole percent, 1 to 10000",
            "oneOf": [
                ["type": "integer", "minimum": 1, "maximum": 10_000], ["type": "string", "pattern": "^[0-9]+%$"],
            ],
        ]
    ) { node, context in
        if let value = node.text.flatMap({ PercentText.parse($0) ?? YAMLScalar.integer($0) }),
            (1...10_000).contains(value)
        {
            return value
        }
        context.expected("whole percent from 1 to 10000", node)
        return nil
    }
}
