extension Fleet {
    /// Puts the clients that were refused for want of room on the pools that should have had it, in place of those of the round
    /// before: the group's first role that may get such a client, in the region that the client wanted, else in the group's first.
    package mutating func takeDemand(_ refused: [RefusedClients], spec: Spec) {
        unserved = [:]
        for clients in refused where clients.count > 0 {
            // Spec and routing view may be a round apart: what is gone from the spec needs no nodes.
            guard let group = spec.group(clients.group),
                let role = group.roles.first(where: { $0.serves(clients.action, clients.needs) }),
                let region = clients.region.map({ group.region($0) }) ?? group.regions.first
            else { continue }
            unserved[PoolKey(group: group.name, region: region.name, role: role.name), default: 0] += clients.count
        }
    }
}
