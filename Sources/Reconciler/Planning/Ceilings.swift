/// The ceilings over all pools: nodes of a group, nodes of the manager. Shared while one plan is made.
///
/// What pools lack to their min is set aside first, so that one that grows does not keep another from its least.
struct Ceilings {
    private var managerRoom: Int?
    private var groupRoom: [String: Int] = [:]
    /// Nodes that pools which were not planned yet lack to their min.
    private var lacking: [PoolKey: Int]
    private let spec: Spec

    init(spec: Spec, fleet: Fleet, lacking: [PoolKey: Int]) {
        self.spec = spec
        self.lacking = lacking.filter { $0.value > 0 }
        guard spec.manager.maxNodes != nil || spec.groups.contains(where: { $0.limits.nodes != nil }) else { return }
        var counts: [String: Int] = [:]
        for node in fleet.nodes.values where node.state != .terminated { counts[node.pool.group, default: 0] += 1 }
        managerRoom = spec.manager.maxNodes.map { max($0 - counts.values.reduce(0, +), 0) }
        for group in spec.groups {
            guard let limit = group.limits.nodes else { continue }
            groupRoom[group.name] = max(limit - (counts[group.name] ?? 0), 0)
        }
    }

    /// Cuts `count` to what is left for a pool, takes that, and says which ceiling cut it.
    mutating func take(_ count: inout Int, for pool: PoolKey) -> (limit: String, reason: String)? {
        let own = lacking.removeValue(forKey: pool) ?? 0
        var stop: (limit: String, reason: String)?
        if let room = groupRoom[pool.group] {
            let others = lacking.filter { $0.key.group == pool.group }.values.reduce(0, +)
            if cut(&count, own: own, room: room, others: others) {
                let limit = spec.group(pool.group)?.limits.nodes ?? 0
                stop = ("limits.nodes", "node group '\(pool.group)' is at its limits.nodes of \(limit)")
            }
        }
        if let room = managerRoom, cut(&count, own: own, room: room, others: lacking.values.reduce(0, +)) {
            stop = (
                "maxNodes", "all groups together are at the manager's limits.nodes of \(spec.manager.maxNodes ?? 0)"
            )
        }
        if groupRoom[pool.group] != nil { groupRoom[pool.group]? -= count }
        if managerRoom != nil { managerRoom? -= count }
        return stop
    }

    /// Up to its min a pool takes what there is; beyond that, what the others do not lack.
    private func cut(_ count: inout Int, own: Int, room: Int, others: Int) -> Bool {
        let allowed = min(count, room, own + max(room - own - others, 0))
        defer { count = allowed }
        return allowed < count
    }
}
