import Foundation
import Providers
import Testing

/// `smreconcile route` asks a running manager, which tells where a client would be sent and why, and counts nobody.
@Suite("The route command", .sharesMachine, .serialized, .timeLimit(.minutes(4)))
struct RouteCommandTests {
    private func route(_ workspace: Workspace, _ manager: Manager, _ words: String) async throws -> Program.Outcome {
        try await workspace.start(
            [Workspace.binary, "route"] + words.split(separator: " ").map(String.init),
            environment: ["SMRECONCILE_SERVER": manager.url, "SMRECONCILE_TOKEN": manager.bearer ?? ""]
        ).end()
    }

    private struct Listed: Decodable { var subscribers: Int }
    private struct Chosen: Decodable { var nodeId: String }

    @Test("what it says is where clients are sent, and it leaves no trace")
    func live() async throws {
        try await Workspace.with { workspace in
            let spec = try workspace.write(Specs.simulated(edges: 2, regions: ["near", "far"]), to: "cluster.yaml")
            let manager = try await Manager(workspace, spec: spec)
            try await manager.serves(6)
            let before = try await route(workspace, manager, "--stream live/a --action subscribe")
            #expect(before.out.hasPrefix("subscribe live/a: 404, the stream 'live/a' is not live"), "\(before)")

            let origin = try #require(try await manager.route("publish", "live/a"))
            try await eventually("the stream is live") { try await manager.route("subscribe", "live/a") != nil }
            let sticky = try await route(workspace, manager, "--stream live/a --action publish")
            #expect(sticky.code == 0 && sticky.out.hasPrefix("publish live/a: \(origin.nodeId) in "), "\(sticky)")

            let far = try await route(
                workspace, manager, "--stream live/a --action subscribe --region far --strict --endpoints 2 --seed 3")
            #expect(far.code == 0 && far.out.contains(" in far, rtmp://"), "\(far)")
            #expect(far.out.contains("(seed 3)") && far.out.contains("near: not allowed"), "\(far)")
            let answer = try await manager.send(
                "GET", "/as/v1/streams/live/a/subscribe?region=far&strict=true&endpoints=2")
            let chosen = try JSONDecoder().decode([Chosen].self, from: answer.body)
            #expect(Set(chosen.map(\.nodeId)).count == 2 && chosen.allSatisfy { far.out.contains($0.nodeId) })

            // Questions put nobody anywhere: the two are those who asked to subscribe above.
            let viewers = try await manager.get("/as/v1/streams/live/a", as: Listed.self).subscribers
            for _ in 0..<5 { _ = try await route(workspace, manager, "--stream live/a --action subscribe") }
            let after = try await manager.get("/as/v1/streams/live/a", as: Listed.self).subscribers
            #expect(after <= viewers + 2)

            let wrong = try await route(workspace, manager, "--stream live/a --action subscribe --capabilities rely")
            #expect(wrong.code == 64 && wrong.error.contains("did you mean 'relay'?"), "\(wrong)")
        }
    }
}
