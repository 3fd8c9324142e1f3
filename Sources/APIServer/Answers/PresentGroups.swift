internal import Reconciler

extension FleetSnapshot {
    /// The node groups of the spec, then those that left it and still have nodes, by name: what waits for an approval to go must be seen. All
    /// that is known of one of these is what its nodes are.
    var presentGroups: [NodeGroupSpec] {
        let known = Set(spec.groups.map(\.name))
        let strays = fleet.nodes.values.filter { $0.state != .terminated && !known.contains($0.pool.group) }
        let left = Dictionary(grouping: strays, by: \.pool.group).sorted { $0.key < $1.key }.map { name, nodes in
            var group = NodeGroupSpec(name: name, provider: nodes.map(\.provider).min() ?? "")
            group.regions = Set(nodes.map(\.pool.region)).sorted().map { RegionSpec(name: $0) }
            group.roles = Set(nodes.map(\.pool.role)).sorted().map { RoleSpec(name: $0) }
            return group
        }
        return spec.groups + left
    }
}
