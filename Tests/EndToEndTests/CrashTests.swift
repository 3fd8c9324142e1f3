import Foundation
import Testing

/// The manager is killed at any moment while it starts nodes: none is lost, none is started twice (safety rule 3).
@Suite("A manager that is killed while it starts nodes", .sharesMachine, .serialized, .timeLimit(.minutes(4)))
struct CrashTests {
    static let count = 12

    /// When to die: so long after so many nodes were started.
    struct Moment: Sendable, CustomTestStringConvertible {
        var started: Int
        var delay: Duration

        var testDescription: String { "\(delay) after node \(started)" }
    }

    /// Within the time that the creates take, drawn from a seed; between two of them lie a few milliseconds.
    static let moments: [Moment] = {
        var state: UInt64 = 20
        func draw(_ count: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % count)
        }
        return (0..<6).map { _ in Moment(started: draw(UInt64(count)), delay: .milliseconds(draw(20))) }
    }()

    @Test("after it comes back exactly the wanted processes run, each known by one record", arguments: moments)
    func killed(at moment: Moment) async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.processes(Self.count, command: ["sleep", "1000"]), to: "farm.yaml")
            let manager = try await Manager(workspace, spec: file)
            try await eventually("node \(moment.started)", pace: .milliseconds(1)) {
                sleepers(workspace).count >= moment.started
            }
            let end = ContinuousClock.now + moment.delay
            try await eventually("the moment to die", pace: .milliseconds(1)) { ContinuousClock.now >= end }
            try await manager.crash()
            let survivors = Set(sleepers(workspace))

            let second = try await Manager(workspace, spec: file, follows: manager)
            let nodes = try await eventually("\(Self.count) nodes created") {
                let nodes = try await second.get("/as/v1/nodes", as: [NodeAnswer].self).filter { $0.state == "created" }
                return nodes.count == Self.count ? nodes : nil
            }
            let running = sleepers(workspace)
            #expect(running.count == Self.count, "\(running.count) processes run")
            #expect(survivors.isSubset(of: running), "those of before are adopted, none is ended and made anew")
            #expect(Set(running.map(\.node)) == Set(nodes.map(\.id)))
            #expect(try await holds(for: .seconds(1)) { Set(sleepers(workspace)) == Set(running) })
        }
    }

    private struct Sleeper: Hashable {
        var pid: Int32
        var node: String
    }

    /// The living nodes, each named by the directory that it works in.
    private func sleepers(_ workspace: Workspace) -> [Sleeper] {
        workspace.processes(of: "data/nodes").filter { $0.arguments.first == "sleep" }.map { process in
            let place = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process.pid)/cwd")
            return Sleeper(pid: process.pid, node: ((place ?? "") as NSString).lastPathComponent)
        }
    }
}
