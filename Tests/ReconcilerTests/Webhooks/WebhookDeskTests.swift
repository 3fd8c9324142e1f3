import Testing

@testable import Reconciler

/// A receiver that answers as it is told.
private final class FakeReceiver: WebhookSender {
    struct State: Sendable {
        var requests: [WebhookRequest] = []
        /// By webhook; a missing one takes everything.
        var answers: [String: WebhookAnswer] = [:]
        /// Webhooks that get no answer until it is released.
        var hanging: Set<String> = []
        var secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    }

    let state = Locked(State())

    /// The ids that came for a webhook, tests aside.
    func ids(_ webhook: String) -> [String] {
        state.current.requests.filter { $0.webhook == webhook }.compactMap { $0.headers["webhook-id"] }
    }
    func answer(_ webhook: String, _ answer: WebhookAnswer?) { state.with { $0.answers[webhook] = answer } }

    func secret(at place: WebhookSpec.SecretPlace) async throws(WebhookSignature.Fault) -> String {
        state.current.secret
    }

    func send(_ request: WebhookRequest) async -> WebhookAnswer {
        state.with { $0.requests.append(request) }
        while state.current.hanging.contains(request.webhook) {
            if Task.isCancelled { return .failed("cancelled") }
            await Task.yield()
        }
        return state.current.answers[request.webhook] ?? .status(204, retryAfter: nil)
    }
}

/// A store that can be away.
private final class MoodyStore: WebhookStore {
    let memory = MemoryStore()
    let isAway = Locked(false)
    private func check() throws(StoreFailure) { if isAway.current { throw .failed("away") } }
    func webhooks() async throws(StoreFailure) -> [String: StoredWebhook] {
        try check()
        return memory.webhooks()
    }
    func commit(_ change: WebhookChange) async throws(StoreFailure) {
        try check()
        memory.commit(change)
    }
    func deliveries(of webhook: String, limit: Int) async throws(StoreFailure) -> [WebhookDelivery] {
        try check()
        return memory.deliveries(of: webhook, limit: limit)
    }
    func oldestEvents(after: Int64, limit: Int) async throws(StoreFailure) -> [Event] {
        try check()
        return memory.oldestEvents(after: after, limit: limit)
    }
    func newestEvent() async throws(StoreFailure) -> Int64 { memory.newestEvent() }
}

@Suite(.timeLimit(.minutes(1))) struct WebhookDeskTests {
    private let time = SteppedTime()
    private let receiver = FakeReceiver()
    private let store = MoodyStore()
    /// That of the desk that runs: each has its own.
    private let waker = Locked(Waker())
    private let notes = Locked<[Event]>([])

    private func hook(_ name: String, _ change: (inout WebhookSpec) -> Void = { _ in }) -> WebhookSpec {
        var spec = WebhookSpec()
        (spec.name, spec.url) = (name, "https://\(name).example.org/secret")
        change(&spec)
        return spec
    }

    private func desk(_ seed: UInt64 = 1) -> WebhookDesk {
        waker.replace(with: Waker())
        return WebhookDesk(
            store: store, time: time, sender: receiver, owner: "sm-a", live: LiveState(startedAt: noon, wake: {}),
            waker: waker.current, seed: seed, note: { [notes] event in notes.with { $0.append(event) } })
    }

    /// Runs a desk with these webhooks while `body` runs.
    private func with(_ hooks: [WebhookSpec], _ body: (WebhookDesk) async throws -> Void) async throws {
        let desk = desk()
        try await desk.start(hooks)
        let run = Task { try await desk.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(desk)) } catch { result = .failure(error) }
        run.cancel()
        try await run.value
        try result.get()
    }

    private func happen(_ count: Int, level: Event.Level = .info) {
        let number = store.memory.newestEvent()
        store.memory.commit(
            StoreChange(
                events: (1...count).map {
                    Event(
                        at: time.now(), level: level, reason: "NodeFault", subject: "n\(number + Int64($0))",
                        message: "m")
                }))
        waker.current.wake()
    }

    private func until(_ condition: () async -> Bool) async { while await !condition() { await Task.yield() } }

    private func backlog(_ desk: WebhookDesk, _ index: Int = 0) async -> Int { await desk.statuses()[index].backlog }

    @Test func `events come in their order, each once, from the start of the webhook on`() async throws {
        happen(2)
        try await with([hook("ops"), hook("loud") { $0.level = .warning }]) { desk async throws in
            happen(3)
            happen(1, level: .warning)
            await until { receiver.ids("ops").count == 4 && receiver.ids("loud").count == 1 }
            #expect(receiver.ids("ops") == ["sm-a-3", "sm-a-4", "sm-a-5", "sm-a-6"])
            #expect(receiver.ids("loud") == ["sm-a-6"])
            await until { await backlog(desk) == 0 }
            let request = try #require(receiver.state.current.requests.first)
            #expect(request.headers["webhook-signature"] == nil)
        }
        #expect(store.memory.webhooks()["ops"]?.waiting == 0)
    }

    @Test func `one that hangs holds up no other, and is sent nothing beside`() async throws {
        receiver.state.with { $0.hanging = ["slow"] }
        try await with([hook("slow"), hook("ops")]) { desk async throws in
            happen(5)
            await until { receiver.ids("ops").count == 5 }
            await until { receiver.ids("slow").count == 1 }
            #expect(await backlog(desk) == 5)
            receiver.state.with { $0.hanging = [] }
            await until { receiver.ids("slow").count == 5 }
        }
    }

    @Test func `what fails is sent again after a growing wait, the same first, and told once`() async throws {
        receiver.answer("ops", .status(500, retryAfter: nil))
        try await with([hook("ops")]) { desk async throws in
            happen(2)
            var counts: [Int] = []
            for attempt in 1...4 {
                await until { receiver.ids("ops").count == attempt }
                var seconds = 0
                while receiver.ids("ops").count == attempt, seconds < 100, attempt < 4 {
                    await time.waitForSleepers(1)
                    time.advance(.seconds(1))
                    seconds += 1
                    await until { time.sleepers == 1 }
                }
                counts.append(seconds)
            }
            // 2, 4 and 8 seconds, a quarter shorter at most.
            #expect(
                counts[0] <= 3 && counts[1] <= 5 && counts[1] > counts[0] && counts[2] <= 9 && counts[2] > counts[1])
            #expect(Set(receiver.ids("ops")) == ["sm-a-1"])
            await until { notes.current.count == 1 }
            #expect(notes.current.map(\.reason) == ["WebhookFailing"])
            #expect(notes.current[0].message.contains("https://ops.example.org does not take events: it answered 500"))
            #expect(!notes.current[0].message.contains("secret"))
            let status = await desk.statuses()[0]
            #expect(status.state == .failing)
            #expect(status.backlog == 2)
            #expect(status.standing.lastFailure == "it answered 500")
            receiver.answer("ops", nil)
            await time.waitForSleepers(1)
            time.advance(.seconds(20))
            await until { receiver.ids("ops").last == "sm-a-2" }
            await until { notes.current.last?.reason == "WebhookRecovered" }
            #expect(await desk.statuses()[0].state == .ok)
        }
    }

    @Test func `Retry-After is kept`() async throws {
        receiver.answer("ops", .status(429, retryAfter: "120"))
        try await with([hook("ops")]) { desk async throws in
            happen(1)
            await until { await desk.statuses()[0].standing.retryAt != nil }
            #expect(await desk.statuses()[0].standing.retryAt == noon + .seconds(120))
        }
    }

    @Test func `what is refused is not sent again, and the next is`() async throws {
        receiver.answer("ops", .status(422, retryAfter: nil))
        try await with([hook("ops")]) { desk async throws in
            happen(3)
            await until { receiver.ids("ops").count == 3 }
            await until { await backlog(desk) == 0 }
            #expect(await desk.statuses()[0].counts.lost == [.refused: 3])
            #expect(await desk.statuses()[0].state == .refused)
            // One event a minute is enough.
            #expect(notes.current.map(\.reason) == ["WebhookDropped"])
        }
    }

    @Test func `after 410 nothing is sent until a test is taken or the URL changes`() async throws {
        receiver.answer("ops", .status(410, retryAfter: nil))
        try await with([hook("ops")]) { desk async throws in
            happen(3)
            await until { await desk.statuses()[0].counts.lost[.gone] == 3 }
            #expect(receiver.ids("ops").count == 1)
            #expect(await desk.statuses()[0].state == .gone)
            happen(1)
            await until { await desk.statuses()[0].counts.lost[.gone] == 4 }
            #expect(try await desk.test("ops", by: "ann").status == 410)
            #expect(await desk.statuses()[0].state == .gone)
            receiver.answer("ops", nil)
            #expect(try await desk.test("ops", by: "ann").isDelivered)
            #expect(await desk.statuses()[0].state == .ok)
            happen(1)
            await until { receiver.ids("ops").last == "sm-a-5" }
            receiver.answer("ops", .status(410, retryAfter: nil))
            happen(1)
            await until { await desk.statuses()[0].state == .gone }
            receiver.answer("ops", nil)
            await desk.use([hook("ops") { $0.url = "https://new.example.org/" }])
            waker.current.wake()
            await until { await desk.statuses()[0].state == .ok }
            happen(1)
            await until { receiver.ids("ops").last == "sm-a-7" }
        }
    }

    @Test func `too many and too old ones are dropped, the oldest first, and it is told`() async throws {
        receiver.answer("ops", .failed("no connection"))
        let spec = hook("ops") {
            $0.maxBacklog = 3
            $0.maxAge = .seconds(60)
        }
        try await with([spec]) { desk async throws in
            happen(10)
            await until { await desk.statuses()[0].counts.lost[.backlog] ?? 0 >= 6 }
            await time.waitForSleepers(1)
            time.advance(.seconds(1))
            await until { await desk.statuses()[0].counts.lost[.backlog] == 7 }
            await time.waitForSleepers(1)
            time.advance(.seconds(61))
            await until { await backlog(desk) == 0 }
            #expect(await desk.statuses()[0].counts.lost[.age] == 3)
            #expect(
                Set(notes.current.map(\.message)) == [
                    "more than 3 events wait: the oldest were dropped", "events that waited for 1m were dropped",
                ])
        }
    }

    @Test func `a new process goes on where the old one was, also without its last commits`() async throws {
        receiver.answer("ops", .status(503, retryAfter: nil))
        try await with([hook("ops")]) { desk async throws in
            happen(3)
            await until { await desk.statuses()[0].standing.attempts == 1 }
        }
        // Stored while nobody ran.
        happen(2)
        receiver.answer("ops", nil)
        time.advance(.seconds(10))
        try await with([hook("ops")]) { desk async throws in
            await until { receiver.ids("ops").count == 6 }
            #expect(receiver.ids("ops").dropFirst() == ["sm-a-1", "sm-a-2", "sm-a-3", "sm-a-4", "sm-a-5"])
        }
    }

    @Test func `a webhook that is taken out is forgotten with its queue, and one that comes begins now`() async throws {
        receiver.answer("ops", .failed("no connection"))
        try await with([hook("ops")]) { desk async throws in
            happen(3)
            await until { await backlog(desk) == 3 }
            await desk.use([hook("new")])
            await until { store.memory.webhooks().keys.sorted() == ["new"] }
            happen(1)
            await until { receiver.ids("new") == ["sm-a-4"] }
            #expect(store.memory.deliveries(of: "ops", limit: 10).isEmpty)
        }
    }

    @Test func `while the store is away nothing is sent twice, and nothing is lost`() async throws {
        try await with([hook("ops")]) { desk async throws in
            receiver.state.with { $0.hanging = ["ops"] }
            happen(2)
            await until { receiver.ids("ops").count == 1 }
            store.isAway.replace(with: true)
            receiver.state.with { $0.hanging = [] }
            await time.waitForSleepers(1)
            happen(1)
            await time.waitForSleepers(2)
            #expect(receiver.ids("ops") == ["sm-a-1"])
            store.isAway.replace(with: false)
            time.advance(.seconds(5))
            await until { receiver.ids("ops").count == 3 }
            #expect(receiver.ids("ops") == ["sm-a-1", "sm-a-2", "sm-a-3"])
        }
    }

    @Test func `a secret that cannot be used is a failure, and is not told`() async throws {
        receiver.state.with { $0.secret = "whsec_c2hvcnQ=" }
        try await with([hook("ops") { $0.secret = .file("/secret") }]) { desk async throws in
            happen(1)
            await until { await desk.statuses()[0].standing.attempts == 1 }
            let failure = try #require(await desk.statuses()[0].standing.lastFailure)
            #expect(failure.hasPrefix("the secret cannot be used") && !failure.contains("c2hvcnQ"))
            #expect(receiver.ids("ops").isEmpty)
            receiver.state.with { $0.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" }
            #expect(try await desk.test("ops", by: "ann").isDelivered)
            // The test woke it: no wait.
            await time.waitForSleepers(1)
            time.advance(.seconds(1))
            await until { receiver.ids("ops").last == "sm-a-1" }
            #expect(
                receiver.state.current.requests.allSatisfy { $0.headers["webhook-signature"]?.hasPrefix("v1,") == true }
            )
        }
    }

    @Test func `a test of what is not there is refused`() async throws {
        try await with([hook("ops")]) { desk async throws in
            await #expect(throws: CommandFailure.notFound("there is no webhook 'op' in the spec; did you mean 'ops'?"))
            {
                try await desk.test("op", by: "ann")
            }
        }
    }
}
