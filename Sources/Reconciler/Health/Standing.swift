/// How a node is, by its silence and by the manager's own probes: a pure function of what was observed (design.md section 5).
package enum Standing: Sendable, Equatable {
    case well
    /// No new assignments until it is well again; why, in words.
    case suspect(String)
    /// A fault, to be replaced; why, in words.
    case faulty(String)

    /// The worse of its heartbeats, where its role wants them, and of its probes.
    package init(node: Node, observingSince: Timestamp, health: HealthSpec, now: Timestamp) {
        self = .well
        // It reports, and its media server does not come back: as long as it may take to start is long enough.
        if !node.state.isComing, let since = node.marks.unreadySince,
            now - max(since, observingSince) >= health.startTimeout
        {
            self = .faulty(
                "its media server takes no clients since \(since), which is over startTimeout of \(health.startTimeout.specText)"
            )
            return
        }
        if health.heartbeat {
            switch Silence(node: node, observingSince: observingSince, health: health, now: now) {
            case .fresh: break
            case .suspect(let silent):
                self = .suspect(
                    "no heartbeat for \(silent.specText), which is over suspectAfter of \(health.suspectAfter.specText)"
                )
            case .fault(let silent):
                self = .faulty(
                    "no heartbeat for \(silent.specText), which is over faultAfter of \(health.faultAfter.specText)")
                return
            }
        }
        for (probe, record) in zip(health.probes, node.probes) {
            var words: String {
                let count = record?.failures ?? 0
                return
                    "\(probe.name) failed \(count == 1 ? "once" : "\(count) times in a row"): \(record?.message ?? "no reason given")"
            }
            switch probe.standing(record) {
            case .undecided, .well: continue
            case .suspect:
                if self == .well { self = .suspect("\(words); suspectThreshold is \(probe.suspectThreshold)") }
            case .fault:
                self = .faulty("\(words); faultThreshold is \(probe.faultThreshold)")
                return
            }
        }
    }

    package var isWell: Bool { self == .well }
}

extension Fleet {
    /// Heard of lately, ready, and not missing from the lists: it can serve.
    func isFresh(_ node: Node, _ health: HealthSpec, at now: Timestamp) -> Bool {
        node.missingSince == nil && node.isReady
            && Standing(node: node, observingSince: observingSince, health: health, now: now).isWell
    }
}

extension HealthSpec {
    /// Whether what was seen of a node after `moment` says that it serves: a heartbeat, where its role wants one, and as many
    /// successes in a row as each probe asks for.
    func isSeen(_ node: Node, since moment: Timestamp) -> Bool {
        if heartbeat, !node.isHeard(since: moment) { return false }
        return probes.indices.allSatisfy { index in
            guard index < node.probes.count, let record = node.probes[index] else { return false }
            return record.at > moment && probes[index].standing(record) == .well
        }
    }
}

extension ProbeSpec {
    /// `tcp probe`, `http probe /healthz`, `command probe`.
    package var name: String {
        switch check {
        case .tcp: "tcp probe"
        case .http(_, let path): "http probe \(path)"
        case .command: "command probe"
        }
    }
}
