import Reconciler
import Testing

@testable import APIServer

@Suite("Bodies and parameters are what the documentation says")
struct BodyTypeTests {
    private func post(_ api: TestAPI, _ path: String, _ type: String?, _ body: String) async throws -> HTTPResponse {
        var headers = [try api.bearer(.admin)]
        if let type { headers.append(("Content-Type", type)) }
        return await api.handler.respond(to: HTTPRequest(.post, path, headers: headers, body: Array(body.utf8)))
    }

    @Test(
        "JSON of another type is 415 and says what is taken",
        arguments: ["text/xml", "multipart/form-data; boundary=a", "application/yaml", "text/plain", "json"])
    func refused(_ type: String) async throws {
        let api = try await TestAPI()
        let answer = try await post(api, "/as/v1/approvals", type, #"{"hash": "abc123"}"#)
        #expect(answer.status == 415)
        #expect(answer.header("Accept") == "application/json")
        #expect((answer.json["detail"] as? String)?.contains("this takes application/json") == true)
        #expect(api.commands.calls.current.isEmpty)
    }

    @Test(
        "JSON is taken as such, in whatever case, without a type, and from curl",
        arguments: [
            nil, "", "application/json", "Application/JSON ; charset=utf-8", "application/merge-patch+json",
            "application/x-www-form-urlencoded",
        ] as [String?])
    func taken(_ type: String?) async throws {
        let api = try await TestAPI()
        #expect(try await post(api, "/as/v1/approvals", type, #"{"hash": "abc123"}"#).status == 200)
    }

    @Test(
        "YAML is taken where it is told, and no other",
        arguments: [
            ("application/yaml", 200), ("application/x-yaml", 200), ("text/yaml; charset=utf-8", 200),
            ("application/json", 200), ("text/xml", 415),
        ])
    func yaml(_ type: String, _ status: Int) async throws {
        let api = try await TestAPI()
        let document = """
            apiVersion: smreconcile/v1
            kind: NodeGroup
            metadata: {name: event}
            spec:
              provider: lab
              regions: [{name: here}]
              roles: {edge: {capabilities: [subscribe], endpoints: [{protocol: rtmp, port: 1935}], min: 1}}
            """
        #expect(try await post(api, "/as/v1/nodegroups?dryRun=true", type, document).status == status)
    }

    @Test(
        "a parameter is as long as the documentation lets it be",
        arguments: [(1, 200), (1024, 200), (1025, 400), (0, 400)])
    func lengths(_ count: Int, _ status: Int) async throws {
        let api = try await TestAPI()
        let after = String(repeating: "a", count: count)
        #expect(try await api.ask(.get, "/as/v1/nodes?after=\(after)").status == status)
    }

    @Test(
        "a name is a text", arguments: ["false", "true", #"{"a": 1}"#, "null"])
    func names(_ name: String) async throws {
        let api = try await TestAPI()
        let document = """
            {"apiVersion": "smreconcile/v1", "kind": "NodeGroup", "metadata": {"name": \(name)}, "spec": {
              "provider": "lab", "regions": [{"name": "here"}],
              "roles": {"edge": {"capabilities": ["subscribe"], "endpoints": [{"protocol": "rtmp", "port": 1}], "min": 1}}}}
            """
        let answer = try await post(api, "/as/v1/nodegroups?dryRun=true", "application/json", document)
        #expect([400, 422].contains(answer.status), "\(answer.text)")
    }

    // MARK: - Names that paths have

    @Test("words of the routes are no names of node groups", arguments: ["default", "status", "scheduled"])
    func reserved(_ name: String) async throws {
        let api = try await TestAPI()
        #expect(api.services.reserved.all.contains(name))
        let document = """
            {"apiVersion": "smreconcile/v1", "kind": "NodeGroup", "metadata": {"name": "\(name)"}, "spec": {
              "provider": "lab", "regions": [{"name": "here"}],
              "roles": {"edge": {"capabilities": ["subscribe"], "endpoints": [{"protocol": "rtmp", "port": 1}], "min": 1}}}}
            """
        let answer = try await post(api, "/as/v1/nodegroups", "application/json", document)
        #expect(answer.status == 400)
        #expect((answer.json["detail"] as? String)?.contains("'\(name)' is reserved") == true)
        let free = document.replacing("\"\(name)\"", with: "\"\(name)-1\"")
        #expect(try await post(api, "/as/v1/nodegroups", "application/json", free).status == 201)
    }

    @Test("each of them leads elsewhere than a node group does")
    func derived() async throws {
        let api = try await TestAPI()
        for name in api.services.reserved.all where name != "default" {
            let leads = api.handler.table.routes.contains { route in
                route.pattern.split(separator: "/").contains(Substring(name))
            }
            #expect(leads, "\(name)")
        }
        #expect(api.services.reserved.all.count > 2)
        #expect(api.services.reserved.problem("live") == nil)
    }
}
