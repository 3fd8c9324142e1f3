internal import Reconciler

extension FleetSnapshot {
    /// The node groups of the spec, then those that left it and still have nodes, by name: what waits for an approval to go must be seen. So
    /// must the roles and regions that left a group that stays: they come behind its own. All that is known of these is what their nodes are.
    var presentGroups: [NodeGroupSpec] {
        let nodes = fleet.nodes.values.filter { $0.state != .terminated }
        let present = Dictionary(grouping: nodes, by: \.pool.group)
        let known = Set(spec.groups.map(\.name))
        let left = present.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }.map { name, nodes in
            var group = NodeGroupSpec(name: name, provider: nodes.map(\.provider).min() ?? "").showing(nodes)
            group.source = spec.setAside.first { $0.name == name }?.problems.first?.location
            return group
        }
        return spec.groups.map { $0.showing(present[$0.name] ?? []) } + left
    }
}

extension NodeGroupSpec {
    /// With the regions and roles of these nodes that it does not have.
    fileprivate func showing(_ nodes: [Node]) -> NodeGroupSpec {
        var group = self
        let others = (
            regions: Set(nodes.map(\.pool.region)).subtracting(regions.map(\.name)),
            roles: Set(nodes.map(\.pool.role)).subtracting(roles.map(\.name))
        )
        group.regions += others.regions.sorted().map { RegionSpec(name: $0) }
        group.roles += others.roles.sorted().map { RoleSpec(name: $0) }
        return group
    }
}
