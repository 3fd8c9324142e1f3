/// Plans one pool: what its nodes' own condition asks for, then the count, then the revision.
struct PoolPlanner {
    /// A drain lasts at least this long, so that clients who were sent there a moment ago have shown up.
    static let drainSettle: Duration = .seconds(5)
    /// A node that lists do not show, and that is silent, is given up after this: one list alone may lag. It is out of routing at
    /// once. One that said itself that its media server ended is believed.
    static let missingGrace: Duration = .seconds(2)

    let key: PoolKey
    /// Nil when the spec no longer has this pool.
    let role: RoleSpec?
    /// Its min, for the parent nodes that were wanted last.
    let least: Int
    /// How long its nodes may drain, be silent and be faulty.
    let timing: RoleSpec
    let fleet: Fleet
    let now: Timestamp
    /// Whether the scope is known in which this pool's nodes are made; else none is.
    let isKnown: Bool
    /// A person deleted its group by name.
    let isDeleted: Bool
    /// The provider of its nodes; one that is elsewhere has drifted.
    let provider: String?
    let memory: PoolMemory
    private(set) var rollout: RolloutStatus

    private(set) var actions: [Plan.Action] = []
    private(set) var held: [Plan.Hold] = []
    private(set) var conditions: [Plan.Condition] = []
    /// Removals by a change of the spec, which may need an approval before they become actions.
    private(set) var removals: [Plan.Action] = []
    private(set) var billed = 0
    /// Whether it has a node in any state.
    private(set) var isInhabited = false
    /// Nodes that are neither leaving nor faulty.
    private(set) var wanted: [Node] = []
    /// Faulty nodes that stay as they are, since too many are: they count as there.
    private(set) var unremedied = 0
    private(set) var draining: [Node] = []
    private var faulty: [Node] = []
    /// Nodes that go into quarantine now.
    private var quarantined = 0
    private(set) var gate: DisruptionGate

    init(
        key: PoolKey, role: RoleSpec?, least: Int, timing: RoleSpec, revision: String?, fleet: Fleet, now: Timestamp,
        isKnown: Bool, isDeleted: Bool, provider: String?, nodes: [Node]
    ) {
        self.key = key
        self.role = role
        self.least = least
        self.timing = timing
        self.fleet = fleet
        self.now = now
        self.isKnown = isKnown
        self.isDeleted = isDeleted
        self.provider = provider
        memory = fleet.memories[key] ?? PoolMemory()
        rollout = RolloutStatus(
            of: key, revision: revision, provider: provider, update: timing.update,
            nodes: nodes.filter { !$0.state.isLeaving }, fleet: fleet, now: now)
        gate = DisruptionGate([], total: 0, disrupted: 0, now: now)
        sortOut(nodes)
        let started = wanted.filter { !$0.state.isComing } + draining + faulty
        gate = DisruptionGate(
            role?.disruption ?? [], total: started.count,
            disrupted: draining.count + faulty.count + wanted.count { !$0.state.isComing && !isFresh($0) }, now: now)
        conditions += [rollout.condition, setbackCondition].compactMap { $0 }
    }

    /// Does what each node's own condition asks for; who is left is counted.
    private mutating func sortOut(_ nodes: [Node]) {
        isInhabited = !nodes.isEmpty
        var healed: [Node] = []
        for node in nodes {
            if let missing = node.missingSince, node.state != .terminating, !node.isHeard(since: missing),
                now - missing >= Self.missingGrace || !node.isReady
            {
                act(.forget, node, "the provider has not listed it for \((now - missing).specText), and it is silent")
                continue
            }
            billed += 1
            switch node.state {
            case .requested, .creating, .created, .started, .inService: wanted.append(node)
            case .draining, .evicting: draining.append(node)
            case .fault: if isHealed(node) { healed.append(node) } else { faulty.append(node) }
            case .terminating, .terminated: break
            }
        }
        for node in healed { heal(node) }
        remedy()
    }

    /// What its count depends on; nil when the spec no longer has this pool.
    ///
    /// - Parameters:
    ///   - least: in place of the spec's own min.
    ///   - parents: what its numbers are multiplied by; nil: nothing.
    func scalingInput(_ least: GrowthGuard.Least? = nil, parents: ParentCount? = nil) -> ScalingInput? {
        guard var role else { return nil }
        if let least, !least.isForAll { role.min = least.nodes }
        let arithmetic = parents?.words(role)
        if let parents { role = role.times(parents.nodes) }
        if let least, least.isForAll { role.min = least.nodes }
        let fleet = fleet
        return ScalingInput(
            pool: key, role: role, arithmetic: arithmetic, fellByScaling: parents?.fellByScaling ?? false,
            wanted: wanted,
            history: fleet.scaling[key] ?? ScalingHistory(),
            pause: fleet.pauses[key.group], unserved: fleet.unserved[key] ?? 0,
            isSilent: {
                !Standing(node: $0, observingSince: fleet.observingSince, health: role.health, now: now).isWell
            },
            now: now)
    }

    /// Brings the pool to its decided count and newest revision, or out of the world when the spec no longer has it.
    mutating func carryOut(_ decision: ScalingDecision?, _ ceilings: inout Ceilings) {
        guard var role, let decision else {
            removePool(wanted)
            finishDrains()
            return
        }
        role.min = decision.min
        role.max = decision.max
        var counts = CountPlanner(pool: self, role: role, decision: decision)
        counts.plan(&ceilings)
        actions += counts.actions
        held += counts.held
        removals += counts.removals
        gate = counts.gate
        finishDrains()
    }

    /// Ends the drains that are over: after it is known which nodes are taken back.
    private mutating func finishDrains() {
        let back = Set(actions.filter { $0.kind == .undrain }.compactMap(\.node))
        for node in draining where !back.contains(node.id.rawValue) {
            switch node.state {
            case .draining: finishDrain(node)
            case .evicting: finishEviction(node)
            default: continue
            }
        }
    }

    /// Nodes that stay for parent nodes that do.
    struct Kept {
        var nodes: Int
        var parent: String
        var parents: Int
    }

    /// Lets through those of the released removals that the budgets allow now, but for those that are kept.
    mutating func pass(_ released: [Plan.Action], _ kept: Kept? = nil) {
        let count = max(released.count - max(kept?.nodes ?? 0, 0), 0)
        if let kept {
            for action in released[count...] {
                let why = "held, since \(kept.parents) '\(kept.parent)' stay"
                held.append(
                    Plan.Hold(
                        action.kind, key, node: action.node.map { NodeID($0) }, reason: "\(action.reason); \(why)",
                        limit: "parents"))
            }
        }
        for action in released.prefix(count) {
            if action.kind == .drain, let node = action.node.flatMap({ fleet.nodes[NodeID($0)] }) {
                var reasons: Set<BudgetSpec.Reason> = [.scaleIn]
                reasons.insert(node.isEmpty ? .empty : .underutilized)
                if let stop = gate.take(reasons, isWell: isFresh(node)) {
                    held.append(
                        Plan.Hold(
                            .drain, key, node: node.id, reason: "\(action.reason); held by \(stop)", limit: "budget"))
                    continue
                }
            }
            actions.append(action)
        }
    }

    // MARK: - By the node's own condition

    private mutating func finishDrain(_ node: Node) {
        let drain = timing.drain
        // A report from before the settling time may miss those who were on their way.
        let settled = node.since + min(Self.drainSettle, drain.timeout)
        if node.isEmpty, let heard = node.lastHeartbeatAt, heard > node.since, heard >= settled {
            let reason = "drained: its last client left"
            if node.isProtected(at: now) { protect(node, from: .destroy, reason) } else { end(node, reason) }
            return
        }
        guard now - node.since >= drain.timeout else { return }
        let clients =
            node.tellsClients
            ? node.clients == 1 ? "1 client is" : "\(node.clients) clients are" : "an unknown number of clients is"
        let children =
            node.children == 0 ? "" : ", and \(node.children) pull\(node.children == 1 ? "" : "s") of other nodes"
        let reason = "\(clients) left after drain.timeout of \(drain.timeout.specText)\(children)"
        if node.isProtected(at: now) { protect(node, from: .evict, reason) } else { act(.evict, node, reason) }
    }

    private mutating func protect(_ node: Node, from kind: Plan.Action.Kind, _ reason: String) {
        held.append(
            Plan.Hold(kind, key, node: node.id, reason: "\(reason); held, since it is protected", limit: "protected"))
    }

    private mutating func finishEviction(_ node: Node) {
        let drain = timing.drain
        let heardSince = (node.lastHeartbeatAt ?? node.since) > node.since
        if node.isEmpty, heardSince {
            end(node, "evicted: its last client left")
        } else if now - node.since >= drain.evictTimeout {
            end(node, "evicted: \(drain.evictTimeout.specText) are over")
        }
    }

    private func isHealed(_ node: Node) -> Bool {
        // What a person deleted comes back for nothing, and how its health was judged is not in the spec any more.
        if isDeleted { return false }
        return Standing(node: node, observingSince: fleet.observingSince, health: timing.health, now: now).isWell
            && timing.health.isSeen(node, since: node.since) && node.isReady && node.address != nil
    }

    /// A faulty node that is well again serves, or, having failed too often, keeps only what it has. Many that flap at once, or one
    /// that is needed, are not sent away: something else is wrong then, or nobody would serve.
    private mutating func heal(_ node: Node) {
        let health = timing.health
        let recent = node.marks.faults.filter { now - $0 < health.flapping.within }.count
        let sign = health.heartbeat ? "its heartbeats came back" : "its probes succeed again"
        let time = ((node.lastHeartbeatAt ?? now) - node.since).specText
        if health.flapping.faults > 0, recent >= health.flapping.faults {
            let words = "it was faulty \(recent) times within \(health.flapping.within.specText)"
            guard let obstacle = obstacleToQuarantine(of: node) else {
                quarantined += 1
                draining.append(node)
                act(
                    .drain, node,
                    "it is well again, and \(words): quarantined, it keeps the clients it has and gets no new ones",
                    rule: Self.quarantine)
                return
            }
            act(.reinstate, node, "\(sign) after \(time); \(words), and is not quarantined, since \(obstacle)")
        } else {
            act(.reinstate, node, "\(sign) after \(time)")
        }
        wanted.append(node)
    }

    private func obstacleToQuarantine(of node: Node) -> String? {
        if node.isProtected(at: now) { return "it is protected" }
        let others = wanted.count { !$0.state.isComing && !$0.cordoned && isFresh($0) }
        if others < least { return "\(others) others serve and min is \(least)" }
        let ill = faulty.count + quarantined + 1
        let total = wanted.count + ill
        return health(allows: ill, of: total)
            ? nil : "\(ill) of \(total) nodes fail, maxUnhealthy is \(timing.health.maxUnhealthy)"
    }

    /// What the spec no longer has is not kept for being broken.
    private func health(allows ill: Int, of total: Int) -> Bool {
        role == nil || timing.health.maxUnhealthy.allows(ill, of: total)
    }

    /// The rule of what drains since it fails and heals again and again.
    static let quarantine = "health.flapping"

    /// Ends what was faulty for its time, unless too many are: then something else is wrong than the nodes (safety rule 6).
    private mutating func remedy() {
        guard !faulty.isEmpty else { return }
        let health = timing.health
        let total = wanted.count + faulty.count
        if !self.health(allows: faulty.count, of: total) {
            unremedied = faulty.count
            let reason =
                "remediation is not allowed: \(faulty.count) of \(total) nodes are faulty, maxUnhealthy is \(health.maxUnhealthy)"
            held.append(Plan.Hold(.destroy, key, count: faulty.count, reason: reason, limit: "maxUnhealthy"))
            conditions.append(Plan.Condition(.remediation, .halted, key, reason))
            return
        }
        for node in faulty where now - max(node.since, fleet.observingSince) >= health.faultTimeout {
            end(node, "faulty for faultTimeout of \(health.faultTimeout.specText): \(node.reason)")
        }
    }

    private var setbackCondition: Plan.Condition? {
        func condition(_ setback: Setback, _ what: String) -> Plan.Condition {
            let next = setback.until > now ? "the next try is at \(setback.until)" : "one is tried at a time"
            return .init(
                .setback, .waiting, key,
                "\(what) \(setback.failures == 1 ? "once, at" : "\(setback.failures) times since") \(setback.since), "
                    + "\(next): \(setback.message)")
        }
        guard role != nil else { return nil }
        if let creates = memory.creates { return condition(creates, "creates failed") }
        guard let starts = memory.starts, starts.failures > 1 else { return nil }
        return condition(starts, "new nodes failed")
    }

    private mutating func removePool(_ wanted: [Node]) {
        for node in wanted {
            let reason = "the spec has no \(key) any more"
            // Nothing of it is known to exist, and without a spec it cannot be made: no one needs to be asked.
            if node.state == .requested || node.state == .creating {
                end(node, reason)
                continue
            }
            // A fault that heals in this very round serves: it has clients.
            let kind: Plan.Action.Kind = node.state.isComing ? .destroy : .drain
            guard isKnown(node) else {
                held.append(unknownHold(kind, node: node.id, reason))
                continue
            }
            guard !node.isProtected(at: now) else {
                protect(node, from: kind, reason)
                continue
            }
            removals.append(Plan.Action(kind, key, node: node.id, reason: reason, rule: Removals.removed))
        }
    }

    // MARK: - Words

    private mutating func act(_ kind: Plan.Action.Kind, _ node: Node, _ reason: String, rule: String? = nil) {
        actions.append(Plan.Action(kind, key, node: node.id, reason: reason, rule: rule))
    }

    /// A destroy, or a hold where the scope is not known.
    private mutating func end(_ node: Node, _ reason: String) {
        if isKnown(node) {
            act(.destroy, node, reason)
        } else {
            held.append(unknownHold(.destroy, node: node.id, reason))
        }
    }

    /// Heard of lately, ready, and not missing from the lists: it can serve.
    func isFresh(_ node: Node) -> Bool { fleet.isFresh(node, timing.health, at: now) }

    /// Whether the scope is known in which this node is: only then may it be taken out.
    func isKnown(_ node: Node) -> Bool { fleet.scopes[node.scope]?.isKnown == true }

    func unknownHold(_ kind: Plan.Action.Kind, node: NodeID? = nil, count: Int = 1, _ reason: String) -> Plan.Hold {
        // The first by name, so that the plan is the same every time.
        let scopes = fleet.scopes.filter { $0.key.region == key.region && $0.value.trouble != nil }
        let why = scopes.min { $0.key < $1.key }?.value.trouble?.message ?? "it was not listed yet"
        return Plan.Hold(
            kind, key, node: node, count: count,
            reason: "\(reason); held, since what exists in \(key.region) is not known: \(why)", limit: "unknown")
    }
}
