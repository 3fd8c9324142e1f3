/// How nodes are and what they wait for, in words: a pure function of spec, fleet, plan and time, gathered once for many nodes.
package struct NodeOutlook: Sendable {
    let fleet: Fleet
    let now: Timestamp
    private let spec: Spec
    private let roles: [PoolKey: RoleSpec]
    /// What the pools of the spec are made from: hashed once for all nodes.
    private let templates: [PoolKey: (template: NodeTemplate, revision: String)]
    private let holds: [NodeID: [Plan.Hold]]
    private let poolHolds: [PoolKey: [Plan.Hold]]
    private let actions: [NodeID: Plan.Action]
    private let conditions: [PoolKey: [Plan.Condition]]
    /// Why a pool waits after failures is told beside the pool; its nodes say only that they wait for it.
    var leavesOutSetbacks = false

    /// - Parameter nodes: those that will be asked about.
    package init(of nodes: some Sequence<Node>, spec: Spec, fleet: Fleet, plan: Plan, now: Timestamp) {
        self.spec = spec
        self.fleet = fleet
        self.now = now
        let pools = Set(nodes.map(\.pool))
        roles = Dictionary(uniqueKeysWithValues: pools.map { ($0, spec.timing(of: $0)) })
        templates = Dictionary(
            uniqueKeysWithValues: pools.compactMap { pool in
                spec.template(of: pool).map { (pool, (template: $0, revision: $0.revision)) }
            })
        holds = Dictionary(grouping: plan.held.filter { $0.node != nil }) { NodeID($0.node ?? "") }
        poolHolds = Dictionary(grouping: plan.held.filter { $0.node == nil }, by: \.pool)
        actions = Dictionary(
            plan.actions.compactMap { action in action.node.map { (NodeID($0), action) } }, uniquingKeysWith: { $1 })
        conditions = Dictionary(grouping: plan.conditions, by: \.pool)
    }

    /// The role of its pool, with its time-outs.
    func role(of node: Node) -> RoleSpec { roles[node.pool] ?? spec.timing(of: node.pool) }

    /// Why it gets no new assignments though it is there, by its silence and the manager's own probes; nil when it is well, or when
    /// its state says all there is to say.
    package func suspicion(of node: Node) -> String? {
        switch standing(of: node) {
        case .suspect(let words), .faulty(let words): words
        case .well, nil: nil
        }
    }

    /// Its standing; nil in states that do not depend on one.
    func standing(of node: Node) -> Standing? {
        guard [.inService, .draining, .evicting].contains(node.state), !isSetAside(node) else { return nil }
        return Standing(
            node: node, observingSince: fleet.observingSince, health: role(of: node).health, now: now)
    }

    /// What the plan does not do to it though it is due.
    func held(_ node: Node) -> [Plan.Hold] { holds[node.id] ?? [] }

    /// What the plan does not do in its pool by a limit, whomever it would be done to.
    func held(inPoolOf node: Node, by limit: String) -> Plan.Hold? {
        poolHolds[node.pool]?.first { $0.limit == limit }
    }

    /// What the plan would do to it and was not done yet: one that was carried out has given the node its reason.
    func planned(_ node: Node) -> Plan.Action? { actions[node.id].flatMap { $0.reason == node.reason ? nil : $0 } }

    /// The state of its pool's rollout, if one is under way.
    func rollout(of node: Node) -> Plan.Condition? { conditions[node.pool]?.first { $0.type == .rollout } }

    /// Its pool's group does not read any more.
    func isSetAside(_ node: Node) -> Bool { spec.isSetAside(node.pool.group) }

    /// Its pool's group is paused.
    func isPaused(_ node: Node) -> Bool { fleet.pauses[node.pool.group] != nil }

    /// What the spec wants it to be made from; nil when the spec has no such pool.
    func wantedRevision(of node: Node) -> String? { templates[node.pool]?.revision }

    /// Its provider by the spec; nil when that has no such group.
    func wantedProvider(of node: Node) -> String? { spec.group(node.pool.group)?.provider }

    /// How the revision that the spec wants differs from its own, in words; nil when it does not, or that is not known any more.
    func changes(of node: Node) -> String? {
        guard let wanted = templates[node.pool], wanted.revision != node.revision,
            let own = fleet.outline(of: node.revision)
        else { return nil }
        return own.changes(to: TemplateOutline(wanted.template)).joined(separator: ", ")
    }

    /// Why what exists in its region is not known; nil when it is.
    func unknown(_ node: Node) -> String? {
        let scope = fleet.scopes[node.scope]
        if scope?.isKnown == true { return nil }
        return "what exists in \(node.pool.region) is not known: \(scope?.trouble?.message ?? "it was not listed yet")"
    }
}
