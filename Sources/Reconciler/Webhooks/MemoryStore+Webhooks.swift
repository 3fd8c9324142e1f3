/// The webhooks of a store in memory.
struct MemoryWebhooks: Sendable {
    /// By name, their ``StoredWebhook/waiting`` unused.
    var hooks: [String: StoredWebhook] = [:]
    /// By name, in the order of the events.
    var queues: [String: [WebhookDelivery]] = [:]

    /// As ``WebhookStore/commit(_:)`` says.
    mutating func take(_ change: WebhookChange) {
        for name in change.forgotten {
            hooks[name] = nil
            queues[name] = nil
        }
        for (name, id) in change.lookedThrough {
            hooks[name, default: StoredWebhook(lookedThrough: id)].lookedThrough = id
        }
        for (name, standing) in change.standings { hooks[name]?.standing = standing }
        for (name, id) in change.removedThrough { queues[name]?.removeAll { $0.event <= id } }
        for (name, deliveries) in change.added where hooks[name] != nil {
            let queued = Set((queues[name] ?? []).map(\.event))
            queues[name, default: []] += deliveries.filter { !queued.contains($0.event) }
            queues[name]?.sort { $0.event < $1.event }
        }
    }
}

extension MemoryStore: WebhookStore {
    package func webhooks() -> [String: StoredWebhook] {
        hooks.with { content in
            content.hooks.reduce(into: [:]) { all, entry in
                all[entry.key] = entry.value
                all[entry.key]?.waiting = content.queues[entry.key]?.count ?? 0
            }
        }
    }

    package func commit(_ change: WebhookChange) { hooks.with { $0.take(change) } }

    package func deliveries(of webhook: String, limit: Int) -> [WebhookDelivery] {
        hooks.with { Array(($0.queues[webhook] ?? []).prefix(max(0, limit))) }
    }
}
