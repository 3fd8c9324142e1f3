import Foundation
import Glibc
import Providers
import Testing

/// `smreconcile run -f examples/quickstart`, as a new user meets it.
@Suite("The quickstart", .sharesMachine, .serialized, .timeLimit(.minutes(4)))
struct QuickstartTests {
    static let example = Workspace.repository + "/examples/quickstart"
    /// Two regions with one origin and two edges each.
    static let nodes = 6

    /// The lines to paste: log in, publish, subscribe.
    private func pastes(_ out: String) -> [String] {
        out.split(separator: "\n").filter { $0.hasPrefix("TOKEN=$(curl ") || $0.hasPrefix("curl ") }.map(String.init)
    }

    @Test("ten seconds after its start the fleet is in service, and the printed lines work when pasted in order")
    func pasted() async throws {
        try await Workspace.with { workspace in
            let begin = ContinuousClock.now
            let manager = try await Manager(workspace, spec: Self.example)
            try await eventually("the fleet in service", within: .seconds(10) - (.now - begin)) {
                manager.program.out.contains("the fleet is in service: \(Self.nodes) nodes")
            }
            #expect(manager.program.out.contains("smreconcile 0.1.0 serves \(manager.url)\n"))
            let lines = pastes(manager.program.out)
            try #require(lines.count == 3, "login, publish, subscribe: \(manager.program.out)")

            // All at once, as from a clipboard: the last one asks again by itself until the stream is live.
            let pasted = try await workspace.bash(lines.joined(separator: "\n"))
            let answers = try pasted.out.split(separator: "\n").map {
                try JSONDecoder().decode(RouteAnswer.self, from: Data($0.utf8))
            }
            try #require(pasted.code == 0 && answers.count == 2, "\(pasted.out)\(pasted.error)")
            #expect(answers[0].protocol == "rtmp" && answers[0].scope == "live")
            #expect(answers[1].name == answers[0].name && answers[1].nodeId != answers[0].nodeId)
        }
    }

    @Test("the password is shown once, and is neither in the log nor in any file of the data directory")
    func password() async throws {
        try await Workspace.with { workspace in
            let first = try await Manager(workspace, spec: Self.example)
            let password = try #require(first.password)
            #expect(password.count >= 16)
            try await first.login()
            try await first.serves(Self.nodes, within: .seconds(10))
            #expect(try await first.stop().code == 0)
            #expect(!first.program.error.contains(password))
            let files = workspace.files(below: "data")
            #expect(files.keys.contains("smreconcile.db"))
            for (name, content) in files {
                #expect(content.range(of: Data(password.utf8)) == nil, "the password is in \(name)")
            }

            let second = try await Manager(workspace, spec: Self.example, follows: first)
            #expect(second.password == nil && !second.program.out.contains(password))
            let old = try await second.get("/as/v1/nodes", as: [NodeAnswer].self)
            #expect(old.count >= Self.nodes, "a token of before still counts")
        }
    }

    @Test("SIGTERM ends it with 0 within five seconds, also with a connection open, and says that nodes are left")
    func terminates() async throws {
        try await Workspace.with { workspace in
            let manager = try await Manager(workspace, spec: Self.example)
            try await manager.serves(Self.nodes, within: .seconds(10))
            let outcome = try await manager.stop(within: .seconds(5))
            #expect(outcome.code == 0)
            #expect(outcome.error.contains("stopped; nodes are left running"))
        }
    }

    @Test("a second SIGTERM or SIGINT ends it at once")
    func terminatesTwice() async throws {
        try await Workspace.with { workspace in
            let manager = try await Manager(workspace, spec: Self.example)
            manager.program.signal(SIGINT)
            manager.program.signal(SIGTERM)
            let outcome = try await manager.program.end(within: .seconds(5))
            #expect([0, 130, 143].contains(outcome.code))
        }
    }

    @Test("the admin's password can be given, and is then not shown")
    func givenPassword() async throws {
        try await Workspace.with { workspace in
            let manager = try await Manager(
                workspace, spec: Self.example, environment: ["SMRECONCILE_ADMIN_PASSWORD": "given-by-the-operator"])
            #expect(manager.password == nil)
            #expect(!manager.program.out.contains("given-by-the-operator"))
            let body = Data(#"{"username": "admin", "password": "given-by-the-operator"}"#.utf8)
            #expect(try await manager.send("POST", "/as/v1/auth/login", body: body, token: nil).status == 200)
            let wrong = Data(#"{"username": "admin", "password": "guessed"}"#.utf8)
            #expect(try await manager.send("POST", "/as/v1/auth/login", body: wrong, token: nil).status == 401)
        }
    }
}
