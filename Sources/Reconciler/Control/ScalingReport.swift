/// Why the counts of a node group are as they are: what `explain` prints and the API answers.
package struct ScalingReport: Sendable, Equatable, Codable {
    package var nodeGroup: String
    /// When it was decided.
    package var at: Timestamp
    /// Set while the group is paused.
    package var paused: ScalingPause?
    /// The decisions, as a plan has them.
    package var scaling: [ScalingDecision]
    package var pools: [Pool]
    /// What is due and not done.
    package var held: [Plan.Hold]
    /// What is out of the ordinary.
    package var conditions: [Plan.Condition]

    /// What there is of one pool.
    package struct Pool: Sendable, Equatable, Codable {
        package var region: String
        package var role: String
        package var inService: Int
        /// Requested, being created or starting.
        package var onTheWay: Int
        /// Draining, or later on the way out.
        package var leaving: Int
        package var faulty: Int
        /// A count set by hand that is in force.
        package var override: ScalingHistory.Override?
        /// Set while creates fail at the provider.
        package var creates: Setback?
        /// Set while new nodes die before they served for a while.
        package var starts: Setback?
    }

    /// The report on the pools of a group, which may have some that `spec` has no more, in its order; of one role or region if named.
    package init(
        _ group: NodeGroupSpec, in spec: Spec, role: String? = nil, region: String? = nil, fleet: Fleet, plan: Plan,
        at now: Timestamp
    ) {
        func isMeant(_ group: String, _ itsRegion: String, _ itsRole: String) -> Bool {
            group == nodeGroup && (region ?? itsRegion) == itsRegion && (role ?? itsRole) == itsRole
        }
        nodeGroup = group.name
        at = now
        paused = fleet.pauses[group.name]
        scaling = []
        held = []
        conditions = []
        pools = []
        scaling = plan.scaling.filter { isMeant($0.nodeGroup, $0.region, $0.role) }
        held = plan.held.filter { isMeant($0.nodeGroup, $0.region, $0.role) }
        conditions = plan.conditions.filter { isMeant($0.nodeGroup, $0.region, $0.role) }
        let nodes = Dictionary(grouping: fleet.nodes.values.filter { $0.pool.group == group.name }, by: \.pool)
        for itsRegion in group.regions.map(\.name) {
            for itsRole in group.roles.map(\.name) where isMeant(group.name, itsRegion, itsRole) {
                let pool = PoolKey(group: group.name, region: itsRegion, role: itsRole)
                let states = (nodes[pool] ?? []).map(\.state)
                // What left the spec is to be seen where it has nodes still, and nowhere else.
                if states.isEmpty, spec.group(group.name)?.effectiveRole(itsRole, in: itsRegion) == nil { continue }
                pools.append(
                    Pool(
                        region: itsRegion, role: itsRole, inService: states.count { $0 == .inService },
                        onTheWay: states.count(where: \.isComing), leaving: states.count(where: \.isLeaving),
                        faulty: states.count { $0 == .fault }, override: fleet.override(of: pool, at: now),
                        creates: fleet.memories[pool]?.creates, starts: fleet.memories[pool]?.starts))
            }
        }
    }
}

extension Fleet {
    /// The count of a pool that a person set and that is in force.
    package func override(of pool: PoolKey, at now: Timestamp) -> ScalingHistory.Override? {
        guard let override = scaling[pool]?.override, override.until.map({ $0 > now }) ?? true else { return nil }
        return override
    }
}
