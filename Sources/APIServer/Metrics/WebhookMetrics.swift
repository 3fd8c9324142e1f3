internal import Reconciler

/// Webhooks, as metrics.
enum WebhookMetrics {
    /// Writes how those of the spec do.
    static func write(_ statuses: [WebhookStatus], into text: inout MetricText) {
        if statuses.isEmpty { return }
        text.family(
            "smreconcile_webhook_attempts_total", .counter, "Deliveries that were taken, and attempts that failed.")
        for status in statuses {
            for (result, count) in [("delivered", status.counts.delivered), ("failed", status.counts.failed)] {
                text.sample(
                    "smreconcile_webhook_attempts_total", [("webhook", status.name), ("result", result)], count)
            }
        }
        text.family("smreconcile_webhook_dropped_events_total", .counter, "Events that are never sent, by why.")
        for status in statuses {
            for loss in WebhookStatus.Loss.allCases {
                text.sample(
                    "smreconcile_webhook_dropped_events_total",
                    [("webhook", status.name), ("reason", loss.rawValue)], status.counts.lost[loss] ?? 0)
            }
        }
        text.family("smreconcile_webhook_waiting_events", .gauge, "Events that wait to be sent.")
        for status in statuses {
            text.sample("smreconcile_webhook_waiting_events", [("webhook", status.name)], status.backlog)
        }
        text.family("smreconcile_webhook_up", .gauge, "1 while the receiver takes what is sent.")
        for status in statuses {
            text.sample("smreconcile_webhook_up", [("webhook", status.name)], status.state == .ok ? 1 : 0)
        }
    }
}
