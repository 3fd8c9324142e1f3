import Reconciler
import Testing

@testable import APIServer

@Suite("The rules of the HTTP edge")
struct EdgeRulesTests {
    struct Wait: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let stage: ConnectionWatch.Stage
        let seconds: Double
        let received: Int
        let want: Patience.Cut?
        init(_ name: String, _ stage: ConnectionWatch.Stage, _ seconds: Double, _ received: Int, _ want: Patience.Cut?)
        {
            testDescription = name
            self.stage = stage
            self.seconds = seconds
            self.received = received
            self.want = want
        }
    }

    @Test(
        "a client that takes too long is cut, and told where it began a request",
        arguments: [
            Wait("a handshake in time", .opening, 9.9, 0, nil), Wait("no request line", .opening, 10, 0, .silent),
            Wait("a head in time", .head, 9.9, 0, nil), Wait("a head too late", .head, 10, 0, .told),
            Wait("a slow body within the grace", .body, 4.9, 0, nil),
            Wait("a byte a second", .body, 5, 5, .told), Wait("just below the rate", .body, 6, 2999, .told),
            Wait("just the rate", .body, 6, 3000, nil), Wait("a long body at the rate", .body, 59.9, 30_000, nil),
            Wait("a body over its whole time", .body, 60, 1_000_000, .told),
            Wait("our own work", .waiting, 100_000, 0, nil), Wait("an answer in time", .answering, 59.9, 0, nil),
            Wait("an answer that is not taken", .answering, 60, 0, .silent), Wait("idle in time", .idle, 59.9, 0, nil),
            Wait("idle too long", .idle, 60, 0, .silent), Wait("told and gone", .cut, 0.9, 0, nil),
            Wait("told and still there", .cut, 1, 0, .silent),
        ])
    func patience(_ wait: Wait) {
        let verdict = Patience.verdict(
            wait.stage, elapsed: Int64(wait.seconds * 1000), received: wait.received, ManagerSpec.API.Limits())
        #expect(verdict == wait.want)
    }

    @Test("the reaper cuts what is overdue once, and a cut connection goes nowhere")
    func reaper() {
        let reaper = ConnectionReaper()
        let slow = Exchange(remoteAddress: "")
        let busy = Exchange(remoteAddress: "")
        reaper.add(slow, descriptor: 7)
        reaper.add(busy, descriptor: 8)
        slow.watch.advance(to: .head, at: nil)
        busy.watch.advance(to: .waiting, at: reaper.now)
        var cut: [CInt] = []
        func reap(after seconds: Int64) {
            reaper.reap(at: reaper.now + seconds * 1000, ManagerSpec.API.Limits()) { descriptor, _ in
                cut.append(descriptor)
            }
        }
        reap(after: 8)
        #expect(cut.isEmpty)
        reap(after: 11)
        #expect(cut == [7])
        let steps = (
            slow.watch.advance(to: .answering, at: reaper.now), busy.watch.advance(to: .answering, at: reaper.now)
        )
        #expect(steps == (false, true))
        let stages = (slow.watch.stage, busy.watch.stage)
        #expect(stages == (.cut, .answering))
        reaper.remove(slow)
        reaper.remove(busy)
        #expect(reaper.count == 0)
    }

    @Test("connections are counted by address: proxies and this machine have no limit unless it is given")
    func ledger() throws {
        var manager = ManagerSpec()
        manager.trustedProxies = [try #require(AddressBlock("192.0.2.0/24"))]
        manager.api.limits.connections = 3000
        let rules = ServingRules(manager)
        let ledger = ConnectionLedger()
        let client = IPAddress("203.0.113.1")
        for _ in 0..<1000 { #expect(ledger.enter(client, rules) == .taken) }
        #expect(ledger.enter(client, rules) == .tooManyOfAddress)
        #expect(!ledger.isFlooded(client, rules))
        for _ in 0..<ConnectionLedger.excess(over: 1000) { _ = ledger.enter(client, rules) }
        #expect(ledger.isFlooded(client, rules))
        #expect(!ledger.isFlooded(IPAddress("203.0.113.2"), rules))
        for _ in 0..<(ConnectionLedger.excess(over: 1000) + 1) { ledger.leave(client) }
        for address in ["192.0.2.7", "127.0.0.1"] {
            #expect(rules.connectionLimit(of: try #require(IPAddress(address))) == nil)
        }
        for _ in 0..<2000 { #expect(ledger.enter(IPAddress("192.0.2.7"), rules) == .taken) }
        #expect(ledger.enter(IPAddress("192.0.2.7"), rules) == .full)
        manager.api.limits.connectionsPerAddress = 5
        #expect(ServingRules(manager).connectionLimit(of: try #require(IPAddress("127.0.0.1"))) == 5)
        #expect(ServingRules(manager).connectionLimit(of: try #require(IPAddress("192.0.2.7"))) == nil)
    }

    @Test("an IPv6 network of one host counts as one address")
    func version6() {
        var manager = ManagerSpec()
        manager.api.limits.connectionsPerAddress = 2
        let rules = ServingRules(manager)
        let ledger = ConnectionLedger()
        #expect(ledger.enter(IPAddress("2001:db8::1"), rules) == .taken)
        #expect(ledger.enter(IPAddress("2001:db8::2"), rules) == .taken)
        #expect(ledger.enter(IPAddress("2001:db8::3"), rules) == .tooManyOfAddress)
        #expect(ledger.enter(IPAddress("2001:db8:0:1::1"), rules) == .taken)
    }

    @Test("what is wrong with a certificate is told from thirty days before its end on")
    func remarks() throws {
        let now = try #require(Timestamp("2026-11-22T12:00:00Z"))
        func facts(from: Int64, to: Int64, names: [String] = ["a"], key: String = "EC/ECDSA", bits: Int = 256)
            -> CertificateFacts
        {
            CertificateFacts(
                names: names, notBefore: now + .seconds(from * 86_400), notAfter: now + .seconds(to * 86_400),
                chainLength: 1, keyName: key, keyBits: bits)
        }
        #expect(facts(from: -1, to: 30).remarks(at: now) == [])
        #expect(facts(from: -1, to: 29).remarks(at: now) == [.expiring(days: 29)])
        #expect(facts(from: -1, to: 0).remarks(at: now) == [.expired(since: now)])
        #expect(facts(from: 1, to: 90).remarks(at: now) == [.notYet(until: now + .seconds(86_400))])
        #expect(facts(from: -1, to: 90, names: []).remarks(at: now) == [.nameless])
        #expect(facts(from: -1, to: 90, key: "RSA", bits: 1024).remarks(at: now) == [.weakKey(bits: 1024)])
    }

    static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test(
        "a traceparent is passed on if it is valid (W3C Trace Context, section 3.2)",
        arguments: [
            (trace, trace), ("cc" + trace.dropFirst(2) + "-what-comes-later", trace),
            ("ff" + trace.dropFirst(2), nil), (trace + "-x", nil), (trace + "x", nil), (trace.uppercased(), nil),
            ("cc" + trace.dropFirst(2) + "x", nil), (String(trace.dropLast()), nil),
            ("00-00000000000000000000000000000000-b7ad6b7169203331-01", nil),
            ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", nil), ("", nil),
        ] as [(String, String?)])
    func traces(_ text: String, _ want: String?) {
        #expect(TraceContext(parent: Array(text.utf8))?.parent == want)
    }

    @Test("a tracestate goes with it, if it is of printable signs and not too long")
    func states() {
        let parent = Array(Self.trace.utf8)
        #expect(TraceContext(parent: parent, state: Array("a=1,b=2".utf8))?.state == "a=1,b=2")
        #expect(TraceContext(parent: parent, state: Array("a=1\u{7f}".utf8))?.state == nil)
        #expect(TraceContext(parent: parent, state: Array(String(repeating: "a", count: 513).utf8))?.state == nil)
    }
}
