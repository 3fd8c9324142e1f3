import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("Lists in pages")
struct ListRoutesTests {
    /// Streams `a` to `e` and `x/y` on origin-1, of which the edges carry some.
    private func api() async throws -> TestAPI {
        let api = try await TestAPI()
        for name in ["e", "b", "d", "a", "x/y", "c"] {
            #expect(api.live.published(StreamKey(scope: "live", name: name), on: "origin-1", at: api.time.now()))
        }
        func carry(_ node: NodeID, _ names: [String: Int]) {
            let streams = names.map { StreamReport(scope: "live", name: $0.key, role: .edge, subscribers: $0.value) }
            _ = api.live.heartbeat(
                Heartbeat(sequence: 1, metrics: [:], streams: streams), from: node, at: api.time.now())
        }
        carry("edge-1", ["a": 7, "x/y": 1])
        carry("edge-2", ["a": 5])
        return api
    }

    private func names(_ answer: HTTPResponse) -> [String] { answer.list.compactMap { $0["name"] as? String } }

    private func next(_ answer: HTTPResponse) -> String? {
        guard let link = answer.header("Link") else { return nil }
        #expect(link.hasPrefix("</as/v1/") && link.hasSuffix(">; rel=\"next\""))
        return link.split(separator: ">").first.map { String($0.dropFirst()) }
    }

    @Test("the pages of streams are in order, each links to the next, and the last to none")
    func pages() async throws {
        let api = try await api()
        var path: String? = "/as/v1/streams?scope=live&limit=2"
        var seen: [[String]] = []
        while let next = path {
            let answer = try await api.ask(.get, next, as: .viewer)
            #expect(answer.status == 200)
            seen.append(names(answer))
            path = self.next(answer)
        }
        #expect(seen == [["a", "b"], ["c", "d"], ["e", "x/y"]])
        let whole = try await api.ask(.get, "/as/v1/streams")
        #expect(names(whole) == seen.flatMap(\.self) && whole.header("Link") == nil)
        let first = try await api.ask(.get, "/as/v1/streams?limit=5&region=us-east")
        #expect(
            first.header("Link") == "</as/v1/streams?region=us-east&limit=5&after=live/e>; rel=\"next\"")
    }

    @Test("a scope with slashes and names of all kinds come back from a link")
    func cursors() async throws {
        let api = try await TestAPI()
        let keys = [("live/eu", "a"), ("live/eu", "b c&d"), ("live", "eu/a"), ("li%2Fve", "ü?"), ("live", "a>b\"")]
        for (scope, name) in keys {
            api.live.streams.markLive(StreamKey(scope: scope, name: name), on: "origin-1", at: api.time.now())
        }
        var path: String? = "/as/v1/streams?limit=1"
        var seen: [String] = []
        while let next = path, seen.count < 10 {
            let answer = try await api.ask(.get, next)
            seen += answer.list.map { "\($0["scope"] ?? "") \($0["name"] ?? "")" }
            path = self.next(answer)
        }
        #expect(seen == keys.map { StreamKey(scope: $0.0, name: $0.1) }.sorted().map { "\($0.scope) \($0.name)" })
    }

    @Test(
        "filters narrow the list",
        arguments: [
            ("scope=other", []), ("name=a", ["a"]), ("name=x*", ["x/y"]), ("name=*", ["a", "b", "c", "d", "e", "x/y"]),
            ("node=edge-1", ["a", "x/y"]), ("node=edge-2", ["a"]), ("node=nobody", []),
            ("node=origin-1", ["a", "b", "c", "d", "e", "x/y"]), ("region=eu-west", []),
            ("region=us-east&name=d", ["d"]),
            ("nodeGroup=live&node=edge-1&name=a", ["a"]), ("nodeGroup=other", []), ("after=live/d", ["e", "x/y"]),
            ("after=live/zz", []), ("after=live/", ["a", "b", "c", "d", "e", "x/y"]),
        ])
    func filters(_ query: String, _ want: [String]) async throws {
        let answer = try await api().ask(.get, "/as/v1/streams?\(query)", as: .app)
        #expect(answer.status == 200 && names(answer) == want)
    }

    @Test(
        "what cannot be understood is 400",
        arguments: [
            "limit=0", "limit=1001", "limit=-1", "limit=x", "limit=1e9", "limit=", "after=", "after=live",
            "after=%25/x",
            "after=%ff/a", "regoin=x", "scope=a&scope=b", "name=%ff",
        ])
    func bad(_ query: String) async throws {
        #expect(try await api().ask(.get, "/as/v1/streams?\(query)").status == 400)
    }

    @Test("a stream in detail tells each node's role and region, and the viewers there and in all")
    func detail() async throws {
        let answer = try await api().ask(.get, "/as/v1/streams/live/a", as: .app)
        #expect(
            answer.text == """
                {"scope":"live","name":"a","state":"live","nodeId":"origin-1","nodeGroup":"live","region":"us-east",\
                "serverAddress":"203.0.113.10","since":"2026-11-22T12:00:00Z","subscribers":12,\
                "nodes":[{"nodeId":"edge-1","subscribers":7,"nodeGroup":"live","role":"edge","region":"us-east",\
                "serverAddress":"203.0.113.55"},{"nodeId":"edge-2","subscribers":5,"nodeGroup":"live","role":"edge",\
                "region":"eu-west","serverAddress":"2001:db8::7"}]}
                """)
    }

    @Test("nodes come in pages too, with their filters")
    func nodes() async throws {
        let api = try await TestAPI()
        let first = try await api.ask(.get, "/as/v1/nodes?role=edge&limit=2", as: .viewer)
        #expect(first.list.compactMap { $0["id"] as? String } == ["edge-1", "edge-2"])
        #expect(first.header("Link") == "</as/v1/nodes?role=edge&limit=2&after=edge-2>; rel=\"next\"")
        let second = try await api.ask(.get, try #require(next(first)))
        #expect(second.list.compactMap { $0["id"] as? String } == ["edge-3"] && second.header("Link") == nil)
        for query in ["limit=0", "nodegroup=live", "role=edge&role=edge"] {
            #expect(try await api.ask(.get, "/as/v1/nodes?\(query)").status == 400)
        }
    }

    @Test("a page of 100,000 streams holds a thousand, and the pages together all of them")
    func many() async throws {
        let api = try await TestAPI()
        for number in 0..<100_000 {
            api.live.streams.markLive(
                StreamKey(scope: "live", name: "stream-\(number)"), on: "origin-1", at: api.time.now())
        }
        var window = PageWindow<StreamKey, StreamDirectory.Entry>(limit: 1000)
        api.live.streams.offer(&window) { _, _ in true }
        let (members, hasMore) = window.page()
        #expect(members.count == 1000 && hasMore)
        let sorted = (0..<100_000).map { "stream-\($0)" }.sorted()
        #expect(members.map(\.key.name) == Array(sorted.prefix(1000)))
        let answer = try await api.ask(.get, "/as/v1/streams?after=live/stream-99998")
        #expect(names(answer) == ["stream-99999"] && answer.header("Link") == nil)
        #expect(try await api.ask(.get, "/as/v1/streams").list.count == 1000)
    }

    @Test("a group at its limit answers 503 with Retry-After, and the words name the group and the limit")
    func groupLimits() async throws {
        let api = try await TestAPI()
        var limits = GroupLimits()
        limits.publishers = 1
        limits.subscribers = 2
        api.publish(limits: limits)
        #expect(try await api.ask(.get, "/as/v1/streams/live/a/publish").status == 200)
        let publish = try await api.ask(.get, "/as/v1/streams/live/b/publish")
        #expect(publish.status == 503 && publish.header("Retry-After") == "2")
        #expect(publish.json["detail"] as? String == "the node group 'live' is at its limit of 1 publishers")
        #expect(api.live.published(StreamKey(scope: "live", name: "a"), on: "origin-1", at: api.time.now()))
        for _ in 0..<2 { #expect(try await api.ask(.get, "/as/v1/streams/live/a/subscribe").status == 200) }
        let subscribe = try await api.ask(.get, "/as/v1/streams/live/a/subscribe?ticket=true")
        #expect(subscribe.status == 503 && subscribe.json["ticket"] == nil)
        #expect(subscribe.json["detail"] as? String == "the node group 'live' is at its limit of 2 subscribers")
    }
}
