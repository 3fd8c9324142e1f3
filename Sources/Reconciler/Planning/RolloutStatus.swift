/// Where a pool stands on its way from one revision to the next, and what its nodes are to be made from.
///
///     progressing ─▶ (all nodes are of it) complete
///          │
///          └─ one did not come into service and none serves, or three failed ─▶ halted ─▶ with `update.rollback`: rolledBack
///                                                                               │
///                                 another revision, `retry`, or a node of it that served a while ─▶ progressing
///
/// Old nodes never make way for a revision that does not serve (Cluster API: unavailable new machines stop the scale-down of old
/// ones); halted, nothing is replaced at all, and what is missing is made from the revision that last served.
struct RolloutStatus {
    /// So many failures in a row halt a rollout of which some nodes serve.
    private static let patience = 3

    /// What new nodes are made from; nil when the spec has no such pool.
    let creating: String?
    /// Nodes that are not of it are to be replaced; nil: none is, since the rollout is halted or the group is paused.
    let target: String?
    let condition: Plan.Condition?
    /// In which fields each other revision differs from the target, in words; as far as that is known.
    let changes: [String: String]
    /// The target is not what the spec asks for, but what served before.
    let isBack: Bool
    /// What to remember; nil: nothing.
    let next: Rollout?

    /// - Parameters:
    ///   - revision: what the spec asks for.
    ///   - nodes: the pool's nodes that are not leaving, faulty ones with them.
    init(
        of pool: PoolKey, revision: String?, provider: String?, update: UpdateSpec, nodes: [Node], fleet: Fleet,
        now: Timestamp
    ) {
        guard let revision else {
            (creating, target, condition, changes, isBack, next) = (nil, nil, nil, [:], false, nil)
            return
        }
        let memory = fleet.memories[pool]?.rollout
        var rollout = Rollout(revision: revision, since: now)
        if let memory {
            if memory.revision == revision { rollout = memory } else { rollout.stable = memory.stable }
        }
        let old = nodes.filter { $0.revision != revision || $0.provider != provider }
        let isServing = nodes.contains { $0.revision == revision && $0.state == .inService }
        // What failed before the revision was asked for, or told to try again, was counted then.
        let known = memory?.revision == revision ? rollout.since : nil
        let failed = nodes.filter { node in
            node.revision == revision && node.isFailedStart && known.map { node.since > $0 } ?? true
        }
        let failures = max(rollout.failures, failed.count { $0.inServiceAt == nil })
        let all = max(rollout.failures + rollout.deaths, failed.count)
        if old.isEmpty {
            rollout.halt = nil
        } else if rollout.halt == nil, all >= Self.patience || failures > 0 && !isServing && !rollout.isProven {
            let last =
                failed.last.map { ": \($0.id) \($0.reason)" }
                ?? (fleet.memories[pool]?.starts ?? fleet.memories[pool]?.creates).map { ": \($0.message)" }
            rollout.halt = .init(
                at: now, reason: "\(all) node\(all == 1 ? "" : "s") of revision \(revision) failed\(last ?? "")")
        }
        let stable = Self.goodRevision(rollout, old, fleet)
        if fleet.pauses[pool.group] != nil {
            (creating, target) = (rollout.halt == nil ? revision : stable ?? revision, nil)
        } else if rollout.halt != nil {
            (creating, target) = (stable ?? revision, update.rollback ? stable : nil)
        } else {
            (creating, target) = (revision, revision)
        }
        let others = Set(old.map(\.revision)).subtracting([revision]).sorted()
        var words: [String: String] = [:]
        for other in others { words[other] = fleet.change(from: other, to: revision) }
        let shown = Set(words.values).sorted().joined(separator: "; ")
        isBack = target != nil && target != revision
        changes = isBack ? [:] : words
        condition = Self.condition(
            of: pool, rollout, old: old, of: nodes, target: target, changes: shown.isEmpty ? "" : " (\(shown))", fleet)
        next = rollout
    }

    /// The revision that last served: the one that proved itself, else that of most of the old nodes that serve. What it is made of
    /// must be known.
    private static func goodRevision(_ rollout: Rollout, _ old: [Node], _ fleet: Fleet) -> String? {
        if let stable = rollout.stable, stable != rollout.revision, fleet.outline(of: stable) != nil { return stable }
        let serving = Dictionary(grouping: old.filter { $0.state == .inService }, by: \.revision).mapValues(\.count)
        let known = serving.filter { $0.key != rollout.revision && fleet.outline(of: $0.key) != nil }
        return known.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    private static func condition(
        of pool: PoolKey, _ rollout: Rollout, old: [Node], of nodes: [Node], target: String?, changes: String,
        _ fleet: Fleet
    ) -> Plan.Condition? {
        guard !old.isEmpty else { return nil }
        let counts = "\(nodes.count - old.count) of \(nodes.count) nodes are of revision \(rollout.revision)"
        if let pause = fleet.pauses[pool.group] {
            return .init(.rollout, .waiting, pool, "paused by \(pause.by): \(counts)\(changes)")
        }
        guard let halt = rollout.halt else { return .init(.rollout, .progressing, pool, "\(counts)\(changes)") }
        if let target {
            return .init(
                .rollout, .rolledBack, pool,
                "\(halt.reason); back to revision \(target) until the spec asks for another one than \(rollout.revision)\(changes)"
            )
        }
        return .init(
            .rollout, .halted, pool,
            "\(halt.reason); \(counts)\(changes), and no more are replaced until the spec changes or "
                + "'smreconcile retry \(pool.group)/\(pool.role)'")
    }
}

extension Node {
    /// Faulty before it served long enough to count.
    fileprivate var isFailedStart: Bool {
        state == .fault && inServiceAt.map { since > $0 && since - $0 < Setback.provenAfter } ?? true
    }
}

extension Fleet {
    /// Which fields make one revision another, in words; nil when one of them is not known any more, or they are one.
    func change(from old: String, to new: String) -> String? {
        guard old != new, let before = outline(of: old), let after = outline(of: new) else { return nil }
        return before.changes(to: after).joined(separator: ", ")
    }
}
