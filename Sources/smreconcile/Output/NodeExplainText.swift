internal import Reconciler

/// Why one node is as it is: a headline, why, what it waits for, and the facts, then its history.
///
///     live-edge-m3p9kt2b: draining for 5m, live/us-east/edge
///       why      3 are there, 2 are wanted; it has the fewest clients (12)
///       waiting  12 clients are left; evicted at 2026-11-22T12:25:00Z (25m)
///       clients  12, on 2 streams
///       …
enum NodeExplainText {
    static func render(_ report: NodeReport, _ console: Console) -> String {
        let place = "\(report.nodeGroup)/\(report.region)/\(report.role)"
        let age = whole(report.at - report.since)
        var rows = LabelledRows()
        rows.add("why", [report.reason])
        rows.add("waiting", report.waiting, .yellow)
        rows.add("marks", marks(report), .yellow)
        rows.add("health", health(report), report.health.suspect == nil ? nil : .yellow)
        rows.add("clients", [clients(report)])
        rows.add("revision", [revision(report.revision)])
        rows.add("times", [times(report)])
        rows.add("place", [self.place(report.place)])
        rows.add("history", history(report))
        return console.styled("\(report.id): \(report.state.rawValue) for \(age), \(place)", .bold) + "\n"
            + rows.render(console)
    }

    private static func marks(_ report: NodeReport) -> [String] {
        let marks = report.marks
        var words: [String] = []
        if marks.cordoned { words.append("cordoned: 'smreconcile uncordon \(report.id)' ends it") }
        if let request = marks.drainRequested {
            words.append(
                "to drain: \(request.by) asked for it at \(request.at); 'smreconcile uncordon \(report.id)' takes it back"
            )
        }
        if let end = marks.protectedUntil {
            words.append("protected until \(end); 'smreconcile protect \(report.id) --off' ends it sooner")
        }
        if marks.selfProtected { words.append("protected by its own heartbeats") }
        if marks.quarantined {
            let faults = report.health.faults.count
            words.append(
                "quarantined, after \(faults) fault\(faults == 1 ? "" : "s"); 'smreconcile uncordon \(report.id)' trusts it again"
            )
        }
        return words
    }

    private static func health(_ report: NodeReport) -> [String] {
        var words: [String] = []
        let heard = report.times.lastHeartbeatAt.map { "heard \(whole(report.at - $0)) ago" } ?? "never heard"
        if let suspect = report.health.suspect {
            words.append("suspect: \(suspect)")
        } else {
            let serves = [.inService, .draining, .evicting].contains(report.state)
            words.append((serves && report.health.ready ? "well, " : "") + heard)
        }
        if !report.health.ready { words.append("its media server is not ready, it says") }
        for probe in report.health.probes { words.append("\(probe.name): \(Self.words(probe.record))") }
        if let last = report.health.faults.last {
            let count = report.health.faults.count
            words.append("faulty \(count == 1 ? "once" : "\(count) times"), last at \(last)")
        }
        return words
    }

    private static func words(_ record: ProbeRecord?) -> String {
        guard let record else { return "no result yet" }
        if record.failures > 0 {
            let count = record.failures == 1 ? "failed" : "failed \(record.failures) times in a row"
            return "\(count), at \(record.at): \(record.message ?? "no reason given")"
        }
        let count = record.successes == 1 ? "succeeded" : "succeeded \(record.successes) times in a row"
        return "\(count), at \(record.at)"
    }

    private static func clients(_ report: NodeReport) -> String {
        let streams = "\(report.streams) stream\(report.streams == 1 ? "" : "s")"
        guard let clients = report.clients else { return "it does not tell how many; \(streams)" }
        return "\(clients), on \(streams)"
    }

    private static func revision(_ revision: NodeReport.Revision) -> String {
        guard let wanted = revision.wanted else { return "\(revision.own); the spec in force has no such nodes" }
        if wanted == revision.own { return "\(wanted), the spec's" }
        return "\(revision.own); the spec's is \(wanted)" + (revision.changes.map { " (\($0))" } ?? "")
    }

    /// When it came to each station, and how long after the one before.
    private static func times(_ report: NodeReport) -> String {
        var words = ["requested at \(report.times.requestedAt)"]
        var last = report.times.requestedAt
        for (word, time) in [("created", report.times.createdAt), ("in service", report.times.inServiceAt)] {
            guard let time else { continue }
            words.append("\(word) \(time < last ? "before" : "\((time - last).specText) later")")
            last = max(time, last)
        }
        return words.joined(separator: ", ")
    }

    private static func place(_ place: NodeReport.Place) -> String {
        let instance = place.instanceId.map { "instance \($0) at " } ?? ""
        return "\(place.address ?? "no address yet"), \(instance)provider \(place.provider)"
    }

    private static func history(_ report: NodeReport) -> [String] {
        guard let history = report.history else { return ["none: only a manager keeps one"] }
        if history.isEmpty { return ["no event about it is kept"] }
        let times = history.map { "\($0.at)" }
        let widths = (time: times.map(\.count).max() ?? 0, reason: history.map(\.reason.count).max() ?? 0)
        return zip(times, history).map { time, event in
            let count = event.count > 1 ? " (\(event.count) times since \(event.firstAt))" : ""
            return
                "\(time.padded(to: widths.time))  \(event.reason.padded(to: widths.reason))  \(event.message)\(count)"
        }
    }

    /// Whole seconds are enough for a person.
    private static func whole(_ duration: Duration) -> String {
        Duration.seconds(max(duration.components.seconds, 0)).specText
    }
}
