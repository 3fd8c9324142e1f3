import Foundation
import Testing

/// The manager is killed at any moment while it starts nodes: none is lost, none is started twice (safety rule 3).
@Suite("A manager that is killed while it starts nodes", .serialized, .timeLimit(.minutes(2)))
struct CrashTests {
    static let count = 12

    /// Delays from the printed address to the SIGKILL, within the time that the creates take, drawn from a seed.
    static let delays: [Duration] = {
        var state: UInt64 = 20
        return (0..<6).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return .milliseconds(Int(state >> 33) % 250)
        }
    }()

    @Test("after it comes back exactly the wanted processes run, each known by one record", arguments: delays)
    func killed(after delay: Duration) async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.processes(Self.count, command: ["sleep", "1000"]), to: "farm.yaml")
            let manager = try await Manager(workspace, spec: file)
            let end = ContinuousClock.now + delay
            try await eventually("the moment to die", pace: .milliseconds(1)) { ContinuousClock.now >= end }
            try await manager.crash()
            let survivors = Set(sleepers(workspace))

            let second = try await Manager(workspace, spec: file, follows: manager)
            let nodes = try await eventually("\(Self.count) nodes created", within: .seconds(20)) {
                let nodes = try await second.get("/as/v1/nodes", as: [NodeAnswer].self).filter { $0.state == "created" }
                return nodes.count == Self.count ? nodes : nil
            }
            let running = sleepers(workspace)
            #expect(running.count == Self.count, "after \(delay): \(running.count) processes run")
            #expect(survivors.isSubset(of: running), "those of before are adopted, none is ended and made anew")
            #expect(Set(running.map(\.node)) == Set(nodes.map(\.id)))
            #expect(try await holds(for: .seconds(2)) { Set(sleepers(workspace)) == Set(running) })
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
