/// The difference between what should be and what is, as a list of actions: a pure function of its arguments.
package enum Planner {
    package static func plan(spec: Spec, fleet: Fleet, now: Timestamp) -> Plan {
        let roles = spec.effectiveRoles()
        let fleet = fleet.outlining(spec)
        var members: [PoolKey: [Node]] = [:]
        for node in fleet.nodes.values where node.state != .terminated {
            members[node.pool, default: []].append(node)
        }
        let aside = members.filter { spec.isSetAside($0.key.group) }
        members = members.filter { aside[$0.key] == nil }
        var plan = Plan()
        var removals = Removals()
        let orphaned = members.keys.filter { roles[$0] == nil }
        var pools = (spec.poolOrder() + orphaned.sorted()).map { key in
            let provider = spec.group(key.group)?.provider
            return PoolPlanner(
                key: key, role: roles[key], least: fleet.least(of: key, in: spec), timing: spec.timing(of: key),
                revision: spec.revision(of: key),
                fleet: fleet, now: now, isKnown: isKnown(key, provider, fleet),
                isDeleted: spec.deletedGroups.contains(key.group), provider: provider,
                nodes: (members[key] ?? []).sorted { $0.id < $1.id })
        }
        var guardian = GrowthGuard(spec: spec, fleet: fleet)
        var decided = guardian.decide(pools)
        let failover = Failover(pools, decided.map { $0?.decision }, spec: spec, fleet: fleet, now: now)
        for (index, pool) in pools.enumerated() { decided[index]?.take(failover.spills[pool.key] ?? 0, pool) }
        var lacking: [PoolKey: Int] = [:]
        for (index, pool) in pools.enumerated() {
            guard let decision = decided[index]?.decision else { continue }
            lacking[pool.key] = min(decision.min, decision.desired) - pool.wanted.count
        }
        var ceilings = Ceilings(spec: spec, fleet: fleet, lacking: lacking)
        plan.held += guardian.held
        plan.annotated = guardian.annotated
        for index in pools.indices {
            let decision = decided[index]?.decision
            pools[index].carryOut(decision, &ceilings)
            let pool = pools[index]
            guard let decision else {
                removals.add(pool.removals, from: pool.key, isBySpec: true)
                continue
            }
            plan.scaling.append(decision)
            removals.add(
                pool.removals, from: pool.key, isBySpec: decided[index]?.isShrunkBySpec ?? false,
                bounds: decided[index]?.bounds)
        }
        let released = Dictionary(grouping: removals.settle(into: &plan, spec: spec, fleet: fleet), by: \.pool)
        let parents = Set(decided.indices.compactMap { decided[$0]?.parentPool(of: pools[$0].key) })
        var stays: [PoolKey: Int] = [:]
        for index in guardian.order(of: pools) {
            let pool = pools[index]
            guard let decided = decided[index] else {
                pools[index].pass(released[pool.key] ?? [])
                continue
            }
            var keep: PoolPlanner.Kept?
            if let parent = decided.parentPool(of: pool.key), let nodes = stays[parent] {
                let count = guardian.count(of: pool, decided, while: nodes)
                keep = .init(nodes: count - decided.decision.desired, parent: parent.role, parents: nodes)
            }
            pools[index].pass(released[pool.key] ?? [], keep)
            if parents.contains(pool.key) {
                stays[pool.key] = decided.count(left: left(of: pools[index], plan.held + pools[index].held))
            }
        }
        for index in pools.indices {
            let pool = pools[index]
            plan.held += pool.held
            plan.actions += pool.actions
            plan.conditions += pool.conditions + failover.conditions.filter { $0.pool == pool.key }
        }
        for (pool, nodes) in aside.sorted(by: { $0.key < $1.key }) {
            plan.conditions.append(
                Plan.Condition(
                    .setAside, .halted, pool,
                    nodes.count == 1
                        ? "the node group does not read and is set aside: its node stays as it is"
                        : "the node group does not read and is set aside: its \(nodes.count) nodes stay as they are"))
        }
        let holds = Dictionary(grouping: plan.held.filter { $0.kind == .drain || $0.kind == .destroy }, by: \.pool)
        let isAsking = plan.held.contains { $0.approval != nil }
        let limits = fleet.approvalLimits(spec)
        for index in pools.indices {
            guard let decided = decided[index] else { continue }
            let pool = pools[index]
            var history = decided.history(left: left(of: pool, holds[pool.key] ?? []))
            // While anybody is asked, the limits that hold it stay, with every pool: what is new has none of its own.
            if isAsking { history.approval = fleet.scaling[pool.key]?.approval ?? limits }
            plan.histories[pool.key] = history
            var memory = pool.memory
            memory.rollout = pool.rollout.next
            memory.spilled = decided.spilled
            plan.memories[pool.key] = memory
        }
        return plan
    }

    /// So many of a pool's nodes are too many and held.
    private static func left(of pool: PoolPlanner, _ held: [Plan.Hold]) -> Int {
        let holds = held.filter { $0.pool == pool.key && ($0.kind == .drain || $0.kind == .destroy) }
        if holds.isEmpty { return 0 }
        let wanted = Set(pool.wanted.map(\.id.rawValue))
        return holds.filter { $0.node.map(wanted.contains) ?? true }.reduce(0) { $0 + $1.count }
    }

    /// Safety rule 1: nothing is made where what exists is not known.
    private static func isKnown(_ key: PoolKey, _ provider: String?, _ fleet: Fleet) -> Bool {
        guard let provider else { return false }
        return fleet.scopes[ProviderScope(provider: provider, region: key.region)]?.isKnown == true
    }
}

extension Spec {
    /// The role whose time-outs hold for a pool's nodes: also after its region was taken out of the spec, so that what drains
    /// goes on as it was told. The defaults when the role itself is gone.
    package func timing(of pool: PoolKey) -> RoleSpec {
        let group = group(pool.group)
        return group?.effectiveRole(pool.role, in: pool.region) ?? group?.role(pool.role) ?? RoleSpec(name: pool.role)
    }

    /// Every pool, in the order of the files: roles in their order within each region.
    package func poolOrder() -> [PoolKey] {
        groups.flatMap { group in
            group.regions.flatMap { region in
                group.roles.map { PoolKey(group: group.name, region: region.name, role: $0.name) }
            }
        }
    }
}
