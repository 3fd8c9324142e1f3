import Foundation
import Glibc
import Providers
import Testing

/// What a terminal sees that a pipe does not.
@Suite("On a terminal", .sharesMachine, .serialized, .timeLimit(.minutes(3)))
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

    @Test("a watched table stays within a terminal that is smaller, and a pipe gets it again only with news")
    func watch() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.simulated(edges: 4), to: "cluster.yaml")
            let manager = try await Manager(workspace, spec: file)
            try await manager.serves(4, "edge")
            let variables = [
                "SMRECONCILE_SERVER": manager.url, "SMRECONCILE_TOKEN": manager.bearer ?? "", "TERM": "xterm",
            ]
            let command = "'\(Workspace.binary)' get nodes --watch"
            let screen = try workspace.start(
                ["script", "-qefc", "stty cols 30 rows 5; \(command)", "/dev/null"], environment: variables)
            let pipe = try workspace.start(["bash", "-c", command], environment: variables)
            try await eventually("two drawings") { screen.out.components(separatedBy: "\u{1B}[H").count > 2 }
            let drawings = screen.out.components(separatedBy: "\u{1B}[H").dropFirst()
            let lines = try #require(drawings.first).components(separatedBy: "\r\n")
            #expect(lines.count == 5 && lines[3].hasPrefix("4 more rows are not shown"), "\(lines)")
            for line in lines { #expect(line.replacing("\u{1B}[K", with: "").count <= 30, "\(line)") }

            try await eventually("a table in the pipe") { pipe.out.contains("inService") }
            let id = try #require(try await manager.serving("edge").first?.id)
            #expect(try await manager.send("POST", "/as/v1/nodes/\(id)/cordon").isSuccess)
            try await eventually("the news") { pipe.out.contains("inService,cordoned") }
            let tables = pipe.out.components(separatedBy: "NODE ").count - 1
            #expect(tables == 2, "\(pipe.out)")
            screen.signal(SIGINT)
            pipe.signal(SIGKILL)
        }
    }
}
