/// Heartbeats, probes and silence become states: up through started to in service, down to fault. Pure, given `now`.
extension Fleet {
    package mutating func judge(spec: Spec, now: Timestamp) -> [Event] {
        let healths = spec.effectiveRoles().mapValues(\.health)
        var events: [Event] = []
        for node in nodes.values where node.missingSince.map(node.isHeard(since:)) ?? true {
            let health = healths[node.pool] ?? spec.timing(of: node.pool).health
            if let event = judge(node, health, now) { events.append(event) }
        }
        noteProven(at: now)
        return events.sorted { $0.subject < $1.subject }
    }

    private mutating func judge(_ node: Node, _ health: HealthSpec, _ now: Timestamp) -> Event? {
        switch node.state {
        case .created, .started:
            return judgeStart(node, health, now)
        case .inService, .draining, .evicting:
            let standing = Standing(node: node, observingSince: observingSince, health: health, now: now)
            guard case .faulty(let reason) = standing else { return nil }
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

    private mutating func judgeStart(_ node: Node, _ health: HealthSpec, _ now: Timestamp) -> Event? {
        let standing = Standing(node: node, observingSince: observingSince, health: health, now: now)
        if isServing(node, health), standing.isWell, node.isReady, node.address != nil {
            let boot = now - (node.createdAt ?? node.requestedAt)
            let sign = health.heartbeat ? "first heartbeat" : "probes' success"
            let event = move(
                node.id, to: .inService, at: now, because: "its \(sign) came \(boot.specText) after it was created",
                event: "NodeInService")
            update(node.id) { node in
                node.inServiceAt = now
                node.marks.isAdopted = false
            }
            noteBoot(of: node, at: now)
            return event
        }
        let age = now - max(node.createdAt ?? node.since, observingSince)
        let isHeard = node.lastHeartbeatAt != nil
        if let limit = health.registerTimeout, health.heartbeat, !isHeard, age >= limit {
            let reason = "sent no heartbeat within registerTimeout of \(limit.specText)"
            return move(node.id, to: .fault, at: now, because: reason, event: "NodeFault", level: .warning)
        }
        if age >= health.startTimeout {
            let missing = health.heartbeat && !isHeard ? "sent no heartbeat" : "did not become ready"
            return move(
                node.id, to: .fault, at: now,
                because: "\(missing) within startTimeout of \(health.startTimeout.specText)", event: "NodeFault",
                level: .warning)
        }
        if node.state == .created, isHeard {
            return move(
                node.id, to: .started, at: now, because: "its first heartbeat came; it is not ready yet",
                event: "NodeStarted")
        }
        return nil
    }

    /// It was heard of, where its role wants that, and each probe succeeded as often as it must.
    private func isServing(_ node: Node, _ health: HealthSpec) -> Bool {
        health.isSeen(node, since: Timestamp(milliseconds: .min))
    }
}
