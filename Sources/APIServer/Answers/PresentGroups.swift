internal import Reconciler

extension FleetSnapshot {
    /// The node groups of the spec, then those that left it and still have nodes, by name: what waits for an approval to go must be seen. So
    /// must the roles and regions that left a group that stays: they come behind its own. All that is known of these is what their nodes are.
    /// Groups that are set aside are among those, also without nodes.
    var presentGroups: [NodeGroupSpec] {
        let nodes = fleet.nodes.values.filter { $0.state != .terminated }
        let present = Dictionary(grouping: nodes, by: \.pool.group)
        let known = Set(spec.groups.map(\.name))
        let aside = Dictionary(spec.setAside.map { ($0.name, $0.outline) }) { first, _ in first }
        let left = Set(present.keys).union(aside.keys).subtracting(known).sorted().map { name in
            let nodes = present[name] ?? []
            let group = aside[name] ?? NodeGroupSpec(name: name, provider: nodes.map(\.provider).min() ?? "")
            return group.showing(nodes)
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
