import Foundation
import Glibc
import Providers
import Testing

/// What a person at the terminal sees of a running manager.
@Suite("Status and pipes", .sharesMachine, .serialized, .timeLimit(.minutes(3)))
struct StatusTests {
    @Test("what is well folds, what is not unfolds with its reason, and the exit code says so")
    func folds() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.simulated(edges: 2), to: "cluster.yaml")
            let manager = try await Manager(workspace, spec: file)
            let node = try #require(try await manager.serves(2, "edge").first)
            let variables = ["SMRECONCILE_SERVER": manager.url, "SMRECONCILE_TOKEN": manager.bearer ?? ""]
            func status(_ words: String...) async throws -> Program.Outcome {
                try await workspace.start([Workspace.binary, "status"] + words, environment: variables).end()
            }
            try await manager.serves(3)
            let well = try await eventually("a cluster that is well") {
                let outcome = try await status()
                return outcome.code == 0 && outcome.out.contains("ok, 3 nodes") ? outcome : nil
            }
            #expect(
                well.out == """
                      \(manager.url): ok, 3 nodes in service, 1 node group
                        live: ok, 3 nodes in service (here 3)

                    """)
            #expect(try await manager.send("POST", "/as/v1/nodes/\(node.id)/cordon").isSuccess)
            let held = try await status("live")
            #expect(held.code == 3 && !held.out.contains("\u{1B}"), "\(held)")
            #expect(held.out.contains("=         \(node.id): inService for"), "\(held.out)")
            #expect(held.out.contains("origin: ok, 1 node in service"), "\(held.out)")
            let json = try await status("-o", "json")
            #expect(json.code == 3 && json.out.contains("\"state\" : \"held\""), "\(json.out)")
            let none = try await workspace.start(
                [Workspace.binary, "get", "nodes", "--group", "liv"], environment: variables
            ).end()
            #expect(none.code == 1 && none.error == "there is no node group 'liv'; did you mean 'live'?\n", "\(none)")
            let missing = try await status("liv")
            #expect(missing.code == 1 && missing.error.contains("did you mean 'live'?"), "\(missing)")

            try workspace.write(Specs.simulated(edges: 2).replacing("max: 10", with: "maxx: 10"), to: "cluster.yaml")
            try await eventually("the refused spec") {
                let outcome = try await status()
                return outcome.code == 3 && outcome.out.contains("the spec is refused: \(file):")
                    && outcome.out.contains("unknown key 'maxx'")
                    && outcome.out.contains("the last good spec stays in force")
            }
        }
    }

    @Test("a reader that goes away early ends it quietly, and a slow manager is not waited for by completion")
    func pipes() async throws {
        try await Workspace.with { workspace in
            let manager = try await Manager(
                workspace, spec: try workspace.write(Specs.simulated(edges: 3), to: "cluster.yaml"))
            try await manager.serves(4)
            let binary = Workspace.binary
            let outcome = try await workspace.bash(
                """
                export SMRECONCILE_SERVER='\(manager.url)' SMRECONCILE_TOKEN='\(manager.bearer ?? "")'
                set -o pipefail
                '\(binary)' get nodes | head -1 || echo "code $?"
                '\(binary)' status | head -1 || echo "code $?"
                kill -STOP \(manager.program.pid)
                timeout 4 '\(binary)' __complete drain '' || echo "code $?"
                kill -CONT \(manager.program.pid)
                """)
            #expect(outcome.code == 0 && outcome.error == "", "\(outcome)")
            let lines = outcome.out.split(separator: "\n")
            #expect(lines.count == 3 && lines[0].hasPrefix("NODE ") && lines[2] == ":words", "\(outcome.out)")
        }
    }

    @Test("a watched table outlives its manager, says so, and goes on when it is back")
    func watchesThrough() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.simulated(edges: 1), to: "cluster.yaml")
            let manager = try await Manager(workspace, spec: file)
            try await manager.serves(2)
            let variables = [
                "SMRECONCILE_SERVER": manager.url, "SMRECONCILE_TOKEN": manager.bearer ?? "", "TERM": "xterm",
            ]
            let command = "'\(Workspace.binary)' get nodes --watch"
            let screen = try workspace.start(
                ["script", "-qefc", "stty cols 70 rows 9; \(command)", "/dev/null"], environment: variables)
            let pipe = try workspace.start(["bash", "-c", command], environment: variables)
            try await eventually("a drawing") { screen.out.contains("inService") && pipe.out.contains("inService") }
            try await manager.crash()
            try await eventually("the note") { screen.out.contains(" ago, asking again: cannot reach") }
            try await eventually("the note on standard error") {
                pipe.error.contains("connection refused; asking again")
            }
            let again = try await Manager(workspace, spec: file, follows: manager)
            let id = try #require(try await again.serves(1, "edge").first?.id)
            #expect(try await again.send("POST", "/as/v1/nodes/\(id)/cordon").isSuccess)
            try await eventually("the news") {
                screen.out.contains("cordoned") && pipe.out.contains("inService,cordoned")
            }
            #expect(!pipe.out.contains("\u{1B}"))
            // The cursor is never hidden, so that no end of any kind leaves a terminal without one.
            #expect(!screen.out.contains("\u{1B}[?25l"))
            pipe.signal(SIGKILL)
        }
    }

    @Test("apply tells each node's way in plain lines, and on a terminal in lines that are drawn over")
    func progress() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.simulated(edges: 2), to: "cluster.yaml")
            let plain = try await workspace.run(
                "apply", "-f", file, "--data", workspace.path("one"), "--listen", "127.0.0.1:0")
            #expect(plain.code == 0 && !plain.error.contains("\u{1B}"), "\(plain)")
            #expect(
                plain.error.contains("  waiting: live-edge-") && plain.error.contains(", waiting: "), "\(plain.error)")
            #expect(plain.error.components(separatedBy: " is in service, ").count == 4, "\(plain.error)")
            #expect(plain.out == "applied: 3 nodes in service\n")
            let command =
                "'\(Workspace.binary)' apply -f '\(file)' --data '\(workspace.path("two"))' --listen 127.0.0.1:0"
            let outcome = try await workspace.bash("TERM=xterm script -qefc \"\(command)\" /dev/null")
            #expect(outcome.code == 0 && outcome.out.contains("F\u{1B}[J"), "\(outcome)")
            // Nothing that is drawn over stays below the last line.
            #expect(outcome.out.hasSuffix("applied: 3 nodes in service\r\n"), "\(outcome.out)")
        }
    }
}
