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
            let held = report.held.filter { $0.region == pool.region && $0.role == pool.role }
            let place = "\(report.nodeGroup)/\(pool.region)/\(pool.role)"
            let rows = rows(pool, decision, held, report)
            let width = rows.map(\.label.count).max() ?? 0
            let lines = rows.flatMap { row in
                row.lines.enumerated().map { index, line in
                    let label = (index == 0 ? row.label : "").padded(to: width)
                    return "  \(console.styled(label, row.style ?? .dim))  \(line)\n"
                }
            }
            return console.styled("\(place): \(headline(pool, decision))", .bold) + "\n" + lines.joined()
        }
        return parts.joined(separator: "\n")
    }

    private static func headline(_ pool: ScalingReport.Pool, _ decision: ScalingDecision?) -> String {
        guard let decision else { return "\(pool.inService) in service; nothing is decided yet" }
        return "\(pool.inService) in service, \(decision.desired) wanted (min \(decision.min), max \(decision.max))"
    }

    private struct Row {
        var label: String
        var lines: [String]
        var style: Console.Style?
    }

    private static func rows(
        _ pool: ScalingReport.Pool, _ decision: ScalingDecision?, _ held: [Plan.Hold], _ report: ScalingReport
    ) -> [Row] {
        var rows = [Row(label: "now", lines: [now(pool, decision)])]
        if let pause = report.paused {
            rows.append(
                Row(
                    label: "paused",
                    lines: [
                        "by \(pause.by) since \(pause.since); 'smreconcile resume \(report.nodeGroup)' ends it"
                    ], style: .yellow))
        }
        if let override = pool.override {
            let end = override.until.map { " until \($0)" } ?? ""
            let role = "\(report.nodeGroup)/\(pool.role)"
            rows.append(
                Row(
                    label: "by hand",
                    lines: [
                        "set to \(override.nodes) by \(override.by)\(end); 'smreconcile scale \(role) --region \(pool.region) --auto' ends it"
                    ], style: .yellow))
        }
        guard let decision else { return rows }
        let most = decision.rules.compactMap(\.proposed).max()
        for rule in decision.rules {
            let asks = rule.proposed.map { "asks for \($0)" } ?? (rule.value == nil ? "unknown" : "asks for nothing")
            let wins = decision.rules.count > 1 && rule.proposed != nil && rule.proposed == most ? ", the most" : ""
            rows.append(Row(label: "rule", lines: ["\(rule.rule): \(asks)\(wins)", rule.reason]))
        }
        if !decision.reasons.isEmpty { rows.append(Row(label: "why", lines: decision.reasons)) }
        if !decision.waiting.isEmpty {
            rows.append(Row(label: "waiting", lines: decision.waiting, style: .yellow))
        }
        for hold in held {
            let what = hold.node.map { " \($0)" } ?? (hold.count > 1 ? " (\(hold.count) nodes)" : "")
            rows.append(Row(label: "held", lines: ["\(hold.kind.rawValue)\(what): \(hold.reason)"], style: .yellow))
        }
        return rows
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
