/// Commands about single nodes: what they do is in Fleet+Commands.swift.
extension ControlLoop {
    package func cordon(_ node: NodeID, _ cordoned: Bool, by user: String) async throws(CommandFailure) {
        try await enqueue { (fleet, _, now) throws(CommandFailure) in
            try fleet.cordon(node, cordoned, by: user, at: now)
        }
    }

    package func drain(_ node: NodeID, force: Bool, by user: String) async throws(CommandFailure) {
        let spec = desiredSpec
        try await enqueue { (fleet, _, now) throws(CommandFailure) in
            // Nobody would look whether its clients have left.
            if let group = fleet.nodes[node]?.pool.group, spec.isSetAside(group) {
                throw .conflict(
                    "the node group '\(group)' is set aside: its nodes do not drain; 'smreconcile terminate \(node) --force' ends it"
                )
            }
            return try fleet.drain(node, force: force, by: user, at: now)
        }
    }

    package func terminate(_ node: NodeID, force: Bool, by user: String) async throws(CommandFailure) {
        let (spec, live) = (desiredSpec, environment.live)
        try await enqueue { (fleet, plan, now) throws(CommandFailure) in
            if !force, let group = fleet.nodes[node]?.pool.group, spec.isSetAside(group) {
                throw .conflict(
                    "the node group '\(group)' is set aside: how many of it must serve is not known; --force ends '\(node)'"
                )
            }
            // Those who were sent there since its last report count as well.
            let load = live.view.nodes[node]?.load
            let assigned = (load?.total(.publish) ?? 0) + (load?.total(.subscribe) ?? 0)
            let pool = fleet.nodes[node]?.pool
            let decision = plan.scaling.first { $0.pool == pool }
            // Nobody minds how many serve of what the spec does not have.
            let least = pool.flatMap { spec.revision(of: $0) == nil ? nil : spec.timing(of: $0).min } ?? 0
            return try fleet.terminate(
                node, force: force, by: user, role: pool.map(spec.timing(of:)) ?? RoleSpec(name: ""),
                least: decision.map { min($0.min, $0.desired) } ?? least, assigned: assigned, at: now)
        }
    }

    package func protect(_ node: NodeID, for duration: Duration?, by user: String) async throws(CommandFailure) {
        try await enqueue { (fleet, _, now) throws(CommandFailure) in
            try fleet.protect(node, for: duration, by: user, at: now)
        }
    }
}
