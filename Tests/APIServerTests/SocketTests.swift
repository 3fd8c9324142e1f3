import Glibc
import Reconciler
import Synchronization
import Testing

@testable import APIServer

@Suite("Over a socket", .timeLimit(.minutes(1)))
struct SocketTests {
    @Test("a login, a publish and a heartbeat work over one kept-alive connection")
    func keepAlive() async throws {
        let api = try await TestAPI()
        let running = try RunningServer(api)
        let client = try Client(port: running.port)
        let body = #"{"username":"admin","password":"correct horse"}"#
        let login = try await client.ask("POST", "/as/v1/auth/login", body: body)
        #expect(login.status == 200)
        let token = try #require(login.body.split(separator: "\"").dropFirst(3).first.map { String($0) })
        #expect(login.body.hasPrefix(#"{"accessToken":"\#(token)","tokenType":"Bearer","expiresIn":3600,"#))
        let publish = try await client.ask(
            "GET", "/as/v1/streams/live/a%2Fb/publish",
            headers: ["Authorization: Bearer \(token)", "X-Request-Id: r-1"])
        #expect(publish.status == 200)
        #expect(publish.body.contains(#""name":"a/b""#))
        #expect(publish.field("X-Request-Id") == "r-1")
        #expect(publish.field("Content-Type") == "application/json")
        let heartbeat = try await client.ask(
            "POST", "/as/v1/nodes/edge-1/heartbeat", headers: [api.bearer(node: "edge-1")].map { "\($0.0): \($0.1)" },
            body: #"{"sequence":1,"metrics":{},"streams":[]}"#)
        #expect(
            heartbeat.body
                == #"{"directive":"serve","intervalMs":1000,"parents":["rtmp://203.0.113.10:1935"],"routes":[]}"#)
        await running.server.stop()
    }

    @Test("HEAD has the head of GET and no body; a chunked body is taken")
    func headAndChunks() async throws {
        let api = try await TestAPI()
        let running = try RunningServer(api)
        let client = try Client(port: running.port)
        try await client.send("HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        let head = try await client.read(hasBody: false)
        #expect(head.status == 200)
        #expect(head.field("Content-Length") == "3")
        try await client.send(
            "POST /as/v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
        let answer = try await client.read()
        #expect(answer.status == 400 && answer.field("Connection")?.lowercased() == "close")
        // Where chunks end, two readers may differ: nothing follows them.
        #expect(try await client.isClosed())
        await running.server.stop()
    }

    @Test(
        "a large body of somebody who may not send it is answered as a small one is",
        arguments: [
            ("/as/v1/nodes/edge-1/heartbeat", "Content-Length: 1000000", 401),
            ("/as/v1/nodes/edge-1/heartbeat", "Transfer-Encoding: chunked", 401),
            ("/as/v1/nowhere", "Content-Length: 1000000", 404), ("/healthz", "Content-Length: 1000000", 405),
            ("/as/v1/users", "Content-Length: 60000", 413),
        ])
    func refusedBody(path: String, framing: String, status: Int) async throws {
        let api = try await TestAPI()
        let running = try RunningServer(api)
        let client = try Client(port: running.port)
        let body = framing.hasPrefix("T") ? "2\r\n{}\r\n0\r\n\r\n" : String(repeating: "a", count: 1_000_000)
        // Who writes a body to its end before it reads gets the answer all the same, unless that body is longer than any there.
        let isAwaited = status == 401
        try await client.send(
            "POST \(path) HTTP/1.1\r\nHost: x\r\n\(framing)\r\n\r\n" + (isAwaited ? body : ""))
        let answer = try await client.read()
        #expect(answer.status == status && answer.field("Content-Type") == "application/problem+json")
        if isAwaited, framing.hasPrefix("C") {
            #expect(try await client.ask("GET", "/healthz").status == 200)
        } else {
            #expect(try await client.isClosed())
        }
        // A small one is read, and the connection goes on; so is a large one of who may.
        let next = try Client(port: running.port)
        if status != 413 { #expect(try await next.ask("POST", path, body: "{}").status == status) }
        let bearer = try api.bearer(.operator)
        let large = try await next.ask(
            "POST", "/as/v1/nodegroups", headers: ["\(bearer.0): \(bearer.1)"],
            body: String(repeating: "# a comment\n", count: 5000))
        #expect(large.status == 400 || large.status == 422, "\(large.body)")
        #expect(try await next.ask("GET", "/healthz").status == 200)
        await running.server.stop()
    }

    @Test("all bodies together have a bound")
    func bodies() {
        let budget = BodyBudget(1000)
        let taken = [990, 11, 10, 1].map { budget.take($0) }
        #expect(taken == [true, false, true, false])
        budget.give(10)
        let again = budget.take(9)
        #expect(again)
    }

    @Test("room is taken as a body comes, and nothing is kept of one that is refused")
    func room() {
        let exchange = Exchange(remoteAddress: "127.0.0.1")
        exchange.bodyLimit = 100_000
        func come(_ count: Int) {
            let bytes = [UInt8](repeating: 0x61, count: count)
            unsafe bytes.withUnsafeBufferPointer { unsafe exchange.append($0) }
        }
        come(BodyBudget.small)
        #expect(exchange.missingRoom == 0)
        come(1)
        #expect(exchange.missingRoom == BodyBudget.step)
        exchange.reserved = BodyBudget.step
        come(BodyBudget.step - BodyBudget.small - 1)
        #expect(exchange.missingRoom == 0)
        come(1)
        #expect(exchange.missingRoom == BodyBudget.step && exchange.request.body.count == BodyBudget.step + 1)
        exchange.refusal = .forbidden("no")
        come(1000)
        #expect(exchange.missingRoom == 0 && exchange.request.body.count == BodyBudget.step + 1)
        exchange.dropBody()
        #expect(exchange.request.body.isEmpty)
    }

    struct Probe: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let head: String
        let status: Int
        init(_ name: String, _ head: String, _ status: Int = 400) {
            testDescription = name
            self.head = head
            self.status = status
        }
    }

    @Test(
        "a request that two readers could understand in two ways is refused and the connection closed",
        arguments: [
            Probe("length and coding", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"),
            Probe("coding and length", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5"),
            Probe("two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6"),
            Probe("two equal lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5"),
            Probe("list of lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5"),
            Probe("length with a sign", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5"),
            Probe("negative length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5"),
            Probe("hexadecimal length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5"),
            Probe("empty length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length:"),
            Probe("unknown coding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip", 501),
            Probe("two codings", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked", 501),
            Probe("coding with a vertical tab", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \u{b}chunked"),
            Probe("coding in 1.0", "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked"),
            Probe("space before the colon", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 5"),
            Probe("space in a name", "GET /healthz HTTP/1.1\r\nHost: x\r\nX Y: 5"),
            Probe("empty name", "GET /healthz HTTP/1.1\r\nHost: x\r\n: 5"),
            Probe("carriage return in a value", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\rb"),
            Probe("NUL in a value", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\0b\r\nY: z"),
            Probe("NUL in the last value", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\0b"),
            Probe("NUL at the end of a value", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\0\r\nY: z"),
            Probe("two NULs in the last value", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\0\0b"),
            Probe("NUL in a name", "GET /healthz HTTP/1.1\r\nHost: x\r\nX\0: a\r\nY: z"),
            Probe("folded value", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\r\n b"),
            Probe("line without a colon", "GET /healthz HTTP/1.1\r\nHost: x\r\nnonsense\r\nY: z"),
            Probe("no host", "GET /healthz HTTP/1.1"),
            Probe("two hosts", "GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y"),
        ])
    func smuggling(_ probe: Probe) async throws {
        let api = try await TestAPI()
        let running = try RunningServer(api)
        let client = try Client(port: running.port)
        try await client.send(probe.head + "\r\n\r\n")
        let answer = try await client.read()
        #expect(answer.status == probe.status)
        #expect(try await client.isClosed())
        #expect(try await Client(port: running.port).ask("GET", "/healthz").status == 200)
        await running.server.stop()
    }

    @Test("a sound head is taken however it arrives and however it is spelled")
    func soundHeads() async throws {
        let api = try await TestAPI()
        let running = try RunningServer(api)
        let client = try Client(port: running.port)
        let large = String(repeating: "a", count: 2000)
        let heads = [
            "GET /healthz HTTP/1.1\r\nHost:x\r\nEmpty:\r\nX: \t a b \t\r\nLast: ",
            "GET /healthz HTTP/1.1\r\nHost: x\r\nCookie: a=b; c=d\r\nContent-Length: 0",
            "GET /healthz?a=b%20c&d HTTP/1.1\r\nA: \(large)\r\nB: \(large)\r\nC: \(large)\r\nD: \(large)\r\nHost: x",
        ]
        for head in heads {
            for part in [head + "\r\n", "\r\n"] { try await client.send(part) }
            let whole = try await client.read()
            #expect(whole.status == 200, "\(whole.body)")
            // In pieces of 500 bytes.
            var rest = Substring(head + "\r\n\r\n")
            while !rest.isEmpty {
                try await client.send(String(rest.prefix(500)))
                rest = rest.dropFirst(500)
            }
            #expect(try await client.read().status == 200)
        }
        try await client.send("GET /healthz HTTP/1.0\r\n\r\n")
        #expect(try await client.read().status == 200)
        await running.server.stop()
    }

    @Test("a body over the limit is 413, announced or not")
    func largeBodies() async throws {
        let api = try await TestAPI()
        let running = try RunningServer(api)
        let announced = try Client(port: running.port)
        try await announced.send("POST /as/v1/approvals HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n")
        let refused = try await announced.read()
        #expect(refused.status == 413)
        #expect(refused.field("Content-Type") == "application/problem+json")
        let chunked = try Client(port: running.port)
        // At once: on a busy machine a client of many steps is a slow one, 408.
        let chunk = "400\r\n\(String(repeating: "a", count: 1024))\r\n"
        try await chunked.send(
            "POST /as/v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                + String(repeating: chunk, count: 10) + "0\r\n\r\n")
        #expect(try await chunked.read().status == 413)
        let head = try Client(port: running.port)
        try await head.send("GET /healthz HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 40_000))\r\n\r\n")
        #expect([413, 431].contains(try await head.read().status))
        await running.server.stop()
    }

    @Test("64 clients at once are all answered")
    func parallel() async throws {
        let api = try await TestAPI()
        let running = try RunningServer(api)
        let bearer = try api.bearer(.app)
        let port = running.port
        #expect(api.live.published(StreamKey(scope: "live", name: "a"), on: "origin-1", at: api.time.now()))
        let done = Locked(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    guard let client = try? Client(port: port) else { return }
                    for _ in 0..<20 {
                        let answer = try? await client.ask(
                            "GET", "/as/v1/streams/live/a/subscribe", headers: ["\(bearer.0): \(bearer.1)"])
                        if answer?.status == 200 { done.with { $0 += 1 } }
                    }
                }
            }
        }
        #expect(done.current == 64 * 20)
        await running.server.stop()
    }

    @Test("a port in use is said so, with what to do")
    func portInUse() async throws {
        let api = try await TestAPI()
        // An address that no other test listens on: none takes the port when the first gives it back.
        let host = "127.83.12.5"
        let first = APIServer(services: api.services, listen: ListenAddress(host: host, port: 0))
        let port = try #require(try first.start().plain?.port)
        let second = APIServer(services: api.services, listen: ListenAddress(host: host, port: port))
        let failure = #expect(throws: ListenFailure.self) { try second.start() }
        #expect(
            failure?.message
                == "cannot listen on \(host):\(port): address already in use; choose another with --listen")
        await first.stop()
        #expect(try second.start().plain?.port == port)
        await second.stop()
    }

    @Test("no descriptor of the server is inherited by child processes")
    func closeOnExec() async throws {
        let api = try await TestAPI()
        let running = try RunningServer(api)
        let client = try Client(port: running.port)
        #expect(try await client.ask("GET", "/healthz").status == 200)
        var found = 0
        for descriptor in 3..<CInt(4096) {
            let flags = fcntl(descriptor, F_GETFD)
            guard flags >= 0 else { continue }
            // Other tests in this process have sockets of their own.
            guard localPort(of: descriptor) == running.port else { continue }
            found += 1
            #expect(flags & FD_CLOEXEC != 0, "descriptor \(descriptor)")
        }
        #expect(found >= 2)
        await running.server.stop()
    }

    /// The port that an IPv4 socket is bound to; nil for anything else.
    private func localPort(of descriptor: CInt) -> Int? {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let done = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &size) == 0
            }
        }
        guard done, CInt(address.sin_family) == AF_INET else { return nil }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    @Test("a stop lets a request in flight end, closes new connections, and closes the rest")
    func gracefulStop() async throws {
        let gate = Gate()
        let server = MicroHTTPServer(handler: SlowHandler(gate: gate))
        let port = try server.start(on: ListenAddress(host: "127.0.0.1", port: 0))
        let client = try Client(port: port)
        let idle = try Client(port: port)
        try await client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        await gate.waitUntilEntered()
        let stopping = Task { await server.stop(grace: .seconds(20)) }
        while !server.isStopping.load(ordering: .relaxed) { await Task.yield() }
        #expect(try await Client(port: port).isClosed())
        await gate.open()
        let answer = try await client.read()
        #expect(answer.body == "slow")
        #expect(answer.field("Connection")?.lowercased() == "close")
        await stopping.value
        #expect(try await client.isClosed())
        #expect(try await idle.isClosed())
    }

    @Test("stops beside requests that begin, wait and end, at any moment", arguments: 0..<24)
    func stopUnderLoad(_ round: Int) async throws {
        let gate = Gate()
        let server = MicroHTTPServer(handler: SlowHandler(gate: gate))
        let port = try server.start(on: ListenAddress(host: "127.0.0.1", port: 0))
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    // Until the server is gone; its answer may be that it stops.
                    while let client = try? Client(port: port), let answer = try? await client.ask("GET", "/slow") {
                        #expect([200, 503].contains(answer.status))
                    }
                }
            }
            await gate.waitUntilEntered()
            if !round.isMultiple(of: 3) { await gate.open() }
            for _ in 0..<(round * 4) { await Task.yield() }
            await server.stop(grace: .milliseconds(round % 2))
            await gate.open()
        }
    }

    @Test("a request that does not end within the grace is cut off with a 503")
    func forcedStop() async throws {
        let gate = Gate()
        let server = MicroHTTPServer(handler: SlowHandler(gate: gate))
        let port = try server.start(on: ListenAddress(host: "127.0.0.1", port: 0))
        let client = try Client(port: port)
        try await client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        await gate.waitUntilEntered()
        await server.stop(grace: .zero)
        #expect(try await client.isClosed())
        await gate.open()
        await server.stop()
    }

    @Test(
        "a listening address is read as people write it",
        arguments: [
            ("127.0.0.1:5080", "127.0.0.1", 5080), ("[::1]:0", "::1", 0), (":80", "", 80),
            ("localhost:65535", "localhost", 65535),
        ])
    func addresses(_ text: String, _ host: String, _ port: Int) {
        #expect(ListenAddress(text) == ListenAddress(host: host, port: port))
        #expect(ListenAddress(text)?.description == text)
        for bad in ["", "5080", "::1:80", "a:b", "a:70000", "a:-1"] { #expect(ListenAddress(bad) == nil, "\(bad)") }
    }
}
