internal import Reconciler

/// One node, as the API shows it: the last round's verdicts, with the numbers of its newest heartbeat.
struct NodeAnswer {
    /// The node, as the last round left it.
    let node: Node
    /// Where it listens.
    let endpoints: [Endpoint]
    /// Its newest heartbeat, if it ever sent one.
    let telemetry: Telemetry?
    /// Why it gets no new clients, by its silence and probes.
    let suspect: String?
    /// When the last round was.
    let at: Timestamp
    /// What it waits for; empty for nothing.
    let waiting: [String]

    /// Writes the node as one object.
    func write(into json: inout JSONWriter) {
        json.beginObject()
        json.field("id", node.id.rawValue)
        json.field("nodeGroup", node.pool.group)
        json.field("region", node.pool.region)
        json.field("role", node.pool.role)
        json.field("state", node.state.rawValue)
        json.field("address", node.address)
        json.field("endpoints", each: endpoints) { json, endpoint in
            json.beginObject()
            json.field("protocol", endpoint.protocol)
            json.field("port", endpoint.port)
            json.endObject()
        }
        json.field("instanceId", node.instanceID)
        json.field("revision", node.revision)
        json.field("since", node.since)
        json.field("createdAt", node.createdAt)
        json.field("inServiceAt", node.inServiceAt)
        json.field("lastHeartbeatAt", telemetry?.receivedAt ?? node.lastHeartbeatAt)
        json.key("metrics")
        json.beginObject()
        for (name, value) in (telemetry?.heartbeat.metrics ?? node.metrics).sorted(by: { $0.key < $1.key }) {
            json.key(name)
            json.value(value)
        }
        json.endObject()
        json.field("streams", (telemetry?.heartbeat.streams ?? node.streams).count)
        json.field("suspect", suspect)
        json.field("cordoned", node.cordoned)
        json.field("protectedUntil", node.protectedUntil.flatMap { $0 > at ? $0 : nil })
        json.field("selfProtected", node.marks.protectsItself)
        json.key("drainRequested")
        if let request = node.marks.drainRequest {
            json.beginObject()
            json.field("at", request.at)
            json.field("by", request.by)
            json.endObject()
        } else {
            json.value(String?.none)
        }
        json.field("quarantined", node.marks.isQuarantined)
        json.field("attempts", node.attempts)
        json.field("retryAt", node.retryAt)
        json.field("lastError", node.lastError)
        json.field("reason", node.reason)
        json.field("waiting", waiting.isEmpty ? nil : waiting.joined(separator: "; "))
        json.endObject()
    }
}

extension FleetSnapshot {
    /// The answers for `nodes`, with each one's endpoints and newest heartbeat.
    func answers(_ nodes: some Sequence<Node>, _ telemetry: (NodeID) -> Telemetry?) -> [NodeAnswer] {
        let outlook = NodeOutlook(of: nodes, spec: spec, fleet: fleet, plan: plan, now: at)
        return nodes.map { node in
            let role = spec.group(node.pool.group)?.role(node.pool.role)
            return NodeAnswer(
                node: node, endpoints: node.effectiveEndpoints(role), telemetry: telemetry(node.id),
                suspect: outlook.suspicion(of: node), at: at, waiting: outlook.waiting(of: node))
        }
    }
}
