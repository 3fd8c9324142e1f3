import Reconciler
import Testing

@testable import APIServer

/// A media node that answers what it is told, and remembers what it was asked.
final class FakeMedia: MediaGateway {
    let asked = Locked<[GatewayRequest]>([])
    let answer: Locked<Result<GatewayAnswer, GatewayFailure>>

    init(_ answer: GatewayAnswer = GatewayAnswer(status: 200)) { self.answer = Locked(.success(answer)) }

    func send(_ request: GatewayRequest) async throws(GatewayFailure) -> GatewayAnswer {
        asked.with { $0.append(request) }
        return try answer.current.get()
    }
}

@Suite("WHIP and WHEP through the manager")
struct ProxyRoutesTests {
    static let whip = "/as/v1/proxy/whip/live/a"

    /// A cluster whose nodes speak HTTP.
    static func api(
        _ media: FakeMedia, open: Bool = false, at endpoint: Endpoint = Endpoint(protocol: "http", port: 5080)
    ) async throws -> (TestAPI, APIHandler) {
        let api = try await TestAPI()
        var services = api.services
        services.gateway = media
        publish(api, open: open, at: endpoint)
        return (api, APIHandler(services: services))
    }

    static func publish(
        _ api: TestAPI, open: Bool = false, at endpoint: Endpoint = Endpoint(protocol: "http", port: 5080),
        _ change: (inout Fleet) -> Void = { _ in }
    ) {
        var manager = ManagerSpec()
        manager.api.areStreamsOpen = open
        api.publish(
            manager: manager, change,
            spec: { spec in
                for index in spec.groups[0].roles.indices {
                    spec.groups[0].roles[index].endpoints.append(endpoint)
                }
            })
    }

    static func ask(
        _ api: TestAPI, _ handler: APIHandler, _ method: HTTPMethod, _ target: String, _ body: String = "",
        headers: [(String, String)] = [], as role: Role = .app, subject: String = "tester"
    ) async throws -> HTTPResponse {
        let type = ("Content-Type", "application/sdp")
        let bearer = try api.bearer(role, subject: subject)
        return await handler.respond(
            to: HTTPRequest(method, target, headers: [bearer, type] + headers, body: Array(body.utf8)))
    }

    @Test("OPTIONS chooses the node, and passes on its links")
    func options() async throws {
        let media = FakeMedia(
            GatewayAnswer(status: 200, headers: ["link": "<stun:stun.example.net>; rel=\"ice-server\"", "server": "x"]))
        let (api, handler) = try await Self.api(media)
        let answer = try await Self.ask(
            api, handler, .options, Self.whip + "?signal=true&nodeGroup=live&region=us-east&username=u")
        #expect(answer.status == 204 && answer.header("Session-Host") == "203.0.113.10")
        #expect(
            answer.header("Link") == "<stun:stun.example.net>; rel=\"ice-server\"" && answer.header("server") == nil)
        #expect(answer.header("Access-Control-Expose-Headers")?.contains("Session-Host") == true)
        let request = try #require(media.asked.current.first)
        #expect(request.method == .options)
        #expect(request.url == "http://203.0.113.10:5080/live/whip/endpoint/a?signal=true&username=u")
        #expect(request.headers == ["Content-Type": "application/sdp"])
        // Its links are in the head.
        #expect(request.bodyLimit == nil)
        // A node without OPTIONS, and one that does not answer it, are chosen all the same.
        media.answer.replace(with: .success(GatewayAnswer(status: 405, headers: ["link": "<x>"])))
        let plain = try await Self.ask(api, handler, .options, Self.whip + "?nodeGroup=live")
        #expect(plain.status == 204 && plain.header("Link") == nil && plain.header("Session-Host") != nil)
    }

    @Test("where some roles speak HTTP and others do not, it is one of those that do", arguments: [0, 1])
    func mixed(_ speaking: Int) async throws {
        let (api, _) = try await Self.api(FakeMedia())
        var services = api.services
        services.gateway = FakeMedia(GatewayAnswer(status: 200))
        api.publish(spec: { spec in
            for index in spec.groups[0].roles.indices {
                spec.groups[0].roles[index].capabilities = [.publish]
                spec.groups[0].roles[index].capacity = [:]
                let own = Endpoint(protocol: index == speaking ? "https" : "rtmp", port: 5080)
                spec.groups[0].roles[index].endpoints = [own]
            }
        })
        let handler = APIHandler(services: services)
        let role = api.live.snapshot.spec.groups[0].roles[speaking].name
        let own = Set(api.live.snapshot.fleet.nodes.values.filter { $0.pool.role == role }.compactMap(\.address))
        for name in ["b", "c", "d", "e", "f", "g", "h", "i"] {
            let answer = try await Self.ask(api, handler, .options, "/as/v1/proxy/whip/live/\(name)?nodeGroup=live")
            #expect(answer.status == 204 && answer.header("Session-Host").map(own.contains) == true, "\(answer.status)")
        }
        // Nobody was counted anywhere else.
        let others = api.live.view.nodes.values.filter { $0.address.map { !own.contains($0) } ?? true }
        #expect(others.allSatisfy { $0.load.total(.publish) == 0 })
        for (word, status) in [("https", 204), ("rtmp", 400), ("whep", 400)] {
            let named = try await Self.ask(
                api, handler, .options, "/as/v1/proxy/whip/live/z?nodeGroup=live&protocol=\(word)")
            #expect(named.status == status, "\(word)")
        }
        #expect(others.allSatisfy { $0.load.total(.publish) == 0 })
    }

    @Test("a stream that is live on a node without HTTP stays there: 409, and no other node is promised")
    func liveElsewhere() async throws {
        let media = FakeMedia()
        let (api, handler) = try await Self.api(media)
        api.publish(spec: { spec in
            for index in spec.groups[0].roles.indices {
                let isEdge = spec.groups[0].roles[index].name == "edge"
                spec.groups[0].roles[index].capabilities = [.publish]
                spec.groups[0].roles[index].endpoints = [Endpoint(protocol: isEdge ? "http" : "rtmp", port: 5080)]
            }
        })
        let stream = StreamKey(scope: "live", name: "a")
        let origin = NodeID("origin-1")
        api.live.streams.markLive(stream, on: origin, at: api.time.now())
        for method in [HTTPMethod.options, .post] {
            let answer = try await Self.ask(
                api, handler, method, Self.whip + "?nodeGroup=live", method == .post ? "v=0" : "")
            #expect(answer.status == 409, "\(method)")
        }
        let entry = try #require(api.live.streams.entry(stream))
        #expect(entry.live?.node == origin && entry.claim == nil && media.asked.current.isEmpty)
        // What is only promised moves.
        api.live.streams.remove(stream, from: origin)
        let answer = try await Self.ask(api, handler, .options, Self.whip + "?nodeGroup=live")
        #expect(answer.status == 204)
    }

    @Test("a node with too many requests is 503 with Retry-After, and is asked for its ICE servers for a shorter time")
    func busy() async throws {
        let media = FakeMedia()
        let (api, handler) = try await Self.api(media)
        for method in [HTTPMethod.options, .post] {
            media.answer.replace(with: .failure(.busy("too many")))
            let answer = try await Self.ask(
                api, handler, method, Self.whip + "?nodeGroup=live", method == .post ? "v=0" : "")
            #expect(answer.status == 503 && answer.header("Retry-After") == "5", "\(method)")
        }
        #expect(media.asked.current.map(\.timeout) == [.seconds(5), .seconds(60)])
    }

    @Test("a browser's preflight chooses nothing")
    func preflight() async throws {
        let media = FakeMedia()
        let (api, handler) = try await Self.api(media)
        let request = HTTPRequest(.options, Self.whip, headers: [("Access-Control-Request-Method", "POST")])
        let answer = await handler.respond(to: request)
        #expect(answer.status == 204 && answer.header("Allow") == "OPTIONS, POST" && media.asked.current.isEmpty)
        #expect(api.live.streams.entry(StreamKey(scope: "live", name: "a")) == nil)
    }

    @Test("an offer goes to the node, its answer comes back, and the session is reached by the Location")
    func session() async throws {
        let media = FakeMedia(
            GatewayAnswer(
                status: 201,
                headers: [
                    "content-type": "application/sdp; charset=utf-8", "location": "/live/whip/resource/7?x=1",
                    "etag": "\"e\"",
                    "connection": "close", "set-cookie": "a=b",
                ], body: Array("v=0".utf8)))
        let (api, handler) = try await Self.api(media)
        let made = try await Self.ask(
            api, handler, .post, Self.whip + "?nodeGroup=live&host=203.0.113.10&token=media", "offer")
        #expect(made.status == 201 && made.text == "v=0" && made.contentType == "application/sdp")
        #expect(made.header("ETag") == "\"e\"" && made.header("Set-Cookie") == nil && made.header("Connection") == nil)
        let location = try #require(made.header("Location"))
        #expect(location.hasPrefix("/as/v1/proxy/session/"))
        let offer = try #require(media.asked.current.last)
        #expect(
            offer.url == "http://203.0.113.10:5080/live/whip/endpoint/a?token=media"
                && offer.body == Array("offer".utf8))
        #expect(offer.headers["Authorization"] == nil && offer.timeout == .seconds(60))
        #expect(offer.bodyLimit == 256 << 10)

        media.answer.replace(with: .success(GatewayAnswer(status: 204)))
        // The client repeats its host; the session knows better.
        let patch = try await Self.ask(
            api, handler, .patch, location + "?host=127.0.0.1", "a=candidate", headers: [("If-Match", "\"e\"")])
        #expect(patch.status == 204)
        #expect(media.asked.current.last?.url == "http://203.0.113.10:5080/live/whip/resource/7?x=1")
        #expect(media.asked.current.last?.headers["If-Match"] == "\"e\"")
        #expect(try await Self.ask(api, handler, .delete, location).status == 204)
        #expect(media.asked.current.map(\.method) == [.post, .patch, .delete])

        // Another word than one that was given out is none.
        let count = media.asked.current.count
        var changed = Array(location)
        changed[changed.count - 3] = changed[changed.count - 3] == "A" ? "B" : "A"
        for word in [String(changed), "/as/v1/proxy/session/AAAA", "/as/v1/proxy/session/%2e%2e", location + "A"] {
            #expect(try await Self.ask(api, handler, .delete, word).status == 404, "\(word)")
        }
        #expect(media.asked.current.count == count)
        // A node that is gone is asked nothing.
        api.publish { $0.nodes[NodeID("origin-1")] = nil }
        #expect(try await Self.ask(api, handler, .delete, location).status == 404 && media.asked.current.count == count)
    }

    @Test(
        "no host but a node's own address or id is asked",
        arguments: [
            "127.0.0.1", "localhost", "169.254.169.254", "[::1]", "::1", "0.0.0.0", "203.0.113.10:80",
            "203.0.113.10:5080",
            "203.0.113.11", "user@203.0.113.10", "203.0.113.10@evil.example", "203.0.113.10%23", "203.0.113.10/..",
            "0xCB.0.113.10", "203.0.113.010", "3405803786", "evil.example", "203.0.113.10.evil.example",
            "%20203.0.113.10", "",
            "203.0.113.57", "edge-1", "[203.0.113.10]%40evil", "2001:db8::7", "::ffff:127.0.0.1",
            "203.0.113.10%0d%0aX:1",
            "[fe80::1%25eth0]", "203.0.113.10&host=127.0.0.1",
        ])
    func hosts(_ host: String) async throws {
        let media = FakeMedia()
        let (api, handler) = try await Self.api(media)
        for group in ["", "&nodeGroup=live"] {
            let answer = try await Self.ask(api, handler, .post, Self.whip + "?host=\(host)\(group)", "offer")
            #expect([400, 403].contains(answer.status), "\(answer.status)")
        }
        #expect(media.asked.current.isEmpty)
    }

    @Test(
        "a node is found however its address is written",
        arguments: [
            ("whip", "203.0.113.10", "http://203.0.113.10:5080"), ("whip", "origin-1", "http://203.0.113.10:5080"),
            ("whip", "::ffff:203.0.113.10", "http://203.0.113.10:5080"),
            ("whep", "2001:db8::7", "http://[2001:db8::7]:5080"),
            ("whep", "[2001:DB8:0::7]", "http://[2001:db8::7]:5080"),
            ("whep", "203.0.113.55", "http://203.0.113.55:5080"),
        ])
    func spellings(_ kind: String, _ host: String, _ authority: String) async throws {
        let media = FakeMedia()
        let (api, handler) = try await Self.api(media)
        let answer = try await Self.ask(api, handler, .post, "/as/v1/proxy/\(kind)/live/a?host=\(host)", "offer")
        #expect(answer.status == 200)
        #expect(media.asked.current.first?.url == "\(authority)/live/\(kind)/endpoint/a")
    }

    @Test(
        "a session elsewhere than on the node, a redirect and too much are refused",
        arguments: [
            GatewayAnswer(status: 201, headers: ["location": "http://evil.example/x"]),
            GatewayAnswer(
                status: 201, headers: ["location": "http://evil.example/x"], body: Array(repeating: 0, count: 300_000)),
            GatewayAnswer(status: 500, headers: ["location": "/x"], body: Array(repeating: 0, count: 300_000)),
            GatewayAnswer(status: 302, headers: ["location": "http://169.254.169.254/"]), GatewayAnswer(status: 101),
            GatewayAnswer(status: 200, body: Array(repeating: 0, count: 300_000)),
        ])
    func hostileNodes(_ answer: GatewayAnswer) async throws {
        let media = FakeMedia(answer)
        let (api, handler) = try await Self.api(media)
        #expect(try await Self.ask(api, handler, .post, Self.whip + "?nodeGroup=live", "offer").status == 502)
        // There is no session of the node's to end.
        #expect(media.asked.current.map(\.method) == [.post])
    }

    @Test("an error of a node is passed on as it is, wherever its Location leads")
    func nodeErrors() async throws {
        let media = FakeMedia(
            GatewayAnswer(status: 503, headers: ["location": "https://login.example/", "retry-after": "7"]))
        let (api, handler) = try await Self.api(media)
        let answer = try await Self.ask(api, handler, .post, Self.whip + "?nodeGroup=live", "offer")
        #expect(answer.status == 503 && answer.header("Retry-After") == "7" && answer.header("Location") == nil)
    }

    @Test("a scope that leads elsewhere on a node is none", arguments: ["%2e%2e/x", "live/%2e%2e/x", "a%0Ab/x"])
    func scopes(_ guid: String) async throws {
        let media = FakeMedia()
        let (api, handler) = try await Self.api(media)
        for rest in ["host=203.0.113.10", "host=203.0.113.10&nodeGroup=live", "nodeGroup=live"] {
            let answer = try await Self.ask(api, handler, .post, "/as/v1/proxy/whip/\(guid)?\(rest)", "offer")
            #expect(answer.status == 400, "\(rest)")
        }
        #expect(media.asked.current.isEmpty)
    }

    @Test(
        "a Location is resolved against what was asked, with the default port of its scheme",
        arguments: [
            ("http", 80, "http://203.0.113.10/whip/abc", "/whip/abc"),
            ("https", 443, "https://203.0.113.10/whip/abc", "/whip/abc"),
            ("https", 443, "https://203.0.113.10:443/whip/abc", "/whip/abc"),
            ("http", 80, "http://203.0.113.10:/x", "/x"),
            ("http", 80, "//203.0.113.10/x", "/x"),
            ("http", 5080, "HTTP://203.0.113.10:5080/whip/abc?k=%20", "/whip/abc?k=%20"),
            ("http", 5080, "http://[::FFFF:203.0.113.10]:5080/x", "/x"),
            ("http", 5080, "http://203.0.113.10:5080", "/"),
            ("http", 5080, "http://203.0.113.10:5080?id=7", "/?id=7"),
            ("http", 5080, "abc", "/live/whip/endpoint/abc"),
            ("http", 5080, "a/b:c", "/live/whip/endpoint/a/b:c"),
            ("http", 5080, "?id=7", "/live/whip/endpoint/a?id=7"),
            ("http", 5080, "./abc#part", "/live/whip/endpoint/abc"),
            ("http", 5080, "../resource/7?x=a:b//c/../d", "/live/whip/resource/7?x=a:b//c/../d"),
            ("http", 5080, "/a/./b/%2E%2e/c/", "/a/c/"),
            ("http", 5080, "/a/..", "/"),
        ])
    func references(_ scheme: String, _ port: Int, _ location: String, _ path: String) async throws {
        let media = FakeMedia(GatewayAnswer(status: 201, headers: ["location": location], body: Array("v=0".utf8)))
        let (api, handler) = try await Self.api(media, at: Endpoint(protocol: scheme, port: port))
        let made = try await Self.ask(api, handler, .post, Self.whip + "?nodeGroup=live&token=t", "offer")
        #expect(made.status == 201)
        let session = try #require(made.header("Location"))
        #expect(try await Self.ask(api, handler, .delete, session).status == 201)
        #expect(media.asked.current.last?.url == "\(scheme)://203.0.113.10:\(port)\(path)")
    }

    @Test(
        "a Location that leads elsewhere is refused, and nobody is asked",
        arguments: [
            "//evil.example/x", "http://203.0.113.10:5080@evil.example/", "http://user@203.0.113.10:5080/x",
            "https://203.0.113.10:5080/x", "ftp://203.0.113.10:5080/x", "http://203.0.113.10/x",
            "http://203.0.113.10:80/x", "http://203.0.113.10:+5080/x", "http://203.0.113.10:5080:5080/x",
            "http://203.0.113.10:50800000000000000000000/x", "http://203.0.113.11:5080/x",
            "http://203.0.113.010:5080/x", "http://203.0.113.10.evil.example:5080/x", "http://[203.0.113.10]:5080/x",
            "http://[::ffff:203.0.113.10%25eth0]:5080/x", "http://203.0.113.1%30:5080/x", "http:///x",
            "http:abc", "http:/abc", "mailto:a", "/../x", "/a/../../x", "/%2e%2E/x", "../../../../x", "//x",
            "/.//evil.example/x", "/a\\b", "\\\\evil.example\\x", "/a b", "/a\tb", "/a\r\nb", "/\u{7f}", "/\u{e4}", "",
            "#x",
        ])
    func elsewhere(_ location: String) async throws {
        let media = FakeMedia(GatewayAnswer(status: 201, headers: ["location": location], body: Array("v=0".utf8)))
        let (api, handler) = try await Self.api(media)
        #expect(try await Self.ask(api, handler, .post, Self.whip + "?nodeGroup=live", "offer").status == 502)
        #expect(media.asked.current.map(\.method) == [.post])
    }

    /// Answers that are refused though the node made a session, with what the client gets and which session that is.
    @Test("what a browser could run is no such thing when it comes from a node; a node's refusal is passed on")
    func contents() async throws {
        let media = FakeMedia(
            GatewayAnswer(status: 406, headers: ["content-type": "text/html"], body: Array("<script>".utf8)))
        let (api, handler) = try await Self.api(media)
        let answer = try await Self.ask(api, handler, .post, Self.whip + "?nodeGroup=live", "offer")
        #expect(answer.status == 406 && answer.contentType == "application/octet-stream")
        media.answer.replace(with: .failure(.timedOut("no answer within 60s")))
        #expect(try await Self.ask(api, handler, .post, Self.whip + "?nodeGroup=live", "offer").status == 504)
        media.answer.replace(with: .failure(.failed("refused")))
        #expect(try await Self.ask(api, handler, .post, Self.whip + "?nodeGroup=live", "offer").status == 502)
        #expect(try await Self.ask(api, handler, .post, Self.whip + "?nodeGroup=live", "").status == 400)
        #expect(try await Self.ask(api, handler, .post, Self.whip, "offer").status == 400)
        let large = String(repeating: "a", count: 70_000)
        #expect(try await Self.ask(api, handler, .post, Self.whip + "?nodeGroup=live", large).status == 413)
    }

    @Test("a token is needed, unless the spec lets anyone in")
    func access() async throws {
        for open in [false, true] {
            let media = FakeMedia()
            let (_, handler) = try await Self.api(media, open: open)
            for method in [HTTPMethod.options, .post] {
                let answer = await handler.respond(
                    to: HTTPRequest(
                        method, Self.whip + "?nodeGroup=live", body: method == .post ? Array("offer".utf8) : []))
                #expect((answer.status == 401) == !open, "\(method) \(answer.status)")
            }
            #expect(media.asked.current.isEmpty == !open)
        }
    }
}
