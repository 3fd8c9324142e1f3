import APIServer
import Reconciler
import Testing

@Suite("Node groups over the API")
struct GroupChangeTests {
    private static func document(_ name: String, edges: Int = 2, _ more: String = "") -> String {
        """
        apiVersion: smreconcile/v1
        kind: NodeGroup
        metadata: {name: \(name)}
        spec:
          provider: lab
          regions: [{name: us-east}]
          roles: {edge: {capabilities: [subscribe], endpoints: [{protocol: rtmp, port: 1935}], min: \(edges)}}
        \(more)
        """
    }

    private static func send(
        _ api: TestAPI, _ method: HTTPMethod, _ path: String, _ body: String = "", role: Role = .operator,
        _ headers: [(String, String)] = []
    ) async throws -> HTTPResponse {
        await api.handler.respond(
            to: HTTPRequest(method, path, headers: [try api.bearer(role)] + headers, body: Array(body.utf8)))
    }

    private static func text(_ response: HTTPResponse) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test("a group is made, shown as it was written, changed, and deleted")
    func life() async throws {
        let api = try await TestAPI()
        let made = try await Self.send(api, .post, "/as/v1/nodegroups", Self.document("event"))
        #expect(made.status == 201 && made.header("Location") == "/as/v1/nodegroups/event")
        let tag = try #require(made.header("ETag"))
        #expect(api.used.current.last?.groups.map(\.name) == ["live", "event"])

        let shown = try await Self.send(api, .get, "/as/v1/nodegroups/event?format=yaml", role: .viewer)
        #expect(Self.text(shown) == Self.document("event") && shown.header("ETag") == tag)

        let changed = try await Self.send(
            api, .put, "/as/v1/nodegroups/event", Self.document("event", edges: 3), [("If-Match", tag)])
        #expect(changed.status == 200 && changed.header("ETag") != tag)
        #expect(api.used.current.last?.group("event")?.roles.first?.min == 3)
        // Whoever read the first state does not overwrite the second.
        let late = try await Self.send(
            api, .put, "/as/v1/nodegroups/event", Self.document("event", edges: 9), [("If-Match", tag)])
        #expect(late.status == 412 && Self.text(late).contains("read it again"))

        let gone = try await Self.send(api, .delete, "/as/v1/nodegroups/event")
        #expect(gone.status == 204)
        #expect(api.used.current.last?.deletedGroups == ["event"])
        #expect(try await Self.send(api, .delete, "/as/v1/nodegroups/event").status == 404)
        // Made again, its next removal is a question of its own.
        _ = try await Self.send(api, .put, "/as/v1/nodegroups/event", Self.document("event"))
        #expect(api.used.current.last?.deletedGroups == [])
    }

    @Test("the tag of a view is that of what it shows: a document that is not in force yet has another")
    func tagOfTheView() async throws {
        let api = try await TestAPI()
        let made = try await Self.send(api, .post, "/as/v1/nodegroups", Self.document("event"))
        let tag = try #require(made.header("ETag"))
        let views = ["/as/v1/nodegroups/event", "/as/v1/admin/nodegroup/event"]
        // Before the next round has it too.
        for view in views {
            let shown = try await Self.send(api, .get, view)
            #expect(shown.status == 200 && shown.header("ETag") == tag, "\(view)")
        }
        let spec = try #require(api.used.current.last)
        api.publish(spec: { $0.groups = spec.groups })
        let changed = try await Self.send(api, .put, "/as/v1/nodegroups/event", Self.document("event", edges: 5))
        let newer = try #require(changed.header("ETag"))
        for view in views {
            #expect(try await Self.send(api, .get, view).header("ETag") == tag, "\(view)")
        }
        let written = try await Self.send(api, .get, "/as/v1/nodegroups/event?format=yaml")
        #expect(written.header("ETag") == newer && newer != tag)
    }

    @Test("a file's group is shown as written there, and changed there only")
    func files() async throws {
        let api = try await TestAPI()
        api.publish(spec: { $0.groups[0].source = SourceLocation(file: "lab.yaml", line: 7, column: 1) })
        let shown = try await Self.send(api, .get, "/as/v1/nodegroups/live?format=yaml", role: .viewer)
        #expect(Self.text(shown).hasPrefix("# the studio's own\napiVersion"), "\(Self.text(shown))")
        for (method, path) in [
            (HTTPMethod.post, "/as/v1/nodegroups"), (.put, "/as/v1/nodegroups/live"),
            (.delete, "/as/v1/nodegroups/live"),
        ] {
            let body = method == .delete ? "" : Self.document("live")
            let answer = try await Self.send(api, method, path, body)
            #expect(answer.status == 409 && Self.text(answer).contains("lab.yaml:7:1"), "\(method)")
        }
        #expect(api.used.current.isEmpty)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var what: String
        var body: String
        var status: Int
        var words: String
        var testDescription: String { what }
    }

    @Test(
        "what does not read changes nothing and is told",
        arguments: [
            Refusal(what: "no document", body: "", status: 400, words: "one document of kind NodeGroup"),
            Refusal(
                what: "two documents", body: document("a") + "\n---\n" + document("b"), status: 400,
                words: "one document of kind NodeGroup"),
            Refusal(
                what: "a provider",
                body: "apiVersion: smreconcile/v1\nkind: Provider\nmetadata: {name: x}\nspec: {type: simulated}",
                status: 400, words: "one document of kind NodeGroup"),
            Refusal(what: "broken YAML", body: "a: [", status: 422, words: "body:"),
            Refusal(
                what: "an unknown key", body: document("event", "extra: 1"), status: 422, words: "unknown key 'extra'"),
            Refusal(
                what: "a provider that is not there",
                body: document("event").replacing("provider: lab", with: "provider: lap"), status: 422,
                words: "did you mean 'lab'"),
        ])
    func refused(_ refusal: Refusal) async throws {
        let api = try await TestAPI()
        let answer = try await Self.send(api, .post, "/as/v1/nodegroups", refusal.body)
        #expect(answer.status == refusal.status && Self.text(answer).contains(refusal.words), "\(Self.text(answer))")
        #expect(api.used.current.isEmpty)
        #expect(try await api.store.value("api-groups") == nil)
    }

    @Test("a dry run plans and changes nothing")
    func dryRun() async throws {
        let api = try await TestAPI()
        let plan = try await Self.send(api, .post, "/as/v1/nodegroups?dryRun=true", Self.document("event", edges: 2))
        #expect(plan.status == 200)
        #expect(Self.text(plan).contains(#""nodeGroup" : "event""#) && Self.text(plan).contains(#""create""#))
        #expect(api.used.current.isEmpty)
        let wrong = try await Self.send(api, .post, "/as/v1/nodegroups?dryRun=yes", Self.document("event"))
        #expect(wrong.status == 400)
    }

    @Test("who may only look, or only route, changes nothing", arguments: [Role.viewer, .app, .node])
    func roles(_ role: Role) async throws {
        let api = try await TestAPI()
        #expect(try await Self.send(api, .post, "/as/v1/nodegroups", Self.document("event"), role: role).status == 403)
        #expect(try await Self.send(api, .delete, "/as/v1/nodegroups/event", role: role).status == 403)
        #expect(api.used.current.isEmpty)
    }

    struct Match: Sendable, CustomTestStringConvertible {
        var field: String
        var value: String
        var status: Int
        var testDescription: String { "\(field): \(value)" }
    }

    @Test(
        "preconditions are those of HTTP",
        arguments: [
            Match(field: "If-None-Match", value: "*", status: 412), Match(field: "If-Match", value: "*", status: 200),
            Match(field: "If-Match", value: "\"x\"", status: 412), Match(field: "If-Match", value: "x", status: 400),
            Match(field: "If-Match", value: "\"x\", TAG", status: 200),
            Match(field: "If-Match", value: "W/TAG", status: 412), Match(field: "If-Match", value: "", status: 400),
            Match(field: "If-None-Match", value: "TAG", status: 400),
        ])
    func preconditions(_ match: Match) async throws {
        let api = try await TestAPI()
        let made = try await Self.send(api, .post, "/as/v1/nodegroups", Self.document("event"))
        let tag = try #require(made.header("ETag"))
        let answer = try await Self.send(
            api, .put, "/as/v1/nodegroups/event", Self.document("event", edges: 3),
            [(match.field, match.value.replacing("TAG", with: tag))])
        #expect(answer.status == match.status, "\(Self.text(answer))")
    }

    @Test("a store that takes nothing leaves all as it was")
    func storeFails() async throws {
        let api = try await TestAPI()
        api.store.fail(with: .full("no space left"))
        let answer = try await Self.send(api, .post, "/as/v1/nodegroups", Self.document("event"))
        #expect(answer.status == 503)
        #expect(api.used.current.isEmpty && api.services.groups.parts.stored.groups.isEmpty)
    }
}

extension GroupChangeTests {
    @Test("a document of the API starts no program on the manager's machine")
    func commandProbe() async throws {
        let api = try await TestAPI()
        let probe = "health: {heartbeat: false, probes: [{command: [sh, -c, 'id']}]}"
        let text = Self.document("event").replacing("min: 2}", with: "min: 2, \(probe)}")
        // The document itself is sound: in a file it may stand.
        #expect(SpecReader.read([SpecSource(name: "a", text: TestAPI.file + "---\n" + text)]).spec != nil)
        for (method, path) in [(HTTPMethod.post, "/as/v1/nodegroups"), (.put, "/as/v1/nodegroups/event")] {
            for query in ["", "?dryRun=true"] {
                let answer = try await Self.send(api, method, path + query, text)
                #expect(
                    answer.status == 400 && Self.text(answer).contains("only files of the spec may"),
                    "\(method)\(query)")
            }
        }
        #expect(api.used.current.isEmpty)
    }
}
