import Foundation
import Providers
import Testing

/// The description of the API against the API, by a program that knows nothing but the description.
@Suite("The API as it is described", .sharesMachine, .timeLimit(.minutes(10)))
struct DescribedAPITests {
    /// The program's configuration.
    private static let files = ["schemathesis.toml", "sdp.py"]

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
            func isGood() async throws -> Bool {
                try await manager.send("GET", "/as/v1/users", token: token).status == 200
            }
            #expect(try await isGood())
            // It keeps what it learned beside them.
            for file in Self.files {
                try FileManager.default.copyItem(
                    atPath: Workspace.repository + "/Tests/EndToEndTests/Fixtures/" + file, toPath: workspace.path(file)
                )
            }
            let run = try await workspace.start(
                [
                    "sh", "-c",
                    "cd '\(workspace.directory)' && exec '\(tester)' run '\(manager.url)/as/v1/openapi.json' --no-color --seed 7 "
                        + "--phases examples,coverage -H \"Authorization: Bearer $TOKEN\"",
                ], name: "tester", environment: ["TOKEN": token]
            ).end(within: .seconds(400))
            #expect(run.code == 0, "\(run.out)\(run.error)")
            // It tried all that there is, and many requests of each.
            #expect(run.out.contains("✅ Examples") && run.out.contains("✅ Coverage"), "\(run.out)")
            let count = run.out.firstMatch(of: /(\d+) generated/).flatMap { Int($0.1) }
            #expect(count ?? 0 > 5000, "\(run.out)")
            // Refusals for want of a token are answers too: it had a good one all the time, and changed things with it.
            #expect(try await isGood())
            struct Entry: Decodable { var credential: String, status: Int }
            let audit = try await manager.send("GET", "/as/v1/audit?limit=1000", token: token)
            let entries = try JSONDecoder().decode([Entry].self, from: audit.body)
            let done = entries.filter { !$0.credential.hasPrefix("session:") && (200...299).contains($0.status) }
            #expect(done.count > 10, "\(entries.count) lines of \(Set(entries.map(\.credential)))")
            // Nothing ended the manager meanwhile.
            #expect(manager.program.poll() == nil)
            #expect(try await manager.send("GET", "/healthz").status == 200)
        }
    }
}
