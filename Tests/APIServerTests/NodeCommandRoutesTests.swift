import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("What people tell nodes, and why a node is as it is")
struct NodeCommandRoutesTests {
    private static let node = "/as/v1/nodes/edge-1"

    @Test("only operators and admins tell nodes, and tokens are needed")
    func access() async throws {
        let api = try await TestAPI()
        let paths = ["drain", "terminate", "protect", "unprotect"].map { "\(Self.node)/\($0)" }
        for path in paths + ["/as/v1/nodegroups/live/retry"] {
            for role in [Role.viewer, .app] { #expect(try await api.ask(.post, path, as: role).status == 403) }
            #expect(try await api.ask(.post, path, as: nil).status == 401)
        }
        #expect(try await api.ask(.get, "\(Self.node)/explain", as: .app).status == 403)
        #expect(api.commands.calls.current == [])
    }

    struct Told: CustomTestStringConvertible, Sendable {
        var verb: String
        var body: String
        var call: String
        var testDescription: String { "\(verb) \(body)" }
    }

    static let told = [
        Told(verb: "drain", body: "", call: "drain edge-1 by tester"),
        Told(verb: "drain", body: "{}", call: "drain edge-1 by tester"),
        Told(verb: "drain", body: #"{"force": false}"#, call: "drain edge-1 by tester"),
        Told(verb: "drain", body: #"{"force": true}"#, call: "drain edge-1 with force by tester"),
        Told(verb: "terminate", body: "", call: "terminate edge-1 by tester"),
        Told(verb: "terminate", body: #"{"force":true}"#, call: "terminate edge-1 with force by tester"),
        Told(verb: "protect", body: #"{"forMs": 7200000}"#, call: "protect edge-1 for 2h by tester"),
        Told(verb: "protect", body: #"{"for": "1h30m"}"#, call: "protect edge-1 for 1h30m by tester"),
        Told(verb: "unprotect", body: "{}", call: "unprotect edge-1 by tester"),
    ]

    @Test("a command reaches the control loop with the caller's name, and is answered by the node", arguments: told)
    func tell(_ told: Told) async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.post, "\(Self.node)/\(told.verb)", as: .operator, body: told.body)
        #expect(answer.status == 200 && answer.json["id"] as? String == "edge-1", "\(answer.text)")
        #expect(answer.json["state"] as? String == "inService")
        #expect(api.commands.calls.current == [told.call])
    }

    @Test(
        "a body that does not read, or has what is not understood, tells nothing",
        arguments: [
            ("drain", #"{"froce": true}"#, "unknown field 'froce'; did you mean 'force'?"),
            ("drain", #"{"force": 1}"#, "expected true or false"),
            ("drain", #"{"force": true, "force": false}"#, "the field 'force' is there twice"),
            ("terminate", #"{"region": "us-east"}"#, "unknown field 'region', expected force"),
            ("terminate", "true", "expected an object"),
            ("protect", "", "how long the node is protected"), ("protect", "{}", "how long the node is protected"),
            ("protect", #"{"forMs": 0}"#, "how long the node is protected"),
            ("protect", #"{"forMs": -1}"#, "out of range"), ("protect", #"{"for": "soon"}"#, "not a duration"),
            ("protect", #"{"for": "2h", "forMs": 1}"#, "both 'for' and 'forMs'"),
            ("unprotect", #"{"for": "2h"}"#, "this takes no body but {}"),
        ])
    func badBodies(_ verb: String, _ body: String, _ words: String) async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.post, "\(Self.node)/\(verb)", body: body)
        #expect(answer.status == 400)
        #expect((answer.json["detail"] as? String)?.contains(words) == true, "\(answer.text)")
        #expect(try await api.ask(.post, "\(Self.node)/\(verb)?force=true").status == 400)
        #expect(api.commands.calls.current == [])
    }

    @Test("a refusal keeps its status and words", arguments: ["drain", "terminate", "protect", "unprotect"])
    func refusals(_ verb: String) async throws {
        let api = try await TestAPI()
        let body = verb == "protect" ? #"{"for": "2h"}"# : ""
        #expect(try await api.ask(.post, "/as/v1/nodes/nobody/\(verb)", body: body).status == 404)
        let conflict = try await api.ask(.post, "/as/v1/nodes/edge-3/\(verb)", body: body)
        #expect(conflict.status == 409 && conflict.json["detail"] as? String == "'edge-3' is faulty")
    }

    @Test("a retry names a role, in one region or in each, and answers what was forgotten")
    func retry() async throws {
        let api = try await TestAPI()
        let path = "/as/v1/nodegroups/live/retry"
        let all = try await api.ask(.post, path, as: .operator, body: #"{"role": "edge"}"#)
        #expect(
            all.text
                == #"{"nodeGroup":"live","role":"edge","retried":[{"region":"us-east","forgotten":["the rollout","creates"]}]}"#
        )
        #expect(try await api.ask(.post, path, body: #"{"role":"edge","region":"eu-west"}"#).status == 200)
        #expect(api.commands.calls.current == ["retry live/*/edge by tester", "retry live/eu-west/edge by tester"])
        for body in ["", "{}", #"{"role": 1}"#, #"{"role":"edge","nodes":1}"#, #"{"role":"edge"}x"#] {
            #expect(try await api.ask(.post, path, body: body).status == 400, "\(body)")
        }
        #expect(try await api.ask(.post, path, body: #"{"role":"origin"}"#).status == 409)
        #expect(
            try await api.ask(.post, "/as/v1/nodegroups/nothing/retry", body: #"{"role":"edge"}"#).status == 404)
    }

    @Test("a node shows what people and its own heartbeats asked for, and what it waits for")
    func marks() async throws {
        let api = try await TestAPI()
        let now = api.time.now()
        let pool = PoolKey(group: "live", region: "us-east", role: "edge")
        api.publish { fleet in
            fleet.update("edge-1") { node in
                node.marks.drainRequest = .init(at: now, by: "ann")
                node.marks.protectsItself = true
                node.protectedUntil = now + .seconds(60)
                node.lastHeartbeatAt = now - .seconds(7)
            }
            fleet.observingSince = now - .seconds(60)
        } plan: { plan in
            plan.held.append(
                .init(.drain, pool, node: "edge-1", reason: "ann asked; held until 1 other serves", limit: "min"))
        }
        let text = try await api.ask(.get, "/as/v1/nodes/edge-1", as: .viewer).text
        #expect(text.contains(#""suspect":"no heartbeat for 7s, which is over suspectAfter of 5s""#))
        #expect(text.contains(#""protectedUntil":"2026-11-22T12:01:00Z","selfProtected":true,"#))
        #expect(text.contains(#""drainRequested":{"at":"2026-11-22T12:00:00Z","by":"ann"},"quarantined":false"#))
        #expect(text.contains("drain is due: ann asked; held until 1 other serves; it is protected until"))
        api.time.advance(by: .seconds(60))
        api.publish { $0.update("edge-1") { $0.protectedUntil = now + .seconds(60) } }
        #expect(try await api.ask(.get, "/as/v1/nodes/edge-1").text.contains(#""protectedUntil":null"#))
    }

    @Test("an alarming condition degrades its node group, and is shown with it")
    func conditions() async throws {
        let api = try await TestAPI()
        let pool = PoolKey(group: "live", region: "us-east", role: "edge")
        api.publish { fleet in
            fleet.remove("edge-3")
        } plan: {
            $0.conditions = [.init(.rollout, .progressing, pool, "1 of 2")]
        }
        let calm = try await api.ask(.get, "/as/v1/nodegroups/live").json
        #expect(calm["state"] as? String == "progressing")
        api.publish { fleet in
            fleet.remove("edge-3")
        } plan: {
            $0.conditions = [.init(.rollout, .halted, pool, "1 node failed")]
        }
        let text = try await api.ask(.get, "/as/v1/nodegroups").text
        #expect(text.contains(#""state":"degraded""#))
        #expect(
            text.contains(
                #""conditions":[{"type":"rollout","status":"halted","nodeGroup":"live","region":"us-east","role":"edge","message":"1 node failed"}]"#
            ))
        let report = try await api.ask(.get, "/as/v1/nodegroups/live/scaling?role=edge")
        #expect(report.text.contains(#""message":"1 node failed""#))
    }

    @Test("why a node is as it is comes with its history, newest last")
    func explain() async throws {
        let api = try await TestAPI()
        let now = api.time.now()
        try await api.store.commit(
            StoreChange(events: [
                Event(at: now, reason: "NodeRequested", subject: "edge-1", message: "0 of 1 are there"),
                Event(at: now, reason: "NodeRequested", subject: "edge-2", message: "0 of 1 are there"),
                Event(at: now, count: 2, reason: "CreateFailed", subject: "edge-1", message: "no"),
            ]))
        let answer = try await api.ask(.get, "\(Self.node)/explain", as: .viewer)
        let report = try JSONDecoder().decode(NodeReport.self, from: Data(answer.body))
        #expect(report.id == "edge-1" && report.state == .inService && report.reason == "as given" && report.at == now)
        #expect(report.history?.map(\.reason) == ["NodeRequested", "CreateFailed"])
        #expect(report.history?.last?.count == 2)
        api.store.fail(with: .failed("gone"))
        #expect(try await api.ask(.get, "\(Self.node)/explain").status == 503)
    }

    @Test("a node that is not there is 404: with the nearest, or with the last that was heard of it")
    func explainNobody() async throws {
        let api = try await TestAPI()
        let near = try await api.ask(.get, "/as/v1/nodes/egde-1/explain")
        #expect(near.status == 404)
        #expect(near.json["detail"] as? String == "there is no node 'egde-1'; did you mean 'edge-1'?")
        try await api.store.commit(
            StoreChange(events: [
                Event(at: api.time.now(), reason: "NodeDestroyed", subject: "edge-9", message: "no longer listed")
            ]))
        let gone = try await api.ask(.get, "/as/v1/nodes/edge-9/explain")
        #expect(
            gone.json["detail"] as? String
                == "there is no node 'edge-9' any more; the last of it was NodeDestroyed at 2026-11-22T12:00:00Z: no longer listed"
        )
        #expect(try await api.ask(.get, "\(Self.node)/explain?role=edge").status == 400)
    }
}
