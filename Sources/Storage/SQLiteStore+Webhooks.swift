package import Reconciler

extension SQLiteStore: WebhookStore {
    package func webhooks() throws(StoreFailure) -> [String: StoredWebhook] {
        var hooks: [String: StoredWebhook] = [:]
        try open().run(WebhookRow.select) { row throws(StoreFailure) in
            let (name, hook) = try WebhookRow.webhook(of: row)
            hooks[name] = hook
        }
        return hooks
    }

    package func commit(_ change: WebhookChange) throws(StoreFailure) {
        let connection = try writable()
        try connection.transaction { () throws(StoreFailure) in
            for name in change.forgotten {
                try connection.run(WebhookRow.removeAll, [.text(name)])
                try connection.run(WebhookRow.delete, [.text(name)])
            }
            let empty = JSONColumn.text(WebhookStanding())
            for (name, id) in change.lookedThrough {
                try connection.run(WebhookRow.lookedThrough, [.text(name), .integer(id), .text(empty)])
            }
            for (name, standing) in change.standings {
                try connection.run(WebhookRow.standing, [.text(name), .text(JSONColumn.text(standing))])
            }
            for (name, id) in change.removedThrough {
                try connection.run(WebhookRow.removeThrough, [.text(name), .integer(id)])
            }
            for (name, deliveries) in change.added {
                for delivery in deliveries {
                    try connection.run(WebhookRow.add, WebhookRow.values(of: delivery, for: name))
                }
            }
        }
    }

    package func deliveries(of webhook: String, limit: Int) throws(StoreFailure) -> [WebhookDelivery] {
        var deliveries: [WebhookDelivery] = []
        try open().run(WebhookRow.oldest, [.text(webhook), .integer(Int64(max(0, limit)))]) { row in
            deliveries.append(WebhookRow.delivery(of: row))
        }
        return deliveries
    }

    package func oldestEvents(after: Int64, limit: Int) throws(StoreFailure) -> [Event] {
        var events: [Event] = []
        try open().run(EventRow.oldest, [.integer(after), .integer(Int64(max(0, limit)))]) { row throws(StoreFailure) in
            events.append(try EventRow.event(of: row))
        }
        return events
    }

    package func newestEvent() throws(StoreFailure) -> Int64 { try open().integer(EventRow.newest) }
}
