import Foundation
import Glibc
import Providers
import Testing

/// What a change of the spec's file does to a running daemon.
@Suite("A change of the spec", .sharesMachine, .serialized, .timeLimit(.minutes(4)))
struct SpecChangeTests {
    /// One region with one origin, and edges.
    private func spec(edges: Int, interval: String = "500ms") -> String {
        """
        apiVersion: smreconcile/v1
        kind: Manager
        metadata: {name: manager}
        spec: {interval: \(interval)}
        ---
        apiVersion: smreconcile/v1
        kind: Provider
        metadata: {name: lab}
        spec: {type: simulated, simulated: {boot: 200ms, seed: 7}}
        ---
        apiVersion: smreconcile/v1
        kind: NodeGroup
        metadata: {name: live}
        spec:
          provider: lab
          regions: [{name: here}]
          roles:
            origin: {capabilities: [publish], endpoints: [{protocol: rtmp, port: 1935}], min: 1, max: 2}
            edge:
              parent: origin
              capabilities: [subscribe]
              endpoints: [{protocol: rtmp, port: 1935}]
              min: \(edges)
              max: 10

        """
    }

    @Test("an edit takes effect by itself, and without waiting on SIGHUP")
    func edits() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(spec(edges: 2), to: "cluster.yaml")
            let manager = try await Manager(workspace, spec: file)
            try await manager.serves(2, "edge")
            try workspace.write(spec(edges: 3), to: "cluster.yaml")
            try await manager.serves(3, "edge")
            try workspace.write(spec(edges: 5), to: "cluster.yaml")
            manager.program.signal(SIGHUP)
            try await manager.serves(5, "edge")
            #expect(manager.program.isRunning)
        }
    }

    @Test("one command approves what leaves in several pools, beside a hash that nothing waits for")
    func severalApprovals() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.simulated(edges: 2, regions: ["here", "there"]), to: "cluster.yaml")
            let manager = try await Manager(workspace, spec: file)
            try await manager.serves(6)
            try workspace.write(Specs.simulated(edges: 2), to: "cluster.yaml")
            let hashes = try await eventually("a hash for each pool that leaves") {
                let held = try await manager.get("/as/v1/plan", as: HeldPlan.self).held.compactMap(\.approval)
                return held.count == 2 ? held : nil
            }
            let outcome = try await workspace.run(
                "approve", hashes[0], "000000000000", hashes[0], hashes[1], "--server", manager.url,
                environment: ["SMRECONCILE_TOKEN": manager.bearer ?? ""])
            #expect(outcome.code == 1 && outcome.out == "approved \(hashes[0])\napproved \(hashes[1])\n")
            #expect(outcome.error.contains("nothing waits for the approval '000000000000'"))
            try await manager.serves(3)
        }
    }

    private struct HeldPlan: Decodable {
        struct Hold: Decodable { var approval: String? }
        var held: [Hold]
    }

    @Test("a broken edit changes nothing, is told with its place everywhere, and is outlived by the last good spec")
    func brokenEdit() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(spec(edges: 2), to: "cluster.yaml")
            let manager = try await Manager(workspace, spec: file)
            let before = try await manager.serves(3)
            let watch = try workspace.start(
                [Workspace.binary, "get", "events", "--watch", "--about", "spec", "--server", manager.url],
                environment: ["SMRECONCILE_TOKEN": manager.bearer ?? ""])
            try await eventually("the watch of no events yet") { watch.out.hasPrefix("AT") }
            let broken = spec(edges: 2).replacing("      max: 10", with: "      maxx: 10")
            let line =
                try #require(
                    broken.split(separator: "\n", omittingEmptySubsequences: false)
                        .firstIndex { $0.contains("maxx") }) + 1
            try workspace.write(broken, to: "cluster.yaml")

            let place = "\(file):\(line):7: unknown key 'maxx'"
            try await eventually("the error on standard error") { manager.program.error.contains(place) }
            #expect(manager.program.error.contains("          maxx: 10\n          ^"))
            let ready = try await eventually("the error in readyz") {
                let answer = try await manager.get("/readyz", as: ReadyAnswer.self)
                return answer.troubles.isEmpty ? nil : answer
            }
            #expect(ready.ready && ready.troubles.contains { $0.contains(place) })
            let events = try await eventually("the event") {
                let events = try await manager.get("/as/v1/events", as: [EventAnswer].self)
                return events.contains { $0.reason == "SpecRefused" } ? events : nil
            }
            #expect(events.last { $0.reason == "SpecRefused" }?.message.contains("maxx") == true)
            let shown = try await workspace.run(
                "get", "events", "--server", manager.url, environment: ["SMRECONCILE_TOKEN": manager.bearer ?? ""])
            #expect(shown.code == 0 && shown.out.contains("SpecRefused") && shown.out.contains(place))
            try await eventually("the event in the watch") { watch.out.contains(place) }
            #expect(watch.out.split(separator: "\n").count == 2)
            watch.signal(SIGTERM)
            #expect(try await watch.end().code == 143)
            #expect(
                try await holds(for: .seconds(2)) {
                    try await Set(manager.serving().map(\.id)) == Set(before.map(\.id))
                })

            // A restart finds the broken file too, and goes on with what was good.
            try await manager.crash()
            let second = try await Manager(workspace, spec: file, follows: manager)
            #expect(second.program.error.contains(place))
            #expect(second.program.error.contains("the last good one stays in force"))
            let after = try await second.serves(3)
            #expect(Set(after.map(\.id)) == Set(before.map(\.id)))

            // Mended, it is in force again.
            try workspace.write(spec(edges: 3), to: "cluster.yaml")
            try await second.serves(3, "edge")
            #expect(try await second.get("/readyz", as: ReadyAnswer.self).troubles == [])
        }
    }

    @Test("a node group that an earlier version kept, and this one does not read, is set aside until it is put right")
    func setAside() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.simulated(edges: 2), to: "cluster.yaml")
            let manager = try await Manager(workspace, spec: file)
            let document = """
                apiVersion: smreconcile/v1
                kind: NodeGroup
                metadata: {name: "7"}
                spec:
                  provider: lab
                  scopes: [numbers]
                  regions: [{name: here}]
                  roles: {edge: {capabilities: [subscribe], endpoints: [{protocol: rtmp, port: 1935}], min: 2}}

                """
            let made = try await manager.send("PUT", "/as/v1/nodegroups/7", body: Data(document.utf8))
            #expect(made.status == 201)
            let before = try await manager.serves(5)
            _ = try await manager.stop()
            // As it was taken once.
            let edit = """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                was = db.execute("SELECT CAST(value AS TEXT) FROM kv WHERE key = 'api-groups'").fetchone()[0]
                now = was.replace('name: \\\\"7\\\\"', 'name: 7')
                assert was != now, was
                db.execute("UPDATE kv SET value = CAST(? AS BLOB) WHERE key = 'api-groups'", [now])
                db.commit()
                """
            let edited = try await workspace.start(["python3", "-c", edit, workspace.path("data/smreconcile.db")]).end()
            #expect(edited.code == 0, "\(edited.error)")

            let second = try await Manager(workspace, spec: file, follows: manager)
            #expect(second.program.error.contains("the node group '7' is set aside"))
            let environment = ["SMRECONCILE_TOKEN": second.bearer ?? "", "SMRECONCILE_SERVER": second.url]
            let status = try await eventually("its state") {
                let status = try await workspace.run("status", environment: environment)
                return status.out.contains("setAside halted") ? status.out : nil
            }
            #expect(status.contains("api:7:3:18: expected a name for 'name', found the number 7"))
            #expect(!status.contains("its nodes go"))
            // Neither the manager nor a plan for its files would touch its nodes.
            let plan = try await workspace.run("plan", "-f", file, "--server", second.url, environment: environment)
            #expect(plan.out.contains("its 2 nodes stay as they are"), "\(plan.out)\(plan.error)")
            #expect(plan.out.contains("Plan: 0 to create, 0 to drain, 0 to destroy."))
            #expect(try await Set(second.serving().map(\.id)) == Set(before.map(\.id)))

            let mended = try await second.send("PUT", "/as/v1/nodegroups/7", body: Data(document.utf8))
            #expect(mended.status == 200)
            let after = try await second.serves(5)
            #expect(Set(after.map(\.id)) == Set(before.map(\.id)))
            try await eventually("the end of the trouble") {
                try await second.send("GET", "/readyz").body == Data(#"{"ready":true,"troubles":[]}"#.utf8)
            }
        }
    }

    @Test("a file that disappears changes nothing either")
    func disappears() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(spec(edges: 2), to: "cluster.yaml")
            let manager = try await Manager(workspace, spec: file)
            let before = try await manager.serves(3)
            try FileManager.default.removeItem(atPath: file)
            try await eventually("the error on standard error") { manager.program.error.contains("no such file") }
            #expect(try await holds(for: .seconds(2)) { try await Set(manager.serving()).count == before.count })
        }
    }

    @Test("without a last good spec a broken file is the end, with every error and 1")
    func brokenFromTheStart() async throws {
        try await Workspace.with { workspace in
            let broken = spec(edges: 2).replacing("max: 10", with: "maxx: 10").replacing("min: 1,", with: "min: many,")
            let file = try workspace.write(broken, to: "cluster.yaml")
            let outcome = try await workspace.run(
                "run", "-f", file, "--data", workspace.path("data"), "--listen", "127.0.0.1:0")
            #expect(outcome.code == 1)
            #expect(outcome.out == "")
            #expect(outcome.error.contains("unknown key 'maxx'") && outcome.error.contains("'many'"))
            #expect(outcome.error.contains("2 errors in the spec; nothing was started"))
        }
    }
}
