import Foundation
import Glibc
import Providers
import Testing

/// `examples/tickets`: a cluster of nginx-rtmp that lets in who was invited, with ffmpeg as the clients.
@Suite(
    "Tickets on nginx-rtmp", .sharesMachine, .serialized, .timeLimit(.minutes(4)),
    .enabled(if: Media.missing.isEmpty, "missing: \(Media.missing.joined(separator: ", ")); scripts/test installs it"))
struct TicketTests {
    static let example = Workspace.repository + "/examples/tickets/cluster.yaml"

    /// An answer with its ticket.
    private struct Invitation: Decodable {
        var nodeId: String, url: String, ticketUrl: String
        var port: Int
        /// What is behind the question mark.
        var arguments: String { String(ticketUrl.split(separator: "?")[1]) }
    }

    private func invite(_ manager: Manager, _ action: String, _ name: String = "story") async throws -> Invitation {
        try await eventually("an invitation to \(action)") {
            let answer = try await manager.send("GET", "/as/v1/streams/live/\(name)/\(action)?client=alice")
            return answer.isSuccess ? try JSONDecoder().decode(Invitation.self, from: answer.body) : nil
        }
    }

    /// Publishes and is turned away: ffmpeg ends by itself, and nothing is live.
    private func isTurnedAway(_ media: Media, _ url: String) async throws -> Bool {
        try await media.publish(to: url).end(within: .seconds(15)).code != 0
    }

    private func isLive(_ manager: Manager) async throws -> Bool {
        try await manager.get("/as/v1/streams", as: [StreamAnswer].self).contains { $0.name == "story" }
    }

    @Test(
        "nobody publishes or plays without a ticket for it; who has one does, through an edge, also when the manager dies"
    )
    func story() async throws {
        try await Workspace.with { workspace in
            // The lifetime as short as a test can wait for its end.
            let folder = (Self.example as NSString).deletingLastPathComponent
            let text = try String(contentsOfFile: Self.example, encoding: .utf8)
                .replacing("../nginx-rtmp/node.sh", with: "\(folder)/../nginx-rtmp/node.sh")
                .replacing("lifetime: 60s", with: "lifetime: 20s")
            let manager = try await Manager(workspace, spec: workspace.write(text, to: "cluster.yaml"))
            try await manager.serves(3, within: .seconds(30))
            let media = Media(workspace: workspace)

            let invitation = try await invite(manager, "publish")
            let elsewhere = try await invite(manager, "publish", "other")
            #expect(try await isTurnedAway(media, invitation.url), "without a ticket")
            #expect(
                try await isTurnedAway(media, "\(invitation.url)?\(elsewhere.arguments)"), "with one for another stream"
            )
            let tampered = invitation.ticketUrl.replacing("client=alice", with: "client=mallory")
            #expect(try await isTurnedAway(media, tampered), "with one of another client")
            #expect(!(try await isLive(manager)))
            let publisher = try media.publish(to: invitation.ticketUrl)
            try await eventually("the invited publisher is live") { try await isLive(manager) }

            // Viewers: the one edge, the other, and the origin itself.
            let edge = try await invite(manager, "subscribe")
            let edges = try await manager.serving("edge")
            let other = try #require(edges.first { $0.id != edge.nodeId })
            #expect(!(try await media.plays(edge.url)), "without a ticket")
            #expect(
                !(try await media.plays("rtmp://127.0.0.1:\(other.endpoints[0].port)/live/story?\(edge.arguments)")),
                "with one for another edge")
            #expect(!(try await media.plays(invitation.url)), "at the origin")
            #expect(
                !(try await media.plays("\(invitation.url)?\(edge.arguments)")), "at the origin as the edge's viewer")
            let viewer = try media.watch(edge.ticketUrl, name: "viewer")
            try await eventually("the invited viewer gets video") { viewer.frames > 10 }

            // The manager dies: the agents verify by the keys that they have.
            var late: Invitation?
            for _ in 0..<50 where late?.nodeId != edge.nodeId { late = try await invite(manager, "subscribe") }
            let last = try #require(late)
            #expect(last.nodeId == edge.nodeId)
            try await manager.crash()
            #expect(try await media.plays(last.ticketUrl), "with a ticket, while the manager is dead")
            #expect(!(try await media.plays(last.url)), "without a ticket, while the manager is dead")
            #expect(
                try await isTurnedAway(media, elsewhere.url), "a publisher without a ticket, while the manager is dead")
            let seen = viewer.frames
            try await eventually("who is in stays in", within: .seconds(10)) { viewer.frames > seen + 10 }
            #expect(publisher.isRunning)

            // A new manager has the same key; tickets end, and that of a publisher who is in does not matter any more.
            let second = try await Manager(workspace, spec: workspace.path("cluster.yaml"), follows: manager)
            try await eventually("the stream is listed again", within: .seconds(5)) { try await isLive(second) }
            try await eventually("the ticket of before has expired", within: .seconds(30), pace: .seconds(1)) {
                !(try await media.plays(last.ticketUrl))
            }
            #expect(publisher.isRunning && viewer.program.isRunning)
            let fresh = try await invite(second, "subscribe")
            #expect(try await media.plays(fresh.ticketUrl))
        }
    }
}
