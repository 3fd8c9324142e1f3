import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("Node groups, nodes and control")
struct ClusterRoutesTests {
    @Test("the list of node groups has each with its counts")
    func nodeGroups() async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.get, "/as/v1/nodegroups", as: .viewer)
        #expect(
            answer.text == """
                [{"name":"live","provider":"lab","scopes":["live"],"regions":["us-east","eu-west"],"roles":[\
                {"name":"origin","desired":2,"ready":1,"total":1},{"name":"edge","desired":2,"ready":2,"total":3}],\
                "nodesTotal":4,"state":"degraded","paused":null,"overrides":[],"approvals":[{"hash":"abc123","held":3}],\
                "conditions":[],"source":"live.yaml:7"}]
                """)
        let one = try await api.ask(.get, "/as/v1/nodegroups/live")
        #expect((one.json["nodes"] as? [Any])?.count == 4)
        #expect(try await api.ask(.get, "/as/v1/nodegroups/other").status == 404)
    }

    @Test("a node shows the numbers of its newest heartbeat")
    func node() async throws {
        let api = try await TestAPI()
        api.time.advance(by: .milliseconds(1500))
        let beat = #"{"sequence":1,"metrics":{"connections.subscriber":12,"cpu.system.load":0.25},"streams":[]}"#
        #expect(await api.ask(.post, "/as/v1/nodes/edge-1/heartbeat", node: "edge-1", body: beat).status == 200)
        let answer = try await api.ask(.get, "/as/v1/nodes/edge-1")
        #expect(
            answer.text == """
                {"id":"edge-1","nodeGroup":"live","region":"us-east","role":"edge","state":"inService",\
                "address":"203.0.113.55","endpoints":[{"protocol":"wss","port":443},{"protocol":"rtmp","port":1935}],\
                "instanceId":"i-edge-1","revision":"r1","since":"2026-11-22T12:00:00Z","createdAt":"2026-11-22T12:00:00Z",\
                "inServiceAt":"2026-11-22T12:00:00Z","lastHeartbeatAt":"2026-11-22T12:00:01.500Z",\
                "metrics":{"connections.subscriber":12,"cpu.system.load":0.25},"streams":0,"suspect":null,\
                "cordoned":false,"protectedUntil":null,"selfProtected":false,"drainRequested":null,"quarantined":false,\
                "attempts":0,"retryAt":null,"lastError":null,"reason":"as given",\
                "waiting":"it is replaced by one of revision \(try #require(Cluster.revision)) when its turn comes"}
                """)
        #expect(try await api.ask(.get, "/as/v1/nodes/nobody").status == 404)
    }

    @Test(
        "the list of nodes is filtered by what is asked",
        arguments: [
            ("", ["edge-1", "edge-2", "edge-3", "origin-1"]), ("?role=edge&state=inService", ["edge-1", "edge-2"]),
            ("?region=eu-west", ["edge-2", "edge-3"]), ("?nodeGroup=other", []), ("?state=fault", ["edge-3"]),
        ])
    func nodes(_ query: String, _ ids: [String]) async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.get, "/as/v1/nodes\(query)").list.compactMap { $0["id"] as? String } == ids)
        #expect(try await api.ask(.get, "/as/v1/nodes?state=asleep").status == 400)
    }

    // MARK: - Heartbeats

    @Test("a heartbeat is answered with what the node should do, and makes its streams live")
    func heartbeat() async throws {
        let api = try await TestAPI()
        let body = """
            {"sequence": 12, "metrics": {"connections.publisher": 3, "cpu.system.load": 4e-1}, "future": [1, {"a": null}],
             "streams": [{"scope": "live", "name": "\\u00e4\\ud83d\\ude00/b", "role": "source", "subscribers": 0}]}
            """
        let answer = await api.ask(.post, "/as/v1/nodes/origin-1/heartbeat", node: "origin-1", body: body)
        #expect(answer.text == #"{"directive":"serve","intervalMs":1000,"parents":[],"routes":[]}"#)
        #expect(api.live.streams.entry(StreamKey(scope: "live", name: "ä😀/b"))?.live?.node == "origin-1")
    }

    @Test("a node may send its own heartbeat only, and an unknown node none")
    func heartbeatAccess() async throws {
        let api = try await TestAPI()
        let beat = #"{"sequence":1,"metrics":{},"streams":[]}"#
        #expect(await api.ask(.post, "/as/v1/nodes/edge-1/heartbeat", node: "edge-2", body: beat).status == 403)
        #expect(await api.ask(.post, "/as/v1/nodes/ghost/heartbeat", node: "ghost", body: beat).status == 404)
        #expect(try await api.ask(.post, "/as/v1/nodes/edge-1/heartbeat", as: .admin, body: beat).status == 403)
    }

    @Test(
        "a body that is no heartbeat is 400 and says what is wrong",
        arguments: [
            ("", "expected an object at byte 0"), ("{}", "'sequence' is missing"),
            (#"{"sequence":"1"}"#, "expected a number at byte 12"),
            (#"{"sequence":1.5}"#, "expected a whole number at byte 15"),
            (#"{"sequence":-1}"#, "'sequence' is negative at byte 14"),
            (#"{"sequence":1,"metrics":{"connections.publisher":-3}}"#, "'connections.publisher' is not between"),
            (#"{"sequence":1,"metrics":{"connections.subscriber":1e300}}"#, "'connections.subscriber' is not between"),
            (#"{"sequence":1,"metrics":{"x":1e999}}"#, "a number is out of range"),
            (#"{"sequence":1,"streams":[{"scope":"live"}]}"#, "a stream needs 'scope', 'name' and 'role'"),
            (#"{"sequence":1,"streams":[{"scope":"live","name":"a","role":"boss"}]}"#, "the stream role 'boss'"),
            (#"{"sequence":1}}"#, "expected the end at byte 14"), (#"{"sequence":01}"#, "a number starts with a zero"),
        ])
    func badHeartbeats(_ body: String, _ reason: String) async throws {
        let api = try await TestAPI()
        let answer = await api.ask(.post, "/as/v1/nodes/edge-1/heartbeat", node: "edge-1", body: body)
        #expect(answer.status == 400)
        let detail = answer.json["detail"] as? String ?? ""
        #expect(detail.hasPrefix("the body is no heartbeat: \(reason)"), "\(detail)")
    }

    @Test("a stream whose name a client made impossible costs the node nothing but that stream")
    func impossibleNames() async throws {
        let api = try await TestAPI()
        let names = ["", "a\\nb", "..", "a//b", "a/../b", String(repeating: "n", count: 257), "good"]
        let streams = names.map { #"{"scope":"live","name":"\#($0)","role":"source","subscribers":0}"# }
        let body = #"{"sequence":1,"metrics":{},"streams":[\#(streams.joined(separator: ","))]}"#
        #expect(await api.ask(.post, "/as/v1/nodes/origin-1/heartbeat", node: "origin-1", body: body).status == 200)
        let list = try await api.ask(.get, "/as/v1/streams").list
        #expect(list.compactMap { $0["name"] as? String } == ["good"])
    }

    @Test("a heartbeat is bounded in bytes, streams and depth")
    func heartbeatBounds() async throws {
        let api = try await TestAPI()
        func send(_ body: String) async -> Int {
            await api.ask(.post, "/as/v1/nodes/edge-1/heartbeat", node: "edge-1", body: body).status
        }
        let stream = #"{"scope":"s","name":"n","role":"edge"}"#
        #expect(
            await send(#"{"sequence":1,"streams":[\#(String(repeating: stream + ",", count: 10_001))\#(stream)]}"#)
                == 400)
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        #expect(await send(#"{"sequence":1,"x":\#(deep)}"#) == 400)
        #expect(await send(#"{"sequence":1,"x":"\#(String(repeating: "a", count: 2_100_000))"}"#) == 413)
    }

    // MARK: - Callbacks

    private func notify(_ api: TestAPI, _ node: String, _ form: String) async -> HTTPResponse {
        let token = api.tokens.nodeCredential(for: NodeID(node), requestedAt: api.time.now())
        return await api.handler.respond(
            to: HTTPRequest(.post, "/as/v1/nodes/\(node)/callbacks/nginx-rtmp?token=\(token)", body: Array(form.utf8)))
    }

    @Test("nginx-rtmp's publish makes a stream live at an origin, and its end ends it")
    func publishCallback() async throws {
        let api = try await TestAPI()
        let key = StreamKey(scope: "live", name: "a b")
        #expect(await notify(api, "origin-1", "call=publish&app=live&name=a%20b&addr=1.2.3.4&clientid=1").status == 200)
        #expect(api.live.streams.entry(key)?.live?.node == "origin-1")
        #expect(await notify(api, "origin-1", "app=live&call=publish_done&name=a+b").status == 200)
        #expect(api.live.streams.entry(key)?.live == nil)
    }

    @Test("an edge takes no publisher, but its own pull of a live stream is let through and moves nothing")
    func relayPublish() async throws {
        let api = try await TestAPI()
        let form = "call=publish&app=live&name=a"
        #expect(await notify(api, "edge-1", form).status == 403)
        #expect(await notify(api, "origin-1", form).status == 200)
        #expect(await notify(api, "edge-1", form).status == 200)
        #expect(api.live.streams.entry(StreamKey(scope: "live", name: "a"))?.live?.node == "origin-1")
        #expect(await notify(api, "edge-1", "call=publish_done&app=live&name=a").status == 200)
        #expect(api.live.streams.entry(StreamKey(scope: "live", name: "a"))?.live?.node == "origin-1")
    }

    @Test(
        "a second publisher, whom nginx-rtmp turns away by itself, does not end the first one's stream with its farewell"
    )
    func farewells() async throws {
        let api = try await TestAPI()
        let key = StreamKey(scope: "live", name: "a")
        func call(_ event: String, _ client: Int) async {
            let form = "call=\(event)&app=live&name=a&clientid=\(client)"
            #expect(await notify(api, "origin-1", form).status == 200)
        }
        func isLive() -> Bool { api.live.streams.entry(key)?.live?.node == "origin-1" }
        await call("publish", 1)
        for client in 2..<5 {
            await call("publish", client)
            await call("publish_done", client)
            #expect(isLive(), "client \(client) ended it")
        }
        await call("publish_done", 1)
        #expect(!isLive())
        // The next one is the publisher, also after a farewell that was lost and a heartbeat that showed the end.
        await call("publish", 5)
        api.live.streams.remove(key, from: "origin-1")
        await call("publish", 6)
        await call("publish_done", 5)
        #expect(isLive())
        await call("publish_done", 6)
        #expect(!isLive())
    }

    @Test("an edge's own pull, which has no application, is let through and makes nothing live")
    func ownPull() async throws {
        let api = try await TestAPI()
        let form = "app=&flashver=ngx-local-relay&call=publish&name=a"
        #expect(await notify(api, "edge-1", form).status == 200)
        #expect(await notify(api, "origin-1", form).status == 200)
        #expect(await notify(api, "edge-1", "app=&flashver=ngx-local-relay&call=publish_done&name=a").status == 200)
        #expect(try await api.ask(.get, "/as/v1/streams").text == "[]")
        #expect(await notify(api, "origin-1", "app=&flashver=FMLE&call=publish&name=a").status == 400)
    }

    @Test("play is redirected to where the stream is, and is 404 when it is nowhere")
    func playCallback() async throws {
        let api = try await TestAPI()
        let form = "call=play&app=live&name=%C3%A4%2Fb"
        // So soon after the start, a stream that nobody reported yet may be live all the same.
        #expect(await notify(api, "edge-1", form).status == 503)
        api.time.advance(by: .seconds(5))
        #expect(await notify(api, "edge-1", form).status == 404)
        #expect(await notify(api, "origin-1", "call=publish&app=live&name=%C3%A4%2Fb").status == 200)
        let redirect = await notify(api, "edge-1", form)
        #expect(redirect.status == 302)
        #expect(redirect.header("Location") == "rtmp://203.0.113.10:1935/live/%C3%A4/b")
        #expect(await notify(api, "origin-1", form).status == 200)
        for call in ["play_done", "update_play", "update_publish", "connect"] {
            #expect(await notify(api, "edge-1", "call=\(call)&app=live&name=x").status == 200)
        }
    }

    @Test("a node for whose pull nobody has room is told so, to its agent as the manager's own decision")
    func fullTree() async throws {
        let api = try await TestAPI()
        let made = Cluster.make(at: api.time.now())
        var spec = made.0
        for index in spec.groups[0].roles.indices { spec.groups[0].roles[index].capacity[Metric.children] = 1 }
        api.live.publish(
            view: RoutingView.build(
                spec: spec, fleet: made.1, now: api.time.now(), heartbeatInterval: .seconds(1), loads: api.live.loads))
        #expect(await notify(api, "origin-1", "call=publish&app=live&name=a").status == 200)
        #expect(await notify(api, "edge-1", "call=play&app=live&name=a").status == 302)
        let callback = await notify(api, "edge-2", "call=play&app=live&name=a")
        let route = await api.ask(.get, "/as/v1/streams/live/a/route?node=edge-2", node: "edge-2")
        for answer in [callback, route] {
            #expect(answer.status == 503 && answer.header("Retry-After") == "1")
            #expect(answer.header("Smreconcile-Decision") == "final")
            #expect(
                answer.json["detail"] as? String
                    == "no node that 'live/a' could be pulled from has room for another child")
        }
    }

    @Test("a client's own arguments do not override what nginx-rtmp says, and a callback needs its node's token")
    func callbackAccess() async throws {
        let api = try await TestAPI()
        #expect(await notify(api, "origin-1", "call=publish&app=live&name=a&name=b&call=play").status == 200)
        #expect(api.live.streams.entry(StreamKey(scope: "live", name: "a"))?.live != nil)
        let path = "/as/v1/nodes/edge-1/callbacks/nginx-rtmp"
        #expect(await api.ask(.post, path, node: "edge-2", body: "call=play&app=live&name=a").status == 403)
        #expect(try await api.ask(.post, path, as: nil, body: "call=play&app=live&name=a").status == 401)
        #expect(await notify(api, "ghost", "call=play&app=live&name=a").status == 404)
        for form in ["", "app=live&name=a", "call=play&app=live", "call=play&app=live&name=%zz"] {
            #expect(await notify(api, "edge-1", form).status == 400, "\(form)")
        }
    }

    // MARK: - Control

    @Test("the state reads back as a State document, and the plan shows what is held")
    func stateAndPlan() async throws {
        let api = try await TestAPI()
        let state = try await api.ask(.get, "/as/v1/state", as: .viewer)
        let document = try StateDocument.read(Data(state.body))
        #expect(document.nodes.map(\.id) == ["edge-1", "edge-2", "edge-3", "origin-1"])
        let plan = try await api.ask(.get, "/as/v1/plan", as: .viewer)
        #expect(plan.json["changes"] as? Int == 1)
        #expect((plan.json["held"] as? [[String: Any]])?.first?["approval"] as? String == "abc123")
        #expect((plan.json["summary"] as? [String: Int])?["create"] == 1)
    }

    @Test("events come from the store, the newest up to a limit")
    func events() async throws {
        let api = try await TestAPI()
        var events = (1...5).map {
            Event(at: api.time.now(), reason: "NodeCreated", subject: "edge-\($0)", message: "made \"\($0)\"")
        }
        events[4].count = 3
        events[4].firstAt = events[4].at - .seconds(60)
        try await api.store.commit(StoreChange(events: events))
        let answer = try await api.ask(.get, "/as/v1/events?after=2&limit=2", as: .viewer)
        #expect(answer.list.compactMap { $0["id"] as? Int } == [4, 5])
        #expect(
            answer.text.hasSuffix(
                #"{"id":5,"at":"2026-11-22T12:00:00Z","firstAt":"2026-11-22T11:59:00Z","count":3,"level":"info","reason":"NodeCreated","subject":"edge-5","message":"made \"5\""}]"#
            ))
        #expect(
            try await api.ask(.get, "/as/v1/events?subject=edge-2").list.compactMap { $0["id"] as? Int } == [2])
        #expect(try await api.ask(.get, "/as/v1/events?after=2&subject=edge-2").text == "[]")
        let unknown = try await api.ask(.get, "/as/v1/events?subjct=edge-2")
        #expect(unknown.status == 400 && unknown.text.contains("did you mean 'subject'?"))
        for query in ["limit=0", "limit=1001", "after=-1", "after=x", "subject=a&subject=b", "subject=%ff"] {
            #expect(try await api.ask(.get, "/as/v1/events?\(query)").status == 400)
        }
        api.store.fail(with: .failed("gone"))
        #expect(try await api.ask(.get, "/as/v1/events").status == 503)
    }

    @Test("approvals and cordons reach the control loop with the caller's name")
    func commands() async throws {
        let api = try await TestAPI()
        let good = try await api.ask(.post, "/as/v1/approvals", as: .operator, body: #"{"hash":"abc123"}"#)
        #expect(good.text == #"{"approved":"abc123"}"#)
        #expect(try await api.ask(.post, "/as/v1/approvals", body: #"{"hash":"other"}"#).status == 404)
        for body in ["", "{}", #"{"hash":""}"#, #"{"hash":1}"#] {
            #expect(try await api.ask(.post, "/as/v1/approvals", body: body).status == 400)
        }
        #expect(try await api.ask(.post, "/as/v1/nodes/edge-1/cordon").text == #"{"id":"edge-1","cordoned":true}"#)
        #expect(try await api.ask(.post, "/as/v1/nodes/edge-1/uncordon").status == 200)
        #expect(try await api.ask(.post, "/as/v1/nodes/nobody/cordon").status == 404)
        #expect(
            api.commands.calls.current
                == ["approve abc123 by tester", "cordon edge-1 by tester", "uncordon edge-1 by tester"])
    }
}
