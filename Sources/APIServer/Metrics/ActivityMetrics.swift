internal import Reconciler

/// What this process did, as metrics.
enum ActivityMetrics {
    /// Writes the rounds, provider calls and events.
    static func write(_ counts: ActivityMeter.Counts, into text: inout MetricText) {
        summary("smreconcile_round_duration_seconds", "Rounds of the control loop.", [([], counts.rounds)], &text)
        if let at = counts.lastRoundAt {
            text.family("smreconcile_last_round_timestamp_seconds", .gauge, "When the last round ended.")
            text.sample("smreconcile_last_round_timestamp_seconds", [], at.seconds)
        }
        let calls = counts.calls.sorted { one, other in
            (one.key.provider, one.key.verb, one.key.result) < (other.key.provider, other.key.verb, other.key.result)
        }
        summary(
            "smreconcile_provider_call_duration_seconds",
            "Provider calls by how they ended: ok, partial, retryable, noCapacity, terminal, unknown.",
            calls.map { call, tally in
                ([("provider", call.provider), ("call", call.verb), ("result", call.result)], tally)
            }, &text)
        text.family("smreconcile_events_total", .counter, "Events by their reason.")
        for (kind, count) in counts.events.sorted(by: {
            ($0.key.reason, $0.key.level.rawValue) < ($1.key.reason, $1.key.level.rawValue)
        }) {
            text.sample("smreconcile_events_total", [("reason", kind.reason), ("level", kind.level.rawValue)], count)
        }
    }

    private static func summary(
        _ name: String, _ help: String, _ rows: [([(String, String)], ActivityMeter.Tally)], _ text: inout MetricText
    ) {
        text.family(name, .summary, help)
        for (labels, tally) in rows {
            text.sample("\(name)_sum", labels, tally.total.seconds)
            text.sample("\(name)_count", labels, tally.count)
        }
    }
}

extension Duration {
    fileprivate var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
