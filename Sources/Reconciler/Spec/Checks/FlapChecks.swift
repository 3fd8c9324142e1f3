/// Thresholds between which a count would swing: what scaling in leads to must not call for scaling out.
enum FlapChecks {
    /// Reports rules of a role that would make its count swing.
    static func check(_ role: RoleSpec, _ rules: [YAMLNode], _ context: SpecContext) {
        for rule in rules {
            checkWatermarks(role, rule, context)
            checkExpressions(role, rule, context)
        }
    }

    /// A low watermark must stay below the high one when the load of one node is spread over the others.
    ///
    /// The worst is the smallest count from which scaling in may happen, one above min: at n nodes with an average
    /// just below `low`, n - 1 nodes carry `low * n / (n - 1)`.
    private static func checkWatermarks(_ role: RoleSpec, _ rule: YAMLNode, _ context: SpecContext) {
        guard let highNode = rule["high"], let lowNode = rule["low"],
            let high = perNode(highNode, rule, role), let low = perNode(lowNode, rule, role)
        else { return }
        guard low < high else {
            context.conflict(
                "low \(lowNode.text ?? "") is not below high \(highNode.text ?? "") in \(context.place)", at: lowNode,
                with: highNode)
            return
        }
        let count = max(role.min, 1) + 1
        guard count <= role.max else { return }
        let after = low * Double(count) / Double(count - 1)
        // The width of rounding errors in the product.
        if after > high * (1 + 1e-9) {
            let most = high * Double(count - 1) / Double(count)
            let isPercent =
                PercentText.parse(lowNode.text ?? "") != nil && PercentText.parse(highNode.text ?? "") != nil
            let limit =
                isPercent ? "\(Int(most * 100 / (role.capacity[rule["metric"]?.text ?? ""] ?? 1)))%" : short(most)
            context.conflict(
                "low \(lowNode.text ?? "") would flap: from \(count) nodes, scaling in by one goes over high "
                    + "\(highNode.text ?? "") again", at: lowNode, with: highNode,
                suggestion: "at most \(limit) is safe")
        }
    }

    /// At most two decimals, rounded down.
    private static func short(_ value: Double) -> String {
        let hundredths = (value * 100).rounded(.down) / 100
        return hundredths == hundredths.rounded() && abs(hundredths) < 1e15 ? "\(Int(hundredths))" : "\(hundredths)"
    }

    /// A watermark as a number per node; nil when it is none, or percent of an unknown capacity.
    private static func perNode(_ node: YAMLNode, _ rule: YAMLNode, _ role: RoleSpec) -> Double? {
        guard let text = node.text else { return nil }
        guard let percent = PercentText.parse(text) else { return YAMLScalar.number(text) }
        guard let metric = rule["metric"]?.text, let capacity = role.capacity[metric] else { return nil }
        return capacity * Double(percent) / 100
    }

    /// `avg(m) > a` beside `avg(m) < b` with b at or above a: both are true at once, or in turn.
    private static func checkExpressions(_ role: RoleSpec, _ rule: YAMLNode, _ context: SpecContext) {
        guard let outNode = rule["scaleOut"], let inNode = rule["scaleIn"],
            let out = outNode.text.flatMap({ threshold($0, .greater, context) }),
            let back = inNode.text.flatMap({ threshold($0, .less, context) }), out.subject == back.subject
        else { return }
        let texts = (out: (outNode.text ?? "").shortened, back: (inNode.text ?? "").shortened)
        guard back.bound < out.bound else {
            context.conflict(
                "scaleIn '\(texts.back)' would flap: its bound is not below that of scaleOut '\(texts.out)'",
                at: inNode, with: outNode)
            return
        }
        // A sum is the same over fewer nodes; of the other aggregates nothing is certain.
        guard case .aggregate(.average, _) = back.subject else { return }
        let step = rule["step"]?.text.flatMap(YAMLScalar.integer) ?? 1
        let floor = max(role.min, 1)
        guard step > 0, floor < role.max else { return }
        let count = min(floor.addingReportingOverflow(step).partialValue, role.max)
        let gone = count - floor
        guard gone > 0, back.bound * Double(count) / Double(floor) > out.bound * (1 + 1e-9) else { return }
        context.conflict(
            "scaleIn '\(texts.back)' would flap: from \(count) nodes, scaling in by \(gone) makes scaleOut "
                + "'\(texts.out)' true again", at: inNode, with: outNode,
            suggestion: "at most \(short(out.bound * Double(floor) / Double(count))) is safe")
    }

    /// The parts of a simple comparison of one aggregate with a number, in a direction, whichever side is which.
    private static func threshold(
        _ text: String, _ direction: Expression.Comparison, _ context: SpecContext
    ) -> (subject: Expression.Term, bound: Double)? {
        (try? context.expression(text)).flatMap { threshold($0, direction) }
    }

    private static func threshold(
        _ expression: Expression, _ direction: Expression.Comparison
    ) -> (subject: Expression.Term, bound: Double)? {
        guard case .comparison(let comparison, let left, let right) = expression.root else { return nil }
        let (subject, bound, actual) =
            if case .number = left { (right, left, comparison.mirrored) } else { (left, right, comparison) }
        guard case .aggregate = subject, case .number(let value) = bound else { return nil }
        let allowed: [Expression.Comparison] =
            direction == .greater ? [.greater, .greaterOrEqual] : [.less, .lessOrEqual]
        return allowed.contains(actual) ? (subject, value) : nil
    }

    /// Expressions that were written for another system: `back`, to scale in, with a bound that does not flap beside `out`, by the rules of
    /// the check above; nil when it does not flap as it is.
    static func calmed(_ back: Expression?, beside out: Expression?, step: Int, min: Int, max most: Int) -> Expression?
    {
        guard let back, let out, let high = threshold(out, .greater), let low = threshold(back, .less),
            high.subject == low.subject, case .aggregate(let aggregate, let metric) = high.subject
        else { return nil }
        let floor = Swift.max(min, 1)
        let count = Swift.min(floor.addingReportingOverflow(step).partialValue, most)
        let spread = aggregate == .average && count > floor ? Double(count) / Double(floor) : 1
        guard low.bound >= high.bound || low.bound * spread > high.bound * (1 + 1e-9) else { return nil }
        // Half of it where nothing else is certain: equal bounds would flap, too.
        let safe = spread > 1 ? high.bound / spread : high.bound / 2
        return try? Expression(text: "\(aggregate.word)(\(metric)) < \(short(safe))")
    }
}
