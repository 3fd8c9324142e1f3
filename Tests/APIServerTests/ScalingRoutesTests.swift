import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("Scaling: why, and by hand")
struct ScalingRoutesTests {
    private static let group = "/as/v1/nodegroups/live"

    @Test("a pause and its end reach the control loop with the caller's name, and answer what is in force")
    func pause() async throws {
        let api = try await TestAPI()
        let paused = try await api.ask(.post, "\(Self.group)/pause", as: .operator)
        #expect(paused.text == #"{"nodeGroup":"live","paused":{"since":"2026-11-22T12:00:00Z","by":"tester"}}"#)
        let resumed = try await api.ask(.post, "\(Self.group)/resume", as: .operator)
        #expect(resumed.text == #"{"nodeGroup":"live","paused":null}"#)
        #expect(api.commands.calls.current == ["pause live by tester", "resume live by tester"])
        #expect(try await api.ask(.post, "/as/v1/nodegroups/nothing/pause").status == 404)
        let twice = try await api.ask(.post, "/as/v1/nodegroups/paused/pause")
        #expect(twice.status == 409 && twice.json["detail"] as? String == "'paused' is paused already")
    }

    @Test("only operators and admins set counts or pause")
    func access() async throws {
        let api = try await TestAPI()
        for (method, verb) in [(HTTPMethod.post, "pause"), (.post, "resume"), (.post, "scale"), (.delete, "scale")] {
            for role in [Role.viewer, .app] {
                #expect(try await api.ask(method, "\(Self.group)/\(verb)", as: role).status == 403, "\(verb)")
            }
            #expect(try await api.ask(method, "\(Self.group)/\(verb)", as: nil).status == 401)
        }
        #expect(try await api.ask(.get, "\(Self.group)/scaling", as: .app).status == 403)
        #expect(api.commands.calls.current == [])
    }

    struct Scale: CustomTestStringConvertible, Sendable {
        var body: String
        var call: String
        var answer: String
        var testDescription: String { body }
    }

    static let scales = [
        Scale(
            body: #"{"role": "edge", "region": "eu-west", "nodes": 5, "for": "1h30m"}"#,
            call: "scale live/eu-west/edge to 5 for 1h30m by tester",
            answer: #"{"region":"eu-west","override":{"nodes":5,"until":"2026-11-22T13:30:00Z","by":"tester"}}"#),
        Scale(
            body: #"{"role": "edge", "nodes": 0, "forMs": 60000.0, "region": null}"#,
            call: "scale live/*/edge to 0 for 1m by tester",
            answer: #"{"region":"us-east","override":{"nodes":0,"until":"2026-11-22T12:01:00Z","by":"tester"}}"#),
        Scale(
            body: #"{"role": "edge", "nodes": 5}"#, call: "scale live/*/edge to 5 by tester",
            answer: #"{"region":"us-east","override":{"nodes":5,"until":null,"by":"tester"}}"#),
        Scale(
            body: #"{"role": "edge", "nodes": null}"#, call: "scale live/*/edge to auto by tester",
            answer: #"{"region":"us-east","override":null}"#),
    ]

    @Test("a count set by hand answers what is in force now and until when", arguments: scales)
    func scale(_ scale: Scale) async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.post, "\(Self.group)/scale", as: .operator, body: scale.body)
        #expect(answer.text == #"{"nodeGroup":"live","role":"edge","paused":null,"regions":[\#(scale.answer)]}"#)
        #expect(api.commands.calls.current == [scale.call])
    }

    @Test("DELETE gives a count back to its rules")
    func unscale() async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.delete, "\(Self.group)/scale?role=edge&region=eu-west", as: .operator)
        #expect(
            answer.text
                == #"{"nodeGroup":"live","role":"edge","paused":null,"regions":[{"region":"eu-west","override":null}]}"#
        )
        #expect(api.commands.calls.current == ["scale live/eu-west/edge to auto by tester"])
        #expect(try await api.ask(.delete, "\(Self.group)/scale").status == 400)
    }

    @Test(
        "a body that is no count is 400 and says what is wrong",
        arguments: [
            ("", "the body is no count of a role: expected an object at byte 0"), ("{}", "the body needs 'role'"),
            (#"{"role": "edge"}"#, "the body needs 'nodes': a count, or null to go back to the rules"),
            (#"{"role": "edge", "nodes": "5"}"#, "the body is no count of a role: expected a number at byte 26"),
            (
                #"{"role": "edge", "nodes": -1}"#,
                "the body is no count of a role: 'nodes' is -1, not 0 to 100000 at byte 28"
            ),
            (#"{"role": "edge", "nodes": 5.5}"#, "the body is no count of a role: expected a whole number at byte 29"),
            (
                #"{"role": "edge", "nodes": 5, "for": "soon"}"#,
                "the body is no count of a role: 'for' is 'soon', not a duration such as 90s or 1h30m at byte 42"
            ),
            (
                #"{"role": "edge", "nodes": 5, "regoin": "eu"}"#,
                "the body is no count of a role: unknown field 'regoin', expected one of role, region, nodes, for, forMs at byte 38"
            ),
            (
                #"{"role": "edge", "nodes": 5, "forMs": -1}"#,
                "the body is no count of a role: 'forMs' is out of range at byte 40"
            ),
            (
                #"{"role": "edge", "nodes": 5, "region": "us-east", "region": null}"#,
                "the body is no count of a role: the field 'region' is there twice at byte 59"
            ),
            (#"{"role": "edge", "nodes": 5, "for": "0s"}"#, "the duration must be longer than nothing"),
            (#"{"role": "edge", "nodes": 5, "for": "1s", "forMs": 1}"#, "the body has both 'for' and 'forMs'"),
            (#"{"role": "edge", "nodes": null, "for": "1h"}"#, "a duration needs a count in 'nodes'"),
        ])
    func badScales(_ body: String, _ detail: String) async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.post, "\(Self.group)/scale", body: body)
        #expect(answer.status == 400)
        #expect(answer.json["detail"] as? String == detail)
        #expect(api.commands.calls.current == [])
    }

    @Test("a count outside of the bounds is 409, an unknown group 404")
    func refusedScales() async throws {
        let api = try await TestAPI()
        let body = #"{"role": "edge", "nodes": 99}"#
        #expect(try await api.ask(.post, "\(Self.group)/scale", body: body).status == 409)
        #expect(try await api.ask(.post, "/as/v1/nodegroups/nothing/scale", body: body).status == 404)
    }

    @Test(
        "a parameter that is not understood is 400, since it could have narrowed what is done",
        arguments: [
            (HTTPMethod.delete, "scale?role=edge&regoin=us-east", "unknown parameter 'regoin'; did you mean 'region'?"),
            (.delete, "scale?role=edge&station=a", "unknown parameter 'station'; known are role, region"),
            (.delete, "scale?role=edge&role=origin", "the parameter 'role' is there twice"),
            (.get, "scaling?rle=edge", "unknown parameter 'rle'; did you mean 'role'?"),
            (.post, "scale?region=us-east", "unknown parameter 'region'; there are none here"),
            (.post, "pause?region=us-east", "unknown parameter 'region'; there are none here"),
            (.post, "resume?x", "unknown parameter 'x'; there are none here"),
        ])
    func unknownParameters(_ method: HTTPMethod, _ target: String, _ detail: String) async throws {
        let api = try await TestAPI()
        let body = method == .post && target.hasPrefix("scale") ? #"{"role": "edge", "nodes": 5}"# : ""
        let answer = try await api.ask(method, "\(Self.group)/\(target)", body: body)
        #expect(answer.status == 400 && answer.json["detail"] as? String == detail)
        #expect(api.commands.calls.current == [])
    }

    @Test("a pause takes no fields", arguments: ["pause", "resume"])
    func pauseBody(_ verb: String) async throws {
        let api = try await TestAPI()
        for body in [#"{"region": "us-east"}"#, "[]", "region=us-east", "{} {}"] {
            #expect(try await api.ask(.post, "\(Self.group)/\(verb)", body: body).status == 400, "\(body)")
        }
        #expect(api.commands.calls.current == [])
        #expect(try await api.ask(.post, "\(Self.group)/\(verb)", body: " { } ").status == 200)
    }

    // MARK: - Why

    @Test("the decisions of the last round come with what there is, what is held and what is set by hand")
    func scaling() async throws {
        let api = try await TestAPI()
        let edge = PoolKey(group: "live", region: "us-east", role: "edge")
        api.publish { fleet in
            fleet.setPause(ScalingPause(since: api.time.now(), by: "ann"), of: "live")
            let until = api.time.now() + .seconds(60)
            fleet.setScaling(ScalingHistory(override: .init(nodes: 3, until: until, by: "bob")), of: edge)
        }
        let answer = try await api.ask(.get, "\(Self.group)/scaling?role=edge&region=us-east", as: .viewer)
        let report = try JSONDecoder().decode(ScalingReport.self, from: Data(answer.body))
        #expect(report.scaling == api.live.snapshot.plan.scaling)
        #expect(report.paused?.by == "ann" && report.held.map(\.approval) == ["abc123"])
        #expect(report.pools.map(\.inService) == [1] && report.pools[0].override?.nodes == 3)
        #expect((answer.json["scaling"] as? [[String: Any]])?.first?["reasons"] as? [String] == ["min is 2"])

        let all = try await api.ask(.get, "\(Self.group)/scaling", as: .viewer)
        #expect((all.json["pools"] as? [Any])?.count == 4)
        let west = try await api.ask(.get, "\(Self.group)/scaling?region=eu-west", as: .viewer)
        #expect((west.json["scaling"] as? [Any])?.count == 0 && (west.json["held"] as? [Any])?.count == 0)
    }

    @Test("a role that left a group that stays is to be seen as long as it has nodes")
    func strayRole() async throws {
        let api = try await TestAPI()
        let edge = PoolKey(group: "live", region: "us-east", role: "edge")
        var snapshot = api.live.snapshot
        let group = try #require(snapshot.spec.group("live"))
        #expect(snapshot.presentGroups.map(\.name) == snapshot.spec.groups.map(\.name))
        let index = try #require(snapshot.spec.groups.firstIndex { $0.name == "live" })
        snapshot.spec.groups[index].roles = group.roles.filter { $0.name != "edge" }
        let shown = try #require(snapshot.presentGroups.first { $0.name == "live" })
        #expect(shown.roles.map(\.name) == group.roles.map(\.name).filter { $0 != "edge" } + ["edge"])
        let report = ScalingReport(
            shown, in: snapshot.spec, role: "edge", fleet: snapshot.fleet, plan: snapshot.plan, at: snapshot.at)
        #expect(report.pools.contains { $0.region == "us-east" && $0.inService == 1 })
        snapshot.fleet = Fleet(
            nodes: snapshot.fleet.nodes.values.filter { $0.pool == edge }, observingSince: snapshot.at)
        let rest = ScalingReport(
            shown, in: snapshot.spec, role: "edge", fleet: snapshot.fleet, plan: snapshot.plan, at: snapshot.at)
        #expect(rest.pools.map(\.region) == ["us-east"], "where it has no node it is not there")
    }

    @Test(
        "names that nothing has are 404, with the one that may be meant",
        arguments: [
            ("/as/v1/nodegroups/lvie/scaling", "there is no node group 'lvie'; did you mean 'live'?"),
            (
                "/as/v1/nodegroups/live/scaling?role=egde",
                "there is no role 'egde' in node group 'live'; did you mean 'edge'?"
            ),
            (
                "/as/v1/nodegroups/live/scaling?region=mars",
                "there is no region 'mars' in node group 'live'; known are us-east, eu-west"
            ),
        ])
    func unknownNames(_ target: String, _ detail: String) async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.get, target)
        #expect(answer.status == 404 && answer.json["detail"] as? String == detail)
    }

    @Test("a node group whose plan waits for an approval is held, unless something moves")
    func held() async throws {
        let api = try await TestAPI()
        var snapshot = api.live.snapshot
        let group = snapshot.spec.groups[0]
        snapshot.fleet = Fleet(
            nodes: snapshot.fleet.nodes.values.filter { $0.state == .inService }, observingSince: snapshot.at)
        #expect(NodeGroupAnswer(group, in: snapshot, ClusterStatus(snapshot, now: snapshot.at)).state == "progressing")
        snapshot.plan.actions = []
        #expect(NodeGroupAnswer(group, in: snapshot, ClusterStatus(snapshot, now: snapshot.at)).state == "held")
        snapshot.plan.held = []
        #expect(NodeGroupAnswer(group, in: snapshot, ClusterStatus(snapshot, now: snapshot.at)).state == "progressing")
        #expect(NodeGroupAnswer(group, in: snapshot, ClusterStatus(snapshot, now: snapshot.at)).approvals.isEmpty)
    }

    @Test("a node group shows its pause and the counts set by hand that are in force")
    func nodeGroup() async throws {
        let api = try await TestAPI()
        let now = api.time.now()
        api.publish { fleet in
            fleet.setPause(ScalingPause(since: now, by: "ann"), of: "live")
            for (region, until) in [("us-east", now + .seconds(60)), ("eu-west", now)] {
                fleet.setScaling(
                    ScalingHistory(override: .init(nodes: 3, until: until, by: "bob")),
                    of: PoolKey(group: "live", region: region, role: "edge"))
            }
        }
        let answer = try await api.ask(.get, "/as/v1/nodegroups", as: .viewer)
        #expect(
            answer.text.contains(
                #""paused":{"since":"2026-11-22T12:00:00Z","by":"ann"},"overrides":[{"region":"us-east","role":"edge","nodes":3,"until":"2026-11-22T12:01:00Z","by":"bob","bounded":3}],"approvals":[{"hash":"abc123","held":3}],"#
            ))
    }
}
