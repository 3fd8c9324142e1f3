import Foundation
import Glibc
import Testing

/// `smreconcile provider test` as a person runs it: with real processes, and with signals in the middle.
@Suite("The test of a provider", .sharesMachine, .serialized, .timeLimit(.minutes(3)))
struct ProviderTestTests {
    private static let spec = """
        apiVersion: smreconcile/v1
        kind: Provider
        metadata: {name: local}
        spec: {type: process, process: {roles: {edge: {command: [/bin/sleep, "4242"]}}}}
        """

    @Test("passes over local processes, and leaves nothing")
    func passes() async throws {
        try await Workspace.with { workspace in
            try workspace.write(Self.spec, to: "local.yaml")
            let program = try Self.start(workspace, "-n", "4")
            let outcome = try await program.end(within: .seconds(120))
            #expect(outcome.code == 0, "\(outcome.out)\(outcome.error)")
            #expect(outcome.out.contains("19 passed, 0 failed, 2 skipped"))
            #expect(Self.nodes(workspace).isEmpty && Self.scratch(workspace).isEmpty)
        }
    }

    @Test("clears up when a signal comes in the middle of creates", arguments: [SIGINT, SIGTERM])
    func calledOff(signal: Int32) async throws {
        try await Workspace.with { workspace in
            try workspace.write(Self.spec, to: "local.yaml")
            let program = try Self.start(workspace, "-n", "8")
            try await eventually("some nodes") { Self.nodes(workspace).count > 3 }
            program.signal(signal)
            let outcome = try await program.end(within: .seconds(120))
            #expect(
                outcome.code == 128 + signal && outcome.out.contains("CALLED OFF"), "\(outcome.out)\(outcome.error)")
            #expect(outcome.out.contains("all of them gone"))
            #expect(Self.nodes(workspace).isEmpty && Self.scratch(workspace).isEmpty)
        }
    }

    private static func start(_ workspace: Workspace, _ words: String...) throws -> Program {
        try workspace.start(
            [Workspace.binary, "provider", "test", "-f", workspace.path("local.yaml"), "--region", "lab"] + words)
    }

    /// The processes that the provider made in this workspace.
    private static func nodes(_ workspace: Workspace) -> [Machine.Process] {
        workspace.processes().filter { $0.arguments == ["/bin/sleep", "4242"] }
    }

    /// What the runs keep on this machine.
    private static func scratch(_ workspace: Workspace) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: workspace.path("tmp"))
        return (names ?? []).filter { $0.hasPrefix("smreconcile-conformance-") }
    }
}
