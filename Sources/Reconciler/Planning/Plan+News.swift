extension Plan {
    /// What a plan says that the one before did not: removals and growth that wait for an approval, rules that have nothing to go by,
    /// and their end.
    func news(since last: Plan, at now: Timestamp) -> [Event] {
        newHolds(since: last, now) + newConditions(since: last, now) + newUnknowns(since: last, now)
    }

    /// Conditions that began, changed their status or ended.
    private func newConditions(since last: Plan, _ now: Timestamp) -> [Event] {
        func status(_ plan: Plan) -> [ConditionKey: Condition] {
            // What becomes of a whole group is told of the group.
            let own = plan.conditions.filter { $0.type != .setAside }
            return Dictionary(own.map { (ConditionKey(pool: $0.pool, type: $0.type), $0) }) { first, _ in first }
        }
        let (before, after) = (status(last), status(self))
        let begun = after.filter { before[$0.key]?.status != $0.value.status }.map { key, condition in
            Event(
                at: now, level: condition.level, reason: condition.reason, subject: "\(key.pool)",
                message: condition.message)
        }
        let ended = before.filter { after[$0.key] == nil }.map { key, condition in
            let revision = memories[key.pool]?.rollout?.revision
            let message =
                key.type == .rollout && revision != nil
                ? "every node is of revision \(revision ?? "")" : "it was: \(condition.message)"
            return Event(at: now, reason: condition.reasonAtEnd, subject: "\(key.pool)", message: message)
        }
        return (begun + ended).sorted { ($0.subject, $0.reason) < ($1.subject, $1.reason) }
    }

    private struct ConditionKey: Hashable {
        var pool: PoolKey
        var type: Condition.Kind
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

extension Plan {
    /// What waits for approvals, for someone who named none of them: a plan that was looked at a while ago may have changed.
    var approvalsWords: String {
        var counts: [String: Int] = [:]
        for hold in held { if let hash = hold.approval { counts[hash, default: 0] += hold.count } }
        if counts.isEmpty { return "; nothing waits for any" }
        let words = counts.sorted { $0.key < $1.key }.map {
            "'\($0.key)' (\($0.value) node\($0.value == 1 ? "" : "s"))"
        }
        return "; what waits now waits for \(words.joined(separator: ", ")): look at the plan again"
    }
}

extension Plan.Condition {
    /// The event's word when it begins.
    fileprivate var reason: String {
        switch (type, status) {
        case (.rollout, .halted): "RolloutHalted"
        case (.rollout, .rolledBack): "RolloutRolledBack"
        case (.rollout, _): "RolloutStarted"
        case (.remediation, _): "RemediationStopped"
        case (.setback, _): "SetbackStarted"
        case (.failover, _): "FailoverStarted"
        case (.setAside, _): "NodeGroupSetAside"
        }
    }

    fileprivate var reasonAtEnd: String {
        switch type {
        case .rollout: "RolloutEnded"
        case .remediation: "RemediationResumed"
        case .setback: "SetbackEnded"
        case .failover: "FailoverEnded"
        case .setAside: "NodeGroupTakenBack"
        }
    }

    fileprivate var level: Event.Level {
        switch type {
        case .rollout: isAlarming ? .error : .info
        case .remediation, .setAside: .error
        case .setback, .failover: .warning
        }
    }
}
