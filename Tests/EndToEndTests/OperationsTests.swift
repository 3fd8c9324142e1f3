import Foundation
import Providers
import Testing

/// What operations people do to single nodes, with the command that they have.
@Suite("Operations", .sharesMachine, .serialized, .timeLimit(.minutes(4)))
struct OperationsTests {
    /// The command as someone who is logged in at the manager has it.
    private func command(
        _ workspace: Workspace, _ manager: Manager, _ words: String
    ) async throws -> Program.Outcome {
        try await workspace.start(
            [Workspace.binary] + words.split(separator: " ").map(String.init),
            environment: ["SMRECONCILE_SERVER": manager.url, "SMRECONCILE_TOKEN": manager.bearer ?? ""]
        ).end()
    }

    @Test("a node is drained, protected, taken back and ended by the command line, which says what comes next")
    func node() async throws {
        try await Workspace.with { workspace in
            // Slow enough that the first drain has to wait for another node.
            let spec = Specs.simulated(edges: 2).replacing("boot: 200ms", with: "boot: 2s")
            let file = try workspace.write(spec, to: "cluster.yaml")
            let manager = try await Manager(workspace, spec: file)
            let edges = try await manager.serves(2, "edge")
            let (first, second) = (edges[0].id, edges[1].id)
            func run(_ words: String) async throws -> Program.Outcome {
                try await command(workspace, manager, words)
            }

            // Too few others serve: it waits, and it is taken back.
            let held = try await run("drain \(first)")
            #expect(held.code == 0, "\(held)")
            #expect(held.out.hasPrefix("\(first) serves on for now: drain is due: admin asked for it at"))
            #expect(held.out.hasSuffix("'smreconcile uncordon \(first)' takes it back\n"))
            let twice = try await run("drain \(first)")
            #expect(twice.code == 1 && twice.error.contains(" already"), "\(twice)")
            let asked = try await run("explain \(first)")
            #expect(asked.code == 0 && asked.out.contains("to drain: admin asked for it at"), "\(asked)")
            #expect(asked.out.contains("NodeInService") && asked.out.contains("DrainRequested"), "\(asked)")

            // Another is made in its place, it drains, and is gone.
            try await eventually("the end of the drained node") {
                try await manager.get("/as/v1/nodes", as: [NodeAnswer].self).allSatisfy { $0.id != first }
            }
            let gone = try await run("explain \(first)")
            #expect(gone.code == 0 && gone.out.hasPrefix("\(first): terminated for"), "\(gone)")

            // A protected node is not ended without force, and one that its pool needs neither.
            try await manager.serves(2, "edge")
            let protected = try await run("protect \(second) --for 2h")
            #expect(protected.code == 0 && protected.out.contains("is protected until"), "\(protected)")
            let table = try await run("get nodes")
            #expect(table.out.contains("inService,protected"), "\(table)")
            for words in ["drain \(second)", "terminate \(second)"] {
                let refused = try await run(words)
                #expect(refused.code == 1 && refused.error.contains("is protected until"), "\(refused)")
                #expect(refused.error.contains("protect \(second) --off") && refused.error.contains("--force"))
            }
            #expect(try await run("protect \(second) --off").out == "\(second) is not protected any more\n")
            let needed = try await run("terminate \(second)")
            #expect(needed.code == 1 && needed.error.contains("1 would serve in live/here/edge without"), "\(needed)")
            let ended = try await run("terminate \(second) --force")
            #expect(ended.code == 0 && ended.out.hasPrefix("\(second) is terminating"), "\(ended)")
            try await eventually("another in its place") {
                let serving = try await manager.serving("edge").map(\.id)
                return serving.count == 2 && !serving.contains(second)
            }
            let nothing = try await run("retry live/edge")
            #expect(nothing.code == 1 && nothing.error.contains("nothing to retry in live/here/edge"), "\(nothing)")
            let unknown = try await run("drain \(first.dropLast())0")
            #expect(unknown.code == 1 && unknown.error.contains("there is no node"), "\(unknown)")
        }
    }
}
