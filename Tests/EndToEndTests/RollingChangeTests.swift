import Foundation
import Glibc
import Testing

/// Nodes are replaced, one revision by the next, and neither publishers nor viewers are to notice.
@Suite(
    "A change of real media servers", .sharesMachine, .serialized, .timeLimit(.minutes(4)),
    .enabled(if: Media.missing.isEmpty, "missing: \(Media.missing.joined(separator: ", ")); scripts/test installs it"))
struct RollingChangeTests {
    /// Someone who asks where to watch, watches there for a second, and goes.
    private struct Guest {
        var node: String
        var viewer: Media.Viewer

        /// What went wrong; nil when a second of video came. Only after its end.
        var complaint: String? {
            let code = viewer.program.poll() ?? 0
            // Ten pictures are one second; the last may be cut.
            if code == 0, viewer.frames >= 8 { return nil }
            return "\(node): code \(code), \(viewer.frames) pictures: \(viewer.program.error)"
        }
    }

    @Test("ten edges get a new image while a guest comes every second: none is turned away or cut")
    func tenEdges() async throws {
        try await Workspace.with { workspace in
            var spec = ClusterSpec()
            spec.edges = 10
            spec.maxSurge = 5
            let cluster = try await Cluster.start(workspace, spec)
            let (origin, publisher) = try await cluster.publish()
            let first = Set(try await cluster.nodes("edge").map(\.id))
            let old = try #require(try await cluster.nodes("edge").first).revision
            let originServer = cluster.servers("origin")
            try await cluster.newcomerPlays()

            spec.image = "two"
            try cluster.edit(spec)
            var guests: [Guest] = []
            var complaints: [String] = []
            var count = 0
            var next = ContinuousClock.now
            var most = 0
            func seeOff() {
                for guest in guests where !guest.viewer.program.isRunning {
                    if let complaint = guest.complaint { complaints.append(complaint) }
                }
                guests.removeAll { !$0.viewer.program.isRunning }
            }
            // The change, and a few guests after it.
            var last: Int?
            try await eventually("ten edges of a new revision and none of the old", within: .seconds(150)) {
                most = max(most, cluster.servers("edge").count)
                seeOff()
                if ContinuousClock.now >= next {
                    next = max(next + .seconds(1), .now)
                    count += 1
                    if let edge = try await cluster.manager.route("subscribe", Cluster.stream) {
                        let viewer = try cluster.media.watch(edge.url, name: "guest-\(count)", seconds: 1)
                        guests.append(Guest(node: edge.nodeId, viewer: viewer))
                    } else {
                        complaints.append("guest \(count) was sent nowhere")
                    }
                }
                let edges = try await cluster.nodes("edge")
                let isDone =
                    edges.count == 10 && edges.allSatisfy { $0.revision != old && $0.state == "inService" }
                    && Set(cluster.servers("edge").keys) == Set(edges.map(\.id))
                if isDone, last == nil { last = count + 3 }
                return last.map { count >= $0 } ?? false
            }
            try await eventually("the last guests leave") {
                seeOff()
                return guests.isEmpty
            }
            #expect(complaints == [], "of \(count) guests")
            #expect(count > 10, "the change was watched")
            #expect(most > 10 && most <= 15, "\(most) edges at once")
            #expect(first.isDisjoint(with: cluster.servers("edge").keys))
            #expect(publisher.isRunning && cluster.servers("origin") == originServer)
            #expect(try await cluster.isLive(on: origin))
        }
    }

    @Test("who watches an edge that drains is not cut before drain.timeout, and sent away after it")
    func eviction() async throws {
        try await Workspace.with { workspace in
            var spec = ClusterSpec()
            spec.edges = 1
            spec.drain = "{timeout: 9s, evictTimeout: 20s}"
            let cluster = try await Cluster.start(workspace, spec)
            _ = try await cluster.publish()
            let (edge, viewer) = try await cluster.watch(name: "viewer")

            spec.image = "two"
            try cluster.edit(spec)
            try await eventually("\(edge) drains") { try await cluster.node(edge)?.state == "draining" }
            let draining = try #require(try await cluster.node(edge)).since
            _ = try await cluster.avoids(edge, within: .seconds(5))
            let evicting = try await eventually("the end of drain.timeout", within: .seconds(30)) {
                let wasWatching = viewer.program.isRunning
                let node = try await cluster.node(edge)
                if node?.state == "draining" {
                    #expect(wasWatching, "cut while it drained: \(viewer.program.error)")
                    return String?.none
                }
                #expect(node?.state == "evicting")
                return node?.since
            }
            let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            let times = try [draining, evicting].map { try format.parse($0) }
            #expect(times[1].timeIntervalSince(times[0]) >= 9)

            // By the media server's own control interface: it is alive when its last client goes.
            _ = try await viewer.program.end(within: .seconds(20))
            try await eventually("\(edge) is gone") { try await cluster.node(edge) == nil }
            let messages = try await cluster.events(of: edge).map(\.message)
            #expect(messages.contains("evicted: its last client left"), "\(messages)")
            try await cluster.newcomerPlays()
        }
    }

    @Test("a manager that is killed during a change goes on with it, and doubles nothing")
    func managerDies() async throws {
        try await Workspace.with { workspace in
            var spec = ClusterSpec()
            spec.edges = 3
            var cluster = try await Cluster.start(workspace, spec)
            let (origin, publisher) = try await cluster.publish()
            let old = Set(try await cluster.nodes("edge").map(\.id))

            spec.image = "two"
            try cluster.edit(spec)
            var most = 0
            func look() { most = max(most, cluster.servers("edge").count) }
            // At two moments: when the first new node is on its way, and when the first old one is on its way out.
            try await eventually("a new edge", pace: .milliseconds(5)) {
                try await cluster.nodes("edge").contains { !old.contains($0.id) }
            }
            func restart() async throws {
                try await cluster.manager.crash()
                cluster.manager = try await Manager(workspace, spec: cluster.file, follows: cluster.manager)
            }
            try await restart()
            try await eventually("an edge that drains", within: .seconds(30)) {
                look()
                return try await cluster.nodes("edge").contains { $0.state == "draining" }
            }
            try await restart()
            try await eventually("three edges of the new revision", within: .seconds(90)) {
                look()
                let edges = try await cluster.nodes("edge")
                return edges.count == 3 && edges.allSatisfy { !old.contains($0.id) && $0.state == "inService" }
                    && Set(cluster.servers("edge").keys) == Set(edges.map(\.id))
            }
            #expect(most <= 4, "\(most) edges at once")
            let made = Set(try await cluster.events().filter { $0.reason == "NodeRequested" }.map(\.subject))
            #expect(made.filter { $0.contains("-edge-") }.count == 6, "three, and one in the place of each: \(made)")
            #expect(publisher.isRunning)
            #expect(try await cluster.isLive(on: origin))
            try await cluster.newcomerPlays()
        }
    }
}
