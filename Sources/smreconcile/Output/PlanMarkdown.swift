internal import Reconciler

/// A plan as a comment on a pull request: what a reviewer must know first, the rest folded away.
enum PlanMarkdown {
    /// A pipeline finds its comment of before by the first line, and writes the new one in its place.
    static let mark = "<!-- smreconcile plan -->"
    /// GitHub takes 65,536 characters in a comment; bytes are never fewer.
    static let limit = 65_000

    /// What a plan was made of.
    struct Context {
        /// The commit that was planned; nil for files.
        var commit: GitCommit?
        /// Where the spec is from: `https://…, branch 'main'`, or paths.
        var source: String
        /// Whose nodes it was planned for.
        var fleet: String
        /// For which moment.
        var at: Timestamp
    }

    /// The comment.
    static func render(_ plan: Plan, _ context: Context, costs: PlanCosts?) -> String {
        var page = MarkdownPage(limit: limit)
        page.add(mark)
        page.add("### \(headline(plan))")
        page.add(foot(context))
        let pools = pools(of: plan)
        page.table(
            ["node group", "region", "role", "in service", "wanted", "changes", "why"], pools.map(row), share: 24_000,
            of: "roles")
        let still = Set(plan.scaling.map(\.pool)).subtracting(pools.map(\.key)).count
        if still > 0, !pools.isEmpty { page.add("\(still) other role\(still == 1 ? " does" : "s do") not change.") }
        approvals(plan, &page)
        if let costs { page.add("**\(CostText.sentence(costs))**") }
        let others = plan.held.filter { $0.limit != "approval" }
        page.fold("\(others.reduce(0) { $0 + $1.count }) held by limits") { page in
            page.table(
                ["what", "where", "why"],
                others.map { hold in
                    [
                        "\(hold.count) × \(hold.kind.rawValue)\(hold.node.map { " " + MarkdownText.code($0) } ?? "")",
                        MarkdownText.code("\(hold.pool)"), MarkdownText.plain(hold.reason),
                    ]
                }, share: 10_000, of: "holds")
        }
        page.fold("\(plan.actions.count) action\(plan.actions.count == 1 ? "" : "s"), each with its reason") { page in
            page.table(
                ["", "action", "node", "where", "why"],
                plan.actions.map { action in
                    [
                        MarkdownText.code(PlanText.symbol(action.kind)), action.kind.rawValue,
                        action.node.map { MarkdownText.code($0) } ?? "new", MarkdownText.code("\(action.pool)"),
                        MarkdownText.plain(action.reason),
                    ]
                }, share: 20_000, of: "actions")
        }
        page.fold("How the counts came about") { page in
            let decided = plan.scaling.filter { $0.desired != $0.current || !$0.waiting.isEmpty }
            page.table(
                ["where", "wanted", "why"],
                decided.map { decision in
                    let words =
                        decision.rules.map(\.reason) + decision.reasons + decision.waiting.map { "waiting: \($0)" }
                    return [
                        MarkdownText.code("\(decision.pool)"), "\(decision.current) → \(decision.desired)",
                        words.map { MarkdownText.plain($0) }.joined(separator: "<br>"),
                    ]
                }, share: 10_000, of: "counts")
        }
        return page.text
    }

    /// The comment of a spec that does not read.
    static func render(errors diagnostics: [SpecDiagnostic], _ source: String, commit: GitCommit?) -> String {
        let errors = diagnostics.filter { $0.severity == .error }
        var page = MarkdownPage(limit: limit)
        page.add(mark)
        page.add("### Plan: the spec has \(errors.count) error\(errors.count == 1 ? "" : "s")")
        page.add(
            "Nothing would change: a manager refuses "
                + (commit.map { "commit \(MarkdownText.code($0.short)) by \(MarkdownText.plain($0.author))" }
                    ?? "this spec")
                + " of \(MarkdownText.code(source)) and goes on with the last good one.")
        page.table(
            ["place", "what is wrong", "what to do"],
            errors.map { error in
                let place = error.location.line == 0 ? error.location.file : error.location.description
                return [
                    MarkdownText.code(place), MarkdownText.plain(error.message),
                    error.suggestion.map { MarkdownText.plain($0) } ?? "",
                ]
            }, share: 30_000, of: "errors")
        page.fold("The lines") { page in
            for error in errors where error.excerpt != nil { page.add(MarkdownText.block(error.rendered)) }
        }
        return page.text
    }

    // MARK: - Parts

    /// `Plan: 3 to create, 0 to drain, 0 to destroy; 2 wait for an approval`.
    private static func headline(_ plan: Plan) -> String {
        let waiting = plan.held.filter { $0.limit == "approval" }.reduce(0) { $0 + $1.count }
        let more = waiting > 0 ? "; \(waiting) wait for an approval" : ""
        if plan.actions.isEmpty { return "Plan: no changes" + (waiting > 0 ? " now" : "") + more }
        let kinds = Plan.Action.Kind.allCases.filter { plan.count($0) > 0 }
        return "Plan: " + kinds.map { "\(plan.count($0)) to \($0.rawValue)" }.joined(separator: ", ") + more
    }

    private static func foot(_ context: Context) -> String {
        let commit = context.commit.map { commit in
            "Commit \(MarkdownText.code(commit.short)) by \(MarkdownText.plain(commit.author)), “\(MarkdownText.plain(commit.subject))”, of "
        }
        return
            "\(commit ?? "")\(MarkdownText.code(context.source)), for the nodes of \(MarkdownText.code(context.fleet)) as of \(context.at)."
    }

    private struct Pool {
        var key: PoolKey
        var decision: ScalingDecision?
        var actions: [Plan.Action] = []
        var held: [Plan.Hold] = []
    }

    /// The pools that something is due in, in the order of the spec; those that left it last.
    private static func pools(of plan: Plan) -> [Pool] {
        var pools: [PoolKey: Pool] = [:]
        for action in plan.actions { pools[action.pool, default: Pool(key: action.pool)].actions.append(action) }
        for hold in plan.held { pools[hold.pool, default: Pool(key: hold.pool)].held.append(hold) }
        var order: [PoolKey: Int] = [:]
        for (index, decision) in plan.scaling.enumerated() {
            order[decision.pool] = index
            pools[decision.pool]?.decision = decision
        }
        return pools.values.sorted { (order[$0.key] ?? .max, $0.key) < (order[$1.key] ?? .max, $1.key) }
    }

    private static func row(_ pool: Pool) -> [String] {
        let kinds = Plan.Action.Kind.allCases.compactMap { kind -> String? in
            let count = pool.actions.count { $0.kind == kind }
            return count == 0 ? nil : "**\(count) \(kind.rawValue)**"
        }
        let held = pool.held.reduce(0) { $0 + $1.count }
        let changes = kinds + (held > 0 ? ["\(held) held"] : [])
        // What is said of one node after another is said once.
        var reasons: [String] = []
        for reason in pool.actions.map(\.reason) + pool.held.map(\.reason) where !reasons.contains(reason) {
            reasons.append(reason)
        }
        let shown = reasons.prefix(2).map { MarkdownText.plain($0, limit: 300) }
        let more = reasons.count > 2 ? ["and \(reasons.count - 2) more"] : []
        return [
            MarkdownText.code(pool.key.group), MarkdownText.code(pool.key.region), MarkdownText.code(pool.key.role),
            pool.decision.map { "\($0.serving)" } ?? "", pool.decision.map { "\($0.desired)" } ?? "not in the spec",
            changes.joined(separator: ", "), (shown + more).joined(separator: "<br>"),
        ]
    }

    private static func approvals(_ plan: Plan, _ page: inout MarkdownPage) {
        var holds: [String: [Plan.Hold]] = [:]
        for hold in plan.held { if let hash = hold.approval { holds[hash, default: []].append(hold) } }
        if holds.isEmpty { return }
        page.add("#### Held until someone approves it")
        page.table(
            ["hash", "what", "where"],
            holds.sorted { $0.key < $1.key }.map { hash, holds in
                let count = holds.reduce(0) { $0 + $1.count }
                return [
                    MarkdownText.code(hash), "\(holds[0].kind.rawValue) of \(count) node\(count == 1 ? "" : "s")",
                    holds.map { MarkdownText.code("\($0.pool)") }.joined(separator: ", "),
                ]
            }, share: 10_000, of: "approvals")
        let hashes = holds.keys.sorted().prefix(20).joined(separator: " ")
        page.add(
            "To approve with this change, annotate a node group that stays, or the manager's document; else run "
                + "`smreconcile approve HASH` after the merge, or take the change back.")
        page.add(
            MarkdownText.block("metadata:\n  annotations:\n    smreconcile/approve: \"\(hashes)\"", language: "yaml"))
    }
}
