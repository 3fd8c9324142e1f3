/// What must survive of webhooks: how far the events were looked through for each, what waits to be sent, and how it went. The contract
/// suite in `Tests/StorageTests` runs over every implementation.
package protocol WebhookStore: Sendable {
    /// All webhooks that were ever committed and not forgotten, by name.
    func webhooks() async throws(StoreFailure) -> [String: StoredWebhook]
    /// Atomic, and durable when it returns. What is removed goes first, then the added comes; one that is queued already stays as it is.
    func commit(_ change: WebhookChange) async throws(StoreFailure)
    /// What waits for a webhook, the oldest first, at most `limit`.
    func deliveries(of webhook: String, limit: Int) async throws(StoreFailure) -> [WebhookDelivery]
    /// The oldest events with an id above `after`, oldest first, at most `limit`.
    func oldestEvents(after: Int64, limit: Int) async throws(StoreFailure) -> [Event]
    /// The id of the newest event ever stored; 0 when there was none.
    func newestEvent() async throws(StoreFailure) -> Int64
}

/// One event that waits to be sent to one webhook.
package struct WebhookDelivery: Sendable, Equatable {
    /// The id of the event.
    package var event: Int64
    /// When it happened.
    package var at: Timestamp
    /// What is sent.
    package var body: String
    package init(event: Int64, at: Timestamp, body: String) {
        self.event = event
        self.at = at
        self.body = body
    }
}

/// One webhook as it is kept.
package struct StoredWebhook: Sendable, Equatable {
    /// Events up to this id were looked at: those that it takes are queued, or were.
    package var lookedThrough: Int64
    /// How it went.
    package var standing: WebhookStanding
    /// How many deliveries wait.
    package var waiting: Int
    package init(lookedThrough: Int64, standing: WebhookStanding = WebhookStanding(), waiting: Int = 0) {
        self.lookedThrough = lookedThrough
        self.standing = standing
        self.waiting = waiting
    }
}

/// How deliveries to one webhook went.
package struct WebhookStanding: Sendable, Equatable, Codable {
    /// When a delivery was last taken.
    package var lastSuccessAt: Timestamp?
    /// When an attempt last failed.
    package var lastFailureAt: Timestamp?
    /// How; it stays after a success.
    package var lastFailure: String?
    /// The receiver refused the last delivery that came to an end. Nil: as false.
    package var wasRefused: Bool?
    /// Attempts in a row that failed, of the delivery that is due.
    package var attempts = 0
    /// Since when they fail; nil while they do not.
    package var failingSince: Timestamp?
    /// Not before this the next attempt is made.
    package var retryAt: Timestamp?
    /// Which receiver said that it wants no more; see ``WebhookSpec/receiver``.
    package var goneReceiver: String?
    package init() {}
}

/// One atomic change.
package struct WebhookChange: Sendable, Equatable {
    /// New values of ``StoredWebhook/lookedThrough``; a webhook that is not there yet begins with it.
    package var lookedThrough: [String: Int64] = [:]
    /// New standings, of webhooks that are there.
    package var standings: [String: WebhookStanding] = [:]
    /// Deliveries to be queued, of webhooks that are there.
    package var added: [String: [WebhookDelivery]] = [:]
    /// Of these webhooks everything up to this event's id is done with.
    package var removedThrough: [String: Int64] = [:]
    /// Webhooks that are no more, with all that waited.
    package var forgotten: Set<String> = []
    package init() {}
}
