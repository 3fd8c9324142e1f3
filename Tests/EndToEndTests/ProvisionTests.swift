import Foundation
import Glibc
import Providers
import Testing

/// Provisions on real daemons: kept over a crash, and asked for at real media servers.
@Suite("Provisions", .sharesMachine, .serialized, .timeLimit(.minutes(3)))
struct ProvisionTests {
    private static let path = "/as/v1/streams/provision/live"

    private struct Shown: Decodable, Equatable {
        struct Distribution: Decodable, Equatable { var nodes: [String], at: String }
        var provisionGuid: String
        var distribution: Distribution?
    }

    private func send(_ manager: Manager, _ method: String, _ path: String, _ body: String? = nil) async throws -> Int {
        try await manager.send(method, path, body: body.map { Data($0.utf8) }).status
    }

    @Test("what was said and picked ahead of time is kept to after a crash")
    func crash() async throws {
        try await Workspace.with { workspace in
            let spec = try workspace.write(Specs.simulated(edges: 1, regions: ["here", "there"]), to: "live.yaml")
            let manager = try await Manager(workspace, spec: spec)
            try await manager.serves(4)
            let body = """
                [{"provisionGuid": "live/match", "credentials": {"username": "ann", "password": "s3cret"},
                  "streams": [{"streamGuid": "live/match_1"}, {"streamGuid": "live/match_2", "abrLevel": 2}]}]
                """
            #expect(try await send(manager, "POST", Self.path, body) == 201)
            #expect(
                try await send(manager, "POST", Self.path + "/distribute/live/match?region=there&strict=true") == 200)
            let shown = try await manager.get(Self.path, as: [Shown].self)
            let node = try #require(shown.first?.distribution?.nodes.first)
            // The provider's own file follows a moment later: the nodes of a real cloud outlive the crash.
            try await eventually("the cloud in its file") {
                workspace.files(below: "data").values.contains { $0.range(of: Data(node.utf8)) != nil }
            }
            try await manager.crash()

            let second = try await Manager(workspace, spec: spec, follows: manager)
            #expect(try await second.get(Self.path, as: [Shown].self) == shown)
            #expect(try await send(second, "POST", Self.path, body) == 409)
            #expect(try await send(second, "PUT", Self.path, body) == 409)
            try await second.serves(4)
            let kept = try await second.get(Self.path, as: [Shown].self).first?.distribution?.nodes.first
            for name in ["match_1", "match_2", "match"] {
                let answer = try await second.send("GET", "/as/v1/streams/live/\(name)/publish?region=here")
                let told = try JSONDecoder().decode(RouteAnswer.self, from: answer.body)
                #expect(told.nodeId == kept && told.name == name)
                if kept == node { #expect(told.region == "there") }
            }
            // The secret is nowhere on the disk, nor in what was said.
            for (name, content) in workspace.files(below: "data") {
                #expect(content.range(of: Data("s3cret".utf8)) == nil, "\(name)")
            }
            #expect(try await send(second, "DELETE", Self.path + "/live/match") == 200)
            #expect(try await second.get(Self.path, as: [Shown].self) == [])
            try await second.crash()
            let third = try await Manager(workspace, spec: spec, follows: manager)
            #expect(try await third.get(Self.path, as: [Shown].self) == [])
        }
    }

    @Test(
        "nginx-rtmp lets in the publisher that brings what the provision says, and no other, also while the manager is away",
        .enabled(
            if: Media.missing.isEmpty, "missing: \(Media.missing.joined(separator: ", ")); scripts/test installs it"))
    func media() async throws {
        try await Workspace.with { workspace in
            let manager = try await Manager(workspace, spec: NginxRTMPTests.example)
            try await manager.serves(3, within: .seconds(30))
            let media = Media(workspace: workspace)
            let body = """
                [{"provisionGuid": "live/match", "credentials": {"username": "ann", "password": "s3cret"},
                  "streams": [{"streamGuid": "live/match_1", "abrLevel": 1}, {"streamGuid": "live/match_2", "abrLevel": 2}]}]
                """
            #expect(try await send(manager, "POST", Self.path, body) == 201)
            let place = try #require(try await manager.route("publish", "live/match_2"))
            for arguments in ["", "?username=ann&password=guess"] {
                let refused = try media.publish(to: place.url + arguments)
                #expect(try await refused.end(within: .seconds(10)).code != 0)
            }
            let right = "?username=ann&password=s3cret"
            let publisher = try media.publish(to: place.url + right)
            try await eventually("the stream", within: .seconds(10)) {
                try await manager.get("/as/v1/streams", as: [StreamAnswer].self).map(\.name) == ["match_2"]
            }
            // Who is refused now ends nobody's stream.
            let late = try media.publish(to: place.url + "?username=ann&password=guess")
            #expect(try await late.end(within: .seconds(10)).code != 0)
            #expect(try await manager.route("subscribe", "live/match_2") != nil)
            // The ladder's own name leads to the level that is live.
            let edge = try #require(try await manager.route("subscribe", "live/match"))
            #expect(edge.name == "match_2")
            #expect(try await media.plays(edge.url))

            try await manager.crash()
            publisher.signal(SIGTERM)
            _ = try await publisher.end(within: .seconds(10))
            let refused = try media.publish(to: place.url)
            #expect(try await refused.end(within: .seconds(20)).code != 0)
            let again = try media.publish(to: place.url + right)
            try await eventually("the stream without a manager", within: .seconds(20)) {
                try await media.plays(edge.url)
            }
            #expect(again.isRunning)
        }
    }
}
