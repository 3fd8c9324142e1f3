import Foundation
import Glibc
import Providers
import Testing

/// What can be wrong around the daemon: each has its clear error, and changes nothing.
@Suite("Bad input for the daemon", .sharesMachine, .serialized, .timeLimit(.minutes(4)))
struct BadInputTests {
    @Test("a port in use and a data directory in use are each told, with 1, and disturb the one who has them")
    func inUse() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.simulated(edges: 1), to: "cluster.yaml")
            let manager = try await Manager(workspace, spec: file)
            try await manager.serves(2)
            let address = String(manager.url.dropFirst("http://".count))

            let port = try await workspace.run(
                "run", "-f", file, "--data", workspace.path("other"), "--listen", address)
            #expect(port.code == 1 && port.out == "")
            #expect(port.error.contains(address) && port.error.contains("in use"), "\(port.error)")

            let data = try await workspace.run(
                "run", "-f", file, "--data", workspace.path("data"), "--listen", "127.0.0.1:0")
            #expect(data.code == 1 && data.out == "")
            #expect(
                data.error == """
                    the data directory '\(workspace.path("data"))' is in use by process \(manager.program.pid); \
                    stop it, or use another --data

                    """)
            #expect(try await manager.serving().count == 2)

            // The start that failed did not spend the one showing of the password.
            let other = try await Manager(workspace, spec: file, data: "other")
            #expect(other.password != nil)
        }
    }

    @Test("a listen address that is none, and an unknown option, are errors of usage")
    func usage() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.simulated(edges: 1), to: "cluster.yaml")
            let address = try await workspace.run("run", "-f", file, "--data", "data", "--listen", "nowhere")
            #expect(address.code == 64 && address.error.contains("--listen 'nowhere' is no address"))
            let option = try await workspace.run("run", "-f", file, "--dtaa", "data")
            #expect(option.code == 64 && option.error.contains("did you mean '--data'?"))
        }
    }

    @Test("a command that is not there is an event with its path, and nothing else suffers")
    func missingCommand() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.processes(1, command: ["/nowhere/media-server"]), to: "farm.yaml")
            let manager = try await Manager(workspace, spec: file)
            let event = try await eventually("an event that names the command") {
                try await manager.get("/as/v1/events", as: [EventAnswer].self)
                    .first { $0.message.contains("/nowhere/media-server") }
            }
            #expect(event.message.contains("no such file"), "\(event.message)")
            #expect(manager.program.error.contains("/nowhere/media-server"))
            #expect(try await manager.serving() == [])
            #expect(workspace.processes(of: "data/nodes").isEmpty)
            #expect(manager.program.isRunning)
        }
    }

    @Test("unknown streams, malformed tokens, bodies and nodes have their statuses")
    func requests() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(Specs.processes(1, command: ["sleep", "1000"]), to: "farm.yaml")
            let manager = try await Manager(workspace, spec: file)
            try await manager.login()

            let stream = try await manager.send("GET", "/as/v1/streams/live/nothing/subscribe")
            #expect(stream.status == 404)
            #expect(stream.headers["content-type"] == "application/problem+json")
            let problem = try JSONDecoder().decode(ProblemAnswer.self, from: stream.body)
            #expect(problem.status == 404 && problem.detail.contains("live/nothing"))
            // The only role takes no publishers: there is no use in coming again.
            let unable = try await manager.send("GET", "/as/v1/streams/live/nothing/publish")
            #expect(unable.status == 404 && unable.headers["retry-after"] == nil)
            #expect(String(decoding: unable.body, as: UTF8.self).contains("no role can publish"))

            for token in [nil, "", "x", "a.b.c", (manager.bearer ?? "") + "x"] {
                #expect(try await manager.send("GET", "/as/v1/nodes", token: token).status == 401, "\(token ?? "none")")
            }
            // A control sign in a field is no matter of tokens.
            #expect(try await manager.send("GET", "/as/v1/nodes", token: "\u{7f}").status == 400)
            let login = try await manager.send("POST", "/as/v1/auth/login", body: Data("{".utf8), token: nil)
            #expect(login.status == 400)

            // A node's own token, from its environment; then the node goes.
            let node = try await eventually("the node's process") { workspace.processes(of: "data/nodes").first }
            let nodes = try await manager.get("/as/v1/nodes", as: [NodeAnswer].self)
            let id = try #require(nodes.first?.id)
            let token = try #require(Machine.environment(of: node.pid)["SMRECONCILE_NODE_TOKEN"])
            func beat(_ body: String, to id: String) async throws -> Int {
                try await manager.send(
                    "POST", "/as/v1/nodes/\(id)/heartbeat", body: Data(body.utf8), token: token
                ).status
            }
            #expect(try await beat(#"{"sequence": 1, "metrics": {}, "streams": []}"#, to: id) == 200)
            #expect(try await beat(#"{"sequence": 1, "metrics": {"#, to: id) == 400)
            #expect(try await beat(#"{"sequence": 1}"#, to: "other") == 403)
            kill(node.pid, SIGKILL)
            try await eventually("404 for a heartbeat of a node that is gone") {
                try await beat(#"{"sequence": 2, "metrics": {}, "streams": []}"#, to: id) == 404
            }
        }
    }

    @Test("a full disk stops changes and not routing, is told, and is over when there is room")
    func fullDisk() async throws {
        try await Workspace.with { workspace in
            guard let disk = try workspace.disk("data", bytes: 1 << 20) else {
                try Test.cancel("a small disk can only be mounted by root")
            }
            let file = try workspace.write(Specs.simulated(edges: 1), to: "cluster.yaml")
            let manager = try await Manager(workspace, spec: file)
            let before = try await manager.serves(2)
            let origin = try #require(try await manager.route("publish", "live/a"))
            try await eventually("the stream is live") { try await manager.route("subscribe", "live/a") != nil }

            // All that is left of the disk, to the last byte.
            let fill = try await workspace.bash("cat /dev/zero > '\(disk)/ballast'; true")
            #expect(fill.error.contains("No space left"))
            try workspace.write(Specs.simulated(edges: 3), to: "cluster.yaml")
            let answer = try await eventually("readyz says that the store is full") {
                // Rounds of work, until the log has used up what room it had of its own.
                _ = try await manager.send("POST", "/as/v1/nodes/\(origin.nodeId)/cordon")
                _ = try await manager.send("POST", "/as/v1/nodes/\(origin.nodeId)/uncordon")
                let answer = try await manager.send("GET", "/readyz")
                return answer.status == 503 ? answer : nil
            }
            let problem = try JSONDecoder().decode(ProblemAnswer.self, from: answer.body)
            #expect(
                problem.troubles?.contains { $0.contains("the store does not take changes") } == true,
                "\(problem)")
            #expect(try await manager.route("publish", "live/a")?.nodeId == origin.nodeId)
            #expect(try await manager.route("subscribe", "live/a") != nil)
            #expect(try await manager.send("GET", "/healthz").status == 200)
            let cordon = try await manager.send("POST", "/as/v1/nodes/\(origin.nodeId)/cordon")
            #expect(cordon.status == 503, "a command that cannot be kept is not carried out")

            try FileManager.default.removeItem(atPath: disk + "/ballast")
            let after = try await manager.serves(4)
            #expect(Set(after.map(\.id)).isSuperset(of: before.map(\.id)))
            try await eventually("ready again") { try await manager.send("GET", "/readyz").status == 200 }
            #expect(try await manager.stop().code == 0)
        }
    }
}
