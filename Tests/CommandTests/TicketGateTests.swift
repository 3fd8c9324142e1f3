import APIServer
import Crypto
import Foundation
import Reconciler
import Testing

@testable import smreconcile

@Suite("Who is let in while the manager is away")
struct TicketGateTests {
    private static let stream = StreamKey(scope: "live", name: "a")
    private static let required = TicketPolicy(publish: .required, subscribe: .required)
    private let start = ContinuousClock.now
    private let now = Timestamp(milliseconds: 1_795_348_800_000)

    private func shown(
        _ authority: TicketAuthority, _ action: TicketGrant.Action, at node: NodeID = NodeID("edge-1"),
        until: Timestamp? = nil
    ) throws -> PresentedTicket {
        let arguments = try authority.arguments(
            TicketGrant(action, Self.stream, at: node), client: "alice", until: until ?? now + .seconds(60))
        return try PresentedTicket(FormFields(Array(arguments.utf8)[...]))
    }

    private func gate(_ policy: TicketPolicy?, _ keys: [TicketAuthority]) throws -> TicketGate {
        var gate = TicketGate(node: NodeID("edge-1"))
        gate.heard(policy)
        let published = try keys.map { authority in
            try KeySet.ticketKeys(in: Self.set(of: authority))
        }
        if !keys.isEmpty { gate.learn(published.flatMap(\.self), at: start) }
        return gate
    }

    /// What the manager would publish.
    static func set(of authority: TicketAuthority) throws -> [UInt8] {
        let key = authority.publicKey
        let json: [String: [[String: String]]] = [
            "keys": [
                [
                    "kty": "EC", "crv": "P-256", "alg": "ES256", "x": Base64URL.encode(key.x),
                    "y": Base64URL.encode(key.y),
                ]
            ]
        ]
        return Array(try JSONEncoder().encode(json))
    }

    @Test("a gate that has heard nothing lets nobody in; one without keys nobody who needs a ticket")
    func closed() throws {
        let authority = TicketAuthority(key: try .generate())
        let none = PresentedTicket(ticket: nil)
        let deaf = TicketGate(node: NodeID("edge-1"))
        let ticket = try shown(authority, .subscribe)
        #expect(deaf.refusal(.play(Self.stream), ticket, on: now)?.status == 503)
        let keyless = try gate(Self.required, [])
        #expect(keyless.refusal(.play(Self.stream), ticket, on: now)?.status == 503)
        #expect(keyless.refusal(.other, none, on: now) == nil)
        #expect(keyless.refusal(.ownPull, none, on: now) == nil)
        let open = try gate(nil, [])
        #expect(open.refusal(.play(Self.stream), none, on: now) == nil)
        #expect(open.refusal(.publish(Self.stream), none, on: now) == nil)
    }

    @Test("with the manager's keys it tells good tickets from others")
    func verifies() throws {
        let authority = TicketAuthority(key: try .generate())
        let gate = try gate(Self.required, [authority])
        let (play, publish) = (MediaCall.play(Self.stream), MediaCall.publish(Self.stream))
        #expect(gate.refusal(play, try shown(authority, .subscribe), on: now) == nil)
        #expect(gate.refusal(play, try shown(authority, .pull), on: now) == nil)
        #expect(gate.refusal(publish, try shown(authority, .publish), on: now) == nil)
        let refused = [
            gate.refusal(play, PresentedTicket(ticket: nil), on: now),
            gate.refusal(play, try shown(authority, .publish), on: now),
            gate.refusal(publish, try shown(authority, .pull), on: now),
            gate.refusal(play, try shown(authority, .subscribe, at: NodeID("edge-2")), on: now),
            gate.refusal(play, try shown(authority, .subscribe, until: now), on: now),
            gate.refusal(play, try shown(TicketAuthority(key: .generate()), .subscribe), on: now),
        ]
        for answer in refused { #expect(answer?.status == 403) }
        let half = try self.gate(TicketPolicy(publish: .required, subscribe: .open), [authority])
        #expect(half.refusal(play, PresentedTicket(ticket: nil), on: now) == nil)
        #expect(half.refusal(publish, PresentedTicket(ticket: nil), on: now)?.status == 403)
    }

    @Test("keys are fetched where they are needed, soon again after a failure, and now and then")
    func looks() throws {
        func looks(_ gate: inout TicketGate, after time: Duration) -> Bool { gate.mayLook(at: start + time) }
        var open = try gate(nil, [])
        #expect(!looks(&open, after: .zero))
        var gate = try gate(Self.required, [])
        #expect(looks(&gate, after: .zero))
        #expect(!looks(&gate, after: .seconds(9)))
        #expect(looks(&gate, after: .seconds(10)))
        gate.learn([], at: start + .seconds(10))
        #expect(!looks(&gate, after: .seconds(309)))
        #expect(looks(&gate, after: .seconds(310)))
    }

    @Test("the door verifies by the keys that it fetched once the manager is gone")
    func door() async throws {
        let authority = TicketAuthority(key: try .generate())
        let set = try Self.set(of: authority)
        let stub = CallbackDoorTests.StubManager { request in
            request.pathText == "/.well-known/jwks.json" ? .now(.json(set)) : .now(.text("no\n", status: 503))
        }
        let manager = MicroHTTPServer(handler: stub)
        let port = try manager.start(on: ListenAddress(host: "127.0.0.1", port: 0))
        let doors = CallbackDoorTests()
        let door = try doors.door(to: port)
        door.desk.heard(
            .answer(
                HeartbeatAnswer(
                    directive: .serve, intervalMs: 1000, parents: ["rtmp://parent:1"], tickets: Self.required)))
        await door.desk.refreshKeys()
        await manager.stop()
        let until = SystemTime().now() + .seconds(3600)
        let grant = TicketGrant(.subscribe, Self.stream, at: NodeID("edge-1"))
        let good = try authority.arguments(grant, client: "alice", until: until)
        let form = "call=play&app=live&name=a"
        #expect(try await doors.call(door, form).status == 403)
        #expect(
            try await doors.call(door, "\(form)&\(good)")
                == CallbackDoorTests.Reply(302, "rtmp://parent:1/live/a"))
        #expect(try await doors.call(door, "call=play&app=live&name=b&\(good)").status == 403)
        #expect(try await doors.call(door, "call=publish&app=live&name=a&\(good)").status == 403)
        #expect(stub.requests.current.map(\.pathText) == ["/.well-known/jwks.json"])
        await door.close()
    }
}
