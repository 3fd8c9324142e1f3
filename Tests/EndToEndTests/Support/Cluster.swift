import Foundation
import Glibc
import Testing

/// The nginx-rtmp example with numbers of a test.
struct ClusterSpec {
    /// Nodes of each role, neither more nor fewer.
    var origins = 1
    var edges = 2
    /// Of the edges, so that origins stay when it changes.
    var image = "one"
    var maxSurge = 1
    /// `drain` of the edges.
    var drain = "{timeout: 30s, evictTimeout: 10s}"
    /// `health` of every node.
    var health = "{suspectAfter: 3s, faultAfter: 10s, startTimeout: 60s, faultTimeout: 5s}"
    /// Where nodes find the manager; nil: at its own address.
    var advertiseURL: String?

    /// The folder of the example.
    static let folder = Workspace.repository + "/examples/nginx-rtmp"

    /// The spec as YAML; throws when the example no longer has what is to be changed.
    func text() throws -> String {
        var text = try String(contentsOfFile: Self.folder + "/cluster.yaml", encoding: .utf8)
        func put(_ new: String, for old: String) throws {
            guard text.contains(old) else { throw NeverHappened(description: "the example has no '\(old)'") }
            text = text.replacing(old, with: new)
        }
        try put("\(Self.folder)/node.sh", for: "./node.sh")
        let shown = "health: {suspectAfter: 3s, faultAfter: 10s, startTimeout: 30s, faultTimeout: 5s"
        try put("health: \(health)", for: "\(shown), maxUnhealthy: 50%}")
        try put("health: \(health)", for: "\(shown)}")
        try put("      min: \(origins)\n      max: \(origins)\n", for: "      min: 1\n      max: 2\n")
        let own = "      image: \(image)\n      update: {maxSurge: \(maxSurge)}\n      drain: \(drain)\n"
        try put("      min: \(edges)\n      max: \(edges)\n\(own)", for: "      min: 2\n      max: 4\n")
        let advertised = advertiseURL.map { ", advertiseURL: \"\($0)\"" } ?? ""
        return """
            apiVersion: smreconcile/v1
            kind: Manager
            metadata: {name: manager}
            spec: {interval: 500ms\(advertised)}
            ---

            """ + text
    }
}

/// A cluster of nginx-rtmp nodes in service: its manager, its processes, and what plays and publishes.
struct Cluster {
    static let stream = "live/story"

    let workspace: Workspace
    var manager: Manager
    let media: Media
    /// Where the spec lies, for edits.
    let file: String

    /// Writes the spec, starts a manager and waits until every node serves.
    static func start(_ workspace: Workspace, _ spec: ClusterSpec, proxy: Proxy? = nil) async throws -> Cluster {
        var spec = spec
        if let proxy { spec.advertiseURL = proxy.url }
        let file = try workspace.write(spec.text(), to: "cluster.yaml")
        let manager = try await Manager(workspace, spec: file)
        if let proxy, let port = manager.url.split(separator: ":").last.flatMap({ UInt16($0) }) {
            proxy.forward(to: port)
        }
        try await manager.serves(spec.origins + spec.edges, within: .seconds(60))
        return Cluster(workspace: workspace, manager: manager, media: Media(workspace: workspace), file: file)
    }

    /// Puts another spec in the place of the one in force.
    func edit(_ spec: ClusterSpec) throws { try workspace.write(spec.text(), to: "cluster.yaml") }

    // MARK: - Processes

    /// The nginx processes, by the id of their node.
    func servers(_ role: String? = nil) -> [String: Int32] { workspace.servers(role) }

    /// The agents, by the id of their node.
    func agents() -> [String: Int32] {
        var agents: [String: Int32] = [:]
        for process in workspace.processes(of: "data/nodes") {
            let words = process.arguments
            guard words.dropFirst().first == "agent", let flag = words.firstIndex(of: "--node"), flag + 1 < words.count
            else { continue }
            agents[words[flag + 1]] = process.pid
        }
        return agents
    }

    /// Sends a signal to the nginx of a node.
    func signal(_ number: Int32, server node: String) throws { kill(try #require(servers()[node]), number) }

    /// Sends a signal to the agent of a node.
    func signal(_ number: Int32, agent node: String) throws { kill(try #require(agents()[node]), number) }

    // MARK: - Nodes

    /// Every node of a role that is not gone.
    func nodes(_ role: String) async throws -> [NodeAnswer] {
        try await manager.get("/as/v1/nodes", as: [NodeAnswer].self).filter { $0.role == role }
    }

    /// Nil when there is no such node any more.
    func node(_ id: String) async throws -> NodeAnswer? {
        try await manager.get("/as/v1/nodes", as: [NodeAnswer].self).first { $0.id == id }
    }

    /// The reasons of the events about a node, or about all.
    func events(of node: String? = nil) async throws -> [EventAnswer] {
        try await manager.get("/as/v1/events?limit=1000", as: [EventAnswer].self).filter {
            node == nil || $0.subject == node
        }
    }

    // MARK: - Clients

    /// Asks where to publish and publishes exactly there; returns once the stream is listed.
    func publish(within limit: Duration = .seconds(20)) async throws -> (node: String, publisher: Program) {
        let origin = try await eventually("a place to publish") { try await manager.route("publish", Self.stream) }
        let publisher = try media.publish(to: origin.url)
        try await eventually("\(Self.stream) in the list of streams, from \(origin.nodeId)", within: limit) {
            try await isLive(on: origin.nodeId)
        }
        return (origin.nodeId, publisher)
    }

    /// Whether the stream is live, and published to this node.
    func isLive(on node: String) async throws -> Bool {
        try await manager.get("/as/v1/streams", as: [StreamAnswer].self).contains {
            "\($0.scope)/\($0.name)" == Self.stream && $0.nodeId == node
        }
    }

    /// Asks where to watch, and watches there until the viewer is ended; returns once pictures come.
    func watch(name: String) async throws -> (node: String, viewer: Media.Viewer) {
        let edge = try await eventually("a place to watch") { try await manager.route("subscribe", Self.stream) }
        let viewer = try media.watch(edge.url, name: name)
        try await eventually("pictures for \(name)") {
            if !viewer.program.isRunning { throw NeverHappened(description: "\(name): \(viewer.program.error)") }
            return viewer.frames > 5
        }
        return (edge.nodeId, viewer)
    }

    /// Waits until pictures have come to a viewer who never stopped.
    func plays(on viewer: Media.Viewer, _ what: Comment) async throws {
        let seen = viewer.frames
        try await eventually("more pictures: \(what)") { viewer.frames > seen + 5 || !viewer.program.isRunning }
        #expect(viewer.program.isRunning, "\(what): \(viewer.program.error)")
    }

    /// Waits until new viewers are sent to a place that is not this node, again and again.
    func avoids(_ node: String, _ action: String = "subscribe", within limit: Duration) async throws -> RouteAnswer {
        try await eventually("a \(action) that never names \(node)", within: limit) {
            var last: RouteAnswer?
            for _ in 0..<10 {
                last = try await manager.route(action, Self.stream)
                if last == nil || last?.nodeId == node { return nil }
            }
            return last
        }
    }

    /// Waits until a newcomer who asks gets pictures where it was sent.
    func newcomerPlays(within limit: Duration = .seconds(20)) async throws {
        try await eventually("a newcomer plays", within: limit) {
            guard let edge = try await manager.route("subscribe", Self.stream) else { return false }
            return try await media.plays(edge.url)
        }
    }
}

extension Workspace {
    /// The nginx processes under the data directory, by the id of their node.
    func servers(_ role: String? = nil) -> [String: Int32] {
        var servers: [String: Int32] = [:]
        for process in processes(of: "data/nodes") {
            guard process.arguments.first.map({ ($0 as NSString).lastPathComponent.hasPrefix("nginx") }) == true,
                let flag = process.arguments.firstIndex(of: "-p"), flag + 1 < process.arguments.count
            else { continue }
            let node = (process.arguments[flag + 1] as NSString).lastPathComponent
            if role.map({ node.contains("-\($0)-") }) ?? true { servers[node] = process.pid }
        }
        return servers
    }
}
