internal import Crypto

/// Removals that follow from the spec, and the approval that they may need (safety rule 7).
///
/// A pool that the spec no longer has needs one, unless a person deleted its group by name over the API; a count that the spec itself makes smaller does when all such removals of one
/// plan together pass the manager's `approval.share` of all nodes. What rules, schedules and people take out needs none. The hash
/// covers exactly the nodes that would go.
struct Removals {
    /// The rule of what goes since its pool left the spec.
    static let removed = "removed"
    /// The rule of what goes since fewer are wanted.
    static func fewerRule(_ role: String) -> String { "roles.\(role).max" }

    private var gone: [PoolKey: [Plan.Action]] = [:]
    private var fewer: [PoolKey: [Plan.Action]] = [:]
    private var free: [PoolKey: [Plan.Action]] = [:]
    private var bounds: [PoolKey: ScalingHistory.Bounds] = [:]

    /// `isBySpec`: the spec's own numbers make the pool smaller.
    mutating func add(
        _ actions: [Plan.Action], from pool: PoolKey, isBySpec: Bool, bounds: ScalingHistory.Bounds? = nil
    ) {
        self.bounds[pool] = bounds
        for action in actions {
            if action.rule == Self.removed {
                gone[pool, default: []].append(action)
            } else if isBySpec {
                fewer[pool, default: []].append(action)
            } else {
                free[pool, default: []].append(action)
            }
        }
    }

    /// What may go, by the pool it is in; what waits for an approval is held in `plan`.
    mutating func settle(into plan: inout Plan, spec: Spec, fleet: Fleet) -> [Plan.Action] {
        // Whether a node that serves nobody yet is dropped is nothing to ask a person about.
        let serving = fleet.nodes.values.count { $0.state == .inService && $0.missingSince == nil }
        let drains = fewer.values.joined().count { $0.kind == .drain }
        let share = spec.manager.approvalShare
        var released = free.sorted { $0.key < $1.key }.flatMap(\.value)
        if drains > 1, drains * 100 > share * serving {
            let reason = "\(drains) of \(serving) serving nodes would go, more than approval.share of \(share)%"
            let numbers = fewer.keys.map { pool in
                let each = bounds[pool]?.parent.map { " for each \($0)" } ?? ""
                return "fewer \(pool) min \(bounds[pool]?.min ?? 0) max \(bounds[pool]?.max ?? 0)\(each)"
            }
            released += hold(
                Array(fewer.values.joined()), as: Self.hash(of: numbers), because: reason, &plan, spec, fleet)
        } else {
            released += fewer.sorted { $0.key < $1.key }.flatMap(\.value)
        }
        for (pool, actions) in gone.sorted(by: { $0.key < $1.key }) {
            if spec.deletedGroups.contains(pool.group) {
                released += actions.sorted { ($0.node ?? "") < ($1.node ?? "") }
                continue
            }
            let nodes = actions.map { "\($0.kind.rawValue) \($0.pool) \($0.node ?? "")" }
            released += hold(
                actions, as: Self.hash(of: nodes), because: "the spec has no \(pool) any more", &plan, spec, fleet)
        }
        return released
    }

    private func hold(
        _ actions: [Plan.Action], as hash: String, because reason: String, _ plan: inout Plan, _ spec: Spec,
        _ fleet: Fleet
    ) -> [Plan.Action] {
        let ordered = actions.sorted { ($0.pool, $0.node ?? "") < ($1.pool, $1.node ?? "") }
        if fleet.isApproved(hash, by: spec) { return ordered }
        var pools: [PoolKey: [Plan.Action]] = [:]
        for action in ordered { pools[action.pool, default: []].append(action) }
        for (pool, actions) in pools.sorted(by: { $0.key < $1.key }) {
            plan.held.append(
                Plan.Hold(
                    actions[0].kind, pool, count: actions.count,
                    reason: "\(reason); approve with 'smreconcile approve \(hash)'", limit: "approval", approval: hash))
        }
        return []
    }

    private static func hash(of lines: [String]) -> String {
        String(Digest.sha256Hex(lines.sorted().joined(separator: "\n")).prefix(12))
    }
}

extension Fleet {
    /// In ``approvals``: everything that would be held for an approval is approved (`apply --approve`).
    package static let approveAll = "*"

    /// Whether a person released what a plan holds under a hash: by command, or by an annotation in the spec.
    func isApproved(_ hash: String, by spec: Spec) -> Bool {
        approvals.contains(hash) || approvals.contains(Self.approveAll) || spec.approvals.contains(hash)
    }
}
