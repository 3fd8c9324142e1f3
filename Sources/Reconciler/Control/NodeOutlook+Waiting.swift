extension NodeOutlook {
    /// What a node waits for and until when, in sentences, the one that matters most first; empty for one that waits for nothing.
    package func waiting(of node: Node) -> [String] {
        if isSetAside(node), node.state != .creating, node.state != .terminating, node.state != .terminated {
            return ["its node group, which is set aside: nothing is done to it until that reads again or is deleted"]
        }
        let words =
            switch node.state {
            case .requested, .creating: create(node)
            case .created, .started: start(node)
            case .inService: service(node)
            case .draining: drain(node)
            case .evicting: eviction(node)
            case .fault: fault(node)
            case .terminating: destruction(node)
            case .terminated:
                [
                    "nothing: it is remembered until \(clock(node.since + Fleet.tombstoneLifetime)), should a list still show it"
                ]
            }
        guard let planned = planned(node), planned.kind != .replace else { return missing(node) + words }
        return ["\(planned.kind.rawValue) is due: \(planned.reason)"] + missing(node) + words
    }

    // MARK: - On the way up

    private func create(_ node: Node) -> [String] {
        let memory = fleet.memories[node.pool]
        if let why = unknown(node) { return ["\(why); no node is made there until a list succeeds"] }
        if let setback = memory?.blockedUntil(now, making: node.revision) {
            return ["its pool tries again \(moment(setback.until))\(why(setback))"]
        }
        let tries = node.attempts == 1 ? "once" : "\(node.attempts) times"
        if let retry = node.retryAt, retry > now {
            return [
                "the provider is asked again \(moment(retry)): it failed \(tries), \(node.lastError ?? "no reason given")"
            ]
        }
        if let setback = memory?.caution(making: node.revision), node.state == .requested {
            return ["its pool tries one node at a time\(why(setback))"]
        }
        if node.state == .requested { return ["its turn: the provider was not asked for it yet"] }
        if node.attempts == 0 { return ["the provider's answer, since \(node.since)"] }
        return ["the provider's answer to another try: it failed \(tries), \(node.lastError ?? "no reason given")"]
    }

    private func why(_ setback: Setback) -> String {
        leavesOutSetbacks ? "" : ": it failed \(setback.times), \(setback.message)"
    }

    private func start(_ node: Node) -> [String] {
        let health = role(of: node).health
        let begin = max(node.createdAt ?? node.since, fleet.observingSince)
        let isHeard = node.lastHeartbeatAt != nil
        var limit = (time: begin + health.startTimeout, words: "startTimeout of \(health.startTimeout.specText)")
        if health.heartbeat, !isHeard, let time = health.registerTimeout, time < health.startTimeout {
            limit = (begin + time, "registerTimeout of \(time.specText)")
        }
        var missing: [String] = []
        if node.address == nil { missing.append("its address") }
        if health.heartbeat, !isHeard {
            missing.append("its first heartbeat")
        } else if !node.isReady {
            missing.append("its media server, which is not ready")
        }
        for (index, probe) in health.probes.enumerated() {
            let record = index < node.probes.count ? node.probes[index] : nil
            if record?.successes ?? 0 >= probe.successThreshold { continue }
            missing.append("\(probe.name)" + (record?.message.map { ", which fails: \($0)" } ?? ""))
        }
        if missing.isEmpty { missing.append("the next round, which takes it into service") }
        return ["\(missing.joined(separator: " and ")); it is a fault \(moment(limit.time)) (\(limit.words))"]
    }

    // MARK: - In service

    private func service(_ node: Node) -> [String] {
        var words: [String] = []
        let health = role(of: node).health
        if case .suspect(let why)? = standing(of: node) {
            let heard = max(node.lastHeartbeatAt ?? node.inServiceAt ?? fleet.observingSince, fleet.observingSince)
            let isSilent = health.heartbeat && now - heard >= health.suspectAfter
            words.append(
                "it gets no new clients: \(why)"
                    + (isSilent ? "; it is a fault \(moment(heard + health.faultAfter))" : ""))
        }
        if !node.isReady { words.append("it gets no new clients: its media server is not ready") }
        let holds = held(node)
        words += holds.map { "\($0.kind.rawValue) is due: \($0.reason)" }
        if let request = node.marks.drainRequest, holds.isEmpty, planned(node) == nil {
            let why = held(inPoolOf: node, by: "approval").map { ": \($0.reason)" } ?? ""
            words.append("to drain, for which \(request.by) asked at \(request.at)\(why)")
        }
        if node.cordoned { words.append("it is cordoned: no new clients until 'smreconcile uncordon \(node.id)'") }
        words += protection(node) + succession(node)
        return words
    }

    /// Its way to a newer revision.
    private func succession(_ node: Node) -> [String] {
        guard let wanted = wantedRevision(of: node),
            node.revision != wanted || node.provider != wantedProvider(of: node)
        else { return [] }
        if held(node).contains(where: { $0.limit == "budget" || $0.limit == "unknown" }) { return [] }
        if isPaused(node) { return ["its node group is paused: it is not replaced by revision \(wanted)"] }
        switch rollout(of: node) {
        case let rollout? where rollout.status == .halted:
            return ["it is not replaced by revision \(wanted), since the rollout is halted: \(rollout.message)"]
        case let rollout? where rollout.status == .rolledBack:
            return ["it is not replaced by revision \(wanted), since the rollout went back: \(rollout.message)"]
        case let rollout?:
            return ["it is replaced by one of revision \(wanted) when its turn comes: \(rollout.message)"]
        case nil: return ["it is replaced by one of revision \(wanted) when its turn comes"]
        }
    }

    private func protection(_ node: Node) -> [String] {
        var words: [String] = []
        if let end = node.protectedUntil, end > now {
            words.append("it is protected until \(clock(end)): not scaled in, replaced or evicted")
        }
        if node.marks.protectsItself {
            words.append("it protects itself by its heartbeats: not scaled in, replaced or evicted")
        }
        return words
    }

    // MARK: - On the way out

    private func drain(_ node: Node) -> [String] {
        let drain = role(of: node).drain
        let timeout = node.since + drain.timeout
        let settled = node.since + min(PoolPlanner.drainSettle, drain.timeout)
        if let why = unknown(node), node.isEmpty || now >= timeout {
            return ["\(why); no node is destroyed there until a list succeeds"]
        }
        if node.isEmpty {
            if node.isProtected(at: now) {
                let end = node.protectedUntil.map { $0 > now ? "until \(clock($0))" : nil } ?? nil
                return [
                    "it has no client, and is not ended while it is protected"
                        + (end.map { ", \($0)" } ?? " by its heartbeats")
                ]
            }
            return now < settled
                ? ["it has no client; clients who were sent there a moment ago may come until \(clock(settled))"]
                : ["its next heartbeat, to say that it has no client"]
        }
        let clients =
            if !node.tellsClients {
                "how many clients are left is not known"
            } else if node.clients > 0 {
                "\(node.clients) client\(node.clients == 1 ? " is" : "s are") left"
            } else {
                "other nodes pull their streams from it"
            }
        if let end = node.protectedUntil, end > now {
            return ["\(clients); evicted \(moment(timeout)), and not while it is protected, until \(clock(end))"]
        }
        if node.marks.protectsItself {
            return ["\(clients); evicted \(moment(timeout)), and not while its heartbeats protect it"]
        }
        return ["\(clients); evicted \(moment(timeout))"]
    }

    private func eviction(_ node: Node) -> [String] {
        let end = node.since + role(of: node).drain.evictTimeout
        if let why = unknown(node), node.isEmpty || now >= end {
            return ["\(why); no node is destroyed there until a list succeeds"]
        }
        let clients = node.tellsClients ? "\(node.clients) client\(node.clients == 1 ? "" : "s")" : "its clients"
        return ["\(clients) to go, who were told to; destroyed \(moment(end)) at the latest"]
    }

    private func fault(_ node: Node) -> [String] {
        if let hold = held(inPoolOf: node, by: "maxUnhealthy") { return ["it is not destroyed: \(hold.reason)"] }
        let health = role(of: node).health
        let end = max(node.since, fleet.observingSince) + health.faultTimeout
        if let why = unknown(node), now >= end { return ["\(why); no node is destroyed there until a list succeeds"] }
        let recent = node.marks.faults.count { now - $0 < health.flapping.within }
        let cure =
            health.flapping.faults > 0 && recent >= health.flapping.faults
            ? "; healed, it is quarantined, for it was faulty \(recent) times within \(health.flapping.within.specText)"
            : ""
        return [
            "to heal; destroyed \(moment(end)) unless it does (faultTimeout of \(health.faultTimeout.specText))\(cure)"
        ]
    }

    private func destruction(_ node: Node) -> [String] {
        if let why = unknown(node) { return ["\(why); no node is destroyed there until a list succeeds"] }
        if node.attempts > 0 {
            let tries = node.attempts == 1 ? "once" : "\(node.attempts) times"
            let next =
                node.retryAt.map { $0 > now ? "the provider is asked again \(moment($0))" : "another try" }
                ?? "another try"
            return ["\(next): it failed \(tries), \(node.lastError ?? "no reason given")"]
        }
        guard let again = node.retryAt else { return ["the provider's answer to its destroy"] }
        return ["the provider took its destroy and may list it for a while; it is asked again \(moment(again))"]
    }

    /// Lists do not show it.
    private func missing(_ node: Node) -> [String] {
        guard let missing = node.missingSince, node.state != .terminating, node.state != .terminated else { return [] }
        return [
            "the provider does not list it since \(missing): it is forgotten unless it is heard or listed again"
        ]
    }

    // MARK: - Words

    /// `at 2026-11-22T12:30:00Z (25m)`; `now` for what is over.
    private func moment(_ time: Timestamp) -> String {
        time > now ? "at \(clock(time))" : "now"
    }

    /// The same behind another word than `at`.
    private func clock(_ time: Timestamp) -> String { "\(time) (\((max(time, now) - now).specText))" }
}
