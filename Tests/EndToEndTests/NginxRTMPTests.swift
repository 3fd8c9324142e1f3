import Foundation
import Glibc
import Testing

/// The main job, whole, on real media servers: `examples/nginx-rtmp` with ffmpeg as publisher and viewers.
@Suite(
    "The nginx-rtmp cluster", .sharesMachine, .serialized, .timeLimit(.minutes(4)),
    .enabled(if: Media.missing.isEmpty, "missing: \(Media.missing.joined(separator: ", ")); scripts/test installs it"))
struct NginxRTMPTests {
    static let example = Workspace.repository + "/examples/nginx-rtmp/cluster.yaml"
    private let stream = "live/story"
    /// suspectAfter of the example and one round.
    private let noticed: Duration = .seconds(3 + 2)

    /// A cluster in service: the manager, and what plays and publishes.
    private func cluster(_ workspace: Workspace) async throws -> (manager: Manager, media: Media) {
        let manager = try await Manager(workspace, spec: Self.example)
        try await manager.serves(3, within: .seconds(30))
        return (manager, Media(workspace: workspace))
    }

    /// Asks where to publish and publishes exactly there; returns once the stream is listed.
    private func publish(
        _ manager: Manager, _ media: Media, within limit: Duration = .seconds(3)
    ) async throws -> (node: String, publisher: Program) {
        let origin = try await eventually("a place to publish") { try await manager.route("publish", stream) }
        #expect(origin.url == "rtmp://\(origin.serverAddress):\(origin.port)/\(stream)")
        let publisher = try media.publish(to: origin.url)
        try await eventually("\(stream) in the list of streams, from \(origin.nodeId)", within: limit) {
            let streams = try await manager.get("/as/v1/streams", as: [StreamAnswer].self)
            return streams.contains { "\($0.scope)/\($0.name)" == stream && $0.nodeId == origin.nodeId }
        }
        return (origin.nodeId, publisher)
    }

    /// Asks where to watch and watches exactly there, at the first try.
    private func play(_ manager: Manager, _ media: Media) async throws -> RouteAnswer {
        let edge = try #require(try await manager.route("subscribe", stream))
        #expect(try await media.plays(edge.url), "\(edge.url) does not play")
        return edge
    }

    @Test("a stream is published, watched through an edge, survives that edge, and comes back after its origin")
    func story() async throws {
        try await Workspace.with { workspace in
            let (manager, media) = try await cluster(workspace)
            var (origin, publisher) = try await publish(manager, media)
            let edge = try await play(manager, media)
            #expect(edge.nodeId != origin)

            // The edge dies.
            let dead = try #require(workspace.servers()[edge.nodeId])
            kill(dead, SIGKILL)
            let other = try await eventually("a subscribe that names another edge", within: noticed) {
                let answer = try await manager.route("subscribe", stream)
                return answer?.nodeId == edge.nodeId ? nil : answer
            }
            #expect(try await media.plays(other.url))
            let edges = try await eventually("two edges in service, without the dead one", within: .seconds(20)) {
                let edges = try await manager.serving("edge").map(\.id)
                return edges.count == 2 && !edges.contains(edge.nodeId) ? edges : nil
            }
            #expect(edges.contains(other.nodeId))
            #expect(publisher.isRunning, "the publisher noticed nothing")

            // The origin dies, and its publisher with it.
            kill(try #require(workspace.servers()[origin]), SIGKILL)
            #expect(try await publisher.end(within: .seconds(10)).code != 0)
            let old = origin
            try await eventually("another origin", within: .seconds(20)) {
                let answer = try await manager.route("publish", stream)
                return answer != nil && answer?.nodeId != old
            }
            (origin, publisher) = try await publish(manager, media, within: .seconds(5))
            #expect(origin != old)
            try await eventually("viewers play again", within: .seconds(15)) {
                guard let edge = try await manager.route("subscribe", stream) else { return false }
                return try await media.plays(edge.url)
            }
            #expect(publisher.isRunning)
        }
    }

    @Test("media keeps playing while the manager is dead; started again it finds every node and makes none twice")
    func managerDies() async throws {
        try await Workspace.with { workspace in
            let (manager, media) = try await cluster(workspace)
            let (origin, publisher) = try await publish(manager, media)
            let edge = try #require(try await manager.route("subscribe", stream))
            let viewer = try media.watch(edge.url, name: "viewer")
            try await eventually("the viewer gets video") { viewer.frames > 10 }
            let serving = try await manager.serves(3)
            let nodes = Set(serving.map(\.id))
            let edges = serving.filter { $0.role == "edge" }.map {
                "rtmp://127.0.0.1:\($0.endpoints[0].port)/live/story"
            }
            #expect(edges.count == 2)
            let before = workspace.servers()
            #expect(before.count == 3)

            try await manager.crash()
            let seen = viewer.frames
            try await eventually("video goes on without a manager", within: .seconds(10)) { viewer.frames > seen + 20 }
            #expect(workspace.servers() == before)
            // Newcomers are let in by the agents, on the edge that carries the stream and on the one that never did.
            for other in edges { #expect(try await media.plays(other), "\(other) does not play without a manager") }

            let second = try await Manager(workspace, spec: Self.example, follows: manager)
            try await eventually("the stream is listed again", within: .seconds(5)) {
                let streams = try await second.get("/as/v1/streams", as: [StreamAnswer].self)
                return streams.contains { $0.name == "story" && $0.nodeId == origin }
            }
            #expect(try await holds(for: .seconds(5)) { workspace.servers() == before })
            #expect(try await Set(second.serves(3).map(\.id)) == nodes)
            #expect(try await Set(second.get("/as/v1/nodes", as: [NodeAnswer].self).map(\.id)) == nodes)
            let now = viewer.frames
            try await eventually("the viewer never stopped", within: .seconds(5)) { viewer.frames > now + 5 }
            #expect(viewer.program.isRunning && publisher.isRunning)
            _ = try await play(second, media)

            // The end of the manager in good order leaves nodes alone too.
            #expect(try await second.stop().code == 0)
            let last = viewer.frames
            try await eventually("video outlives an orderly stop", within: .seconds(5)) { viewer.frames > last + 5 }
            #expect(workspace.servers() == before)
        }
    }
}
