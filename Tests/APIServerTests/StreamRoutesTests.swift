import Reconciler
import Testing

@testable import APIServer

@Suite("Streams")
struct StreamRoutesTests {
    @Test("publish answers the overview's five fields first, in its order")
    func publishShape() async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.get, "/as/v1/streams/live/myStream/publish", as: .app)
        #expect(answer.status == 200)
        #expect(answer.contentType == "application/json")
        #expect(answer.header("Cache-Control") == "no-store")
        #expect(
            answer.text == """
                {"serverAddress":"203.0.113.10","scope":"live","name":"myStream","port":1935,"protocol":"rtmp",\
                "nodeId":"origin-1","nodeGroup":"live","region":"us-east","url":"rtmp://203.0.113.10:1935/live/myStream"}
                """)
    }

    @Test("subscribe answers the edge nearest to the client, the default protocol first")
    func subscribeShape() async throws {
        let api = try await TestAPI()
        #expect(api.live.published(StreamKey(scope: "live", name: "a"), on: "origin-1", at: api.time.now()))
        let answer = try await api.ask(.get, "/as/v1/streams/live/a/subscribe?region=us-east", as: .app)
        #expect(
            answer.text.hasPrefix(
                #"{"serverAddress":"203.0.113.55","scope":"live","name":"a","port":443,"protocol":"wss","nodeId":"edge-1""#
            ))
        let european = try await api.ask(.get, "/as/v1/streams/live/a/subscribe?lat=48.1&lon=11.6&protocol=rtmp")
        #expect(european.json["nodeId"] as? String == "edge-2")
        #expect(european.json["url"] as? String == "rtmp://[2001:db8::7]:1935/live/a")
        let zone = try await api.ask(.get, "/as/v1/streams/live/a/subscribe?zone=americas&strict=true")
        #expect(zone.json["nodeId"] as? String == "edge-1")
        let nowhere = try await api.ask(.get, "/as/v1/streams/live/a/subscribe?region=mars&strict=true")
        #expect(nowhere.status == 404)
    }

    @Test("endpoints=N answers a list, of one for N = 1")
    func severalEndpoints() async throws {
        let api = try await TestAPI()
        #expect(api.live.published(StreamKey(scope: "live", name: "a"), on: "origin-1", at: api.time.now()))
        func nodes(_ query: String) async throws -> [String] {
            let answer = try await api.ask(.get, "/as/v1/streams/live/a/subscribe?\(query)")
            #expect(answer.status == 200)
            return answer.list.compactMap { $0["nodeId"] as? String }
        }
        #expect(try await nodes("endpoints=1&region=eu-west") == ["edge-2"])
        #expect(try await nodes("endpoints=2&region=eu-west") == ["edge-2", "edge-1"])
        #expect(try await nodes("endpoints=9&region=eu-west&strict=false") == ["edge-2", "edge-1"])
        let strict = try await api.ask(.get, "/as/v1/streams/live/a/subscribe?endpoints=2&region=eu-west&strict=true")
        #expect(strict.status == 503)
        let publisher = try await api.ask(.get, "/as/v1/streams/live/b/publish?endpoints=3")
        #expect(publisher.list.count == 1)
    }

    @Test(
        "what cannot be asked for is said",
        arguments: [
            ("endpoints=0", "the parameter 'endpoints' is '0', not a whole number from 1 to 100"),
            ("endpoints=101", "the parameter 'endpoints' is '101', not a whole number from 1 to 100"),
            (
                "capabilities=transcodes",
                "the parameter 'capabilities' has the unknown 'transcodes'; did you mean 'transcode'?"
            ),
            (
                "capabilities=x",
                "the parameter 'capabilities' has the unknown 'x'; known are publish, subscribe, transcode, relay"
            ),
            ("transcode=perhaps", "the parameter 'transcode' is 'perhaps', not true or false"),
            (
                "transcode=true&endpoints=2",
                "the parameter 'endpoints' goes with one transcoder only: leave it out, or 'transcode'"
            ),
        ])
    func optionsThatCannotBe(_ query: String, _ detail: String) async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.get, "/as/v1/streams/live/a/publish?\(query)")
        #expect(answer.status == 400)
        #expect(answer.json["detail"] as? String == detail)
        #expect(try await api.ask(.get, "/as/v1/streams/live/a/subscribe?transcode=true").status == 400)
    }

    @Test("capabilities are those of the role, in any case of letters")
    func capabilities() async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.get, "/as/v1/streams/live/a/publish?capabilities=PUBLISH").status == 200)
        let none = try await api.ask(.get, "/as/v1/streams/live/b/publish?capabilities=relay,transcode")
        #expect(none.status == 404)
        #expect(
            none.json["detail"] as? String
                == "no role can publish and relay and transcode (node group 'live')")
    }

    struct NameCase: CustomTestStringConvertible {
        let path: String
        let name: String
        var testDescription: String { path }
    }

    @Test(
        "a stream name may hold slashes and any characters, percent-encoded or not",
        arguments: [
            NameCase(path: "a/b/c", name: "a/b/c"), NameCase(path: "a%2Fb", name: "a/b"),
            NameCase(path: "publish", name: "publish"), NameCase(path: "a%2Fsubscribe", name: "a/subscribe"),
            NameCase(path: "%C3%A4%20%22x%5C", name: "ä \"x\\"), NameCase(path: "a+b", name: "a+b"),
        ])
    func names(_ name: NameCase) async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.get, "/as/v1/streams/live/\(name.path)/publish")
        #expect(answer.status == 200)
        #expect(answer.json["name"] as? String == name.name)
    }

    @Test(
        "a question that cannot be understood is 400",
        arguments: [
            "live/a/publish?lat=1", "live/a/publish?lat=91&lon=0", "live/a/publish?lat=nan&lon=0",
            "live/a/publish?lat=1&lon=inf", "live/a/publish?strict=maybe", "live/%00/publish", "live/%ff/publish",
            "live/%zz/publish", "live/%C2%85/publish", "live/a/publish?region=%ff",
            "\(String(repeating: "s", count: 65))/a/publish", "live/\(String(repeating: "n", count: 257))/publish",
        ])
    func badRequests(_ path: String) async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.get, "/as/v1/streams/\(path)")
        #expect(answer.status == 400)
        #expect(answer.contentType == "application/problem+json")
        #expect(answer.json["errorMessage"] as? String == answer.json["detail"] as? String)
    }

    @Test("publish is 503 with Retry-After when every origin is full, and 404 for a scope nobody serves")
    func noRoom() async throws {
        let api = try await TestAPI()
        for name in ["a", "b"] { #expect(try await api.ask(.get, "/as/v1/streams/live/\(name)/publish").status == 200) }
        let full = try await api.ask(.get, "/as/v1/streams/live/c/publish")
        #expect(full.status == 503)
        #expect(full.header("Retry-After").flatMap { Int($0) } ?? 0 > 0)
        #expect(try await api.ask(.get, "/as/v1/streams/live/a/publish").status == 200)
        #expect(try await api.ask(.get, "/as/v1/streams/other/a/publish").status == 404)
        #expect(try await api.ask(.get, "/as/v1/streams/live/nothing/subscribe").status == 404)
    }

    @Test("route/explain tells the answer and why, and counts nobody")
    func explain() async throws {
        let api = try await TestAPI()
        #expect(api.live.published(StreamKey(scope: "live", name: "a/b"), on: "origin-1", at: api.time.now()))
        let path = "/as/v1/streams/live/a/b/route/explain"
        for _ in 0..<50 {
            let answer = try await api.ask(
                .get, "\(path)?action=subscribe&region=us-east&protocol=rtmp&seed=5", as: .viewer)
            #expect(answer.status == 200)
            let told = answer.json["answer"] as? [String: Any]
            #expect(told?["node"] as? String == "edge-1" && told?["how"] as? String == "drawn")
            #expect(answer.json["seed"] as? Int == 5 && answer.json["name"] as? String == "a/b")
        }
        #expect(api.live.view.groups[0].load.total(.subscribe) == api.live.loads.group("live").total(.subscribe))
        #expect(api.live.view.nodes["edge-1"]?.load.total(.subscribe) == 0)
        for query in ["", "?action=watch", "?action=publish&regoin=x", "?action=publish&seed=-1"] {
            #expect(try await api.ask(.get, path + query, as: .viewer).status == 400)
        }
        #expect(try await api.ask(.get, "\(path)?action=publish", as: .node).status == 403)
    }

    @Test("limits and nodes of the cluster are not for an app, what is live is")
    func apps() async throws {
        let api = try await TestAPI()
        #expect(api.live.published(StreamKey(scope: "live", name: "a"), on: "origin-1", at: api.time.now()))
        let path = "/as/v1/streams/live/a"
        #expect(await api.ask(.get, "\(path)/route?node=edge-1", node: "edge-1").status == 200)
        for look in ["/route?node=edge-1", "/route/explain?action=subscribe", "/route/explain?action=publish"] {
            #expect(try await api.ask(.get, path + look, as: .app).status == 403, "\(look)")
            for role in [Role.admin, .operator, .viewer] {
                #expect(try await api.ask(.get, path + look, as: role).status == 200, "\(look)")
            }
        }
        for look in [path, "/as/v1/streams", "\(path)/subscribe"] {
            #expect(try await api.ask(.get, look, as: .app).status == 200, "\(look)")
        }
    }

    @Test("the list and one stream show where it is live and who watches")
    func list() async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.get, "/as/v1/streams").text == "[]")
        let key = StreamKey(scope: "live", name: "a")
        #expect(api.live.published(key, on: "origin-1", at: api.time.now()))
        let report = StreamReport(scope: "live", name: "a", role: .edge, subscribers: 7)
        _ = api.live.heartbeat(
            Heartbeat(sequence: 1, metrics: [:], streams: [report]), from: "edge-1", at: api.time.now())
        let list = try await api.ask(.get, "/as/v1/streams?scope=live", as: .viewer)
        #expect(
            list.text == """
                [{"scope":"live","name":"a","state":"live","nodeId":"origin-1","nodeGroup":"live","region":"us-east",\
                "serverAddress":"203.0.113.10","since":"2026-11-22T12:00:00Z","subscribers":7,\
                "nodes":[{"nodeId":"edge-1","subscribers":7}]}]
                """)
        #expect(try await api.ask(.get, "/as/v1/streams?scope=other").text == "[]")
        let one = try await api.ask(.get, "/as/v1/streams/live/a")
        #expect(one.json["subscribers"] as? Int == 7)
        #expect(try await api.ask(.get, "/as/v1/streams/live/b").status == 404)
    }

    @Test("route says where a node pulls from, and a node may ask for itself only")
    func route() async throws {
        let api = try await TestAPI()
        #expect(api.live.published(StreamKey(scope: "live", name: "a"), on: "origin-1", at: api.time.now()))
        let path = "/as/v1/streams/live/a/route"
        let edge = await api.ask(.get, "\(path)?node=edge-1", node: "edge-1")
        #expect(edge.json["url"] as? String == "rtmp://203.0.113.10:1935/live/a")
        #expect(
            edge.text == """
                {"scope":"live","name":"a","nodeId":"edge-1","isSource":false,"sourceNodeId":"origin-1",\
                "parentNodeId":"origin-1","url":"rtmp://203.0.113.10:1935/live/a",\
                "path":[{"nodeId":"origin-1","url":"rtmp://203.0.113.10:1935/live/a"}]}
                """)
        #expect(try await api.ask(.get, "\(path)?node=origin-1").json["isSource"] as? Bool == true)
        #expect(await api.ask(.get, "\(path)?node=edge-1", node: "edge-2").status == 403)
        #expect(try await api.ask(.get, "\(path)?node=nobody").status == 404)
        #expect(try await api.ask(.get, path).status == 400)
    }
}

extension NodeID: ExpressibleByStringLiteral {
    /// A node id in a test.
    public init(stringLiteral value: String) { self.init(value) }
}
