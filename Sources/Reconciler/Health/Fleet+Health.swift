/// Heartbeats and silence become states: up through started to in service, down to fault. Pure, given `now`.
extension Fleet {
    package mutating func judge(spec: Spec, now: Timestamp) -> [Event] {
        let healths = spec.effectiveRoles().mapValues(\.health)
        var events: [Event] = []
        for node in nodes.values where node.missingSince.map(node.isHeard(since:)) ?? true {
            let health = healths[node.pool] ?? spec.timing(of: node.pool).health
            if let event = judge(node, health, now) { events.append(event) }
        }
        return events.sorted { $0.subject < $1.subject }
    }

    private mutating func judge(_ node: Node, _ health: HealthSpec, _ now: Timestamp) -> Event? {
        let silence = Silence(node: node, observingSince: observingSince, health: health, now: now)
        switch node.state {
        case .created, .started:
            return judgeStart(node, health, silence, now)
        case .inService, .draining, .evicting:
            guard case .fault(let silent) = silence else { return nil }
            let reason =
                "no heartbeat for \(silent.specText), which is over faultAfter of \(health.faultAfter.specText)"
            return move(node.id, to: .fault, at: now, because: reason, event: "NodeFault", level: .warning)
        case .requested, .creating, .terminating, .terminated, .fault:
            return nil
        }
    }

    private mutating func noteBoot(of node: Node, at now: Timestamp) {
        var history = scaling[node.pool] ?? ScalingHistory()
        history.boots.append(Int((now - node.requestedAt).wholeMilliseconds))
        history.boots.removeFirst(max(history.boots.count - ScalingHistory.rememberedBoots, 0))
        setScaling(history, of: node.pool)
    }

    private mutating func judgeStart(
        _ node: Node, _ health: HealthSpec, _ silence: Silence, _ now: Timestamp
    ) -> Event? {
        if node.lastHeartbeatAt != nil, silence == .fresh, node.isReady, node.address != nil {
            let boot = now - (node.createdAt ?? node.requestedAt)
            let event = move(
                node.id, to: .inService, at: now,
                because: "its first heartbeat came \(boot.specText) after it was created",
                event: "NodeInService")
            update(node.id) { $0.inServiceAt = now }
            noteBoot(of: node, at: now)
            return event
        }
        let age = now - max(node.createdAt ?? node.since, observingSince)
        if age >= health.startTimeout {
            let missing = node.lastHeartbeatAt == nil ? "sent no heartbeat" : "did not become ready"
            return move(
                node.id, to: .fault, at: now,
                because: "\(missing) within startTimeout of \(health.startTimeout.specText)", event: "NodeFault",
                level: .warning)
        }
        if node.state == .created, node.lastHeartbeatAt != nil {
            return move(
                node.id, to: .started, at: now, because: "its first heartbeat came; it is not ready yet",
                event: "NodeStarted")
        }
        return nil
    }
}
