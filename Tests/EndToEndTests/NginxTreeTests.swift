import Foundation
import Glibc
import Providers
import Testing

/// `examples/nginx-rtmp/regions.yaml` on real media servers: an origin in one region, relays and edges in three.
@Suite(
    "The nginx-rtmp cluster over three regions", .sharesMachine, .serialized, .timeLimit(.minutes(4)),
    .enabled(if: Media.missing.isEmpty, "missing: \(Media.missing.joined(separator: ", ")); scripts/test installs it"))
struct NginxTreeTests {
    private static let example = Workspace.repository + "/examples/nginx-rtmp/regions.yaml"
    private static let regions = ["us-east", "eu-west", "ap-southeast"]
    private let stream = "live/tree"

    /// Where a node pulls the stream from.
    private struct Route: Decodable {
        struct Hop: Decodable { var nodeId: String, url: String }
        var parentNodeId: String, sourceNodeId: String, url: String
        var path: [Hop]
    }

    private func route(_ manager: Manager, _ node: String) async throws -> Route? {
        let response = try await manager.send("GET", "/as/v1/streams/\(stream)/route?node=\(node)")
        return response.isSuccess ? try JSONDecoder().decode(Route.self, from: response.body) : nil
    }

    /// A place to watch in a region, and in no other.
    private func edge(_ manager: Manager, _ region: String) async throws -> RouteAnswer? {
        try await manager.route("subscribe?region=\(region)&strict=true", stream)
    }

    /// What a node's nginx itself says: nodes that pull from it, and from where it pulls.
    private func statistics(_ workspace: Workspace, of node: String) async throws -> (children: Int, pulls: [String])? {
        let lines = try await workspace.bash(
            """
            cd "\(workspace.path("data/nodes/local"))/\(node)"
            port=$(grep -o 'listen 127.0.0.1:[0-9]*' nginx.conf | grep -o '[0-9]*$')
            curl -sf -m 2 http://127.0.0.1:$port/stat
            """)
        guard lines.code == 0 else { return nil }
        let clients = lines.out.components(separatedBy: "<client>").dropFirst()
        let pulls = clients.filter { $0.contains("ngx-local-relay") }.compactMap { client in
            client.components(separatedBy: "<address>").dropFirst().first?.components(separatedBy: "<").first
        }
        return (clients.count { $0.contains("LNX.11,1,102,55") }, pulls)
    }

    /// Waits until a node's nginx has so many children, and pulls from there, if anywhere.
    private func shows(
        _ workspace: Workspace, _ node: String, children: Int, pulls: String?
    ) async throws {
        try await eventually("\(children) children of \(node), which pulls from \(pulls ?? "nowhere")") {
            guard let found = try await statistics(workspace, of: node) else { return false }
            return found.children == children && found.pulls == (pulls.map { [$0] } ?? [])
        }
    }

    private func address(_ node: NodeAnswer) -> String {
        "\(node.address ?? "nowhere"):\(node.endpoints[0].port)/\(stream)"
    }

    @Test("one pull per relay, over the relay of each region; viewers come back when a relay dies, and another drains")
    func story() async throws {
        try await Workspace.with { workspace in
            let manager = try await Manager(workspace, spec: Self.example)
            let nodes = try await manager.serves(7, within: .seconds(30))
            let media = Media(workspace: workspace)
            let origin = try #require(nodes.first { $0.role == "origin" })
            #expect(origin.region == "us-east" && origin.address == "127.0.0.2")
            func node(_ role: String, _ region: String) throws -> NodeAnswer {
                try #require(nodes.first { $0.role == role && $0.region == region })
            }

            let place = try #require(try await manager.route("publish", stream))
            #expect(place.nodeId == origin.id)
            let publisher = try media.publish(to: place.url)
            var viewers: [String: Media.Viewer] = [:]
            for region in Self.regions {
                let place = try await eventually("a place to watch in \(region)") {
                    try await self.edge(manager, region)
                }
                let id = try node("edge", region).id
                #expect(place.nodeId == id)
                for index in 1...2 {
                    viewers["\(region)-\(index)"] = try media.watch(place.url, name: "\(region)-\(index)")
                }
            }
            for (name, viewer) in viewers {
                try await eventually("\(name) gets video") { viewer.frames > 5 }
            }

            // By nginx's own word: six viewers, and each node has the stream once, from the one above it.
            try await shows(workspace, origin.id, children: 3, pulls: nil)
            for region in Self.regions {
                let (relay, edge) = (try node("relay", region), try node("edge", region))
                try await shows(workspace, relay.id, children: 1, pulls: address(origin))
                try await shows(workspace, edge.id, children: 0, pulls: address(relay))
                let route = try #require(try await route(manager, edge.id))
                #expect(route.path.map(\.nodeId) == [relay.id, origin.id])
                #expect(route.parentNodeId == relay.id && route.sourceNodeId == origin.id)
                #expect(route.url == "rtmp://\(address(relay))")
            }

            // A relay dies: its edge's viewers are cut off, and come back by another.
            let (dead, edge) = (try node("relay", "eu-west"), try node("edge", "eu-west"))
            kill(try #require(workspace.servers()[dead.id]), SIGKILL)
            let other = try await eventually("another parent of \(edge.id)", within: .seconds(5)) {
                let route = try await route(manager, edge.id)
                return route?.parentNodeId == dead.id ? nil : route
            }
            let back = try #require(try await self.edge(manager, "eu-west"))
            #expect(back.nodeId == edge.id)
            let again = try await eventually("a viewer comes back", within: .seconds(15)) {
                let viewer = try media.watch(back.url, name: "back")
                let isPlaying = try? await eventually("video", within: .seconds(4)) { viewer.frames > 5 ? true : nil }
                return isPlaying == true ? viewer : nil
            }
            try await shows(
                workspace, edge.id, children: 0, pulls: String(other.url.dropFirst("rtmp://".count)))
            #expect(again.program.isRunning)

            // Another drains: its edge is told a new parent, what plays goes on, and what comes next takes the new way.
            let (old, second) = (try node("relay", "us-east"), try node("edge", "us-east"))
            let drain = try await manager.send("POST", "/as/v1/nodes/\(old.id)/drain", body: Data("{}".utf8))
            #expect(drain.isSuccess)
            let new = try await eventually("another parent of \(second.id)") {
                let route = try await route(manager, second.id)
                return route?.parentNodeId == old.id ? nil : route
            }
            let watching = try ["us-east-1", "us-east-2"].map { try #require(viewers[$0]) }
            let seen = watching.map(\.frames)
            try await eventually("what plays goes on", within: .seconds(5)) {
                zip(watching, seen).allSatisfy { $0.frames > $1 + 10 }
            }
            try await shows(workspace, second.id, children: 0, pulls: address(old))
            // The edge of the other region may have come to the same relay.
            for viewer in watching + [again] {
                viewer.program.signal(SIGKILL)
                _ = try await viewer.program.end()
            }
            try await shows(workspace, second.id, children: 0, pulls: nil)
            #expect(try await media.plays(try #require(try await self.edge(manager, "us-east")).url))
            let last = try media.watch(try #require(try await self.edge(manager, "us-east")).url, name: "last")
            try await eventually("video by the new way") { last.frames > 5 }
            try await shows(
                workspace, second.id, children: 0, pulls: String(new.url.dropFirst("rtmp://".count)))
            // Its last child left: the drained relay goes.
            do {
                try await eventually("\(old.id) is gone", within: .seconds(20)) {
                    try await !manager.get("/as/v1/nodes", as: [NodeAnswer].self).contains { $0.id == old.id }
                }
            } catch let failure as NeverHappened {
                throw NeverHappened(description: "\(failure); the manager said:\n\(manager.program.error)")
            }
            #expect(publisher.isRunning)
            #expect(try #require(viewers["ap-southeast-1"]).program.isRunning, "the third region noticed nothing")
        }
    }
}
