import Reconciler
import Testing

@testable import APIServer

/// One probe for each way in which two readers of a request may differ, or one client may take what is everybody's. Those that
/// announce a body in an odd way are in ``SocketTests``.
@Suite("Probes of the HTTP edge", .timeLimit(.minutes(1)))
struct ProbeTests {
    struct Probe: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        let statuses: [Int]
        /// The answer is one of ours, not the library's.
        let isOurs: Bool
        init(_ name: String, _ text: String, _ statuses: Int..., isOurs: Bool = true) {
            self.init(name, Array(text.utf8), statuses, isOurs: isOurs)
        }
        init(_ name: String, _ bytes: [UInt8], _ statuses: [Int], isOurs: Bool = true) {
            testDescription = name
            self.bytes = bytes
            self.statuses = statuses
            self.isOurs = isOurs
        }
    }

    private static func get(_ fields: String, _ target: String = "/healthz", _ version: String = "1.1") -> String {
        "GET \(target) HTTP/\(version)\r\nHost: x\r\n\(fields)\r\n"
    }

    private static func large(_ bytes: Int) -> String { "X: \(String(repeating: "a", count: bytes))\r\n" }

    private static func many(_ count: Int) -> String { (0..<count).map { "X\($0): a\r\n" }.joined() }

    static let refused =
        [
            Probe("14 KiB of headers", get(large(14 << 10)), 431),
            Probe("20 KiB of headers", get(large(20 << 10)), 431, isOurs: false),
            Probe("70 KiB of headers", get(large(70 << 10)), 431, isOurs: false),
            Probe("2 MiB of headers", get(large(2 << 20)), 431, isOurs: false),
            Probe("101 headers", get(many(101)), 431),
            Probe("5,000 headers", get(many(5000)), 431, isOurs: false),
            Probe("a target of 9 KB", get("", "/" + String(repeating: "a", count: 9000)), 414),
            Probe("a target of 40 KB", get("", "/" + String(repeating: "a", count: 40_000)), 414, isOurs: false),
            Probe(
                "a body of 100 MB announced",
                "POST /as/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\n",
                413),
            Probe(
                "the same, awaiting a 100",
                "POST /as/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\nExpect: 100-continue\r\n\r\n",
                413),
            Probe("a method that is no token", "G@T /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
            Probe("CONNECT", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 501),
            Probe("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, isOurs: false),
            Probe("HTTP/3.0", get("", "/healthz", "3.0"), 505, isOurs: false),
            Probe("HTTP/0.9", "GET /healthz\r\n\r\n", 400, isOurs: false),
            Probe("bare line feeds", "GET /healthz HTTP/1.1\nHost: x\nX: a\n\n", 400),
            Probe(
                "a bare line feed in a value", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\nContent-Length: 5\r\n\r\n",
                400),
            Probe("a bare line feed at the end", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\r\n\n", 400),
            Probe("a bare carriage return", "GET /healthz HTTP/1.1\r\nHost: x\rX: a\r\nY: b\r\n\r\n", 400),
            Probe("a control sign in a value", get("X: a\u{1}b\r\n"), 400),
            Probe("DEL in a value", get("X: a\u{7f}b\r\n"), 400),
            Probe("a vertical tab in a target", get("", "/healthz\u{b}"), 400),
            Probe("two spaces after the method", "GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
            Probe("two Authorization fields", get("Authorization: Bearer a\r\nauthorization: Bearer b\r\n"), 400),
            Probe("two Content-Type fields", get("Content-Type: text/xml\r\nContent-Type: application/json\r\n"), 400),
            Probe("two Origin fields", get("Origin: https://a\r\nOrigin: https://b\r\n"), 400),
            Probe("an open bracket for a host", "GET /healthz HTTP/1.1\r\nHost: [\r\n\r\n", 400),
            Probe("a host in brackets that is no address", "GET /healthz HTTP/1.1\r\nHost: [x]\r\n\r\n", 400),
            Probe("a host with two ports", "GET /healthz HTTP/1.1\r\nHost: x:1:2\r\n\r\n", 400),
            Probe("a host with a port that is none", "GET /healthz HTTP/1.1\r\nHost: x:http\r\n\r\n", 400),
            Probe("a host with a space", "GET /healthz HTTP/1.1\r\nHost: x y\r\n\r\n", 400),
            Probe("a host with a user", "GET /healthz HTTP/1.1\r\nHost: x@y\r\n\r\n", 400),
            Probe("a host with a path", "GET /healthz HTTP/1.1\r\nHost: x/y\r\n\r\n", 400),
            Probe("a line that begins with a space", "GET /healthz HTTP/1.1\r\n X: y\r\nHost: x\r\n\r\n", 400),
            Probe(
                "a name that is obs-text",
                Array("GET /healthz HTTP/1.1\r\nHost: x\r\nX".utf8) + [0xff] + Array(": a\r\n\r\n".utf8), [400]),
        ]
        + [
            "zz\r\n{}", "+2\r\n{}", "-2\r\n{}", "0x2\r\n{}", "2 \r\n{}xx", "ffffffffffffffff\r\n{}",
            "fffffffffffffffff\r\n{}",
            "2\r\n{}xx0",
        ].map { chunk in
            Probe(
                "the chunk \(chunk.debugDescription)",
                Array(
                    "POST /as/v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)\r\n0\r\n\r\n"
                        .utf8),
                [400, 408, 413], isOurs: false)
        }

    @Test("is refused, and the connection closed", arguments: refused)
    func refusals(_ probe: Probe) async throws {
        let api = try await TestAPI()
        // A chunk of nearly 2^64 bytes is no error of the client's until it does not come.
        var manager = ManagerSpec()
        manager.api.limits.bodyGrace = .seconds(1)
        let running = try RunningServer(api, manager: manager)
        let client = try Client(port: running.port)
        try await client.send(probe.bytes)
        let answer = try await client.read()
        #expect(probe.statuses.contains(answer.status), "\(answer.head)")
        if probe.isOurs {
            #expect(answer.field("Content-Type") == "application/problem+json")
            #expect(answer.field("X-Content-Type-Options") == "nosniff")
            #expect(answer.body.contains(#""status":\#(answer.status),"#))
        }
        #expect(try await client.isClosed())
        #expect(try await Client(port: running.port).ask("GET", "/healthz").status == 200)
        await running.server.stop()
    }

    @Test(
        "a method that the path does not have is 405, and the next request is served",
        arguments: ["TRACE", "BREW", "get"])
    func methods(_ method: String) async throws {
        let api = try await TestAPI()
        let running = try RunningServer(api)
        let client = try Client(port: running.port)
        let answer = try await client.ask(method, "/healthz")
        #expect(answer.status == 405 && answer.field("Allow") == "GET, HEAD, OPTIONS")
        #expect(answer.field("Content-Type") == "application/problem+json")
        #expect(try await client.ask("GET", "/healthz").status == 200)
        await running.server.stop()
    }

    @Test("requests in one piece are answered one after the other, in their order")
    func pipelining() async throws {
        let api = try await TestAPI()
        let running = try RunningServer(api)
        let client = try Client(port: running.port)
        let login = #"{"username":"admin","password":"correct horse"}"#
        // A slow one between quick ones: its answer must not be overtaken.
        try await client.send(
            Self.get("X-Request-Id: a\r\n") + "POST /as/v1/auth/login HTTP/1.1\r\nHost: x\r\nX-Request-Id: b\r\n"
                + "Content-Length: \(login.utf8.count)\r\n\r\n\(login)" + Self.get("X-Request-Id: c\r\n", "/nothing")
                + "HEAD /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: d\r\n\r\n")
        for (id, status) in [("a", 200), ("b", 200), ("c", 404)] {
            let answer = try await client.read()
            #expect(answer.field("X-Request-Id") == id && answer.status == status)
        }
        let head = try await client.read(hasBody: false)
        #expect(head.field("X-Request-Id") == "d" && head.field("Content-Length") == "3")
        // Nothing of a body came after it.
        #expect(try await client.ask("GET", "/healthz").status == 200)
        await running.server.stop()
    }

    @Test(
        "is taken",
        arguments: [
            Probe("the absolute form", get("", "http://x/healthz"), 200),
            Probe("the absolute form of another host", get("", "https://other.example.org:8443/healthz"), 200),
            Probe(
                "obs-text in a value",
                Array("GET /healthz HTTP/1.1\r\nHost: x\r\nX: ".utf8) + [0xff, 0x80] + Array("\r\n\r\n".utf8), [200]),
            Probe("HTTP/1.0", "GET /healthz HTTP/1.0\r\n\r\n", 200),
            Probe("empty lines before the request", "\r\n\r\n" + get(""), 200),
            Probe("11 KiB of headers", get(large(11 << 10)), 200),
            Probe("90 headers", get(many(90)), 200),
            Probe("two If-None-Match fields", get("If-None-Match: \"a\"\r\nIf-None-Match: \"b\"\r\n"), 200),
            Probe("an empty host", "GET /healthz HTTP/1.1\r\nHost:\r\n\r\n", 200),
            Probe("an IPv6 host", "GET /healthz HTTP/1.1\r\nHost: [2001:db8::1]:5080\r\n\r\n", 200),
        ])
    func taken(_ probe: Probe) async throws {
        let api = try await TestAPI()
        let running = try RunningServer(api)
        let client = try Client(port: running.port)
        try await client.send(probe.bytes)
        #expect(try await client.read().status == probe.statuses[0])
        await running.server.stop()
    }

    @Test("who waits for a 100 gets it, then the answer")
    func expectation() async throws {
        let api = try await TestAPI()
        let running = try RunningServer(api)
        let client = try Client(port: running.port)
        try await client.send(
            "POST /as/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        #expect(try await client.read(hasBody: false).status == 100)
        try await client.send("{}")
        #expect(try await client.read().status == 400)
        await running.server.stop()
    }

    @Test("an address with too many connections is told so, and served again when it has closed some")
    func connectionsPerAddress() async throws {
        let api = try await TestAPI()
        var manager = ManagerSpec()
        manager.api.limits.connectionsPerAddress = 4
        let running = try RunningServer(api, manager: manager)
        do {
            let held = try (0..<4).map { _ in try Client(port: running.port) }
            for client in held { #expect(try await client.ask("GET", "/healthz").status == 200) }
            let further = try Client(port: running.port)
            let answer = try await further.read()
            #expect(answer.status == 429 && answer.field("Retry-After") == "5")
            #expect(answer.field("Content-Type") == "application/problem+json")
            #expect(try await further.isClosed())
            #expect(try await held[0].ask("GET", "/healthz").status == 200)
        }
        // The server learns of the closes in its own time.
        while try await Client(port: running.port).ask("GET", "/healthz").status != 200 {}
        await running.server.stop()
    }

    @Test("who was turned away is not served, whatever it sends then")
    func turnedAway() async throws {
        let api = try await TestAPI()
        let token = try api.token(.admin)
        var manager = ManagerSpec()
        manager.api.limits.connectionsPerAddress = 1
        let running = try RunningServer(api, manager: manager)
        let stream = StreamKey(scope: "live", name: "b")
        let request = ["Authorization: Bearer \(token)"]
        do {
            let held = try Client(port: running.port)
            #expect(try await held.ask("GET", "/healthz").status == 200)
            let further = try Client(port: running.port)
            #expect(try await further.read().status == 429)
            let head = (["GET /as/v1/streams/live/b/publish HTTP/1.1", "Host: localhost"] + request)
            try await further.send(head.joined(separator: "\r\n") + "\r\n\r\n")
        }
        // When another one is served, the server has seen the end of both.
        while try await Client(port: running.port).ask("GET", "/healthz").status != 200 {}
        #expect(api.live.streams.entry(stream) == nil)
        while try await Client(port: running.port)
            .ask("GET", "/as/v1/streams/live/b/publish", headers: request).status != 200
        {}
        #expect(api.live.streams.entry(stream) != nil)
        await running.server.stop()
    }
}
