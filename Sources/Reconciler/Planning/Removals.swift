internal import Crypto

/// Removals that follow from the spec, and the approval that they may need (safety rule 7).
///
/// A pool that the spec no longer has needs one, unless a person deleted its group by name over the API; a count that the spec itself makes smaller does when all such removals of one
/// plan together pass the manager's `approval.share` of all nodes. What rules, schedules and people take out needs none.
///
/// The hash covers exactly what would go: of a pool that leaves, its nodes and how each of them goes; of one that shrinks, how many of which
/// nodes, for which of them are the emptiest changes from second to second, and an approval must not be void before it is given. From the
/// approval on it is about the nodes that were chosen then, however long budgets let them wait.
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
        var released = free.sorted { $0.key < $1.key }.flatMap(\.value)
        let known = fewer.values.joined().filter { fleet.isApproved($0) }
        let asked = fewer.mapValues { $0.filter { !fleet.isApproved($0) } }.filter { !$0.value.isEmpty }
        plan.approvedRemovals.formUnion(known.compactMap { $0.node.map { NodeID($0) } })
        released += Self.ordered(known)
        let drains = asked.values.joined().count { $0.kind == .drain }
        let share = fleet.approvalLimits(spec).share
        // One node is more than a small share of a small fleet, and nothing to ask about unless a change of the spec takes the last.
        let isLast = serving == 1 && asked.keys.allSatisfy { fleet.scaling[$0]?.bounds != nil }
        if drains > 1 || isLast, drains * 100 > share * serving {
            let reason = "\(drains) of \(serving) serving nodes would go, more than approval.share of \(share)%"
            let lines = asked.map { line($0.key, $0.value, fleet) }
            released += hold(
                Array(asked.values.joined()), as: Self.hash(of: lines), because: reason, &plan, spec, fleet)
        } else {
            released += asked.sorted { $0.key < $1.key }.flatMap(\.value)
        }
        for (pool, actions) in gone.sorted(by: { $0.key < $1.key }) {
            if spec.deletedGroups.contains(pool.group) {
                released += actions.sorted { ($0.node ?? "") < ($1.node ?? "") }
                continue
            }
            let known = actions.filter { fleet.isApproved($0) }
            let asked = actions.filter { !fleet.isApproved($0) }
            plan.approvedRemovals.formUnion(known.compactMap { $0.node.map { NodeID($0) } })
            released += Self.ordered(known)
            if asked.isEmpty { continue }
            let nodes = asked.map { "\($0.kind.rawValue) \($0.pool) \($0.node ?? "")" }
            released += hold(
                asked, as: Self.hash(of: nodes), because: "the spec has no \(pool) any more", &plan, spec, fleet)
        }
        return released
    }

    /// `fewer live/us/edge min 2 max 4: 3 drain, 0 destroy of a b c d e`.
    private func line(_ pool: PoolKey, _ actions: [Plan.Action], _ fleet: Fleet) -> String {
        let each = bounds[pool]?.parent.map { " for each \($0)" } ?? ""
        let members = fleet.nodes.values.filter {
            $0.pool == pool && $0.state != .terminated && !$0.state.isLeaving && !$0.marks.isRemovalApproved
        }.map(\.id.rawValue).sorted().joined(separator: " ")
        let counts = [Plan.Action.Kind.drain, .destroy].map { kind in
            "\(actions.count { $0.kind == kind }) \(kind.rawValue)"
        }
        return "fewer \(pool) min \(bounds[pool]?.min ?? 0) max \(bounds[pool]?.max ?? 0)\(each): "
            + "\(counts.joined(separator: ", ")) of \(members)"
    }

    private static func ordered(_ actions: some Sequence<Plan.Action>) -> [Plan.Action] {
        actions.sorted { ($0.pool, $0.node ?? "") < ($1.pool, $1.node ?? "") }
    }

    private func hold(
        _ actions: [Plan.Action], as hash: String, because reason: String, _ plan: inout Plan, _ spec: Spec,
        _ fleet: Fleet
    ) -> [Plan.Action] {
        let ordered = Self.ordered(actions)
        if fleet.isApproved(hash, by: spec) {
            if !fleet.approvals.contains(hash), spec.approvals.contains(hash) { plan.annotated[hash] = reason }
            plan.approvedRemovals.formUnion(ordered.compactMap { $0.node.map { NodeID($0) } })
            return ordered
        }
        var pools: [PoolKey: [Plan.Action]] = [:]
        for action in ordered { pools[action.pool, default: []].append(action) }
        for (pool, actions) in pools.sorted(by: { $0.key < $1.key }) {
            plan.held.append(
                Plan.Hold(
                    actions[0].kind, pool, count: actions.count,
                    reason: Plan.Hold.asking(reason, hash), limit: "approval", approval: hash))
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

    /// Whether someone approved before that the node of a removal goes.
    func isApproved(_ action: Plan.Action) -> Bool {
        action.node.flatMap { nodes[NodeID($0)] }?.marks.isRemovalApproved == true
    }

    /// Whether a person released what a plan holds under a hash: by command, or by an annotation in the spec.
    func isApproved(_ hash: String, by spec: Spec) -> Bool {
        approvals.contains(hash) || approvals.contains(Self.approveAll) || spec.approvals.contains(hash)
    }
}
