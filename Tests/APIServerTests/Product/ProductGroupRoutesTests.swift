import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("Node groups in the product's words")
struct ProductGroupRoutesTests {
    private static let path = "/as/v1/admin/nodegroup"

    private static func config(_ name: String, edges: Int = 2, _ more: String = "") -> String {
        """
        {"name": "\(name)", "cloudPlatform": "OCI"\(more), "images": {"i": {"image": "m"}},
         "roles": {"edge": {"imageName": "i", "capabilities": ["SUBSCRIBE"], "propertyOverrides": []}},
         "groups": {"us-east": {"subGroupName": "us-east", "rulesByRole": {"edge": {"min": "\(edges)", "max": "9"}}}}}
        """
    }

    /// The provider of the tests' own file.
    private static func api() async throws -> TestAPI {
        let api = try await TestAPI()
        api.publish(spec: { spec in
            spec.providers["lab"] = ProviderSpec(name: "lab", settings: .simulated(SimulatedSpec()))
        })
        return api
    }

    @Test("one is made with 200, kept as YAML, given back as it came, changed and deleted")
    func life() async throws {
        let api = try await Self.api()
        let made = try await api.ask(.post, Self.path, as: .operator, body: Self.config("Event_1"))
        #expect(made.status == 200 && made.json["nodeGroup"] as? String == "event-1")
        let stored = try #require(api.services.groups.parts.stored.group("event-1"))
        #expect(stored.text.contains("sm2-name: Event_1") && stored.text.contains("provider: lab"))
        // Not in force yet, and known all the same: a client asks at once.
        let early = try await api.ask(.get, "\(Self.path)/status/Event_1")
        #expect(early.status == 200 && early.text == "[]")
        #expect(try await api.ask(.get, "\(Self.path)/Event_1").text.contains(#""min":2"#))
        #expect(try await api.ask(.get, Self.path).text == #"["live","Event_1"]"#)
        #expect(try await api.ask(.put, "\(Self.path)/Event_1/pause").status == 200)
        #expect(api.commands.calls.current == ["pause event-1 by tester"])

        let spec = try #require(api.used.current.last?.group("event-1"))
        api.publish(spec: {
            $0.groups.append(spec)
            $0.providers["lab"] = ProviderSpec(name: "lab", settings: .simulated(SimulatedSpec()))
        })
        #expect(try await api.ask(.get, Self.path, as: .viewer).text == #"["live","Event_1"]"#)
        let shown = try await api.ask(.get, "\(Self.path)/Event_1?isEffective=false")
        #expect(shown.json["name"] as? String == "Event_1" && shown.json["isScalingPaused"] as? Bool == false)
        #expect(shown.text.contains(#""min":2"#))

        #expect(try await api.ask(.post, Self.path, body: Self.config("Event_1")).status == 409)
        #expect(try await api.ask(.put, Self.path, body: Self.config("Event_1", edges: 5)).status == 200)
        #expect(api.used.current.last?.group("event-1")?.role("edge")?.min == 5)
        #expect(try await api.ask(.put, Self.path, body: Self.config("other")).status == 404)
        #expect(try await api.ask(.delete, "\(Self.path)/Event_1").status == 200)
        #expect(api.used.current.last?.group("event-1") == nil)
        // Still in force until the next round, and not there all the same.
        #expect(try await api.ask(.get, "\(Self.path)/Event_1").status == 404)
        #expect(try await api.ask(.get, Self.path).text == #"["live"]"#)
    }

    @Test("the example of the documentation is made, and nothing of it is left out")
    func example() async throws {
        let api = try await Self.api()
        let paths = try #require(try await api.ask(.get, "/as/v1/openapi.json").json["paths"] as? [String: Any])
        let post = try #require((paths[Self.path] as? [String: Any])?["post"] as? [String: Any])
        let content = try #require((post["requestBody"] as? [String: Any])?["content"] as? [String: Any])
        let example = try #require((content["application/json"] as? [String: Any])?["example"])
        let body = String(decoding: try JSONSerialization.data(withJSONObject: example), as: UTF8.self)
        let made = try await api.ask(.post, Self.path, body: body)
        #expect(made.status == 200, "\(made.text)")
        // That of every group with clients.
        let notes = try #require(made.json["notes"] as? [String])
        #expect(notes.count == 1 && notes[0].hasPrefix("endpoints are the product's usual ones"), "\(notes)")
        let role = try #require(api.used.current.last?.group("sport")?.role("edge"))
        #expect(role.min == 1 && role.max == 2 && role.capacity == [Metric.subscribers: 200])
    }

    @Test("who asks for a transcoder is a publisher: it is a parameter of nothing else")
    func transcode() async throws {
        for route in try await TestAPI().handler.table.routes where route.pattern.hasPrefix("/as/v1/streams/stream/") {
            let isThere = route.document.parameters?.contains { $0.name == "transcode" } ?? false
            #expect(isThere == route.pattern.contains("/publish/"), "\(route.pattern)")
        }
    }

    @Test("secrets in properties are masked for a group that was made, and for one of a file")
    func secrets() async throws {
        let api = try await Self.api()
        let text = Self.config("Event_1").replacing(
            #""subGroupName": "us-east","#,
            with: #""subGroupName": "us-east", "cloudProperties": "subnet=a;api_token=s3cret","#)
        #expect(try await api.ask(.post, Self.path, body: text).status == 200)
        let shown = try await api.ask(.get, "\(Self.path)/Event_1")
        #expect(shown.text.contains("subnet=a;api_token=***") && !shown.text.contains("s3cret"))
        #expect(api.services.groups.parts.stored.group("event-1")?.origin?.contains("s3cret") == false)
        // What was shown is sent back, and the secret stays as it is.
        #expect(try await api.ask(.put, Self.path, body: shown.text).status == 200)
        #expect(api.used.current.last?.group("event-1")?.region("us-east")?.settings["api_token"] == "s3cret")
        api.publish(spec: { $0.groups[0].regions[0].settings = ["subnet": "a", "api_token": "s3cret"] })
        let exported = try await api.ask(.get, "\(Self.path)/live")
        #expect(exported.text.contains("api_token=***;subnet=a") && !exported.text.contains("s3cret"))
    }

    @Test("a mask that stands for no secret that is known is 400, and says where: of a group that is set aside too")
    func unknownSecrets() async throws {
        let api = try await Self.api()
        let text = Self.config("Event_1").replacing(
            #""subGroupName": "us-east","#,
            with: #""subGroupName": "us-east", "cloudProperties": "subnet=a;api_token=s3cret","#)
        let masked = text.replacing("s3cret", with: "***")
        let early = try await api.ask(.post, Self.path, body: masked)
        #expect(early.status == 400 && early.text.contains("'api_token' is masked"))
        #expect((early.json["error"] as? String)?.hasPrefix("body:") == true)
        #expect(try await api.ask(.post, Self.path, body: text).status == 200)

        var parts = api.services.groups.parts
        let stored = try #require(parts.stored.group("event-1"))
        let problem = SpecDiagnostic(
            location: SourceLocation(file: stored.sourceName, line: 1, column: 1), message: "it does not read any more")
        parts.setAside = [SetAsideGroup(name: "event-1", problems: [problem], document: stored.source)]
        var services = api.services
        services.groups = SpecDesk(parts, store: api.store, time: api.time, use: { _ in }, note: { _ in })
        let answer = await APIHandler(services: services).respond(
            to: HTTPRequest(.put, Self.path, headers: [try api.bearer(.admin)], body: Array(masked.utf8)))
        #expect(answer.status == 400 && answer.text.contains("put in the secret itself"))
        #expect(services.groups.parts == parts)
    }

    @Test(
        "nothing but the group that was named is changed, deleted or looked at, before it is in force and then",
        arguments: [
            "ALPHA_1", "alpha_1", "Alpha-1", "Alpha.1", "ALPHA-1", "ALPHA.1", "_Alpha_1", "Alpha_1_",
        ], [false, true])
    func names(_ other: String, _ isInForce: Bool) async throws {
        let api = try await Self.api()
        #expect(try await api.ask(.post, Self.path, body: Self.config("Alpha_1")).status == 200)
        if isInForce {
            let spec = try #require(api.used.current.last?.group("alpha-1"))
            api.publish(spec: {
                $0.groups.append(spec)
                $0.providers["lab"] = ProviderSpec(name: "lab", settings: .simulated(SimulatedSpec()))
            })
        }
        let before = api.services.groups.parts
        #expect(try await api.ask(.delete, "\(Self.path)/\(other)").status == 404)
        #expect(try await api.ask(.put, Self.path, body: Self.config(other, edges: 7)).status == 404)
        for look in ["/\(other)", "/status/\(other)", "/\(other)/idle"] {
            #expect(try await api.ask(.get, Self.path + look).status == 404, "\(look)")
        }
        #expect(try await api.ask(.put, "\(Self.path)/\(other)/pause").status == 404)
        #expect(try await api.ask(.post, Self.path, body: Self.config(other)).status == 409)
        #expect(api.services.groups.parts == before && api.commands.calls.current.isEmpty)
        #expect(try await api.ask(.get, "\(Self.path)/status/Alpha_1").status == 200)
    }

    @Test("our own name of a group that has another in the product is not enough to change it, nor is 'default'")
    func ownName() async throws {
        let api = try await Self.api()
        #expect(try await api.ask(.post, Self.path, body: Self.config("Alpha_1")).status == 200)
        let before = api.services.groups.parts
        #expect(try await api.ask(.get, "\(Self.path)/alpha-1").status == 200)
        #expect(try await api.ask(.delete, "\(Self.path)/alpha-1").status == 404)
        #expect(try await api.ask(.put, Self.path, body: Self.config("alpha-1", edges: 7)).status == 404)
        #expect(try await api.ask(.delete, "\(Self.path)/default").status == 404)
        #expect(api.services.groups.parts == before)
    }

    @Test(
        "a name is 1 to 16 of letters, digits, '.', '_' and '-'",
        arguments: [
            ("a", 200), ("A.b_c-1234567890", 200), ("A.b_c-12345678901", 400), ("a b", 400), ("a:b", 400),
            ("\u{e9}a", 400),
            ("a/b", 400), ("...", 400),
        ])
    func lengths(_ name: String, _ status: Int) async throws {
        let answer = try await Self.api().ask(.post, Self.path, body: Self.config(name))
        #expect(answer.status == status)
        #expect(status == 200 || answer.text.contains("name"))
    }

    @Test("one that was paused is paused when it is made")
    func paused() async throws {
        let api = try await Self.api()
        let made = try await api.ask(.post, Self.path, body: Self.config("event", ", \"isScalingPaused\": true"))
        #expect(made.status == 200 && api.commands.calls.current == ["pause ahead event by tester"])
        // It is done: the note of 'import', that a person does it, would be untrue.
        #expect(!made.text.contains("smreconcile pause") && made.text.contains("\"notes\""))
        let changed = Self.config("event", edges: 3, ", \"isScalingPaused\": true")
        #expect(try await api.ask(.put, Self.path, body: changed).status == 200)
        #expect(api.commands.calls.current.count == 2)
        // Where the pause cannot be kept, the group is not made.
        let refused = try await api.ask(.post, Self.path, body: Self.config("unstored", ", \"isScalingPaused\": true"))
        #expect(refused.status == 503 && api.services.groups.parts.stored.groups.map(\.name) == ["event"])
    }

    @Test("one of a file is shown in their words, and is not theirs to change")
    func files() async throws {
        let api = try await Self.api()
        let shown = try await api.ask(.get, "\(Self.path)/default")
        #expect(shown.json["name"] as? String == "live" && shown.json["cloudPlatform"] as? String == "LAB")
        #expect((shown.json["roles"] as? [String: Any])?.keys.sorted() == ["edge", "origin"])
        #expect(try await api.ask(.get, "\(Self.path)/nothing").status == 404)
        #expect(try await api.ask(.delete, "\(Self.path)/nothing").status == 404)
    }

    @Test("what does not read is 400 with every error and its place, in both words that clients look for")
    func mistakes() async throws {
        let api = try await Self.api()
        let refused = try await api.ask(.post, Self.path, body: #"{"name": "a", "roles": {}}"#)
        #expect(refused.status == 400 && (refused.json["troubles"] as? [String])?.count == 2)
        #expect(refused.json["error"] as? String == refused.json["errorMessage"] as? String)
        #expect((refused.json["error"] as? String)?.hasPrefix("body:1:1: missing key 'cloudPlatform'") == true)
        for name in ["default", "status", "scheduled", "Status"] {
            let answer = try await api.ask(.post, Self.path, body: Self.config(name))
            #expect(answer.status == 400 && answer.text.contains("reserved"), "\(name)")
        }
        #expect(try await api.ask(.post, Self.path, body: "").status == 400)
        #expect(api.used.current == [])
    }

    @Test("readers look, operators change, and nobody does without a token")
    func access() async throws {
        let api = try await Self.api()
        let looks = ["", "/live", "/status/live", "/scheduled", "/scheduled/live"]
        for look in looks {
            #expect(try await api.ask(.get, Self.path + look, as: .viewer).status == 200, "\(look)")
            #expect(try await api.ask(.get, Self.path + look, as: .app).status == 403, "\(look)")
            #expect(try await api.ask(.get, Self.path + look, as: nil).status == 401, "\(look)")
        }
        let changes: [(HTTPMethod, String)] = [
            (.post, ""), (.put, ""), (.delete, "/live"), (.put, "/live/pause"), (.put, "/live/edge-1/manualscale"),
            (.post, "/live/us-east/edge/manualscale"),
        ]
        for (method, path) in changes {
            #expect(try await api.ask(method, Self.path + path, as: .viewer).status == 403, "\(path)")
            #expect(try await api.ask(method, Self.path + path, as: nil).status == 401, "\(path)")
        }
        #expect(api.commands.calls.current == [] && api.used.current == [])
    }
}
