import Crypto
import Reconciler
import Testing

@testable import APIServer

/// Sessions that were made through the manager: whose they are, and how they end.
extension ProxyRoutesTests {
    @Test("sessions of all who begin at once, at one manager or two on a store, are read by each")
    func keys() async throws {
        let store = MemoryStore()
        let session = Self.example
        let managers = [ProxySessions(store), ProxySessions(store)]
        let words = try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<16 { group.addTask { try await managers[index % 2].word(for: session, of: "anna") } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(words.count == 1)
        for manager in managers {
            for word in words {
                #expect(try await manager.session(word, of: "anna", machine: { _ in "m-1" }) == session)
            }
        }
    }

    private static let example = ProxySessions.Session(kind: .whip, node: NodeID("edge-1"), machine: "m-1", path: "/a")

    @Test("a word is for its caller and its machine, tells neither, and fits a URL")
    func bindings() async throws {
        let sessions = ProxySessions(MemoryStore())
        let callers: [String?] = [nil, "", "-", "+", "anna", "bert", "token:anna"]
        var all: Set<String> = []
        for caller in callers {
            let word = try await sessions.word(for: Self.example, of: caller)
            all.insert(word)
            #expect(word.utf8.count < 60 && word.utf8.allSatisfy { Base64URL.decode([$0, 0x41]) != nil })
            for other in callers where other != caller {
                await #expect(throws: Problem.self) {
                    try await sessions.session(word, of: other, machine: { _ in "m-1" })
                }
            }
            for machine in [nil, "", "m-2", "m-1\n"] as [String?] {
                await #expect(throws: Problem.self) {
                    try await sessions.session(word, of: caller, isAnyones: true, machine: { _ in machine })
                }
            }
            let found = try await sessions.session(word, of: "else", isAnyones: true, machine: { _ in "m-1" })
            #expect(found == Self.example)
        }
        #expect(all.count == callers.count)
    }

    @Test("a store that fails is asked again")
    func failingStore() async throws {
        let store = MemoryStore()
        let session = Self.example
        let sessions = ProxySessions(store)
        store.fail(with: .failed("disk"))
        await #expect(throws: Problem.self) { try await sessions.word(for: session, of: nil) }
        store.fail(with: nil)
        let word = try await sessions.word(for: session, of: nil)
        #expect(try await sessions.session(word, of: nil, machine: { _ in "m-1" }) == session)
    }

    @Test("while anyone is let in a session is of whoever has it, and of who made it by a token afterwards")
    func knownWhileOpen() async throws {
        let media = FakeMedia(GatewayAnswer(status: 201, headers: ["location": "/s/7"], body: Array("v=0".utf8)))
        let (api, handler) = try await Self.api(media, open: true)
        let made = try await Self.ask(api, handler, .post, Self.whip + "?nodeGroup=live", "offer")
        let session = try #require(made.header("Location"))
        // The token may have run out meanwhile.
        #expect(await handler.respond(to: HTTPRequest(.patch, session, body: Array("a=x".utf8))).status == 201)
        Self.publish(api)
        #expect(await handler.respond(to: HTTPRequest(.delete, session)).status == 401)
        #expect(try await Self.ask(api, handler, .delete, session).status == 201)
    }

    private static let orphans: [(Result<GatewayAnswer, GatewayFailure>, status: Int, path: String)] = {
        let head = GatewayAnswer(status: 201, headers: ["location": "http://203.0.113.10:5080/s/7?k=v"])
        var long = head
        long.body = Array(repeating: 0, count: 300_000)
        let path = "/s/" + String(repeating: "a", count: 2000)
        return [
            (.success(long), 502, "/s/7?k=v"),
            (.failure(.brokenOff(head, isLate: false, "larger than 262144 bytes")), 502, "/s/7?k=v"),
            (.failure(.brokenOff(head, isLate: true, "no answer within 60s")), 504, "/s/7?k=v"),
            (.success(GatewayAnswer(status: 201, headers: ["location": path])), 502, path),
        ]
    }()

    @Test("a session whose answer is refused is ended on its node", arguments: 0..<4)
    func refusedAfterwards(_ index: Int) async throws {
        let (answer, status, path) = Self.orphans[index]
        let media = FakeMedia()
        media.answer.replace(with: answer)
        let (api, handler) = try await Self.api(media)
        let made = try await Self.ask(
            api, handler, .post, Self.whip + "?nodeGroup=live", "offer", headers: [("If-Match", "\"e\"")])
        #expect(made.status == status)
        #expect(media.asked.current.map(\.method) == [.post, .delete])
        let end = try #require(media.asked.current.last)
        #expect(end.url == "http://203.0.113.10:5080" + path && end.headers.isEmpty && end.body.isEmpty)
        #expect(end.bodyLimit == nil && end.timeout == .seconds(5))
    }

    @Test("a session that cannot be named, since the store fails, is ended on its node")
    func unnamed() async throws {
        let media = FakeMedia(GatewayAnswer(status: 201, headers: ["location": "/s/7"], body: Array("v=0".utf8)))
        let (api, handler) = try await Self.api(media)
        // The caller's token is there before the store fails.
        _ = try api.bearer(.app)
        api.store.fail(with: .failed("disk"))
        let made = try await Self.ask(api, handler, .post, Self.whip + "?nodeGroup=live", "offer")
        #expect(made.status == 503 && media.asked.current.map(\.method) == [.post, .delete])
    }

    @Test("a session is its caller's own; whoever runs the cluster may end it")
    func owners() async throws {
        let media = FakeMedia(GatewayAnswer(status: 201, headers: ["location": "/s/7"], body: Array("v=0".utf8)))
        let (api, handler) = try await Self.api(media)
        let made = try await Self.ask(api, handler, .post, Self.whip + "?nodeGroup=live", "offer")
        let session = try #require(made.header("Location"))
        let count = media.asked.current.count
        let others: [(HTTPMethod, Role)] = [
            (.patch, .app), (.delete, .app), (.patch, .operator), (.patch, .admin),
        ]
        for (method, role) in others {
            let answer = try await Self.ask(api, handler, method, session, "a=x", as: role, subject: "another")
            #expect(answer.status == 404 && answer.text.contains("not known, or not yours"), "\(method) \(role)")
        }
        #expect(media.asked.current.count == count)
        #expect(try await Self.ask(api, handler, .patch, session, "a=x").status == 201)
        for role in [Role.operator, .admin] {
            #expect(try await Self.ask(api, handler, .delete, session, as: role, subject: "another").status == 201)
        }
        #expect(media.asked.current.count == count + 3)
    }

    @Test("where streams are open a session is nobody's, and no user's after that")
    func nobody() async throws {
        let media = FakeMedia(GatewayAnswer(status: 201, headers: ["location": "/s/7"], body: Array("v=0".utf8)))
        let (api, handler) = try await Self.api(media, open: true)
        let offer = HTTPRequest(.post, Self.whip + "?nodeGroup=live", body: Array("offer".utf8))
        let made = await handler.respond(to: offer)
        let session = try #require(made.header("Location"))
        #expect(await handler.respond(to: HTTPRequest(.patch, session, body: Array("a=x".utf8))).status == 201)
        Self.publish(api)
        #expect(try await Self.ask(api, handler, .delete, session).status == 404)
        #expect(try await Self.ask(api, handler, .delete, session, as: .admin).status == 201)
    }

    @Test("a session is on its machine: another one with the same node id is not asked for it")
    func machines() async throws {
        let media = FakeMedia(GatewayAnswer(status: 201, headers: ["location": "/s/7"], body: Array("v=0".utf8)))
        let (api, handler) = try await Self.api(media)
        let made = try await Self.ask(api, handler, .post, Self.whip + "?nodeGroup=live", "offer")
        let session = try #require(made.header("Location"))
        let node = NodeID("origin-1")
        let count = media.asked.current.count
        Self.publish(api) { $0.nodes[node]?.token = "of a later create" }
        #expect(try await Self.ask(api, handler, .delete, session).status == 404)
        Self.publish(api) { $0.nodes[node]?.instanceID = "i-later" }
        #expect(try await Self.ask(api, handler, .delete, session, as: .admin).status == 404)
        #expect(media.asked.current.count == count)
        // The same machine, whatever else became of it.
        Self.publish(api) { $0.nodes[node]?.state = .draining }
        #expect(try await Self.ask(api, handler, .delete, session).status == 201)
    }
}
