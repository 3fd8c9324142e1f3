import Reconciler
import Testing

@testable import APIServer

@Suite("A change sent again is not made again")
struct IdempotencyTests {
    private static let body = """
        apiVersion: smreconcile/v1
        kind: NodeGroup
        metadata: {name: event}
        spec:
          provider: lab
          regions: [{name: us-east}]
          roles: {edge: {capabilities: [subscribe], endpoints: [{protocol: rtmp, port: 1935}], min: 2}}
        """

    private static func post(
        _ api: TestAPI, key: String, subject: String = "ann", body: String = body
    ) async throws -> HTTPResponse {
        await api.handler.respond(
            to: HTTPRequest(
                .post, "/as/v1/nodegroups",
                headers: [try api.bearer(.operator, subject: subject), ("Idempotency-Key", key)],
                body: Array(body.utf8)))
    }

    @Test("the same key and change get the same answer, and the change is made once")
    func again() async throws {
        let api = try await TestAPI()
        let first = try await Self.post(api, key: "k1")
        let second = try await Self.post(api, key: "\"k1\"")
        #expect(first.status == 201 && second.status == 201 && second.body == first.body)
        #expect(second.header("ETag") == first.header("ETag"))
        #expect(first.header("Idempotent-Replayed") == nil && second.header("Idempotent-Replayed") == "true")
        #expect(second.requestID != first.requestID)
        #expect(api.used.current.count == 1)
        // Without the key it is the change that it says.
        #expect(try await Self.post(api, key: "k2").status == 409)
    }

    @Test("a key is its caller's own, and of one change")
    func others() async throws {
        let api = try await TestAPI()
        _ = try await Self.post(api, key: "k1")
        #expect(try await Self.post(api, key: "k1", subject: "bob").status == 409)
        let other = try await Self.post(api, key: "k1", body: Self.body.replacing("event", with: "other"))
        #expect(other.status == 422)
    }

    @Test("a refusal is no answer to keep, and a precondition is a part of the change")
    func refusals() async throws {
        let api = try await TestAPI()
        func put(_ tag: String) async throws -> HTTPResponse {
            await api.handler.respond(
                to: HTTPRequest(
                    .put, "/as/v1/nodegroups/event",
                    headers: [try api.bearer(.operator, subject: "ann"), ("Idempotency-Key", "k1"), ("If-Match", tag)],
                    body: Array(Self.body.replacing("min: 2", with: "min: 3").utf8)))
        }
        let made = try await Self.post(api, key: "k0")
        #expect(try await put("\"stale\"").status == 412)
        #expect(try await put(try #require(made.header("ETag"))).status == 200)
        #expect(try await put("\"stale\"").status == 422)
    }

    @Test("a secret is not shown again")
    func secrets() async throws {
        let api = try await TestAPI()
        func make() async throws -> HTTPResponse {
            await api.handler.respond(
                to: HTTPRequest(
                    .post, "/as/v1/tokens",
                    headers: [try api.bearer(.admin, subject: "ann"), ("Idempotency-Key", "k1")],
                    body: Array(#"{"name":"prom","role":"viewer"}"#.utf8)))
        }
        #expect(try await make().status == 201)
        #expect(try await make().status == 409)
    }

    @Test("an error of the server is no answer to keep")
    func failure() async throws {
        let api = try await TestAPI()
        api.store.fail(with: .full("no space left"))
        #expect(try await Self.post(api, key: "k1").status == 503)
        api.store.fail(with: nil)
        #expect(try await Self.post(api, key: "k1").status == 201)
    }

    @Test("of the same change at one time one is made", arguments: [16])
    func together(_ count: Int) async throws {
        let api = try await TestAPI()
        let answers = try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
            for _ in 0..<count { group.addTask { try await Self.post(api, key: "k1") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.contains { $0.status == 201 })
        #expect(
            answers.filter { ![201, 409].contains($0.status) }.map { String(decoding: $0.body, as: UTF8.self) } == [])
        #expect(api.used.current.count == 1)
    }

    @Test("refused changes leave nothing behind")
    func refusedOnes() {
        var book = IdempotencyBook()
        let now = Timestamp(milliseconds: 0)
        func send(_ number: Int, _ status: Int) {
            let key = IdempotencyKey(subject: "ann", text: "\(number)")
            _ = book.begin(key, [1], at: now)
            book.finish(key, .empty(status))
        }
        send(0, 204)
        for number in 1...20_000 { send(number, 404) }
        #expect(book.count == 1 && book.places < 300)
        // What was done is known still, and a refused change may be sent again.
        if case .done = book.begin(IdempotencyKey(subject: "ann", text: "0"), [1], at: now) {} else { Issue.record() }
        if case .new = book.begin(IdempotencyKey(subject: "ann", text: "7"), [1], at: now) {} else { Issue.record() }
    }

    @Test("a key that is none is refused", arguments: ["", " ", "a b", "\"", "ä", String(repeating: "x", count: 256)])
    func malformed(_ key: String) async throws {
        let api = try await TestAPI()
        #expect(try await Self.post(api, key: key).status == 400)
        #expect(api.used.current.isEmpty)
    }

    @Test("the book forgets the oldest that are done, and none that is under way")
    func bounded() {
        var book = IdempotencyBook()
        let start = Timestamp(milliseconds: 0)
        func key(_ number: Int) -> IdempotencyKey { IdempotencyKey(subject: "user \(number % 97)", text: "\(number)") }
        func isNew(_ number: Int, at now: Timestamp) -> Bool {
            if case .new = book.begin(key(number), [1], at: now) { true } else { false }
        }
        let most = IdempotencyBook.maximumEntries
        for number in 0..<(3 * most) {
            // Of many callers: each has a share.
            #expect(isNew(number, at: start))
            if number > 0 { book.finish(key(number), .empty(204)) }
        }
        #expect(book.count <= most)
        // The first is under way still, the second long forgotten, the last is known.
        #expect(!isNew(0, at: start) && isNew(1, at: start) && !isNew(3 * most - 1, at: start))
        // A day later only those under way are.
        let later = start + IdempotencyBook.lifetime
        #expect(isNew(3 * most - 1, at: later) && !isNew(0, at: later) && book.count == 3)
    }
}
