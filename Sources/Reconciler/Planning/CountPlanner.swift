/// Brings a pool to its desired count and newest revision, and lets go whom a person asked to.
///
/// A node of an older revision is replaced by surging: first a new one up to `maxSurge` above the desired count, and when more
/// than the desired count (less `maxUnavailable`) serve, an old one drains. Rounding is Cluster API's: surge up, unavailable down,
/// and one unavailable where both come to nothing.
struct CountPlanner {
    private let pool: PoolPlanner
    private let role: RoleSpec
    private let decision: ScalingDecision
    private let desired: Int
    private let wanted: [Node]

    private(set) var actions: [Plan.Action] = []
    private(set) var held: [Plan.Hold] = []
    private(set) var removals: [Plan.Action] = []
    private(set) var gate: DisruptionGate

    init(pool: PoolPlanner, role: RoleSpec, decision: ScalingDecision) {
        self.pool = pool
        self.role = role
        self.decision = decision
        desired = decision.desired
        wanted = pool.wanted
        gate = pool.gate
    }

    private var surge: Int { role.update.maxSurge.rounded(up: true, of: desired) }
    private var unavailable: Int {
        let count = role.update.maxUnavailable.rounded(up: false, of: desired)
        return count == 0 && surge == 0 ? 1 : count
    }

    /// Of another revision than the rollout goes to, or at a provider that the group has left.
    private func isDrifted(_ node: Node) -> Bool {
        guard let target = pool.rollout.target else { return false }
        return node.revision != target || node.provider != pool.provider
    }

    mutating func plan(_ ceilings: inout Ceilings) {
        let asked = wanted.filter { $0.marks.drainRequest != nil && !$0.state.isComing }
        let rest = wanted.filter { $0.marks.drainRequest == nil || $0.state.isComing }
        let serving = rest.filter { !$0.state.isComing }
        let outdated = serving.filter(isDrifted)
        // For one that may not go no new one comes; one that came before stays.
        let drifted = outdated.filter { !$0.isProtected(at: pool.now) }
        let target = desired + min(surge, outdated.count)
        // A new node comes first only where the old one may go then.
        let room = gate.room(for: [.drift])
        let goal = min(target, desired + min(drifted.count, room?.count ?? target))
        let stale = rest.filter {
            $0.state.isComing && isDrifted($0) && !isAwaited($0) && !$0.isProtected(at: pool.now)
        }
        for node in stale {
            destroy(
                node,
                "\(difference(node)), and it serves nobody yet")
        }
        // What a person asked to go counts no more: another takes its place, and cordoned ones are none. Faulty nodes that stay count
        // as there.
        let idle = asked.isEmpty ? 0 : serving.count(where: \.cordoned)
        let current = rest.count - idle - stale.count { pool.isKnown($0) } + pool.unremedied
        if current < goal {
            grow(
                by: goal - current, present: current, missing: max(desired - current, 0), asked: asked.count,
                drifted: drifted,
                &ceilings)
        }
        if max(current, desired) < target, let room, room.count == 0, let next = drifted.first {
            held.append(
                Plan.Hold(
                    .replace, pool.key, node: next.id, reason: "\(difference(next)); held by \(room.words)",
                    limit: "budget"))
        }
        if current > target {
            // Older revisions are the first to go there. Draining more of them here as well would, while the removal waits for its
            // approval, carry it out piece by piece.
            shrink(rest, by: current - target, stale: stale)
        } else {
            drainDrifted(serving)
        }
        for node in outdated where node.isProtected(at: pool.now) {
            held.append(
                Plan.Hold(
                    .drain, pool.key, node: node.id, reason: "\(difference(node)); held, since it is protected",
                    limit: "protected"))
        }
        drainAsked(asked, besides: serving)
    }

    // MARK: - More

    private mutating func grow(
        by count: Int, present: Int, missing: Int, asked: Int, drifted: [Node], _ ceilings: inout Ceilings
    ) {
        var left = count
        let more = asked == 0 ? "" : ", and \(asked) that \(asked == 1 ? "is" : "are") asked to go"
        let reason =
            missing > 0
            ? "\(present) of \(desired) are there\(more)" : "\(desired) are there, and some make way for newer ones"
        let acted = Set(pool.actions.compactMap(\.node))
        let back = pool.draining.filter { node in
            node.state == .draining && !acted.contains(node.id.rawValue) && !isDrifted(node) && !node.cordoned
                && node.marks.drainRequest == nil && !node.marks.isQuarantined && pool.isFresh(node)
        }.sorted { ($1.clients, $0.id) < ($0.clients, $1.id) }
        for node in back.prefix(left) {
            let reason = "\(reason): it is taken back instead of starting a new node"
            actions.append(Plan.Action(.undrain, pool.key, node: node.id, reason: reason, rule: rule))
            left -= 1
        }
        guard left > 0 else { return }
        guard pool.isKnown else {
            held.append(pool.unknownHold(.create, count: left, reason))
            return
        }
        var allowed = left
        func hold(_ room: Int, _ why: String, limit: String) {
            guard room < allowed else { return }
            held.append(
                Plan.Hold(.create, pool.key, count: allowed - room, reason: "\(reason); held\(why)", limit: limit))
            allowed = room
        }
        hold(
            max(role.max + surge - pool.billed, 0),
            ": \(pool.billed) nodes exist, the most are max \(role.max) and maxSurge \(surge)", limit: "max")
        if let setback = pool.memory.blockedUntil(pool.now, making: pool.rollout.creating) {
            hold(0, " until \(setback.until) after \(setback.failures) failures: \(setback.message)", limit: "setback")
        } else if let setback = pool.memory.caution(making: pool.rollout.creating) {
            let coming = wanted.count(where: \.state.isComing)
            hold(
                max(1 - coming, 0), ": one is tried at a time after \(setback.failures) failures: \(setback.message)",
                limit: "setback")
        }
        let before = allowed
        if let stop = ceilings.take(&allowed, for: pool.key) {
            held.append(
                Plan.Hold(
                    .create, pool.key, count: before - allowed, reason: "\(reason); held, since \(stop.reason)",
                    limit: stop.limit))
        }
        for index in 0..<allowed {
            if index < missing || drifted.isEmpty {
                create(.create, nil, reason, rule: rule)
            } else {
                let old = drifted[min(index - missing, drifted.count - 1)]
                let order = unavailable == 0 ? "a new one comes first" : "a new one takes its place"
                create(.replace, old.id, "\(difference(old)): \(order)", rule: "update")
            }
        }
    }

    private mutating func create(_ kind: Plan.Action.Kind, _ node: NodeID?, _ reason: String, rule: String) {
        var action = Plan.Action(kind, pool.key, node: node, reason: reason, rule: rule)
        action.revision = pool.rollout.creating
        actions.append(action)
    }

    /// In which fields a node differs from what it should be made from, as far as that is known.
    private func difference(_ old: Node) -> String {
        if old.provider != pool.provider {
            return "it is at provider '\(old.provider)', the group's is '\(pool.provider ?? "none")'"
        }
        let target = pool.rollout.target ?? ""
        let changes = pool.rollout.changes[old.revision].map { " (\($0))" } ?? ""
        let wanted = pool.rollout.isBack ? "the rollout goes back to" : "the spec's is"
        return "it is of revision \(old.revision), \(wanted) \(target)\(changes)"
    }

    /// The part of the spec that wants the count.
    private var rule: String {
        "roles.\(pool.key.role).\(desired > role.min ? "scaling" : "min")"
    }

    // MARK: - Fewer

    /// An adopted node is given its time to report: who knows whom it serves.
    private func isAwaited(_ node: Node) -> Bool {
        node.marks.isAdopted && node.state.isComing
            && pool.now - max(node.requestedAt, pool.fleet.observingSince) < Self.adoptionGrace
    }

    /// More than the longest time between two heartbeats of any sensible agent.
    private static let adoptionGrace: Duration = .seconds(60)

    /// Takes out the nodes that are missed least.
    private mutating func shrink(_ nodes: [Node], by count: Int, stale: [Node]) {
        let staleIDs = Set(stale.map(\.id))
        let order = Victims.order(
            nodes.filter { !staleIDs.contains($0.id) && !isAwaited($0) }, isDrifted: isDrifted, now: pool.now)
        // Faulty nodes that are not remedied are the first of those too many; when they go is remediation's to say. And no one goes
        // for an adopted node that may itself.
        let count = max(count - pool.unremedied - nodes.count(where: isAwaited), 0)
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

    /// Whether it takes new clients, and others may go for it.
    private func serves(_ node: Node) -> Bool { !node.cordoned && pool.isFresh(node) }

    /// Old nodes make way when enough others serve. Those that are not well are the first to go, and yet each counts as if it
    /// served: it may (Cluster API). A cordoned one takes nobody anyway, and goes as soon as enough others are there.
    private mutating func drainDrifted(_ serving: [Node]) {
        let well = serving.count(where: serves)
        var spare = well - (desired - unavailable)
        var spareInAll = serving.count - (desired - unavailable)
        let order = Victims.order(
            serving.filter(isDrifted), isDrifted: isDrifted, now: pool.now, isWell: { serves($0) || $0.cordoned })
        let may = unavailable == 0 ? "" : ", \(unavailable) of them may be unavailable"
        for node in order {
            let isIdle = node.cordoned && pool.isFresh(node)
            guard spareInAll > 0, isIdle || spare > 0 else { continue }
            spareInAll -= 1
            if !isIdle { spare -= 1 }
            let reason = "\(well) serve and \(desired) are wanted\(may): \(difference(node)), and it makes way"
            guard pool.isKnown(node) else {
                held.append(pool.unknownHold(.drain, node: node.id, reason))
                continue
            }
            if let stop = gate.take([.drift], isWell: pool.isFresh(node)) {
                held.append(
                    Plan.Hold(
                        .drain, pool.key, node: node.id, reason: "\(reason); held by \(stop)", limit: "budget"))
                continue
            }
            actions.append(Plan.Action(.drain, pool.key, node: node.id, reason: reason, rule: "update"))
        }
    }

    /// Whom a person asked to go drains as soon as as many others serve as are wanted (safety rule 4); without a surge no other can
    /// come before, and one may be missing. Budgets bind the manager, not people.
    private mutating func drainAsked(_ asked: [Node], besides serving: [Node]) {
        let leaving = Set(actions.filter { $0.kind == .drain }.compactMap(\.node))
        let missing = surge == 0 ? max(unavailable, 1) : 0
        // Where no more can come than there are, so many are enough; one at the least.
        let coming = wanted.count(where: \.state.isComing) + actions.count { $0.kind == .create }
        let room = max(role.max + surge - pool.billed, 0)
        let most = serving.count(where: serves) + coming + room
        let least = max(min(desired - missing, most), min(desired, 1))
        var present = serving.count { !leaving.contains($0.id.rawValue) } + asked.count
        var others = serving.count { serves($0) && !leaving.contains($0.id.rawValue) }
        var waiting = asked.count(where: serves)
        for node in asked.sorted(by: { ($0.clients, $0.id) < ($1.clients, $1.id) }) {
            let request = node.marks.drainRequest
            let reason = "\(request?.by ?? "someone") asked for it at \(request.map { "\($0.at)" } ?? "some time")"
            if serves(node) { waiting -= 1 }
            func hold(_ why: String, limit: String) {
                held.append(
                    Plan.Hold(.drain, pool.key, node: node.id, reason: "\(reason); held\(why)", limit: limit))
                if serves(node) { others += 1 }
            }
            if node.isProtected(at: pool.now) {
                hold(", since it is protected", limit: "protected")
            } else if serves(node), others + waiting < least {
                let count = others + waiting
                hold(
                    " until \(least) \(least == 1 ? "other serves" : "others serve"): \(count) \(count == 1 ? "does" : "do")",
                    limit: "count")
            } else if present - 1 < min(role.min, desired) - missing {
                let (least, count) = (min(role.min, desired), present - 1)
                hold(
                    " until \(least) \(least == 1 ? "other is" : "others are") there: \(count) \(count == 1 ? "is" : "are")",
                    limit: "count")
            } else {
                present -= 1
                actions.append(Plan.Action(.drain, pool.key, node: node.id, reason: reason, rule: Self.asked))
            }
        }
    }

    /// The rule of what drains by a person's word.
    static let asked = "drain"

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
