import Foundation
import Providers
import Testing

/// The description of the API against the API, by a program that knows nothing but the description.
@Suite("The API as it is described", .sharesMachine, .timeLimit(.minutes(10)))
struct DescribedAPITests {
    /// The program's configuration.
    private static let files = ["schemathesis.toml", "described.py"]
    /// Operations that do not succeed here, and what they would need; other tests have them succeed.
    private static let unmet: [(operation: String, why: String)] = [
        ("POST /as/v1/nodes/{id}/heartbeat", "the token of a node"),
        ("GET /as/v1/nodes/{id}/callbacks/nginx-rtmp", "the token of a node"),
        ("POST /as/v1/nodes/{id}/callbacks/nginx-rtmp", "the token of a node"),
        ("OPTIONS /as/v1/proxy/whip/{streamGuid}", "a node that speaks WHIP"),
        ("POST /as/v1/proxy/whip/{streamGuid}", "a node that speaks WHIP"),
        ("OPTIONS /as/v1/proxy/whep/{streamGuid}", "a node that speaks WHEP"),
        ("POST /as/v1/proxy/whep/{streamGuid}", "a node that speaks WHEP"),
        ("PATCH /as/v1/proxy/session/{session}", "a session with such a node"),
        ("DELETE /as/v1/proxy/session/{session}", "a session with such a node"),
        ("POST /as/v1/approvals", "a plan that waits for an approval"),
        ("POST /as/v1/nodegroups/{name}/retry", "creates that failed"),
        ("POST /as/v1/hooks/git", "a repository that is followed"),
        ("POST /as/v1/webhooks/{webhook}/test", "a webhook in the spec"),
        ("GET /as/v1/openapi.json", "to be tried: it is what is read first"),
    ]

    @Test(
        "schemathesis finds nothing: no answer that the description does not tell, and nothing taken that it does not allow"
    )
    func schemathesis() async throws {
        try await Workspace.with { workspace async throws in
            let tools = try await workspace.start([Workspace.repository + "/scripts/python-tools"], name: "tools")
                .end(within: .seconds(300))
            try #require(tools.code == 0, "\(tools.error)")
            let tester = tools.out.trimmingCharacters(in: .whitespacesAndNewlines) + "/st"
            let manager = try await Manager(workspace, spec: Workspace.repository + "/examples/quickstart")
            try await manager.serves(6)
            // A stream to subscribe to, and a token that outlives the ends of sessions.
            try #require(try await manager.route("publish", "live/a") != nil)
            struct Made: Decodable { var token: String }
            let made = try await manager.send(
                "POST", "/as/v1/tokens", body: Data(#"{"name": "tester", "role": "admin", "for": "1h"}"#.utf8))
            let token = try JSONDecoder().decode(Made.self, from: made.body).token
            // It keeps what it learned beside them.
            for file in Self.files {
                try FileManager.default.copyItem(
                    atPath: Workspace.repository + "/Tests/EndToEndTests/Fixtures/" + file, toPath: workspace.path(file)
                )
            }
            let run = try await workspace.start(
                [
                    "sh", "-c",
                    "cd '\(workspace.directory)' && exec '\(tester)' run \"$MANAGER/as/v1/openapi.json\" --no-color --seed 7 "
                        + "--max-examples 10",
                ], name: "tester", environment: ["MANAGER": manager.url, "TOKEN": token]
            ).end(within: .seconds(500))
            #expect(run.code == 0, "\(run.out)\(run.error)")
            // It tried all that there is, and many requests of each.
            for phase in ["Examples", "Coverage", "Fuzzing", "Stateful"] {
                #expect(run.out.contains("✅ \(phase)"), "\(run.out)")
            }
            let count = run.out.firstMatch(of: /(\d+) generated/).flatMap { Int($0.1) }
            #expect(count ?? 0 > 5000, "\(run.out)")
            try await Self.checkAnswers(
                try String(contentsOfFile: workspace.path("answers.txt"), encoding: .utf8), manager)
            // Nothing ended the manager meanwhile.
            #expect(manager.program.poll() == nil)
            #expect(try await manager.send("GET", "/healthz").status == 200)
        }
    }

    /// Refusals are answers as described too: each operation must have succeeded, but for those that are known not to.
    private static func checkAnswers(_ lines: String, _ manager: Manager) async throws {
        struct Document: Decodable { var paths: [String: [String: Operation]] }
        struct Operation: Decodable {}
        let document = try await manager.get("/as/v1/openapi.json", as: Document.self)
        let all = Set(
            document.paths.flatMap { path, operations in operations.keys.map { "\($0.uppercased()) \(path)" } })
        var met: Set<String> = []
        for line in lines.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            try #require(words.count == 4, "\(line)")
            if words[2].hasPrefix("2"), words[3] == "right" { met.insert("\(words[0]) \(words[1])") }
        }
        #expect(all.subtracting(met).sorted() == unmet.map(\.operation).sorted())
    }
}
