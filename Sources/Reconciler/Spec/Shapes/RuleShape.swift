extension Shape where Value == ScalingRule {
    private struct Draft: Sendable {
        var metric = ""
        var target: ScalingRule.TargetValue?
        var high: ScalingRule.TargetValue?
        var low: ScalingRule.TargetValue?
        var scaleOut: Expression?
        var scaleIn: Expression?
        var step = 1
        var periods = ScalingRule.Periods()
    }

    /// One of three forms: `{metric, target}`, `{metric, high, low}`, `{scaleOut, scaleIn, step}`; each may have
    /// `periods` and `period`.
    static let rule = Shape<Draft>.object(
        "rule", make: { Draft() },
        schema: [
            "description":
                "Either metric and target, or metric, high and low, or scaleOut and scaleIn (or one of these).",
            "oneOf": [
                ["required": ["metric", "target"]], ["required": ["metric", "high", "low"]],
                ["anyOf": [["required": ["scaleOut"]], ["required": ["scaleIn"]]]],
            ],
        ]
    ) { fields in
        fields.add(
            "metric", .metric, "What the nodes report, such as connections.subscriber.",
            example: "connections.subscriber"
        ) { $0.metric = $1 }
        fields.add(
            "target", Shape<ScalingRule.TargetValue>.target, "Per node: percent of its capacity, or a plain number.",
            example: "60%"
        ) { $0.target = $1 }
        fields.add(
            "high", Shape<ScalingRule.TargetValue>.target, "Grow above this.", example: 0.8,
            synonyms: ["above", "upper"]
        ) { $0.high = $1 }
        fields.add(
            "low", Shape<ScalingRule.TargetValue>.target, "Shrink below this.", example: 0.3,
            synonyms: ["below", "lower"]
        ) {
            $0.low = $1
        }
        fields.add(
            "scaleOut", Shape<Expression>.expression, "Grow while this is true.",
            example: "avg(cpu.system.load) > 0.8",
            synonyms: ["scaleUp", "outExpression"]
        ) { $0.scaleOut = $1 }
        fields.add(
            "scaleIn", Shape<Expression>.expression, "Shrink while this is true.",
            example: "avg(cpu.system.load) < 0.2",
            synonyms: ["scaleDown", "inExpression"]
        ) { $0.scaleIn = $1 }
        fields.add(
            "step", .integer(1...SpecLimits.nodes), "Nodes at once.", default: 1, example: 2, synonyms: ["increment"]
        ) { $0.step = $1 }
        fields.add(
            "periods", .integer(1...SpecLimits.periods),
            "So many periods in a row whose averages must lie beyond the threshold; 1: the newest measurement decides.",
            default: 1, example: 3
        ) { $0.periods.count = $1 }
        fields.add("period", .positiveDuration, "How long one of 'periods' is.", default: "60s", example: "30s") {
            $0.periods.length = $1
        }
    } check: { draft, node, context in
        checkForm(node, context)
        checkPeriods(draft.periods, node, context)
    }.map { draft, _, _ -> ScalingRule? in
        if let target = draft.target { return .target(metric: draft.metric, target, periods: draft.periods) }
        if let high = draft.high, let low = draft.low {
            return .watermarks(metric: draft.metric, high: high, low: low, periods: draft.periods)
        }
        if draft.scaleOut == nil, draft.scaleIn == nil { return nil }
        return .expression(
            scaleOut: draft.scaleOut, scaleIn: draft.scaleIn, step: draft.step, periods: draft.periods)
    }

    /// What is looked back on is kept in the histories, which are bounded.
    private static func checkPeriods(_ periods: ScalingRule.Periods, _ node: YAMLNode, _ context: SpecContext) {
        let whole = periods.length * periods.count
        guard whole > SpecLimits.lookback else { return }
        context.conflict(
            "\(periods.count) periods of \(periods.length.specText) look back \(whole.specText)",
            at: node["periods"] ?? node.nearest("period"), with: node["period"],
            suggestion: "a rule may look back at most \(SpecLimits.lookback.specText)")
    }

    /// The keys of each form, by the key that tells which form is meant.
    private static let forms: [(sign: String, needed: [String], allowed: [String])] = [
        ("target", ["metric", "target"], ["metric", "target", "periods", "period"]),
        ("high", ["metric", "high", "low"], ["metric", "high", "low", "periods", "period"]),
        ("low", ["metric", "high", "low"], ["metric", "high", "low", "periods", "period"]),
        ("scaleOut", [], ["scaleOut", "scaleIn", "step", "periods", "period"]),
        ("scaleIn", [], ["scaleOut", "scaleIn", "step", "periods", "period"]),
    ]

    private static func checkForm(_ node: YAMLNode, _ context: SpecContext) {
        guard let form = forms.first(where: { node[$0.sign] != nil }) else {
            context.error(
                "a rule needs 'metric' and 'target', 'metric', 'high' and 'low', or 'scaleOut' and 'scaleIn'", at: node)
            return
        }
        for name in form.needed where node[name] == nil {
            context.error("missing key '\(name)' in a rule with '\(form.sign)'", at: node)
        }
        guard case .mapping(let members) = node.value else { return }
        for index in stride(from: 0, to: members.count, by: 2) {
            guard let name = members[index].text, !form.allowed.contains(name),
                forms.contains(where: { $0.allowed.contains(name) })
            else { continue }
            context.error("a rule with '\(form.sign)' takes no '\(name)'", at: members[index])
        }
    }
}

extension Shape where Value == ScalingRule.TargetValue {
    /// `60%` of the capacity, or a plain number per node.
    static let target = Shape(
        [
            "title": "percent of the capacity, 1% to 100%, or a number above 0",
            "oneOf": [
                ["type": "number", "exclusiveMinimum": 0], ["type": "string", "pattern": "^([1-9][0-9]?|100)%$"],
            ],
        ]
    ) { node, context in
        if let text = node.text {
            if let percent = PercentText.parse(text), (1...100).contains(percent) { return .utilization(percent) }
            if case .scalar(_, .plain) = node.value, let number = YAMLScalar.number(text), number > 0 {
                return .average(number)
            }
        }
        context.expected("percent of the capacity from 1% to 100%, or a number above 0", node)
        return nil
    }
}

extension Shape where Value == Expression {
    /// A scaling expression, over the nodes of a pool.
    static let expression = expression(.scale, such: "avg(cpu.system.load) > 0.8").map { expression, node, context in
        guard expression.root.hasMetric else {
            context.error("'\(expression.text.shortened)' is always the same: it names no metric", at: node)
            return Expression?.none
        }
        return expression
    }

    /// A capacity expression, over one node.
    static let capacityExpression = expression(.capacity, such: "connections.client + 10 * connections.publisher")

    /// An error points into its text.
    private static func expression(_ form: Expression.Form, such example: String) -> Shape {
        // A number is a capacity, and no comparison.
        let type: SchemaValue = form == .capacity ? ["string", "number"] : "string"
        return Shape(["title": "expression", "type": type, "maxLength": .integer(Expression.maximumLength)]) {
            node, context in
            guard let text = node.text, !node.isNull else {
                context.expected("an expression such as \(example)", node)
                return nil
            }
            if case .scalar(_, .plain) = node.value, YAMLScalar.boolean(text) != nil {
                context.expected("\(form == .scale ? "a comparison" : "an expression") such as \(example)", node)
                return nil
            }
            do throws(ExpressionError) {
                return try context.expression(text, form: form)
            } catch {
                context.error(error.message, at: node, offset: error.offset, error.suggestion)
                return nil
            }
        }
    }
}
