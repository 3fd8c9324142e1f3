import Foundation
import Testing

/// What a terminal sees that a pipe does not.
@Suite("On a terminal", .serialized, .timeLimit(.minutes(1)))
struct TerminalTests {
    /// Whether `plan` prints colours, under `script` where it believes to be on a terminal.
    private func isColored(_ workspace: Workspace, terminal: Bool, _ variables: String = "") async throws -> Bool {
        let file = try workspace.write(Specs.simulated(edges: 1), to: "cluster.yaml")
        let command = "\(variables) '\(Workspace.binary)' plan -f '\(file)'"
        let lines = terminal ? "TERM=xterm script -qec \"\(command)\" /dev/null" : "env \(command)"
        let outcome = try await workspace.bash(lines)
        #expect(outcome.code == 0 && outcome.out.contains("2 to create"), "\(outcome)")
        return outcome.out.contains("\u{1B}[")
    }

    @Test("there are colours on a terminal only, and never with NO_COLOR or a dumb one")
    func colors() async throws {
        try await Workspace.with { workspace in
            let onTerminal = try await isColored(workspace, terminal: true)
            let onPipe = try await isColored(workspace, terminal: false)
            let unwanted = try await isColored(workspace, terminal: true, "NO_COLOR=1")
            let empty = try await isColored(workspace, terminal: true, "NO_COLOR=")
            let dumb = try await isColored(workspace, terminal: true, "TERM=dumb")
            #expect(onTerminal && !onPipe && !unwanted && !dumb)
            #expect(empty, "an empty NO_COLOR counts as not set")
        }
    }
}
