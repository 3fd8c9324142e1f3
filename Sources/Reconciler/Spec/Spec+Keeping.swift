extension Spec {
    /// This spec with the pools of `former` in which the fleet still has nodes: what routing and health go by while a removal waits
    /// for its approval.
    package func keeping(poolsOf fleet: Fleet, from former: Spec) -> Spec {
        let present = Set(poolOrder())
        let pools = Set(fleet.nodes.values.lazy.filter { $0.state != .terminated }.map(\.pool)).subtracting(present)
        if pools.isEmpty { return self }
        var result = self
        for pool in pools.sorted() {
            guard let group = former.group(pool.group), let region = group.region(pool.region),
                let role = group.role(pool.role)
            else { continue }
            guard let index = result.groups.firstIndex(where: { $0.name == group.name }) else {
                result.groups.append(group)
                continue
            }
            if result.groups[index].region(region.name) == nil { result.groups[index].regions.append(region) }
            if result.groups[index].role(role.name) == nil { result.groups[index].roles.append(role) }
        }
        return result
    }
}
