import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("Streams in the product's words")
struct ProductStreamRoutesTests {
    private static let path = "/as/v1/streams/stream"

    /// `live/a` at the origin, with viewers on both edges.
    private static func api() async throws -> TestAPI {
        let api = try await TestAPI()
        func beat(_ node: String, _ role: String, _ viewers: Int) async {
            _ = await api.ask(
                .post, "/as/v1/nodes/\(node)/heartbeat", node: node,
                body:
                    #"{"sequence": 1, "metrics": {}, "streams": [{"scope": "live", "name": "a", "role": "\#(role)", "subscribers": \#(viewers)}]}"#
            )
        }
        await beat("origin-1", "source", 0)
        await beat("edge-1", "edge", 3)
        await beat("edge-2", "edge", 4)
        api.time.advance(by: .seconds(90))
        return api
    }

    @Test("publish and subscribe answer lists")
    func route() async throws {
        let api = try await Self.api()
        let publish = try await api.ask(.get, "\(Self.path)/live/publish/live/new", as: .app)
        #expect(
            publish.text
                == #"[{"streamGuid":"live/new","serverAddress":"203.0.113.10","nodeRole":"origin","subGroup":"us-east","nodeState":"INSERVICE","subscribers":0}]"#
        )
        let subscribe = try await api.ask(.get, "\(Self.path)/default/subscribe/live/a?subGroup=EU-West&strict=true")
        #expect(
            subscribe.text
                == #"[{"streamGuid":"live/a","serverAddress":"2001:db8::7","nodeRole":"edge","subGroup":"eu-west","nodeState":"INSERVICE","subscribers":4}]"#
        )
        let both = try await api.ask(.get, "\(Self.path)/live/subscribe/live/a?endpoints=2")
        #expect(both.list.count == 2)
        let zone = try await api.ask(.get, "\(Self.path)/live/subscribe/live/a?subgroup=americas")
        #expect(zone.list.first?["subGroup"] as? String == "us-east")
    }

    @Test(
        "what cannot be is said so in both words",
        arguments: [
            ("live/publish/live/new?endpoints=0", 400), ("live/publish/live/new?endpoints=2&transcode=true", 400),
            ("nothing/publish/live/new", 404), ("live/subscribe/live/nope", 404), ("live/publish/noscope", 400),
            ("live/publish/live/../x", 400), ("live/publish/live/new?strict=true", 200), ("live/stream/live/nope", 404),
            ("live/publish/other/new", 404), ("live?aggregates=true", 400), ("nothing", 404),
            ("live/publish/live/new?subgroup=a&subgroup=b", 400),
        ])
    func refusals(_ target: String, _ status: Int) async throws {
        let answer = try await Self.api().ask(.get, "\(Self.path)/\(target)")
        #expect(answer.status == status, "\(answer.text)")
        if status >= 400 { #expect(answer.json["error"] != nil && answer.json["errorMessage"] != nil) }
    }

    @Test("lists are whole or by node")
    func lists() async throws {
        let api = try await Self.api()
        let whole =
            #"[{"streamGuid":"live/a","serverAddress":"203.0.113.10","nodeRole":"origin","subGroup":"us-east","nodeState":"INSERVICE","subscribers":7,"durationMs":90000}]"#
        for target in [
            "live", "live?stats=true&aggregate=true", "default/stream/live/a", "live/stream/live/a?aggregate=true",
        ] {
            #expect(try await api.ask(.get, "\(Self.path)/\(target)", as: .viewer).text == whole, "\(target)")
        }
        for target in ["live?aggregate=false", "live/stream/live/a?aggregate=false"] {
            let nodes = try await api.ask(.get, "\(Self.path)/\(target)").list
            #expect(nodes.map { $0["nodeRole"] as? String } == ["origin", "edge", "edge"], "\(target)")
            #expect(nodes.map { $0["subscribers"] as? Int } == [0, 3, 4])
        }
    }

    /// Of the alerts and the dashboard: which routes send clients somewhere.
    private static func expressions() throws -> [String] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("packaging/observability")
        return try ["prometheus-rules.yaml", "grafana-dashboard.json"].flatMap { file -> [String] in
            let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            return text.replacing("\\\"", with: "\"").matches(of: /route=~"([^"]*)"/).map { String($0.1) }
        }
    }

    @Test("what turns clients away is seen on both wires by the alerts and the dashboard, and nothing else is")
    func observed() async throws {
        let expressions = try Self.expressions()
        #expect(expressions.count == 3)
        let patterns = Set(try await TestAPI().handler.table.routes.map(\.pattern))
        let sending: Set<String> = [
            "/as/v1/streams/{scope}/{name...}/publish", "/as/v1/streams/{scope}/{name...}/subscribe",
            "\(Self.path)/{group}/publish/{streamGuid...}", "\(Self.path)/{group}/subscribe/{streamGuid...}",
            "/as/v1/proxy/whip/{streamGuid...}", "/as/v1/proxy/whep/{streamGuid...}",
        ]
        #expect(sending.isSubset(of: patterns))
        for expression in expressions {
            let regex = try Regex(expression)
            // Prometheus anchors it at both ends.
            let seen = patterns.filter { $0.wholeMatch(of: regex) != nil && !$0.hasSuffix("/heartbeat") }
            #expect(seen == sending, "\(expression)")
        }
    }

    @Test("a stream of another group is not here")
    func groups() async throws {
        let api = try await Self.api()
        api.publish(spec: { spec in
            var other = spec.groups[0]
            other.name = "other"
            spec.groups.append(other)
        })
        #expect(try await api.ask(.get, "\(Self.path)/other/subscribe/live/a").status == 404)
        #expect(try await api.ask(.get, "\(Self.path)/other/publish/live/b").status == 503)
        #expect(try await api.ask(.get, "\(Self.path)/other").text == "[]")
        #expect(try await api.ask(.get, "\(Self.path)/default").status == 404)
    }

    @Test("without a token it is 401, unless the spec lets anyone in; that opens nothing else")
    func access() async throws {
        let api = try await Self.api()
        let targets = ["live", "live/stream/live/a", "live/publish/live/b", "live/subscribe/live/a"]
        for target in targets { #expect(try await api.ask(.get, "\(Self.path)/\(target)", as: nil).status == 401) }
        var manager = ManagerSpec()
        manager.api.areStreamsOpen = true
        api.publish(manager: manager)
        for target in targets { #expect(try await api.ask(.get, "\(Self.path)/\(target)", as: nil).status == 200) }
        for other in ["/as/v1/streams", "/as/v1/streams/live/a", "/as/v1/streams/live/a/subscribe", "/as/v1/nodes"] {
            #expect(try await api.ask(.get, other, as: nil).status == 401, "\(other)")
        }
    }
}
