import Foundation
import Testing

/// `apply`, `run --once` and `plan` against a data directory.
@Suite("apply, run --once and plan", .sharesMachine, .serialized, .timeLimit(.minutes(4)))
struct ApplyAndPlanTests {
    /// Runs `command -f file --data data`, with a free port where it listens.
    private func run(
        _ command: [String], _ workspace: Workspace, _ file: String, within limit: Duration = .seconds(30)
    ) async throws -> Program.Outcome {
        let listen = command[0] == "plan" ? [] : ["--listen", "127.0.0.1:0"]
        let words = command + ["-f", file, "--data", workspace.path("data")] + listen
        return try await workspace.start([Workspace.binary] + words).end(within: limit)
    }

    @Test("apply settles and exits 0; the plan is empty after it, and has changes with code 2 when the spec has")
    func settles() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.simulated(edges: 2), to: "cluster.yaml")
            let apply = try await run(["apply"], workspace, file)
            #expect(apply.code == 0)
            #expect(apply.out == "applied: 3 nodes in service\n")
            #expect(apply.error.contains("+ create") && apply.error.contains("live/here/edge: 0 of 2 are there"))

            let empty = try await run(["plan", "--detailed-exitcode"], workspace, file)
            #expect(empty.code == 0)
            #expect(
                empty.out == """
                    No changes: what exists is what the spec wants.

                    Plan: 0 to create, 0 to drain, 0 to destroy.

                    """)
            #expect(empty.error == "")

            try workspace.write(Specs.simulated(edges: 4), to: "cluster.yaml")
            let more = try await run(["plan", "--detailed-exitcode"], workspace, file)
            #expect(more.code == 2)
            #expect(more.out.hasSuffix("\nPlan: 2 to create, 0 to drain, 0 to destroy.\n"))
            #expect(try await run(["plan"], workspace, file).code == 0)

            #expect(try await run(["apply"], workspace, file).out == "applied: 5 nodes in service\n")
        }
    }

    @Test(
        "apply --approve of a spec without the group ends its nodes, though it is a new process that has not listed them yet"
    )
    func removes() async throws {
        try await Workspace.with { workspace in
            let spec = Specs.simulated(edges: 2)
            let file = try workspace.write(spec, to: "cluster.yaml")
            #expect(try await run(["apply"], workspace, file).code == 0)
            let group = try #require(spec.firstRange(of: "---\napiVersion: smreconcile/v1\nkind: NodeGroup"))
            try workspace.write(String(spec[..<group.lowerBound]), to: "cluster.yaml")

            let held = try await run(["apply"], workspace, file)
            #expect(held.code == 1 && held.error.contains("apply again with --approve to carry these out"))
            let ended = try await run(["apply", "--approve"], workspace, file)
            #expect(ended.code == 0 && ended.out == "applied: 0 nodes in service\n", "\(ended.error)")
            #expect(try await run(["plan", "--detailed-exitcode"], workspace, file).code == 0)
        }
    }

    @Test("a plan changes no byte of the data directory, and makes none where there is none")
    func changesNothing() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.simulated(edges: 2), to: "cluster.yaml")
            // The default directory, which is not there.
            let fresh = try await workspace.run("plan", "-f", file)
            #expect(fresh.code == 0)
            #expect(fresh.out.hasSuffix("Plan: 3 to create, 0 to drain, 0 to destroy.\n"))
            #expect(!FileManager.default.fileExists(atPath: workspace.path("data")))
            let named = try await run(["plan"], workspace, file)
            #expect(named.code == 1)
            #expect(named.error == "there is no data directory '\(workspace.path("data"))'\n")
            #expect(!FileManager.default.fileExists(atPath: workspace.path("data")))

            _ = try await run(["apply"], workspace, file)
            try workspace.write(Specs.simulated(edges: 4), to: "cluster.yaml")
            let before = workspace.files(below: "data")
            #expect(!before.isEmpty)
            #expect(try await run(["plan"], workspace, file).out.contains("2 to create"))
            #expect(try await run(["plan", "-o", "json"], workspace, file).out.contains("\"changes\""))
            #expect(workspace.files(below: "data") == before)
        }
    }

    @Test("a plan beside a running manager shows the same, and disturbs nothing")
    func besideManager() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.simulated(edges: 2), to: "cluster.yaml")
            let manager = try await Manager(workspace, spec: file)
            try await manager.serves(3)
            let other = try workspace.write(Specs.simulated(edges: 3), to: "other.yaml")
            let local = try await run(["plan"], workspace, other)
            #expect(local.code == 0)
            #expect(local.out.contains("1 to create"))
            try await manager.login()
            let environment = ["SMRECONCILE_TOKEN": manager.bearer ?? ""]
            let remote = try await workspace.run(
                "plan", "-f", other, "--server", manager.url, environment: environment)
            #expect(remote.out == local.out)
            let state = try await workspace.run("state", "--server", manager.url, environment: environment)
            let stored = try workspace.write(state.out, to: "state.json")
            #expect(try await workspace.run("plan", "-f", other, "--state", stored).out == local.out)
            #expect(try await Set(manager.serves(3).map(\.state)) == ["inService"])
        }
    }

    @Test("removing a region is held and said, and carried out with --approve")
    func removal() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.simulated(edges: 1, regions: ["here", "there"]), to: "cluster.yaml")
            #expect(try await run(["apply"], workspace, file).out == "applied: 4 nodes in service\n")

            try workspace.write(Specs.simulated(edges: 1), to: "cluster.yaml")
            let plan = try await run(["plan", "--detailed-exitcode"], workspace, file)
            #expect(plan.code == 0, "what is held is no change")
            #expect(
                plan.out.contains(
                    "=   held: drain: the spec has no live/there/edge any more; approve with 'smreconcile "))
            #expect(plan.out.hasSuffix("Plan: 0 to create, 0 to drain, 0 to destroy, 2 held.\n"))

            let held = try await run(["apply"], workspace, file)
            #expect(held.code == 1)
            #expect(held.error.contains("held: drain live/there/edge: the spec has no live/there/edge any more"))
            #expect(held.error.contains("apply again with --approve to carry these out"))
            #expect(held.out == "applied: 4 nodes in service\n")

            let approved = try await run(["apply", "--approve"], workspace, file)
            #expect(approved.code == 0)
            #expect(approved.error.contains("~ drain") && approved.error.contains("- destroy"))
            #expect(approved.out == "applied: 2 nodes in service\n")
            #expect(try await run(["plan", "--detailed-exitcode"], workspace, file).code == 0)
        }
    }

    @Test("run --once makes one round, shows its plan and exits; another one goes on from there")
    func once() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.simulated(edges: 2), to: "cluster.yaml")
            let first = try await run(["run", "--once"], workspace, file)
            #expect(first.code == 0)
            #expect(first.out.hasSuffix("Plan: 3 to create, 0 to drain, 0 to destroy.\n"))
            let second = try await run(["run", "--once"], workspace, file)
            #expect(second.code == 0)
            #expect(second.out.contains("Plan: 0 to create"), "it made those of the first round again: \(second.out)")
            #expect(try await run(["apply"], workspace, file).out == "applied: 3 nodes in service\n")
        }
    }
}
