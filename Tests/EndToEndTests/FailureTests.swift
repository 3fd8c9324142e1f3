import Foundation
import Glibc
import Testing

/// What dies, hangs or is cut off is noticed, and those whom it does not concern are not.
@Suite(
    "Failure of real media servers", .sharesMachine, .serialized, .timeLimit(.minutes(4)),
    .enabled(if: Media.missing.isEmpty, "missing: \(Media.missing.joined(separator: ", ")); scripts/test installs it"))
struct FailureTests {
    /// Nodes that are given up soon and kept long.
    private static let patient = "{suspectAfter: 2s, faultAfter: 6s, startTimeout: 60s, faultTimeout: 60s}"
    /// suspectAfter of three seconds and a round are enough; a busy machine gets more.
    private let noticed: Duration = .seconds(12)

    @Test("an edge's agent dies, then an origin: those who ask again are sent elsewhere, and play")
    func deaths() async throws {
        try await Workspace.with { workspace in
            var spec = ClusterSpec()
            spec.origins = 2
            let cluster = try await Cluster.start(workspace, spec)
            var (origin, publisher) = try await cluster.publish()
            let (edge, viewer) = try await cluster.watch(name: "viewer")

            // With its agent the edge's nginx ends: it serves nobody unseen.
            let server = try #require(cluster.servers()[edge])
            try cluster.signal(SIGKILL, agent: edge)
            _ = try await viewer.program.end(within: .seconds(10))
            try await eventually("the end of its nginx") { !Machine.isAlive(server) }
            let other = try await cluster.avoids(edge, within: noticed)
            #expect(try await cluster.media.plays(other.url))
            try await eventually("two edges without \(edge)", within: .seconds(30)) {
                let edges = try await cluster.manager.serving("edge").map(\.id)
                return edges.count == 2 && !edges.contains(edge)
            }
            #expect(publisher.isRunning)

            // The origin's agent says at once that its nginx died: the publisher need not wait for a time-out.
            let (second, loyal) = try await cluster.watch(name: "loyal")
            try cluster.signal(SIGKILL, server: origin)
            _ = try await publisher.end(within: .seconds(10))
            let dead = origin
            let place = try await cluster.avoids(dead, "publish", within: noticed)
            (origin, publisher) = try await cluster.publish()
            #expect(origin == place.nodeId, "the same name is sent to the same place")
            _ = try await loyal.program.end(within: .seconds(10))
            // Whoever comes back to the edge where he was gets the stream from its new origin.
            let address = try #require(try await cluster.node(second)?.endpoints.first)
            try await eventually("the loyal viewer plays again", within: .seconds(15)) {
                try await cluster.media.plays("rtmp://127.0.0.1:\(address.port)/\(Cluster.stream)")
            }
            try await cluster.newcomerPlays()
            try await cluster.manager.serves(2, "origin", within: .seconds(30))
            #expect(publisher.isRunning)
        }
    }

    @Test("an edge's nginx hangs: new viewers go elsewhere; awake again in time it is the same, else it is replaced")
    func serverHangs() async throws {
        try await Workspace.with { workspace in
            var spec = ClusterSpec()
            spec.health = "{suspectAfter: 3s, faultAfter: 15s, startTimeout: 60s, faultTimeout: 3s}"
            let cluster = try await Cluster.start(workspace, spec)
            let (_, publisher) = try await cluster.publish()
            let before = cluster.servers()
            let edge = try #require(try await cluster.manager.route("subscribe", Cluster.stream)).nodeId

            try cluster.signal(SIGSTOP, server: edge)
            let other = try await cluster.avoids(edge, within: noticed)
            #expect(try await cluster.media.plays(other.url))
            try cluster.signal(SIGCONT, server: edge)
            try await cluster.manager.serves(2, "edge")
            try await eventually("\(edge) gets viewers again") {
                try await cluster.manager.route("subscribe", Cluster.stream)?.nodeId == edge
            }
            #expect(cluster.servers() == before)
            let reasons = try await cluster.events().map(\.reason)
            #expect(!reasons.contains("NodeFault") && !reasons.contains("NodeDraining"), "\(reasons)")

            try cluster.signal(SIGSTOP, server: edge)
            try await eventually("another in its place", within: .seconds(60)) {
                let edges = try await cluster.manager.serving("edge").map(\.id)
                return edges.count == 2 && !edges.contains(edge) && cluster.servers()[edge] == nil
            }
            #expect(publisher.isRunning)
            try await cluster.newcomerPlays()
        }
    }

    @Test("an edge's agent hangs until it is a fault, and wakes before faultTimeout: its viewers never notice")
    func agentHangs() async throws {
        try await Workspace.with { workspace in
            var spec = ClusterSpec()
            spec.health = Self.patient
            let cluster = try await Cluster.start(workspace, spec)
            _ = try await cluster.publish()
            let (edge, viewer) = try await cluster.watch(name: "viewer")
            let server = cluster.servers()[edge]

            try cluster.signal(SIGSTOP, agent: edge)
            let other = try await cluster.avoids(edge, within: noticed)
            #expect(try await cluster.media.plays(other.url))
            try await eventually("a fault") { try await cluster.node(edge)?.state == "fault" }
            try await eventually("another in its place", within: .seconds(30)) {
                try await cluster.manager.serving("edge").count == 2
            }
            try await cluster.plays(on: viewer, "while the agent hangs")

            try cluster.signal(SIGCONT, agent: edge)
            try await reinstated(edge, in: cluster)
            try await cluster.plays(on: viewer, "after the agent woke")
            #expect(cluster.servers()[edge] == server)
        }
    }

    /// Waits until a node serves again and there are two edges, of which it is one.
    private func reinstated(_ edge: String, in cluster: Cluster) async throws {
        try await eventually("\(edge) is back", within: .seconds(30)) {
            try await cluster.node(edge)?.state == "inService"
        }
        try await eventually("two edges, and nothing on its way out", within: .seconds(60)) {
            let edges = try await cluster.nodes("edge")
            return edges.count == 2 && edges.allSatisfy { $0.state == "inService" }
                && Set(edges.map(\.id)) == Set(cluster.servers("edge").keys)
        }
        #expect(try await cluster.node(edge)?.state == "inService", "it has the viewer: another one goes")
        let reasons = try await cluster.events(of: edge).map(\.reason)
        #expect(!reasons.contains("NodeDraining") && !reasons.contains("NodeTerminating"), "\(reasons)")
    }

    @Test("one edge, then all nodes, are cut off from the manager: what plays goes on, and nothing is destroyed for it")
    func partitions() async throws {
        let proxy = try Proxy()
        defer { proxy.close() }
        try await Workspace.with { workspace in
            var spec = ClusterSpec()
            spec.health = Self.patient
            let cluster = try await Cluster.start(workspace, spec, proxy: proxy)
            let (origin, publisher) = try await cluster.publish()
            let (edge, viewer) = try await cluster.watch(name: "viewer")

            proxy.cut(edge)
            let other = try await cluster.avoids(edge, within: noticed)
            #expect(try await cluster.media.plays(other.url))
            try await eventually("a fault") { try await cluster.node(edge)?.state == "fault" }
            try await cluster.plays(on: viewer, "while its edge is cut off")
            proxy.heal()
            try await reinstated(edge, in: cluster)
            try await cluster.plays(on: viewer, "after its edge is back")

            let before = cluster.servers()
            proxy.cutAll()
            // faultAfter and some rounds.
            #expect(
                try await holds(for: .seconds(6 + 2)) {
                    viewer.program.isRunning && publisher.isRunning
                        && before.allSatisfy { cluster.servers()[$0.key] == $0.value }
                })
            try await cluster.plays(on: viewer, "while all nodes are cut off")
            proxy.heal()
            try await eventually("the nodes of before serve, and no others", within: .seconds(60)) {
                try await Set(cluster.manager.serving().map(\.id)) == Set(before.keys) && cluster.servers() == before
            }
            #expect(try await cluster.isLive(on: origin))
            try await cluster.plays(on: viewer, "after all are back")
            #expect(publisher.isRunning)
            try await cluster.newcomerPlays()
        }
    }

    @Test("the manager itself stands still for longer than faultAfter: no node is blamed for it")
    func managerStops() async throws {
        try await Workspace.with { workspace in
            var spec = ClusterSpec()
            spec.health = "{suspectAfter: 3s, faultAfter: 5s, startTimeout: 60s, faultTimeout: 5s}"
            let cluster = try await Cluster.start(workspace, spec)
            let (_, publisher) = try await cluster.publish()
            let (_, viewer) = try await cluster.watch(name: "viewer")
            let before = cluster.servers()

            // Just longer, and much longer.
            for time in [6, 9] {
                cluster.manager.program.signal(SIGSTOP)
                #expect(
                    try await holds(for: .seconds(time)) { viewer.program.isRunning && cluster.servers() == before })
                cluster.manager.program.signal(SIGCONT)
                // As viewers who come now; no new node, and none less.
                #expect(
                    try await holds(for: .seconds(2)) {
                        let place = try await cluster.manager.route("subscribe", Cluster.stream)
                        let serving = try await cluster.manager.serving()
                        return place != nil && serving.count == 3 && cluster.servers() == before
                    }, "after \(time) s")
            }
            let reasons = try await cluster.events().map(\.reason)
            #expect(!reasons.contains("NodeFault"), "\(reasons)")
            try await cluster.plays(on: viewer, "all the time")
            #expect(publisher.isRunning)
        }
    }
}
