import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("Nodes in the product's words")
struct ProductStatusRoutesTests {
    private static let path = "/as/v1/admin/nodegroup"

    private static func ids(_ answer: HTTPResponse) -> [String] {
        answer.list.compactMap { ($0["scalingEvent"] as? [String: Any])?["nodeId"] as? String }
    }

    @Test("an element has what the node said and where it stands")
    func element() async throws {
        let api = try await TestAPI()
        _ = await api.ask(
            .post, "/as/v1/nodes/edge-1/heartbeat", node: "edge-1",
            body:
                #"{"sequence": 1, "metrics": {"connections.subscriber": 3, "cpu.system.load": 0.5, "cpu.processors": 2}}"#
        )
        let answer = try await api.ask(.get, "\(Self.path)/status/live?role=edge&subGroup=us-east&metrics=true")
        #expect(
            answer.text
                == #"[{"nodeEvent":{"nodeGroupName":"live","nodeId":"edge-1","nodeRoleName":"edge","subGroupName":"us-east","clientCount":3,"publisherCount":0,"subscriberCount":3,"restreamerCount":0,"publicIp":"203.0.113.55","privateIp":null,"parents":["rtmp://203.0.113.10:1935"],"metrics":[{"name":"connections","children":[{"name":"subscriber","value":3}]},{"name":"cpu","children":[{"name":"processors","value":2},{"name":"system","children":[{"name":"load","value":0.5}]}]}],"timestamp":1795348800000},"scalingEvent":{"nodeGroupName":"live","nodeId":"edge-1","nodeRoleName":"edge","subGroupName":"us-east","state":"INSERVICE","timestamp":1795348800000}}]"#
        )
    }

    @Test(
        "filters narrow it",
        arguments: [
            ("", ["edge-1", "edge-2", "edge-3", "origin-1"]), ("?role=origin", ["origin-1"]),
            ("?subGroup=eu-west", ["edge-2", "edge-3"]), ("?subGroup=EU_WEST", ["edge-2", "edge-3"]),
            ("?subGroup=americas", ["edge-1", "origin-1"]), ("?state=fault", ["edge-3"]),
            ("?state=INSERVICE&role=edge", ["edge-1", "edge-2"]),
            ("?includeNode=false", ["edge-1", "edge-2", "edge-3", "origin-1"]),
        ])
    func filters(_ query: String, _ ids: [String]) async throws {
        let answer = try await TestAPI().ask(.get, "\(Self.path)/status/live\(query)")
        #expect(answer.status == 200 && Self.ids(answer) == ids)
        #expect(answer.list.allSatisfy { ($0["nodeEvent"] == nil) == query.contains("includeNode=false") })
    }

    @Test("nodes of a sub group and a role that the group has no longer are found by their names, the client's too")
    func formerPools() async throws {
        let api = try await TestAPI()
        let now = api.time.now()
        api.publish { fleet in
            let node = Node(
                id: NodeID("old-1"), pool: PoolKey(group: "live", region: "ap-south", role: "edge-old"),
                provider: "lab", token: "old-1", state: .draining, since: now, revision: "r1", requestedAt: now,
                reason: "as given")
            fleet.nodes[node.id] = node
        }
        let queries = [
            "?subGroup=ap-south", "?subGroup=AP_South", "?role=edge-old", "?role=Edge_Old",
            "?role=edge-old&subGroup=AP_South",
        ]
        for query in queries {
            let answer = try await api.ask(.get, "\(Self.path)/status/live\(query)")
            #expect(answer.status == 200 && Self.ids(answer) == ["old-1"], "\(query)")
        }
        #expect(Self.ids(try await api.ask(.get, "\(Self.path)/status/live?role=origin")) == ["origin-1"])
        // Once the last is gone, nothing has that name.
        api.publish()
        #expect(try await api.ask(.get, "\(Self.path)/status/live?role=edge-old").status == 404)
    }

    @Test("what is misspelt is refused")
    func refused() async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.get, "\(Self.path)/status/live?roles=edge").status == 400)
        #expect(try await api.ask(.get, "\(Self.path)/status/live?role=egde").status == 404)
        #expect(try await api.ask(.get, "\(Self.path)/status/lively").status == 404)
    }

    @Test("a node without a heartbeat has no nodeEvent, and a cordoned one is disabled")
    func states() async throws {
        let api = try await TestAPI()
        api.publish { fleet in
            fleet.nodes[NodeID("edge-1")]?.cordoned = true
            fleet.nodes[NodeID("edge-2")]?.lastHeartbeatAt = nil
        }
        let disabled = try await api.ask(.get, "\(Self.path)/status/live?state=disabled")
        #expect(Self.ids(disabled) == ["edge-1"])
        let all = try await api.ask(.get, "\(Self.path)/status/live?role=edge")
        #expect(all.list.map { $0["nodeEvent"] != nil } == [true, false, true])
    }

    @Test("a group is paused and resumed")
    func pause() async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.put, "\(Self.path)/live/pause").status == 200)
        #expect(try await api.ask(.put, "\(Self.path)/live/pause?resume=true").status == 200)
        #expect(api.commands.calls.current == ["pause live by tester", "resume live by tester"])
        // Twice is as once: our own route says 409 to that.
        api.commands.refusal.replace(with: .conflict("it is so already"))
        #expect(try await api.ask(.put, "\(Self.path)/live/pause").status == 200)
        #expect(try await api.ask(.put, "\(Self.path)/live/pause?resume=true").status == 200)
        #expect(try await api.ask(.put, "\(Self.path)/nothing/pause").status == 404)
        #expect(try await api.ask(.put, "\(Self.path)/live/pause?resume=perhaps").status == 400)
    }

    @Test("a count is set by hand")
    func scale() async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.post, "\(Self.path)/live/EU_WEST/edge/manualscale?nodeCount=3").status == 200)
        #expect(api.commands.calls.current == ["scale live/eu-west/edge to 3 by tester"])
        #expect(try await api.ask(.post, "\(Self.path)/live/eu-west/edge/manualscale?nodeCount=21").status == 400)
        #expect(try await api.ask(.post, "\(Self.path)/live/eu-west/edge/manualscale").status == 400)
        #expect(try await api.ask(.post, "\(Self.path)/live/mars/edge/manualscale?nodeCount=3").status == 404)
        api.publish { $0.setPause(ScalingPause(since: api.time.now(), by: "x"), of: "live") }
        // As the product's clients do it: they pause a group before they set its counts.
        #expect(try await api.ask(.post, "\(Self.path)/live/eu-west/edge/manualscale?nodeCount=3").status == 200)
    }

    struct Move: CustomTestStringConvertible, Sendable {
        var node = "edge-1"
        var from = "INSERVICE"
        var to: String
        var status = 200
        var call: String?
        var testDescription: String { "\(node) \(from) \(to)" }
    }

    @Test(
        "a node is moved from one state to another as far as that means something here",
        arguments: [
            Move(to: "SOFT_SUNSET", call: "drain edge-1 by tester"), Move(to: "sunset", call: "drain edge-1 by tester"),
            Move(to: "DISABLED", call: "cordon edge-1 by tester"), Move(to: "INSERVICE"),
            Move(to: "DESTRUCTION_REQUESTED", call: "terminate edge-1 with force by tester"),
            Move(from: "inservice", to: "DOOMED", call: "terminate edge-1 with force by tester"),
            Move(to: "HARD_SUNSET", status: 400), Move(to: "FAULT", status: 400), Move(to: "CREATED", status: 400),
            Move(from: "FAULT", to: "SOFT_SUNSET", status: 400), Move(node: "edge-3", to: "SOFT_SUNSET", status: 400),
            Move(node: "edge-3", from: "FAULT", to: "INSERVICE", status: 400),
            Move(node: "nobody", to: "SOFT_SUNSET", status: 404), Move(from: "", to: "SOFT_SUNSET", status: 400),
        ])
    func move(_ move: Move) async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(
            .put, "\(Self.path)/live/\(move.node)/manualscale?currentState=\(move.from)&desiredState=\(move.to)")
        #expect(answer.status == move.status)
        #expect(api.commands.calls.current == [move.call].compactMap { $0 })
    }

    @Test("a node comes back by a word only where a word took it away; where it does not, nothing is claimed")
    func serve() async throws {
        let api = try await TestAPI()
        func serve(_ node: String, _ state: String) async throws -> HTTPResponse {
            try await api.ask(
                .put, "\(Self.path)/live/\(node)/manualscale?currentState=\(state)&desiredState=INSERVICE")
        }
        let faulty = try await serve("edge-3", "FAULT")
        #expect(faulty.status == 400)
        #expect((faulty.json["detail"] as? String)?.contains("comes back by itself when it heals") == true)
        api.publish { $0.nodes[NodeID("edge-1")]?.state = .draining }
        let planned = try await serve("edge-1", "SOFT_SUNSET")
        #expect(planned.status == 400)
        #expect((planned.json["detail"] as? String)?.contains("comes back when the plan wants it") == true)
        // An end of a cordon alone would not bring it back either.
        api.publish { fleet in
            fleet.nodes[NodeID("edge-1")]?.state = .draining
            fleet.nodes[NodeID("edge-1")]?.cordoned = true
        }
        #expect(try await serve("edge-1", "SOFT_SUNSET").status == 400)
        #expect(api.commands.calls.current == [])
        let now = api.time.now()
        api.publish { fleet in
            fleet.nodes[NodeID("edge-1")]?.state = .draining
            fleet.nodes[NodeID("edge-1")]?.marks.drainRequest = NodeMarks.DrainRequest(at: now, by: "ann")
            fleet.nodes[NodeID("edge-2")]?.state = .draining
            fleet.nodes[NodeID("edge-2")]?.marks.isQuarantined = true
            fleet.nodes[NodeID("origin-1")]?.cordoned = true
        }
        #expect(try await serve("edge-1", "SOFT_SUNSET").status == 200)
        #expect(try await serve("edge-2", "SOFT_SUNSET").status == 200)
        #expect(try await serve("origin-1", "DISABLED").status == 200)
        let told = ["uncordon edge-1 by tester", "uncordon edge-2 by tester", "uncordon origin-1 by tester"]
        #expect(api.commands.calls.current == told)
    }

    @Test("roles and sub groups of a group that a client made have the client's names, and filters take both")
    func names() async throws {
        let api = try await TestAPI()
        func publish(_ group: NodeGroupSpec?) {
            let now = api.time.now()
            api.publish(
                { fleet in
                    guard group != nil else { return }
                    let node = Node(
                        id: NodeID("n-1"), pool: PoolKey(group: "event-1", region: "us-east", role: "edge-1"),
                        provider: "lab", token: "n-1", state: .inService, since: now, revision: "r1", requestedAt: now,
                        reason: "as given")
                    fleet.nodes[node.id] = node
                },
                spec: { spec in
                    spec.providers["lab"] = ProviderSpec(name: "lab", settings: .simulated(SimulatedSpec()))
                    if let group { spec.groups.append(group) }
                })
        }
        publish(nil)
        let config = """
            {"name": "Event_1", "cloudPlatform": "LAB", "images": {"i": {"image": "m"}},
             "roles": {"Edge_1": {"imageName": "i", "capabilities": ["SUBSCRIBE"]}},
             "groups": {"top": {"subGroupName": "The_Americas", "childGroups": [
               {"subGroupName": "US_East", "rulesByRole": {"Edge_1": {"min": 1, "max": 2}}}]}}}
            """
        #expect(try await api.ask(.post, Self.path, body: config).status == 200)
        publish(try #require(api.used.current.last?.group("event-1")))
        for query in [
            "", "?subGroup=US_East", "?subGroup=us-east", "?subGroup=The_Americas&role=Edge_1", "?role=edge-1",
        ] {
            let answer = try await api.ask(.get, "\(Self.path)/status/Event_1\(query)")
            #expect(answer.list.count == 1, "\(query)")
            let scaling = answer.list.first?["scalingEvent"] as? [String: Any]
            #expect(scaling?["nodeGroupName"] as? String == "Event_1" && scaling?["nodeId"] as? String == "n-1")
            #expect(scaling?["subGroupName"] as? String == "US_East", "\(answer.text)")
            #expect(scaling?["nodeRoleName"] as? String == "Edge_1", "\(answer.text)")
        }
    }

    @Test("idle is the least of what the nodes say, and nothing while a client is there")
    func idle() async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.get, "\(Self.path)/live/idle").status == 404)
        api.publish { fleet in
            fleet.nodes[NodeID("edge-1")]?.metrics = ["connections.lastidlems": 5000]
            fleet.nodes[NodeID("edge-2")]?.metrics = ["connections.lastidlems": 4000]
        }
        #expect(try await api.ask(.get, "\(Self.path)/live/idle").text == #"{"lastPubSubMs":4000}"#)
        api.publish { fleet in
            fleet.nodes[NodeID("edge-1")]?.metrics = ["connections.lastidlems": 5000, Metric.subscribers: 1]
        }
        #expect(try await api.ask(.get, "\(Self.path)/live/idle").text == #"{"lastPubSubMs":0}"#)
    }

    @Test("what the cloud has is listed by platform and region")
    func catalog() async throws {
        let api = try await TestAPI()
        api.publish(spec: { $0.groups[0].image = "m" })
        let path = "/as/v1/admin/terraform"
        #expect(
            try await api.ask(.get, "\(path)/node").text
                == #"{"LAB":{"eu-west":["edge-2","edge-3"],"us-east":["edge-1","origin-1"]}}"#)
        #expect(try await api.ask(.get, "\(path)/region").text == #"{"LAB":["eu-west","us-east"]}"#)
        #expect(try await api.ask(.get, "\(path)/image").text == #"{"LAB":{"eu-west":["m"],"us-east":["m"]}}"#)
        #expect(try await api.ask(.get, "\(path)/instanceType").text == "{}")
    }

    struct Evaluation: CustomTestStringConvertible, Sendable {
        var path: String
        var body: String
        var answer: String?
        var testDescription: String { "\(path) \(body)" }
    }

    @Test(
        "expressions are tried on nodes and on metrics that come with them",
        arguments: [
            Evaluation(
                path: "capacity/live/edge-1", body: "connections.subscriber / 8",
                answer: #"{"doubleResult":0.5,"integerResult":0}"#),
            Evaluation(path: "capacity/live/edge-1", body: "connections.nothing"),
            Evaluation(path: "capacity/live/edge-1", body: "avg(connections.subscriber)"),
            Evaluation(
                path: "scale/live/us-east/edge", body: "avg(connections.subscriber) > 3", answer: #"{"result":true}"#),
            Evaluation(path: "scale/live/eu-west/edge", body: "avg(connections.subscriber) > 3"),
            Evaluation(
                path: "capacity",
                body:
                    #"{"expression":"cpu.loadavg.1min * 2","metrics":[{"name":"cpu","children":[{"children":[{"name":"1min","value":1.5}],"name":"loadavg"}]}]}"#,
                answer: #"{"doubleResult":3,"integerResult":3}"#),
            Evaluation(
                path: "scale",
                body:
                    #"{"expression":"avg(connections.client) > 3 && max(connections.client) < 9","metrics":{"name":"connections","children":[{"name":"client","sum":8,"min":1,"max":7,"count":2}]}}"#,
                answer: #"{"result":true}"#),
            // The product's names, for metrics that our nodes report under others.
            Evaluation(
                path: "capacity/live/edge-1", body: "cpu.usage + connections.clusterchildren",
                answer: #"{"doubleResult":57,"integerResult":57}"#),
            Evaluation(path: "scale/live/us-east/edge", body: "avg(cpu.usage) > 49", answer: #"{"result":true}"#),
            Evaluation(
                path: "scale",
                body:
                    #"{"expression":"max(cpu.usage) > 60 && count(cpu.usage) < 3","metrics":{"name":"cpu.usage","max":61,"count":2}}"#,
                answer: #"{"result":true}"#),
            Evaluation(
                path: "scale",
                body:
                    #"{"expression":"max(cpu.usage) > 60 && count(cpu.usage) < 3","metrics":{"name":"cpu.system.load","max":0.75,"count":2}}"#,
                answer: #"{"result":true}"#),
            Evaluation(path: "scale", body: #"{"expression":"avg(a) > 3","metrics":[]}"#),
            Evaluation(path: "scale", body: #"{"expression":"avg(a) > 3"}"#),
            Evaluation(path: "scale", body: ""), Evaluation(path: "scale/live/us-east/edge", body: ""),
            Evaluation(
                path: "scale",
                body: #"{"expression":"avg(a) > 3","metrics":"#
                    + String(repeating: #"{"name":"a","children":["#, count: 30)
                    + String(repeating: "]}", count: 30) + "}"),
        ])
    func evaluate(_ sample: Evaluation) async throws {
        let api = try await TestAPI()
        api.publish {
            $0.nodes[NodeID("edge-1")]?.metrics = [Metric.subscribers: 4, "cpu.system.load": 0.5, Metric.children: 7]
        }
        let answer = try await api.ask(.post, "/as/v1/admin/evaluate/\(sample.path)", as: .viewer, body: sample.body)
        #expect(answer.status == (sample.answer == nil ? 400 : 200), "\(answer.text)")
        if let text = sample.answer { #expect(answer.text == text) }
    }
}
