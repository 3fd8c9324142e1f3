/// Heartbeats, probes and silence become states: up through started to in service, down to fault. Pure, given `now`.
extension Fleet {
    package mutating func judge(spec: Spec, now: Timestamp) -> [Event] {
        let healths = spec.effectiveRoles().mapValues(\.health)
        var verdicts: [(node: Node, verdict: Verdict, health: HealthSpec)] = []
        for node in nodes.values where node.missingSince.map(node.isHeard(since:)) ?? true {
            // By which rules is not known.
            if spec.isSetAside(node.pool.group) { continue }
            let health = healths[node.pool] ?? spec.timing(of: node.pool).health
            if let verdict = verdict(of: node, health, now) { verdicts.append((node, verdict, health)) }
        }
        // In the order of the ids: what a pool remembers of several must be the same every time.
        var events: [Event] = []
        for (node, verdict, health) in verdicts.sorted(by: { $0.node.id < $1.node.id }) {
            events.append(carryOut(verdict, on: node, health, now))
        }
        noteProven(at: now)
        return events
    }

    /// What becomes of a node, for a reason in words.
    private enum Verdict {
        case faulty(String)
        case serves
        case started
    }

    private func verdict(of node: Node, _ health: HealthSpec, _ now: Timestamp) -> Verdict? {
        switch node.state {
        case .created, .started:
            return startVerdict(of: node, health, now)
        case .inService, .draining, .evicting:
            let standing = Standing(node: node, observingSince: observingSince, health: health, now: now)
            guard case .faulty(let reason) = standing else { return nil }
            return .faulty(reason)
        case .requested, .creating, .terminating, .terminated, .fault:
            return nil
        }
    }

    private func startVerdict(of node: Node, _ health: HealthSpec, _ now: Timestamp) -> Verdict? {
        let standing = Standing(node: node, observingSince: observingSince, health: health, now: now)
        // It was heard of, where its role wants that, and each probe succeeded as often as it must.
        let isSeen = health.isSeen(node, since: Timestamp(milliseconds: .min))
        if isSeen, standing.isWell, node.isReady, node.address != nil { return .serves }
        let age = now - max(node.createdAt ?? node.since, observingSince)
        let isHeard = node.lastHeartbeatAt != nil
        if let limit = health.registerTimeout, health.heartbeat, !isHeard, age >= limit {
            return .faulty("sent no heartbeat within registerTimeout of \(limit.specText)")
        }
        if age >= health.startTimeout {
            let missing = health.heartbeat && !isHeard ? "sent no heartbeat" : "did not become ready"
            return .faulty("\(missing) within startTimeout of \(health.startTimeout.specText)")
        }
        return node.state == .created && isHeard ? .started : nil
    }

    private mutating func carryOut(
        _ verdict: Verdict, on node: Node, _ health: HealthSpec, _ now: Timestamp
    ) -> Event {
        switch verdict {
        case .faulty(let reason):
            return move(node.id, to: .fault, at: now, because: reason, event: "NodeFault", level: .warning)
        case .started:
            return move(
                node.id, to: .started, at: now, because: "its first heartbeat came; it is not ready yet",
                event: "NodeStarted")
        case .serves:
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
    }

    private mutating func noteBoot(of node: Node, at now: Timestamp) {
        var history = scaling[node.pool] ?? ScalingHistory()
        history.boots.append(Int((now - node.requestedAt).wholeMilliseconds))
        history.boots.removeFirst(max(history.boots.count - ScalingHistory.rememberedBoots, 0))
        setScaling(history, of: node.pool)
    }
}
