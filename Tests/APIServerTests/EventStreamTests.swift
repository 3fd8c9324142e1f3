import Reconciler
import Testing

@testable import APIServer

@Suite("Events are followed")
struct EventStreamTests {
    /// What a stream gives out until `isEnough`, read as the server reads it.
    private static func text(_ stream: ResponseStream, until isEnough: @escaping @Sendable (String) -> Bool) async
        -> String
    {
        let running = Task { await stream.run() }
        defer { running.cancel() }
        var text = ""
        while !isEnough(text) {
            let (woken, continuation) = AsyncStream.makeStream(of: Void.self)
            let (reading, bytes) = unsafe withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { space in
                let reading = unsafe stream.read(into: space) { { continuation.yield() } }
                guard case .bytes(let count) = reading else { return (reading, [UInt8]()) }
                return unsafe (reading, [UInt8](space[..<count]))
            }
            text += String(decoding: bytes, as: UTF8.self)
            switch reading {
            case .bytes: continue
            case .end: return text
            case .wait: for await _ in woken { break }
            }
        }
        return text
    }

    private static func event(_ reason: String, _ subject: String = "a") -> Event {
        Event(at: Timestamp(milliseconds: 0), level: .info, reason: reason, subject: subject, message: "line\nbreak")
    }

    private static func open(
        _ api: TestAPI, _ query: String = "", _ headers: [(String, String)] = []
    ) async throws -> HTTPResponse {
        await api.handler.respond(
            to: HTTPRequest(
                .get, "/as/v1/events\(query)",
                headers: [try api.bearer(.viewer), ("Accept", "text/event-stream")] + headers))
    }

    @Test("a client that lost the connection goes on behind the event that it had")
    func resume() async throws {
        let api = try await TestAPI()
        try await api.store.commit(StoreChange(events: ["One", "Two", "Three"].map { Self.event($0) }))
        let response = try await Self.open(api, "?after=0", [("Last-Event-ID", "1")])
        #expect(response.status == 200 && response.contentType == "text/event-stream")
        let text = await Self.text(try #require(response.stream)) { $0.contains("Three") && $0.hasSuffix("\n\n") }
        #expect(text.hasPrefix("retry: 2000\n\nid: 1\n\nid: 2\nevent: Two\ndata: {\"id\":2,"))
        #expect(
            text.contains(#""message":"line\u000Abreak"}"#) || text.contains(#""message":"line\nbreak"}"#), "\(text)")
        #expect(!text.contains("One"))
    }

    @Test("only what is about the subject comes")
    func subject() async throws {
        let api = try await TestAPI()
        try await api.store.commit(StoreChange(events: [Self.event("One", "b"), Self.event("Two", "a")]))
        let response = try await Self.open(api, "?subject=a&after=0")
        let text = await Self.text(try #require(response.stream)) { $0.contains("Two") }
        #expect(!text.contains("One"))
    }

    @Test("without the media type it is the list")
    func list() async throws {
        let api = try await TestAPI()
        let response = await api.handler.respond(
            to: HTTPRequest(.get, "/as/v1/events", headers: [try api.bearer(.viewer), ("Accept", "*/*")]))
        #expect(response.stream == nil && response.contentType == "application/json")
    }

    @Test("a place that is none is refused", arguments: ["x", "-1", "1.5"])
    func place(_ id: String) async throws {
        let api = try await TestAPI()
        #expect(try await Self.open(api, "", [("Last-Event-ID", id)]).status == 400)
    }

    @Test("there are so many and no more, and who leaves makes room")
    func bounded() async throws {
        let open = EventStream.OpenStreams()
        var places: [EventStream.Place] = []
        func enter(_ caller: String) -> Bool {
            guard let place = open.place(for: caller) else { return false }
            places.append(place)
            return true
        }
        for _ in 0..<EventStream.maximumOfCaller { #expect(enter("ann")) }
        #expect(!enter("ann") && enter("bob"))
        places.removeFirst()
        #expect(enter("ann"))
        var others = 0
        while enter("user \(others)") { others += 1 }
        #expect(others == EventStream.maximumStreams - EventStream.maximumOfCaller - 1)
    }

    @Test("the stream ends with the token")
    func revoked() async throws {
        let api = try await TestAPI()
        let response = try await Self.open(api)
        let stream = try #require(response.stream)
        let text = await Self.text(stream) { text in
            // With the first bytes the token's time is over.
            if text.contains("retry") { api.time.advance(by: .seconds(2 * 3600)) }
            return false
        }
        #expect(text == "retry: 2000\n\nid: 0\n\n")
    }

    @Test("who has had no event yet knows its place all the same, as soon as the store tells it")
    func placeBeforeTheFirst() async throws {
        let api = try await TestAPI()
        try await api.store.commit(StoreChange(events: [Self.event("One"), Self.event("Two")]))
        api.store.fail(with: .failed("gone"))
        let response = try await Self.open(api)
        let text = await Self.text(try #require(response.stream)) { text in
            // What happened before is not news when the store is back.
            if text == "retry: 2000\n\n" { api.store.fail(with: nil) }
            return text.contains("id: ")
        }
        #expect(text == "retry: 2000\n\nid: 2\n\n")
    }

    @Test("a stream that never ran, since its client was gone, keeps no place")
    func neverRan() async throws {
        let api = try await TestAPI()
        for _ in 0..<(2 * EventStream.maximumOfCaller) { #expect(try await Self.open(api).status == 200) }
    }

    @Test("over a socket each event comes when it happens, and the server stops at once for all that")
    func socket() async throws {
        let api = try await TestAPI()
        let running = try RunningServer(api)
        let client = try Client(port: running.port)
        let (name, value) = try api.bearer(.viewer)
        try await client.send(
            "GET /as/v1/events?after=0 HTTP/1.1\r\nHost: x\r\n\(name): \(value)\r\nAccept: text/event-stream\r\n\r\n")
        let head = try await client.read(until: "retry: 2000")
        #expect(head.hasPrefix("HTTP/1.1 200 OK") && head.contains("Transfer-Encoding: chunked"))
        try await api.store.commit(StoreChange(events: [Self.event("Late")]))
        #expect(try await client.read(until: "event: Late").contains("id: 1"))
        // A grace that would outlast the test: the stream must not need it.
        await running.server.stop(grace: .seconds(600))
        let rest = try await client.readAll()
        #expect(String(decoding: rest, as: UTF8.self).hasSuffix("0\r\n\r\n"))
    }

    @Test("a client that does not read is given up, and nobody writes for it any more")
    func slow() {
        let stream = ResponseStream { _ in }
        let part = [UInt8](repeating: 0x20, count: ResponseStream.maximumBuffer / 4)
        for _ in 0..<4 { #expect(stream.write(part)) }
        #expect(!stream.write(part) && !stream.write([1]))
    }
}
