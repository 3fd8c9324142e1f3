import Reconciler
import Storage
import Testing

/// What the contract of ``WebhookStore`` says, over every implementation.
@Suite struct WebhookStoreTests {
    private static func delivery(_ event: Int64, _ body: String = "{\"é\": \"\\u0000\"}") -> WebhookDelivery {
        WebhookDelivery(event: event, at: Sample.now + .seconds(event), body: body)
    }

    private static func change(_ edit: (inout WebhookChange) -> Void) -> WebhookChange {
        var change = WebhookChange()
        edit(&change)
        return change
    }

    @Test(arguments: StoreKind.allCases)
    func `a webhook, its standing and what waits survive, filled or empty`(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            var full = WebhookStanding()
            full.lastSuccessAt = Sample.now
            full.lastFailureAt = Sample.now + .seconds(1)
            full.lastFailure = "it answered \"500\""
            full.attempts = 3
            full.failingSince = Sample.now
            full.retryAt = Sample.now + .seconds(9)
            full.goneReceiver = "ab12"
            try await store.commit(
                Self.change {
                    $0.lookedThrough = ["a": 7, "b": 0]
                    $0.standings = ["a": full]
                    $0.added = ["a": [Self.delivery(5), Self.delivery(6, "")]]
                })
            #expect(
                try await store.webhooks() == [
                    "a": StoredWebhook(lookedThrough: 7, standing: full, waiting: 2),
                    "b": StoredWebhook(lookedThrough: 0),
                ])
            #expect(try await store.deliveries(of: "a", limit: 9) == [Self.delivery(5), Self.delivery(6, "")])
            try await store.commit(
                Self.change {
                    $0.lookedThrough = ["a": 8]
                    $0.standings = ["a": WebhookStanding()]
                })
            #expect(try await store.webhooks()["a"] == StoredWebhook(lookedThrough: 8, waiting: 2))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `deliveries come by event, the oldest first, and each once`(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            try await store.commit(
                Self.change {
                    $0.lookedThrough = ["a": 0, "b": 0]
                    $0.added = ["a": [Self.delivery(10), Self.delivery(2)], "b": [Self.delivery(3)]]
                })
            try await store.commit(Self.change { $0.added = ["a": [Self.delivery(2, "other"), Self.delivery(4)]] })
            #expect(try await store.deliveries(of: "a", limit: 2) == [Self.delivery(2), Self.delivery(4)])
            try await store.commit(Self.change { $0.removedThrough = ["a": 4] })
            #expect(try await store.deliveries(of: "a", limit: 9) == [Self.delivery(10)])
            #expect(try await store.deliveries(of: "b", limit: 9) == [Self.delivery(3)])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `one that is forgotten is gone with its queue, and gets nothing any more`(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            try await store.commit(
                Self.change {
                    $0.lookedThrough = ["a": 1]
                    $0.added = ["a": [Self.delivery(1)]]
                })
            try await store.commit(Self.change { $0.forgotten = ["a"] })
            try await store.commit(
                Self.change {
                    $0.standings = ["a": WebhookStanding()]
                    $0.added = ["a": [Self.delivery(2)]]
                })
            #expect(try await store.webhooks() == [:])
            #expect(try await store.deliveries(of: "a", limit: 9) == [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `events are read on from an id, the oldest first, and the newest id is known`(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            #expect(try await store.newestEvent() == 0)
            func event(_ subject: String) -> Event {
                Event(at: Sample.now, reason: "R", subject: subject, message: "m")
            }
            try await store.commit(StoreChange(events: ["a", "b", "c", "d"].map(event)))
            #expect(try await store.oldestEvents(after: 1, limit: 2).map(\.subject) == ["b", "c"])
            // One that repeats comes again under a new id.
            try await store.commit(StoreChange(events: [event("a")]))
            #expect(try await store.oldestEvents(after: 3, limit: 9).map(\.id) == [4, 5])
            #expect(try await store.newestEvent() == 5)
        }
    }
}
