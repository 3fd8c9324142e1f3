import Foundation
import Testing

@testable import Reconciler

/// What a webhook takes, how it signs, and what it makes of answers.
@Suite struct WebhookDecisionTests {
    struct Filtered: Sendable, CustomTestStringConvertible {
        var name: String
        var change: @Sendable (inout WebhookSpec) -> Void
        var group: String?
        var isWanted: Bool
        var testDescription: String { name }
    }

    private static let fault = Event(
        at: noon, level: .warning, reason: "NodeFault", subject: "live-edge-1", message: "silent for 15s")

    @Test(arguments: [
        Filtered(name: "all by default", change: { _ in }, group: nil, isWanted: true),
        Filtered(name: "the reason", change: { $0.events = ["NodeFault"] }, group: nil, isWanted: true),
        Filtered(name: "another reason", change: { $0.events = ["NodeCreated"] }, group: nil, isWanted: false),
        Filtered(name: "a pattern", change: { $0.events = ["Spec*", "Node*"] }, group: nil, isWanted: true),
        Filtered(
            name: "a pattern for the end alone", change: { $0.events = ["*Created"] }, group: nil, isWanted: false),
        Filtered(name: "its level", change: { $0.level = .warning }, group: nil, isWanted: true),
        Filtered(name: "a higher level", change: { $0.level = .error }, group: nil, isWanted: false),
        Filtered(name: "its group", change: { $0.nodeGroups = ["live"] }, group: "live", isWanted: true),
        Filtered(name: "another group", change: { $0.nodeGroups = ["live"] }, group: "film", isWanted: false),
        Filtered(name: "no group at all", change: { $0.nodeGroups = ["live"] }, group: nil, isWanted: false),
    ])
    func `a webhook takes an event by reason, level and node group`(_ given: Filtered) {
        var spec = WebhookSpec()
        given.change(&spec)
        #expect(spec.wants(Self.fault, about: given.group) == given.isWanted)
    }

    @Test func `events about webhooks are sent by none`() {
        let event = Event(at: noon, level: .error, reason: "WebhookFailing", subject: "webhook/ops", message: "")
        #expect(!WebhookSpec().wants(event, about: nil))
    }

    @Test(
        arguments: [
            ("live", "live"), ("live/us-east/edge", "live"), ("live/edge", "live"), ("edge-1", "live"),
            ("live-edge-x7", "live"), ("live-2-edge-x7", "live-2"), ("live-2", "live-2"), ("live-relay-x7", nil),
            ("spec", nil), ("film-edge-1", nil), ("lab/us-east", nil),
        ] as [(String, String?)])
    func `an event is about the node group that its subject names`(_ subject: String, _ group: String?) {
        var spec = Sample.spec(Sample.edge())
        spec.groups[0].name = "live"
        spec.groups.append(spec.groups[0])
        spec.groups[1].name = "live-2"
        var fleet = Fleet(observingSince: noon)
        let pool = PoolKey(group: "live", region: "us-east", role: "edge")
        let node = Node(
            id: NodeID("edge-1"), pool: pool, provider: "lab", token: "t", state: .inService, since: noon,
            revision: "r", requestedAt: noon, reason: "")
        fleet.nodes[node.id] = node
        let snapshot = FleetSnapshot(spec: spec, fleet: fleet, plan: Plan(), at: noon, isReady: true, troubles: [])
        #expect(snapshot.nodeGroup(of: subject) == group)
    }

    // MARK: - Signatures

    @Test func `a signature is that of the specification's example`() throws {
        let keys = try WebhookSignature.keys(in: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
        let headers = WebhookSignature.headers(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at: Timestamp(milliseconds: 1_614_265_330_999),
            body: #"{"test": 2432232314}"#, keys: keys)
        #expect(headers["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek")
        #expect(headers["webhook-timestamp"] == "1614265330")
        #expect(headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func `two secrets give two signatures, none gives none`() throws {
        let one = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        func signature(_ text: String) throws -> String? {
            WebhookSignature.headers(id: "a", at: noon, body: "b", keys: try WebhookSignature.keys(in: text))[
                "webhook-signature"]
        }
        let both = try #require(try signature("\(one)\n\(other)\n"))
        #expect(both == [try signature(one), try signature(other)].compactMap(\.self).joined(separator: " "))
        #expect(WebhookSignature.headers(id: "a", at: noon, body: "b", keys: [])["webhook-signature"] == nil)
    }

    @Test(arguments: [
        "", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!!",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ])
    func `a text that holds no secrets is refused, and not told`(_ text: String) throws {
        let fault = #expect(throws: WebhookSignature.Fault.self) { try WebhookSignature.keys(in: text) }
        let words = text.split(separator: " ").map { $0.dropFirst(6) }.filter { !$0.isEmpty }
        for word in words { #expect(fault?.message.contains(word) == false) }
    }

    // MARK: - Verdicts

    @Test(arguments: [
        (200, WebhookVerdict.delivered), (204, .delivered), (299, .delivered), (410, .gone), (400, .refused),
        (405, .refused), (413, .refused), (422, .refused), (301, .retry(after: .zero)), (304, .retry(after: .zero)),
        (401, .retry(after: .zero)), (403, .retry(after: .zero)), (404, .retry(after: .zero)),
        (408, .retry(after: .zero)), (409, .retry(after: .zero)), (425, .retry(after: .zero)),
        (429, .retry(after: .zero)), (500, .retry(after: .zero)), (503, .retry(after: .zero)),
    ])
    func `a status decides what becomes of a delivery`(_ status: Int, _ verdict: WebhookVerdict) {
        #expect(WebhookVerdict(.status(status, retryAfter: nil), at: noon) == verdict)
    }

    @Test(arguments: [
        ("120", 120), ("0", 0), ("999999999999", 3600), ("99999999999999999999999", 3600), ("-5", 0), ("soon", 0),
        ("", 0), ("Fri, 15 Jan 2027 08:00:30 GMT", 30), ("Fri, 15 Jan 2027 07:00:00 GMT", 0),
        ("Sat, 16 Jan 2027 08:00:00 GMT", 3600),
    ])
    func `Retry-After is seconds or a date, and an hour at most`(_ text: String, _ seconds: Int) {
        let verdict = WebhookVerdict(.status(503, retryAfter: text), at: noon)
        #expect(verdict == .retry(after: .seconds(seconds)))
    }

    @Test func `the wait doubles to five minutes, a quarter shorter at most, and never below what was asked`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for attempts in 1...60 {
            let full = min(Duration.seconds(2) * (1 << min(attempts - 1, 20)), .seconds(300))
            let wait = WebhookBackoff.delay(after: attempts, atLeast: .zero, using: &random)
            #expect(wait <= full && wait * 4 >= full * 3, "attempt \(attempts), seed \(seed)")
        }
        #expect(WebhookBackoff.delay(after: 1, atLeast: .seconds(90), using: &random) == .seconds(90))
    }

    // MARK: - Bodies

    @Test func `a body is JSON of the event, with its group and its manager`() throws {
        var event = Self.fault
        (event.id, event.count) = (7, 3)
        let text = WebhookBody.text(of: event, about: "live", owner: "sm-a", .event)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(json["type"] as? String == "NodeFault")
        #expect(json["timestamp"] as? String == "\(noon)")
        let data = try #require(json["data"] as? [String: Any])
        #expect(data["id"] as? Int == 7)
        #expect(data["count"] as? Int == 3)
        #expect(data["nodeGroup"] as? String == "live")
        #expect(data["owner"] as? String == "sm-a")
        #expect(data["message"] as? String == "silent for 15s")
        let chat = WebhookBody.text(of: event, about: "live", owner: "sm-a", .chat)
        #expect(chat == #"{"text":"[warning] NodeFault live-edge-1: silent for 15s (3 times since \#(noon))"}"#)
    }

    @Test(arguments: [
        ("https://hooks.example.org/T0/B0/secret", "https://hooks.example.org"),
        ("http://127.0.0.1:8080?key=secret", "http://127.0.0.1:8080"), ("https://a#secret", "https://a"),
        ("http://[::1]:80/x", "http://[::1]:80"),
    ])
    func `of a URL only the place is told`(_ url: String, _ origin: String) {
        var spec = WebhookSpec()
        spec.url = url
        #expect(spec.origin == origin)
    }
}
