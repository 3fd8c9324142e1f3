/// The ceilings over all pools: nodes of a group, nodes of the manager. Shared while one plan is made.
struct Ceilings {
    private var managerRoom: Int?
    private var groupRoom: [String: Int] = [:]
    private let maxNodes: Int?

    init(spec: Spec, fleet: Fleet) {
        maxNodes = spec.manager.maxNodes
        guard maxNodes != nil || spec.groups.contains(where: { $0.limits.nodes != nil }) else { return }
        var counts: [String: Int] = [:]
        for node in fleet.nodes.values where node.state != .terminated { counts[node.pool.group, default: 0] += 1 }
        managerRoom = maxNodes.map { max($0 - counts.values.reduce(0, +), 0) }
        for group in spec.groups {
            guard let limit = group.limits.nodes else { continue }
            groupRoom[group.name] = max(limit - (counts[group.name] ?? 0), 0)
        }
    }

    /// Cuts `count` to what is left, takes that, and says which ceiling cut it.
    mutating func take(_ count: inout Int, for group: String) -> (limit: String, reason: String)? {
        var stop: (limit: String, reason: String)?
        if let room = groupRoom[group], room < count {
            count = room
            stop = ("limits.nodes", "node group '\(group)' is at its limits.nodes")
        }
        if let room = managerRoom, room < count {
            count = room
            stop = ("maxNodes", "all groups together are at the manager's limits.nodes of \(maxNodes ?? 0)")
        }
        if groupRoom[group] != nil { groupRoom[group]? -= count }
        if managerRoom != nil { managerRoom? -= count }
        return stop
    }
}
