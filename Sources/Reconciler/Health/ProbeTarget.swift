/// One probe of one node, by the node and the place of the probe in `health.probes`.
package struct ProbeKey: Hashable, Comparable, Sendable {
    package var node: NodeID
    package var index: Int

    package init(node: NodeID, index: Int) {
        self.node = node
        self.index = index
    }

    package static func < (left: Self, right: Self) -> Bool { (left.node, left.index) < (right.node, right.index) }
}

/// A probe that is to be made again and again while its node is there.
package struct ProbeTarget: Sendable, Equatable {
    package var key: ProbeKey
    package var pool: PoolKey
    package var spec: ProbeSpec
    /// What to ask the ``Prober`` for.
    package var call: ProbeCall
    /// It is not due before this: since then the node is there, and we are.
    package var since: Timestamp

    /// The probes of a node, as its role has them: none while it has no address, or is in no state to answer.
    package static func all(of node: Node, in role: RoleSpec, observingSince: Timestamp) -> [ProbeTarget] {
        guard let address = node.address, !address.isEmpty, node.state.isProbed else { return [] }
        let endpoints = node.endpoints.isEmpty ? role.endpoints : node.endpoints
        return role.health.probes.enumerated().compactMap { index, spec in
            let port = spec.check.port(among: endpoints)
            // A check that needs a port which the node does not have says nothing of it.
            guard port != nil || !spec.check.needsPort else { return nil }
            return ProbeTarget(
                key: ProbeKey(node: node.id, index: index), pool: node.pool, spec: spec,
                call: ProbeCall(
                    node: node.id, check: spec.check, address: address, port: port, timeout: spec.timeout),
                since: max(node.createdAt ?? node.since, observingSince))
        }
    }
}

extension ProbeSpec.Check {
    /// The port that it stands for on a node with these endpoints; that of the first for a command.
    func port(among endpoints: [Endpoint]) -> Int? {
        switch self {
        case .tcp(.number(let number)), .http(.number(let number), _): number
        case .tcp(.endpoint(let name?)), .http(.endpoint(let name?), _):
            endpoints.first { $0.protocol == name }?.port
        case .tcp(.endpoint(nil)), .http(.endpoint(nil), _), .command: endpoints.first?.port
        }
    }

    /// Whether it cannot be made without a port.
    var needsPort: Bool {
        if case .command = self { return false }
        return true
    }
}

extension NodeState {
    /// Whether its instance may answer: it is there, and not on its way out for good.
    package var isProbed: Bool {
        switch self {
        case .created, .started, .inService, .draining, .evicting, .fault: true
        case .requested, .creating, .terminating, .terminated: false
        }
    }
}
