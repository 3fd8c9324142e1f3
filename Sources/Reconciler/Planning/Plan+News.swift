extension Plan {
    /// What a plan says that the one before did not: removals and growth that wait for an approval, rules that have nothing to go by,
    /// and their end.
    func news(since last: Plan, at now: Timestamp) -> [Event] {
        newHolds(since: last, now) + newUnknowns(since: last, now)
    }

    private func newHolds(since last: Plan, _ now: Timestamp) -> [Event] {
        let known = Set(last.held.compactMap(\.approval))
        return held.filter { $0.approval.map { !known.contains($0) } ?? false }.map { hold in
            Event(
                at: now, level: .warning, reason: "ApprovalNeeded", subject: "\(hold.pool)",
                message: "\(hold.kind.rawValue) of \(hold.count) held: \(hold.reason)")
        }
    }

    private func newUnknowns(since last: Plan, _ now: Timestamp) -> [Event] {
        let (before, after) = (last.unknownRules, unknownRules)
        let serving = Set(scaling.filter { $0.serving > 0 }.map(\.pool))
        let begun = after.filter { before[$0.key] == nil }.map { key, reason in
            Event(
                at: now, level: .warning, reason: "MetricUnknown", subject: "\(key.pool)",
                message: "'\(key.rule)': \(reason)")
        }
        // Without a node that serves there is nothing to measure either way.
        let ended = before.keys.filter { after[$0] == nil && serving.contains($0.pool) }.map { key in
            Event(at: now, reason: "MetricKnown", subject: "\(key.pool)", message: "'\(key.rule)' is measured again")
        }
        return (begun + ended).sorted { ($0.subject, $0.message) < ($1.subject, $1.message) }
    }

    private struct RuleKey: Hashable {
        var pool: PoolKey
        var rule: String
    }

    /// Rules whose metric no serving node reports, with the reason in words.
    private var unknownRules: [RuleKey: String] {
        var found: [RuleKey: String] = [:]
        for decision in scaling where decision.serving > 0 {
            for rule in decision.rules where rule.value == nil {
                found[RuleKey(pool: decision.pool, rule: rule.rule)] = rule.reason
            }
        }
        return found
    }
}
