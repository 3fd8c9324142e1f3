internal import Reconciler

/// Webhooks and what waits for them, as rows of the tables `webhooks` and `webhook_deliveries`.
enum WebhookRow {
    /// All webhooks, with how many deliveries wait.
    static let select = """
        SELECT name,looked_through,standing,(SELECT count(*) FROM webhook_deliveries WHERE webhook=name) FROM webhooks
        """
    /// How far the events were looked through; a webhook that is not there yet begins with it.
    static let lookedThrough = """
        INSERT INTO webhooks(name,looked_through,standing) VALUES(?1,?2,?3)
        ON CONFLICT(name) DO UPDATE SET looked_through=?2
        """
    /// The standing of a webhook that is there.
    static let standing = "UPDATE webhooks SET standing=?2 WHERE name=?1"
    /// Forgets a webhook; ``removeAll`` goes with it.
    static let delete = "DELETE FROM webhooks WHERE name=?"
    /// Removes all that waits for one.
    static let removeAll = "DELETE FROM webhook_deliveries WHERE webhook=?"
    /// Removes what waits for one up to an event.
    static let removeThrough = "DELETE FROM webhook_deliveries WHERE webhook=? AND event<=?"
    /// Queues a delivery of a webhook that is there, unless it is queued.
    static let add = """
        INSERT OR IGNORE INTO webhook_deliveries(webhook,event,at,body)
        SELECT ?1,?2,?3,?4 WHERE EXISTS (SELECT 1 FROM webhooks WHERE name=?1)
        """
    /// The oldest that wait for one.
    static let oldest = "SELECT event,at,body FROM webhook_deliveries WHERE webhook=?1 ORDER BY event LIMIT ?2"

    /// The webhook of a row of ``select``. Throws for a row that this version did not write.
    static func webhook(of row: SQLiteRow) throws(StoreFailure) -> (String, StoredWebhook) {
        guard let standing: WebhookStanding = JSONColumn.value(row.text(2)) else {
            throw .failed("the database row of webhook '\(row.text(0))' is damaged in its column 'standing'")
        }
        return (
            row.text(0),
            StoredWebhook(lookedThrough: row.integer(1), standing: standing, waiting: Int(row.integer(3)))
        )
    }

    /// The values for ``add``.
    static func values(of delivery: WebhookDelivery, for webhook: String) -> [SQLiteValue] {
        [.text(webhook), .integer(delivery.event), .integer(delivery.at.milliseconds), .text(delivery.body)]
    }

    /// The delivery of a row of ``oldest``.
    static func delivery(of row: SQLiteRow) -> WebhookDelivery {
        WebhookDelivery(event: row.integer(0), at: Timestamp(milliseconds: row.integer(1)), body: row.text(2))
    }
}
