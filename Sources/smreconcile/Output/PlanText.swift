internal import Reconciler

/// A plan as a person reads it: grouped by node group, region and role, a symbol per action, each with its reason.
enum PlanText {
    /// `byHand`: the pauses and counts set by hand, if they are known; `costs`: what it does to the bill, where there are prices.
    static func render(
        _ plan: Plan, _ console: Console, byHand: ByHand? = nil, costs: PlanCosts? = nil, commit: GitCommit? = nil
    ) -> String {
        let decisions = Dictionary(plan.scaling.map { ($0.pool, $0) }) { first, _ in first }
        var lines: [String] = []
        var group = "", region = "", role = ""
        // What a hold says already is not said twice.
        let waiting = Set(plan.held.filter { $0.limit == "setback" }.map(\.pool))
        let conditions = plan.conditions.filter { $0.type != .setback || !waiting.contains($0.pool) }
        /// How the count of the pool that was printed last came about, where it changes or waits.
        func why() {
            for condition in conditions
            where (condition.nodeGroup, condition.region, condition.role) == (group, region, role) {
                let mark = "\(condition.isAlarming ? "!" : "*") \(condition.type.rawValue) \(condition.status.words)"
                lines.append(
                    "      \(console.styled(mark.padded(to: 3), condition.isAlarming ? .red : .yellow)): \(condition.message)"
                )
            }
            guard let decision = decisions[PoolKey(group: group, region: region, role: role)],
                decision.desired != decision.current || !decision.waiting.isEmpty
            else { return }
            for rule in decision.rules { lines.append(console.styled("          \(rule.reason)", .dim)) }
            for sentence in decision.reasons { lines.append(console.styled("          \(sentence)", .dim)) }
            for sentence in decision.waiting { lines.append(console.styled("          waiting: \(sentence)", .dim)) }
        }
        func head(_ newGroup: String, _ newRegion: String, _ newRole: String) {
            if (newGroup, newRegion, newRole) != (group, region, role) { why() }
            if newGroup != group {
                if !lines.isEmpty { lines.append("") }
                lines.append(console.styled(newGroup, .bold))
                (group, region, role) = (newGroup, "", "")
            }
            if newRegion != region {
                lines.append("  \(newRegion)")
                (region, role) = (newRegion, "")
            }
            if newRole != role {
                let pool = PoolKey(group: newGroup, region: newRegion, role: newRole)
                let isAside = plan.conditions.contains { $0.type == .setAside && $0.pool == pool }
                lines.append("    \(newRole)\(isAside ? "" : counts(decisions[pool], byHand?.words(pool) ?? ""))")
                role = newRole
            }
        }
        for row in rows(plan) {
            head(row.group, row.region, row.role)
            if row.word.isEmpty { continue }
            let node = row.node.map { " \($0)" } ?? ""
            let count = row.count > 1 ? " (\(row.count) nodes)" : ""
            let mark = console.styled("\(row.symbol.padded(to: 3)) \(row.word)\(node)\(count)", row.style)
            lines.append("      \(mark): \(TerminalText.printable(row.reason))")
        }
        why()
        if plan.actions.isEmpty {
            if !lines.isEmpty { lines.append("") }
            lines.append(
                plan.held.isEmpty
                    ? "No changes: what exists is what the spec wants." : "No changes that may be made now.")
        }
        if !lines.isEmpty { lines.append("") }
        lines.append(console.styled(summary(plan), .bold))
        if let costs { lines.append(CostText.sentence(costs)) }
        if let commit { lines.append("Commit: \(commit.words): \(commit.subject)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `Plan: 3 to create, 1 to drain, 0 to destroy.`, and what else there is.
    static func summary(_ plan: Plan) -> String {
        var parts = [
            "\(plan.count(.create)) to create", "\(plan.count(.drain)) to drain", "\(plan.count(.destroy)) to destroy",
        ]
        for kind: Plan.Action.Kind in [.replace, .undrain, .evict, .reinstate, .forget] where plan.count(kind) > 0 {
            parts.append("\(plan.count(kind)) to \(kind.rawValue)")
        }
        let held = plan.held.reduce(0) { $0 + $1.count }
        if held > 0 { parts.append("\(held) held") }
        return "Plan: \(parts.joined(separator: ", "))."
    }

    private struct Row {
        var group: String, region: String, role: String, node: String?
        var symbol: String, word: String, style: Console.Style
        var count: Int
        var reason: String
    }

    /// Actions and holds by pool, in the order of the pools in the plan; equal creates in one line.
    private static func rows(_ plan: Plan) -> [Row] {
        var rows: [Row] = []
        for action in plan.actions {
            let row = Row(
                group: action.nodeGroup, region: action.region, role: action.role, node: action.node,
                symbol: symbol(action.kind), word: action.kind.rawValue, style: style(action.kind), count: 1,
                reason: action.reason)
            if row.node == nil, let last = rows.last, last.word == row.word, last.node == nil, last.role == row.role,
                last.region == row.region, last.group == row.group, last.reason == row.reason
            {
                rows[rows.count - 1].count += 1
            } else {
                rows.append(row)
            }
        }
        // What is not repaired has its own line, which is louder.
        for hold in plan.held where hold.limit != "maxUnhealthy" {
            rows.append(
                Row(
                    group: hold.nodeGroup, region: hold.region, role: hold.role, node: hold.node, symbol: "=",
                    word: "held: \(hold.kind.rawValue)", style: .yellow, count: hold.count, reason: hold.reason))
        }
        // A pool that only waits, or is in some condition, has its reasons alone.
        let moving = Set(rows.map { PoolKey(group: $0.group, region: $0.region, role: $0.role) })
        let conditioned = Set(plan.conditions.map(\.pool))
        for decision in plan.scaling
        where (!decision.waiting.isEmpty || conditioned.contains(decision.pool)) && !moving.contains(decision.pool) {
            rows.append(
                Row(
                    group: decision.nodeGroup, region: decision.region, role: decision.role, node: nil, symbol: "",
                    word: "", style: .dim, count: 0, reason: ""))
        }
        let decided = Set(plan.scaling.map(\.pool))
        for pool in conditioned where !decided.contains(pool) && !moving.contains(pool) {
            rows.append(
                Row(
                    group: pool.group, region: pool.region, role: pool.role, node: nil, symbol: "", word: "",
                    style: .dim, count: 0, reason: ""))
        }
        var order: [String: Int] = [:]
        for decision in plan.scaling {
            let key = "\(decision.nodeGroup)/\(decision.region)/\(decision.role)"
            order[key] = order[key] ?? order.count
        }
        func rank(_ row: Row) -> Int { order["\(row.group)/\(row.region)/\(row.role)"] ?? order.count }
        return rows.enumerated().sorted { left, right in
            let (one, other) = (rank(left.element), rank(right.element))
            if one != other { return one < other }
            let names = (left.element.group, left.element.region, left.element.role)
            let others = (right.element.group, right.element.region, right.element.role)
            return names == others ? left.offset < right.offset : names < others
        }.map(\.element)
    }

    private static func counts(_ decision: ScalingDecision?, _ byHand: String) -> String {
        guard let decision else { return "  (not in the spec)" }
        let note = byHand.isEmpty ? "" : "  (\(byHand))"
        return "  \(decision.serving) in service, \(decision.desired) wanted\(note)"
    }

    static func symbol(_ kind: Plan.Action.Kind) -> String {
        switch kind {
        case .create: "+"
        case .replace: "-/+"
        case .drain: "~"
        case .undrain, .reinstate: "^"
        case .evict: "!"
        case .destroy: "-"
        case .forget: "x"
        }
    }

    private static func style(_ kind: Plan.Action.Kind) -> Console.Style {
        switch kind {
        case .create, .undrain, .reinstate: .green
        case .replace, .drain: .yellow
        case .evict, .destroy, .forget: .red
        }
    }
}
