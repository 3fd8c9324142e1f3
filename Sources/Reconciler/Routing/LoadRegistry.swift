/// Hands out the one load counter of each node and group, over all views.
package final class LoadRegistry: Sendable {
    private struct State {
        var groups: [String: GroupLoad] = [:]
        var nodes: [NodeID: NodeLoad] = [:]
        /// Numbers of regions, by group and region.
        var places: [String: [String: Int]] = [:]
        var placeCount = 0

        mutating func place(_ region: String, _ group: String) -> Int {
            if let known = places[group]?[region] { return known }
            placeCount += 1
            places[group, default: [:]][region] = placeCount
            return placeCount
        }
    }

    private let memory = LoadMemory()

    private let state = Locked(State())

    package init() {}

    package func group(_ name: String) -> GroupLoad {
        state.with { state in Self.group(name, &state) }
    }

    private static func group(_ name: String, _ state: inout State) -> GroupLoad {
        if let known = state.groups[name] { return known }
        let made = GroupLoad()
        state.groups[name] = made
        return made
    }

    package func load(of node: Node) -> NodeLoad {
        state.with { state in
            if let known = state.nodes[node.id] { return known }
            let made = NodeLoad(
                group: Self.group(node.pool.group, &state), place: state.place(node.pool.region, node.pool.group),
                memory: memory)
            made.report(
                publishers: Metric.count(node.metrics[Metric.publishers]),
                subscribers: Metric.count(node.metrics[Metric.subscribers]))
            made.children.report(node.children)
            state.nodes[node.id] = made
            return made
        }
    }

    /// The number of a region of a group: the same over all views, never 0, and compared faster than names.
    func place(of region: String, in group: String) -> Int {
        state.with { $0.place(region, group) }
    }

    /// Forgets nodes, and takes their clients off their group's sums.
    package func forget(_ nodes: [NodeID]) {
        let gone = state.with { state in nodes.compactMap { state.nodes.removeValue(forKey: $0) } }
        for load in gone { load.clear() }
    }

    /// Begins a new generation of pending assignments on every node.
    package func age() {
        for load in state.current.nodes.values { load.age() }
    }
}
