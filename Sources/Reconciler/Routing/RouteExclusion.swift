/// What keeps a node from getting a client, as a pure function of what is known of it.
struct RouteExclusion {
    /// Who is asked for.
    let query: RouteQuery
    let spec: Spec
    let fleet: Fleet
    /// When the health of the nodes was judged.
    let judgedAt: Timestamp
    /// Where a viewer's stream is published: that node may play it, whatever its role says.
    let source: NodeID?
    /// Roles with the numbers of their regions.
    private let roles: [PoolKey: RoleSpec]

    /// The reasons under this spec.
    init(query: RouteQuery, spec: Spec, fleet: Fleet, judgedAt: Timestamp, source: NodeID?) {
        (self.query, self.spec, self.fleet, self.judgedAt, self.source) = (query, spec, fleet, judgedAt, source)
        roles = spec.effectiveRoles()
    }

    /// Why `node`, which is no candidate, is none.
    func reason(_ node: Node) -> (RouteExplanation.Reason, String) {
        guard let role = roles[node.pool] else {
            return (.notInSpec, "not in the spec, which has no \(node.pool.role) in \(node.pool.region)")
        }
        if let lacking = lacking(role, node) { return (.capability, lacking) }
        if node.state != .inService { return (.state, node.state.rawValue) }
        if let since = node.missingSince, !node.isHeard(since: since) {
            return (.missing, "missing, not listed by its provider since \(since)")
        }
        if !node.isReady { return (.notReady, "not ready, by its own word") }
        if node.cordoned { return (.cordoned, "cordoned") }
        if node.address == nil { return (.noAddress, "without an address") }
        switch Standing(node: node, observingSince: fleet.observingSince, health: role.health, now: judgedAt) {
        case .well: break
        case .suspect(let why), .faulty(let why): return (.suspect, why)
        }
        let endpoints = node.effectiveEndpoints(role)
        if let wanted = query.protocol, endpoints.index(speaking: wanted) == nil {
            let known = Set(endpoints.map(\.protocol)).sorted().joined(separator: ", ")
            return (.protocol, known.isEmpty ? "it has no endpoint" : "it speaks \(known)")
        }
        if endpoints.isEmpty { return (.protocol, "it has no endpoint") }
        if let limit = role.capacityLimit, case .number(let value) = limit.expression.evaluate(node: node.metrics),
            value >= limit.below
        {
            return (.capacityLimit, "\(limit.expression.text) is \(value.short), not below \(limit.below.short)")
        }
        return (.notYet, "not in the routing view yet")
    }

    private func lacking(_ role: RoleSpec, _ node: Node) -> String? {
        if query.transcode, query.action == .publish, !role.capabilities.contains(.transcode) {
            return "cannot transcode (\(role.name))"
        }
        if let missing = query.capabilities.subtracting(role.capabilities).map(\.rawValue).min() {
            return "cannot \(missing) (\(role.name))"
        }
        if query.transcode, query.action == .publish { return nil }
        if role.serves(query.action) || node.id == source && role.capabilities.contains(query.action.capability) {
            return nil
        }
        return role.capabilities.contains(query.action.capability)
            ? "plays only what is published to itself (\(role.name) has no parent)"
            : "cannot \(query.action.rawValue) (\(role.name))"
    }
}
