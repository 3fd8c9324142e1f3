import Foundation
import Testing

@testable import Providers

/// The cloud is out of reach for a while, in both ways that there are, and after that the network is bad; the daemon runs through it
/// (safety rules 1, 2 and 8). A few seconds of each in every run; by hand `OUTAGE=240 STORM=180 swift test --filter OutageTests`.
@Suite("A cloud that is out of reach", .sharesMachine, .serialized, .timeLimit(.minutes(20)))
struct OutageTests {
    /// Seconds without the cloud.
    private static let outage = seconds("OUTAGE", otherwise: 16)
    /// Seconds of bad network.
    private static let storm = seconds("STORM", otherwise: 10)
    private static let owner = "e2e"
    /// What a manager may grow by meanwhile, in KiB: what it learns (events, streams that were routed) takes some.
    private static let growth = 24 * 1024

    private static func seconds(_ name: String, otherwise: Int) -> Duration {
        .seconds(ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? otherwise)
    }

    private static func spec(_ cloud: StormyCloud, origins: Int) -> String {
        cloud.manager(
            owner: owner, timeout: "6s", bootstrap: #", bootstrap: {userData: "{{nodeId}} {{managerUrl}} {{token}}"}"#)
                + """
                apiVersion: smreconcile/v1
                kind: NodeGroup
                metadata: {name: live}
                spec:
                  provider: cloud
                  image: ami-03cf127a
                  regions: [{name: us-east-1}]
                  roles:
                    origin:
                      capabilities: [publish]
                      endpoints: [{protocol: rtmp, port: 1935}]
                      capacity: {connections.publisher: 100000}
                      instanceType: c6i.large
                      min: \(origins)
                      max: \(origins)
                      drain: {timeout: 1s}
                      scaling: {scaleIn: {stabilization: 0s, policies: [{percent: 100, period: 1s}]}}
                      disruption: {budgets: [{nodes: 100%}]}
                      health: {suspectAfter: 10s, faultAfter: 60s}

                """
    }

    /// The machines of ours that live, past the network.
    private static func ours(_ cloud: StormyCloud) async throws -> [StormyCloud.Machine] {
        try await cloud.machines().filter {
            $0.tags["smreconcile:owner"] == owner && $0.tags["smreconcile:node"] != nil
        }
    }

    /// Waits until exactly so many serve, and so many machines there are.
    private static func settles(_ manager: Manager, _ cloud: StormyCloud, _ count: Int) async throws {
        try await eventually("\(count) machines that serve", within: .seconds(150), pace: .milliseconds(500)) {
            // After failures a pool tries one node, and goes on when that serves; a person need not wait for that.
            _ = try await manager.send(
                "POST", "/as/v1/nodegroups/live/retry", body: Data(#"{"role": "origin"}"#.utf8))
            let serving = try await manager.serving("origin")
            return try await ours(cloud).count == count && serving.count == count
        }
        let nodes = Set(try await manager.serving("origin").map(\.id))
        let machines = try await ours(cloud)
        #expect(Set(machines.compactMap { $0.tags["smreconcile:node"] }) == nodes)
        #expect(Set(machines.compactMap { $0.tags["smreconcile:token"] }).count == count)
    }

    @Test("nothing is planned while it cannot be seen, clients are sent on, it is said, and all comes right")
    func away() async throws {
        try await Workspace.with { workspace in
            let cloud = try await StormyCloud(workspace, seed: 11)
            try await cloud.addForeign(owner: Self.owner)
            let foreign = try await cloud.machines()
            let file = try workspace.write(Self.spec(cloud, origins: 4), to: "farm.yaml")
            let manager = try await Manager(workspace, spec: file, environment: cloud.credentials)
            try await cloud.startAgents()
            try await Self.settles(manager, cloud, 4)
            var log = Log(manager)
            log.note("4 nodes serve")

            for (number, weather) in [StormyCloud.Weather.refused, .silent].enumerated() {
                try await Self.outage(weather, number, manager, cloud, workspace, &log)
            }
            try await Self.settles(manager, cloud, 4)
            log.note("back, 4 nodes serve")

            try await cloud.storm()
            for origins in [7, 2, 5] {
                try workspace.write(Self.spec(cloud, origins: origins), to: "farm.yaml")
                try await Task.sleep(for: Self.storm / 3)
                log.note("storm, \(origins) wanted, \(try await Self.ours(cloud).count) machines there")
            }
            let spoiled = try await cloud.spoiled()
            #expect(spoiled > 0)
            try await cloud.calm()
            try await Self.settles(manager, cloud, 5)
            log.note("calm after \(spoiled) requests that went wrong, 5 nodes serve")
            #expect(
                try await cloud.machines().filter { foreign.contains($0) } == foreign, "somebody else's was touched")
            #expect(log.growth < Self.growth, "\(log.text)")
            print(log.text)
        }
    }

    /// The cloud is away; meanwhile more nodes are wanted, and then as many as before.
    private static func outage(
        _ weather: StormyCloud.Weather, _ number: Int, _ manager: Manager, _ cloud: StormyCloud,
        _ workspace: Workspace, _ log: inout Log
    ) async throws {
        let before = try await ours(cloud)
        try await cloud.set(weather)
        let failed: [EventAnswer] = try await eventually("word of it", pace: .milliseconds(200)) {
            let events = try await manager.get("/as/v1/events", as: [EventAnswer].self)
            // The second time it has to be another event than the first.
            let failed = events.filter { $0.reason == "ListFailed" }
            return failed.count + failed.reduce(0) { $0 + ($1.count ?? 1) - 1 } > number ? failed : nil
        }
        #expect(failed.contains { $0.message.contains("nothing is created or destroyed there until a list succeeds") })
        log.note("\(weather.rawValue): \(failed.last?.message ?? "")")
        let words = ["NodeRequested", "NodeDraining", "NodeTerminating", "NodeDestroyed", "NodeGone"]
        let changes = try await manager.get("/as/v1/events", as: [EventAnswer].self).filter {
            words.contains($0.reason)
        }
        try workspace.write(spec(cloud, origins: 6), to: "farm.yaml")
        var routed = 0
        var asked = 0
        let begin = ContinuousClock.now
        var isBack = false
        while begin.duration(to: .now) < outage / 2 {
            if !isBack, begin.duration(to: .now) > outage / 3 {
                isBack = true
                try workspace.write(spec(cloud, origins: 4), to: "farm.yaml")
            }
            asked += 1
            if try await manager.route("publish", "live/outage\(number)-\(asked % 50)") != nil { routed += 1 }
            try await Task.sleep(for: .milliseconds(250))
        }
        #expect(routed == asked, "the last view answers")
        #expect(try await ours(cloud) == before, "nothing was made or destroyed")
        let ready = try await manager.send("GET", "/as/v1/nodegroups/live")
        log.note(
            "\(weather.rawValue) for \((outage / 2).components.seconds)s: \(routed) of \(asked) clients were sent somewhere, "
                + "\(try await ours(cloud).count) machines as before; the group answered \(ready.status)")
        #expect(
            try await manager.get("/as/v1/events", as: [EventAnswer].self).filter { words.contains($0.reason) }.count
                == changes.count)
        try await cloud.calm()
        try await eventually("the end of it", within: .seconds(60), pace: .milliseconds(200)) {
            try await manager.get("/as/v1/events", as: [EventAnswer].self).contains { $0.reason == "ListRecovered" }
        }
    }

    /// What was seen, with the time and the manager's memory.
    private struct Log {
        private let manager: Manager
        private let begin = ContinuousClock.now
        private var lines: [String] = []
        private var sizes: [Int] = []

        init(_ manager: Manager) { self.manager = manager }

        var text: String { lines.joined(separator: "\n") }
        /// In KiB, from the first note on.
        var growth: Int { (sizes.max() ?? 0) - (sizes.first ?? 0) }

        mutating func note(_ words: String) {
            let size = Machine.residentKiB(of: manager.program.pid)
            sizes.append(size)
            lines.append("\(begin.duration(to: .now).components.seconds)s, \(size) KiB: \(words)")
        }
    }
}
