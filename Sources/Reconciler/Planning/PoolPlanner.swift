/// Plans one pool: what its nodes' own condition asks for, then the count, then the revision.
struct PoolPlanner {
    /// A drain lasts at least this long, so that clients who were sent there a moment ago have shown up.
    static let drainSettle: Duration = .seconds(5)
    /// A node that lists do not show, and that is silent, is given up after this: one list alone may lag. It is out of routing at
    /// once.
    static let missingGrace: Duration = .seconds(2)

    let key: PoolKey
    /// Nil when the spec no longer has this pool.
    let role: RoleSpec?
    /// How long its nodes may drain, be silent and be faulty.
    let timing: RoleSpec
    let revision: String?
    let fleet: Fleet
    let now: Timestamp
    /// Whether the scope is known in which this pool's nodes are made; else none is.
    let isKnown: Bool
    /// The provider of its nodes; one that is elsewhere has drifted.
    let provider: String?

    private(set) var actions: [Plan.Action] = []
    private(set) var held: [Plan.Hold] = []
    /// Removals by a change of the spec, which may need an approval before they become actions.
    private(set) var removals: [Plan.Action] = []
    private var billed = 0
    /// Whether it has a node in any state.
    private(set) var isInhabited = false
    /// Nodes that are neither leaving nor faulty.
    private(set) var wanted: [Node] = []
    private var draining: [Node] = []

    init(
        key: PoolKey, role: RoleSpec?, timing: RoleSpec, revision: String?, fleet: Fleet, now: Timestamp, isKnown: Bool,
        provider: String?
    ) {
        self.key = key
        self.role = role
        self.timing = timing
        self.revision = revision
        self.fleet = fleet
        self.now = now
        self.isKnown = isKnown
        self.provider = provider
    }

    /// Does what each node's own condition asks for; who is left is counted.
    mutating func sortOut(_ nodes: [Node]) {
        isInhabited = !nodes.isEmpty
        for node in nodes {
            if let missing = node.missingSince, node.state != .terminating, !node.isHeard(since: missing),
                now - missing >= Self.missingGrace
            {
                act(.forget, node, "the provider has not listed it for \((now - missing).specText), and it is silent")
                continue
            }
            billed += 1
            switch node.state {
            case .requested, .creating, .created, .started, .inService: wanted.append(node)
            case .draining:
                if !finishDrain(node) { draining.append(node) }
            case .evicting: finishEviction(node)
            case .fault:
                if handleFault(node) { wanted.append(node) }
            case .terminating, .terminated: break
            }
        }
    }

    /// What its count depends on; nil when the spec no longer has this pool.
    func scalingInput(_ bounds: ScalingHistory.Bounds? = nil) -> ScalingInput? {
        guard var role else { return nil }
        role.min = bounds?.min ?? role.min
        role.max = bounds?.max ?? role.max
        let fleet = fleet
        return ScalingInput(
            pool: key, role: role, wanted: wanted, history: fleet.scaling[key] ?? ScalingHistory(),
            pause: fleet.pauses[key.group], unserved: fleet.unserved[key] ?? 0,
            isSilent: { node in
                Silence(node: node, observingSince: fleet.observingSince, health: role.health, now: now) != .fresh
            }, now: now)
    }

    /// Brings the pool to its decided count and newest revision, or out of the world when the spec no longer has it.
    mutating func carryOut(_ decision: ScalingDecision?, _ ceilings: inout Ceilings) {
        guard var role, let decision else {
            removePool(wanted)
            return
        }
        role.max = decision.max
        var counts = CountPlanner(
            pool: self, role: role, decision: decision, wanted: wanted, draining: draining, billed: billed,
            isPaused: fleet.pauses[key.group] != nil)
        counts.plan(&ceilings)
        actions += counts.actions
        held += counts.held
        removals += counts.removals
    }

    // MARK: - By the node's own condition

    /// True when the drain is over and was acted upon.
    private mutating func finishDrain(_ node: Node) -> Bool {
        let drain = timing.drain
        let age = now - node.since
        // A report from before the settling time may miss those who were on their way.
        let settled = node.since + min(Self.drainSettle, drain.timeout)
        if node.clients == 0, let heard = node.lastHeartbeatAt, heard > node.since, heard >= settled {
            return end(.destroy, node, "drained: its last client left")
        }
        if age >= drain.timeout {
            act(.evict, node, "\(node.clients) clients are left after drain.timeout of \(drain.timeout.specText)")
            return true
        }
        return false
    }

    private mutating func finishEviction(_ node: Node) {
        let drain = timing.drain
        let heardSince = (node.lastHeartbeatAt ?? node.since) > node.since
        if node.clients == 0, heardSince {
            _ = end(.destroy, node, "evicted: its last client left")
        } else if now - node.since >= drain.evictTimeout {
            _ = end(.destroy, node, "evicted: \(drain.evictTimeout.specText) are over")
        }
    }

    /// True when the node is back among those wanted.
    private mutating func handleFault(_ node: Node) -> Bool {
        let health = timing.health
        let silence = Silence(node: node, observingSince: fleet.observingSince, health: health, now: now)
        if silence == .fresh, let heard = node.lastHeartbeatAt, heard > node.since, node.isReady, node.address != nil {
            act(.reinstate, node, "its heartbeats came back after \((heard - node.since).specText)")
            return true
        }
        if now - max(node.since, fleet.observingSince) >= health.faultTimeout {
            _ = end(.destroy, node, "faulty for faultTimeout of \(health.faultTimeout.specText): \(node.reason)")
        }
        return false
    }

    private mutating func removePool(_ wanted: [Node]) {
        for node in wanted {
            let reason = "the spec has no \(key) any more"
            // Nothing of it is known to exist, and without a spec it cannot be made: no one needs to be asked.
            if node.state == .requested || node.state == .creating {
                _ = end(.destroy, node, reason)
                continue
            }
            // A fault that heals in this very round serves: it has clients.
            let kind: Plan.Action.Kind = node.state.isComing ? .destroy : .drain
            guard isKnown(node) else {
                held.append(unknownHold(kind, node: node.id, reason))
                continue
            }
            removals.append(Plan.Action(kind, key, node: node.id, reason: reason, rule: Removals.removed))
        }
    }

    // MARK: - Words

    mutating func act(_ kind: Plan.Action.Kind, _ node: Node, _ reason: String, rule: String? = nil) {
        actions.append(Plan.Action(kind, key, node: node.id, reason: reason, rule: rule))
    }

    /// A destroy, or a hold where the scope is not known. True when it is an action.
    private mutating func end(_ kind: Plan.Action.Kind, _ node: Node, _ reason: String) -> Bool {
        let canEnd = isKnown(node)
        if canEnd {
            act(kind, node, reason)
        } else {
            held.append(unknownHold(kind, node: node.id, reason))
        }
        return canEnd
    }

    /// Heard of lately, ready, and not missing from the lists: it can serve.
    func isFresh(_ node: Node) -> Bool {
        node.missingSince == nil && node.isReady
            && Silence(node: node, observingSince: fleet.observingSince, health: timing.health, now: now) == .fresh
    }

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
