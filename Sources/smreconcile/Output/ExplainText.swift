internal import Reconciler

/// Why the counts of a role are as they are, for a person who was woken by them: a headline per region, then what there is, what the
/// rules made of it, what came of that, and what is waited for.
///
///     live/us-east/edge: 4 in service, 6 wanted (min 2, max 20)
///       now      4 in service, 1 on the way, 3 ready
///       rule     connections.subscriber target 60%: asks for 6
///                on average 83% over 3 nodes, target 60%: 1.38 × 4 nodes is 6
///       why      recommended 6 by 'connections.subscriber target 60%'
///       waiting  …
enum ExplainText {
    static func render(_ report: ScalingReport, _ console: Console) -> String {
        let parts = report.pools.map { pool in
            let decision = report.scaling.first { $0.region == pool.region && $0.role == pool.role }
            let place = "\(report.nodeGroup)/\(pool.region)/\(pool.role)"
            let headline = headline(pool, decision, isHeld: !holds(of: pool, report).isEmpty)
            return console.styled("\(place): \(headline)", .bold) + "\n"
                + rows(pool, decision, report).render(console)
        }
        return parts.joined(separator: "\n")
    }

    private static func headline(_ pool: ScalingReport.Pool, _ decision: ScalingDecision?, isHeld: Bool) -> String {
        guard let decision else {
            // Nothing is decided of the counts of what left the spec.
            let rest = isHeld || pool.leaving > 0 ? "none wanted by the spec" : "nothing is decided yet"
            return "\(pool.inService) in service; \(rest)"
        }
        return "\(pool.inService) in service, \(decision.desired) wanted (min \(decision.min), max \(decision.max))"
    }

    private static func rows(
        _ pool: ScalingReport.Pool, _ decision: ScalingDecision?, _ report: ScalingReport
    ) -> LabelledRows {
        var rows = LabelledRows()
        rows.add("now", [now(pool, decision)])
        if let pause = report.paused {
            rows.add(
                "paused", ["by \(pause.by) since \(pause.since); 'smreconcile resume \(report.nodeGroup)' ends it"],
                .yellow)
        }
        if let override = pool.override {
            let end = override.until.map { " until \($0)" } ?? ""
            let role = "\(report.nodeGroup)/\(pool.role)"
            rows.add(
                "by hand",
                [
                    "set to \(override.nodes) by \(override.by)\(end); 'smreconcile scale \(role) --region \(pool.region) --auto' ends it"
                ], .yellow)
        }
        conditions(pool, report, &rows)
        if let decision { reasons(decision, &rows) }
        for hold in holds(of: pool, report) {
            let what = hold.node.map { " \($0)" } ?? (hold.count > 1 ? " (\(hold.count) nodes)" : "")
            rows.add("held", ["\(hold.kind.rawValue)\(what): \(hold.reason)"], .yellow)
        }
        return rows
    }

    /// What the rules made of it, and what came of that.
    private static func reasons(_ decision: ScalingDecision, _ rows: inout LabelledRows) {
        let most = decision.rules.compactMap(\.proposed).max()
        for rule in decision.rules {
            let asks = rule.proposed.map { "asks for \($0)" } ?? (rule.value == nil ? "unknown" : "asks for nothing")
            let wins = decision.rules.count > 1 && rule.proposed != nil && rule.proposed == most ? ", the most" : ""
            rows.add("rule", ["\(rule.rule): \(asks)\(wins)", rule.reason])
        }
        rows.add("why", decision.reasons)
        rows.add("waiting", decision.waiting, .yellow)
    }

    private static func holds(of pool: ScalingReport.Pool, _ report: ScalingReport) -> [Plan.Hold] {
        report.held.filter { $0.region == pool.region && $0.role == pool.role }
    }

    /// What is out of the ordinary: the conditions of a pool, and setbacks that are too few to be one.
    private static func conditions(
        _ pool: ScalingReport.Pool, _ report: ScalingReport, _ rows: inout LabelledRows
    ) {
        let own = report.conditions.filter { $0.region == pool.region && $0.role == pool.role }
        for condition in own {
            rows.add(
                condition.type.rawValue, ["\(condition.status.words): \(condition.message)"],
                condition.isAlarming ? .red : .yellow)
        }
        guard !own.contains(where: { $0.type == .setback }) else { return }
        if let creates = pool.creates {
            rows.add("setback", ["creates failed \(creates.times) since \(creates.since): \(creates.message)"], .yellow)
        }
        if let starts = pool.starts {
            rows.add("setback", ["new nodes failed \(starts.times) since \(starts.since): \(starts.message)"], .yellow)
        }
    }

    private static func now(_ pool: ScalingReport.Pool, _ decision: ScalingDecision?) -> String {
        var parts = ["\(pool.inService) in service"]
        if pool.onTheWay > 0 { parts.append("\(pool.onTheWay) on the way") }
        if pool.leaving > 0 { parts.append("\(pool.leaving) leaving") }
        if pool.faulty > 0 { parts.append("\(pool.faulty) faulty") }
        if let decision, !decision.rules.isEmpty {
            parts.append("\(decision.ready) ready")
        }
        if let decision, decision.current != pool.inService { parts.append("\(decision.current) wanted so far") }
        return parts.joined(separator: ", ")
    }
}
