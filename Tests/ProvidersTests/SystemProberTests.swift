import Foundation
import Glibc
import Reconciler
import Testing

@testable import Providers

@Suite("The system's prober")
struct SystemProberTests {
    private let prober = SystemProber()

    private func call(
        _ check: ProbeSpec.Check, _ port: Int?, address: String = "127.0.0.1", timeout: Duration = .seconds(30)
    ) -> ProbeCall {
        ProbeCall(node: "n1", check: check, address: address, port: port, timeout: timeout)
    }

    private func probe(_ call: ProbeCall) async -> String? { await prober.probe(call).words }

    private let tcp = ProbeSpec.Check.tcp(.endpoint(nil))
    private let http = ProbeSpec.Check.http(.endpoint(nil), path: "/healthz")

    @Test("a port that accepts is well, one that refuses is not")
    func connects() async throws {
        let listener = try #require(Listener())
        #expect(await probe(call(tcp, listener.port)) == nil)
        #expect(await probe(call(tcp, listener.port, address: "localhost")) == nil)
        #expect(await probe(call(tcp, 1)) == "connection refused")
        #expect(await probe(call(http, 1)) == "connection refused")
        #expect(await probe(call(tcp, nil)) == "it has no port to connect to")
    }

    @Test("connects over IPv6, also for HTTP", .enabled(if: Listener("::1") != nil))
    func version6() async throws {
        let listener = try #require(Listener("::1"))
        #expect(await probe(call(tcp, listener.port, address: "::1")) == nil)
        #expect(await probe(call(tcp, 1, address: "::1")) == "connection refused")
        let late = await probe(call(http, listener.port, address: "::1", timeout: .milliseconds(200)))
        #expect(late == "no answer within 200ms")
    }

    @Test("a name that nobody knows is a failure in words")
    func unknownName() async throws {
        let failure = try #require(await probe(call(tcp, 80, address: "no-such-host.invalid")))
        #expect(failure.hasPrefix("cannot look up 'no-such-host.invalid'"))
    }

    @Test("a host that does not answer costs its time-out and delays nobody")
    func deadAddresses() async throws {
        // A full backlog: the kernel drops what comes then, as a host that is gone does.
        let dead = try #require(Listener(backlog: 0))
        let late = "no connection within 100ms"
        while await probe(call(tcp, dead.port, timeout: .milliseconds(100))) != late {}
        let listener = try #require(Listener())
        let answers = await withTaskGroup(of: String?.self) { group in
            for index in 0..<300 {
                let call = call(index % 2 == 0 ? tcp : http, dead.port, timeout: .seconds(600))
                group.addTask { await prober.probe(call).words }
            }
            // All of them are under way, and this one has its answer.
            let answer = await probe(call(tcp, listener.port))
            #expect(answer == nil)
            group.cancelAll()
            return await group.reduce(into: [] as Set<String?>) { $0.insert($1) }
        }
        #expect(answers == ["unknown: the probe was cancelled"])
    }

    @Test(
        "the status of an HTTP answer decides, and a redirect is well",
        arguments: [
            ("200 OK", nil), ("204 No Content", nil), ("301 Moved Permanently", nil), ("404 Not Found", "status 404"),
            ("503 Service Unavailable", "status 503"),
        ])
    func statuses(_ status: String, _ failure: String?) async throws {
        let server = TestServer { _ in TestServer.response(status, "", headers: "Location: /elsewhere\r\n") }
        #expect(await probe(call(http, server.port)) == failure)
        #expect(server.received.count == 1)
        let request = try #require(server.received.first)
        #expect(request.hasPrefix("GET /healthz HTTP/1.1\r\n") && request.contains("Connection: close\r\n"))
    }

    @Test("a server that takes the connection and says nothing is not well")
    func silent() async {
        let server = TestServer { _ in nil }
        let failure = await probe(call(http, server.port, timeout: .milliseconds(200)))
        #expect(failure == "no answer within 200ms")
        #expect(await probe(call(tcp, server.port)) == nil)
    }

    @Test("a body is not waited for, however long it is or slow")
    func bodies() async {
        let endless = TestServer { _ in "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 10_000_000) }
        #expect(await probe(call(http, endless.port)) == nil)
        let stuck = TestServer { _ in "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx" }
        #expect(await probe(call(http, stuck.port, timeout: .seconds(30))) == nil)
        let bad = TestServer { _ in "HTTP/1.1 500 Oh\r\ncontent-length: 10\r\n\r\nx" }
        #expect(await probe(call(http, bad.port, timeout: .seconds(30))) == "status 500")
    }
}

@Suite("A probe's command")
struct ProbeCommandTests {
    private func run(
        _ words: [String], port: Int? = 1935, timeout: Duration = .seconds(30), inherited: [String: String]? = nil
    ) async -> String? {
        let call = ProbeCall(node: "n1", check: .command(words), address: "203.0.113.7", port: port, timeout: timeout)
        return await ProbeCommand(words, call, inherited: inherited ?? NodeCommand.ownEnvironment()).run().words
    }

    private func shell(_ script: String, timeout: Duration = .seconds(30)) async -> String? {
        await run(["/bin/sh", "-c", script], timeout: timeout)
    }

    @Test("its exit status decides, and the last line of its errors says why")
    func exits() async {
        #expect(await shell("exit 0") == nil)
        #expect(await shell("echo out; echo note >&2; exit 0") == nil)
        #expect(await shell("exit 3") == "exit status 3")
        #expect(
            await shell("echo out; echo first >&2; printf 'stream\\tis dead\\n\\n' >&2; exit 1")
                == "exit status 1: stream is dead")
        #expect(await shell("kill -TERM $$") == "killed by signal 15")
        #expect(
            await run(["/no/such/program"]) == "unknown: cannot start '/no/such/program': no such file or directory")
    }

    @Test("what it prints is bounded, and a full pipe does not stop it")
    func output() async throws {
        let failure = try #require(
            await shell("head -c 300000 /dev/zero | tr '\\0' x >&2; head -c 300000 /dev/zero; exit 1"))
        #expect(failure.hasPrefix("exit status 1: xxxx") && failure.count == ProbeCommand.longestWords)
    }

    @Test("gets the node's data in its arguments and its environment, and no secret of the manager")
    func environment() async {
        let script = """
            test "$1 $2 $3" = '203.0.113.7 1935 n1' || { echo "$@" >&2; exit 1; }
            test "$SMRECONCILE_NODE_ID $SMRECONCILE_NODE_ADDRESS $SMRECONCILE_NODE_PORT" = 'n1 203.0.113.7 1935' || exit 2
            test -z "$SMRECONCILE_ADMIN_PASSWORD$AWS_SECRET_ACCESS_KEY" || exit 3
            """
        let inherited = [
            "PATH": "/usr/bin:/bin", "SMRECONCILE_ADMIN_PASSWORD": "secret", "AWS_SECRET_ACCESS_KEY": "secret",
        ]
        let words = ["/bin/sh", "-c", script, "sh", "{{address}}", "{{port}}", "{{ nodeId }}"]
        #expect(await run(words, inherited: inherited) == nil)
    }

    @Test("is killed at its time-out with all that it started")
    func hangs() async throws {
        let file = NSTemporaryDirectory() + "smreconcile-probe-\(UInt64.random(in: 0..<(.max)))"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let script = "echo waiting for it >&2; sleep 1000 & echo $! > \(file); trap '' TERM; wait"
        #expect(await shell(script, timeout: .seconds(1)) == "no end within 1s: waiting for it")
        let child = try #require(Int32(try String(contentsOfFile: file, encoding: .utf8).dropLast()))
        #expect(await eventually { isGone(child) })
    }

    @Test("what it leaves behind ends with it, and does not keep it")
    func leftovers() async throws {
        let file = NSTemporaryDirectory() + "smreconcile-probe-\(UInt64.random(in: 0..<(.max)))"
        defer { try? FileManager.default.removeItem(atPath: file) }
        #expect(await shell("sleep 1000 & echo $! > \(file)") == nil)
        let child = try #require(Int32(try String(contentsOfFile: file, encoding: .utf8).dropLast()))
        #expect(await eventually { isGone(child) })
    }

    @Test("ends soon when its task is cancelled")
    func cancellation() async {
        let task = Task { await shell("sleep 1000", timeout: .seconds(600)) }
        task.cancel()
        #expect(await task.value == "no end within 10m")
    }

    /// Gone, or dead and waiting for its parent.
    private func isGone(_ pid: Int32) -> Bool { ProcessTable.entry(pid).map(\.isDead) ?? true }
}

extension ProbeOutcome {
    /// Nil when the node is well.
    fileprivate var words: String? {
        switch self {
        case .well: nil
        case .failed(let words): words
        case .unknown(let words): "unknown: \(words)"
        }
    }
}
