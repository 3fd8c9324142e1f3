/// Brings a pool to its desired count and newest revision.
///
/// A node of an older revision is replaced by surging: first a new one up to `maxSurge` above the desired count, and when more
/// than the desired count (less `maxUnavailable`) serve, an old one drains. A new revision that never serves halts there.
struct CountPlanner {
    private let pool: PoolPlanner
    private let role: RoleSpec
    private let decision: ScalingDecision
    private let desired: Int
    private let isPaused: Bool
    private let wanted: [Node]
    private let draining: [Node]
    private let billed: Int

    private(set) var actions: [Plan.Action] = []
    private(set) var held: [Plan.Hold] = []
    private(set) var removals: [Plan.Action] = []

    init(
        pool: PoolPlanner, role: RoleSpec, decision: ScalingDecision, wanted: [Node], draining: [Node], billed: Int,
        isPaused: Bool
    ) {
        self.pool = pool
        self.role = role
        self.decision = decision
        self.isPaused = isPaused
        desired = decision.desired
        self.wanted = wanted
        self.draining = draining
        self.billed = billed
    }

    private var surge: Int { role.update.maxSurge.rounded(up: true, of: desired) }
    private var unavailable: Int { role.update.maxUnavailable.rounded(up: false, of: desired) }

    /// Of an older revision, or at a provider that the group has left.
    private func isDrifted(_ node: Node) -> Bool {
        !isPaused && (node.revision != pool.revision || node.provider != pool.provider)
    }

    mutating func plan(_ ceilings: inout Ceilings) {
        let serving = wanted.filter { !$0.state.isComing }
        let drifted = serving.filter(isDrifted)
        let target = desired + min(surge, drifted.count)
        let stale = wanted.filter { $0.state.isComing && isDrifted($0) }
        for node in stale {
            destroy(
                node,
                "it is of revision \(node.revision), the spec's is \(pool.revision ?? ""), and it serves nobody yet")
        }
        let current = wanted.count - stale.count { pool.isKnown($0) }
        if current < target {
            grow(by: target - current, missing: max(desired - current, 0), drifted: drifted, &ceilings)
        }
        if current > target {
            // Older revisions are the first to go there. Draining more of them here as well would, while the removal waits for its
            // approval, carry it out piece by piece.
            shrink(by: current - target, stale: stale)
        } else {
            drainDrifted(serving)
        }
    }

    // MARK: - More

    private mutating func grow(by count: Int, missing: Int, drifted: [Node], _ ceilings: inout Ceilings) {
        var left = count
        let back = draining.filter { !isDrifted($0) && !$0.cordoned && pool.isFresh($0) }.sorted {
            $0.clients > $1.clients
        }
        for node in back.prefix(left) {
            let reason = "\(wanted.count) of \(desired) are there: it is taken back instead of starting a new node"
            actions.append(Plan.Action(.undrain, pool.key, node: node.id, reason: reason, rule: rule))
            left -= 1
        }
        guard left > 0 else { return }
        let reason = "\(wanted.count) of \(desired) are there"
        guard pool.isKnown else {
            held.append(pool.unknownHold(.create, count: left, reason))
            return
        }
        let room = max(role.max + surge - billed, 0)
        var allowed = min(left, room)
        if allowed < left {
            held.append(
                Plan.Hold(
                    .create, pool.key, count: left - allowed,
                    reason:
                        "\(reason); held: \(billed) nodes exist, the most are max \(role.max) and maxSurge \(surge)",
                    limit: "max"))
        }
        if let stop = ceilings.take(&allowed, for: pool.key) {
            held.append(
                Plan.Hold(
                    .create, pool.key, count: left - allowed, reason: "\(reason); held, since \(stop.reason)",
                    limit: stop.limit))
        }
        for index in 0..<allowed {
            if index < missing || drifted.isEmpty {
                actions.append(Plan.Action(.create, pool.key, node: nil, reason: reason, rule: rule))
            } else {
                let old = drifted[min(index - missing, drifted.count - 1)]
                let why =
                    "\(old.id) is of revision \(old.revision), the spec's is \(pool.revision ?? ""): a new one comes first"
                actions.append(Plan.Action(.replace, pool.key, node: old.id, reason: why, rule: "update"))
            }
        }
    }

    /// The part of the spec that wants the count.
    private var rule: String {
        "roles.\(pool.key.role).\(desired > role.min ? "scaling" : "min")"
    }

    // MARK: - Fewer

    /// Takes out the nodes that are missed least.
    private mutating func shrink(by count: Int, stale: [Node]) {
        let staleIDs = Set(stale.map(\.id))
        let order = Victims.order(wanted.filter { !staleIDs.contains($0.id) }, isDrifted: isDrifted, now: pool.now)
        if order.count < count {
            held.append(
                Plan.Hold(
                    .drain, pool.key, count: count - order.count,
                    reason: "\(wanted.count) are there, \(desired) are wanted; held: the others are protected",
                    limit: "protected"))
        }
        for node in order.prefix(count) {
            let reason = "\(wanted.count) are there, \(desired) are wanted"
            if node.state.isComing {
                remove(.destroy, node, "\(reason); it serves nobody yet")
            } else {
                let clients =
                    node.tellsClients
                    ? "it has the fewest clients (\(node.clients))" : "how many clients it has is not known"
                remove(.drain, node, "\(reason); \(clients)")
            }
        }
    }

    private mutating func drainDrifted(_ serving: [Node]) {
        let spare = serving.count - (desired - unavailable)
        guard spare > 0 else { return }
        let drifted = Victims.order(serving.filter(isDrifted), isDrifted: isDrifted, now: pool.now)
        for node in drifted.prefix(spare) {
            let reason =
                "\(serving.count) serve and \(desired) are wanted: revision \(node.revision) makes way for \(pool.revision ?? "")"
            if pool.isKnown(node) {
                actions.append(Plan.Action(.drain, pool.key, node: node.id, reason: reason, rule: "update"))
            } else {
                held.append(pool.unknownHold(.drain, node: node.id, reason))
            }
        }
    }

    private mutating func destroy(_ node: Node, _ reason: String) {
        if pool.isKnown(node) {
            actions.append(Plan.Action(.destroy, pool.key, node: node.id, reason: reason, rule: "update"))
        } else {
            held.append(pool.unknownHold(.destroy, node: node.id, reason))
        }
    }

    private mutating func remove(_ kind: Plan.Action.Kind, _ node: Node, _ reason: String) {
        if pool.isKnown(node) {
            removals.append(
                Plan.Action(kind, pool.key, node: node.id, reason: reason, rule: Removals.fewerRule(pool.key.role)))
        } else {
            held.append(pool.unknownHold(kind, node: node.id, reason))
        }
    }
}
