import Foundation
import Providers
import Testing

/// Users, logins, tokens and the audit log, with the built command against a running manager.
@Suite("Users and tokens, from the command line", .sharesMachine)
struct IdentityTests {
    static let example = Workspace.repository + "/examples/quickstart"

    /// A person at the command line of a machine of the own.
    private struct Person {
        let workspace: Workspace
        let manager: Manager
        let name: String

        /// Starts a command with this person's login; `input` are the lines that it types.
        func start(_ words: [String], input: [String] = []) throws -> Program {
            let file = try workspace.write(input.map { $0 + "\n" }.joined(), to: "input-\(UUID())")
            let environment = ["XDG_CONFIG_HOME": workspace.path("home-\(name)"), "SMRECONCILE_SERVER": manager.url]
            return try workspace.start([Workspace.binary] + words, environment: environment, input: file)
        }

        /// Runs one to its end.
        func run(_ words: String..., input: [String] = []) async throws -> Program.Outcome {
            try await start(words, input: input).end()
        }

        func login(_ password: String) async throws -> Int32 {
            try await run("login", "--user", name, input: [password]).code
        }
    }

    @Test("a forgotten password is reset on the data of a stopped manager, and the audit log has it")
    func reset() async throws {
        try await Workspace.with { workspace async throws in
            let manager = try await Manager(workspace, spec: Self.example)
            let data = workspace.path("data")
            func reset(_ name: String, _ password: String, _ directory: String) async throws -> Program.Outcome {
                let file = try workspace.write(password + "\n", to: "password")
                return try await workspace.run(
                    "user", "reset-password", name, "--data", directory, input: file)
            }
            let running = try await reset("admin", "four good random words", data)
            #expect(running.code == 1 && running.error.contains("is in use by process"), "\(running.error)")
            // What it killed in the middle of something is no hindrance.
            try await manager.crash()
            let nobody = try await reset("amin", "four good random words", data)
            #expect(nobody.code == 1 && nobody.error.contains("did you mean 'admin'?"), "\(nobody.error)")
            let weak = try await reset("admin", "Password1234", data)
            #expect(weak.code == 1 && weak.error.contains("nothing was changed"), "\(weak.error)")
            let nowhere = try await reset("admin", "four good random words", workspace.path("dta"))
            #expect(nowhere.code == 1 && !FileManager.default.fileExists(atPath: workspace.path("dta")))
            let done = try await reset("admin", "four good random words", data)
            #expect(done.code == 0 && done.out.contains("admin has another password"), "\(done.error)")

            let second = try await Manager(workspace, spec: Self.example, follows: manager)
            #expect(second.password == nil)
            let admin = Person(workspace: workspace, manager: second, name: "admin")
            #expect(try await admin.login(manager.password ?? "") == 1)
            #expect(try await admin.login("four good random words") == 0)
            let log = try await admin.run("get", "audit")
            #expect(log.out.contains("local:") && log.out.contains("RESET /as/v1/users/admin/password"), "\(log.out)")
        }
    }

    @Test("an admin makes users, each does what its role says and no more, and the audit log has it all")
    func roles() async throws {
        try await Workspace.with { workspace async throws in
            let manager = try await Manager(workspace, spec: Self.example)
            let node = try await manager.serves(6).first?.id ?? ""
            let admin = Person(workspace: workspace, manager: manager, name: "admin")
            #expect(try await admin.login(manager.password ?? "") == 0)
            for (name, role) in [("olga", "operator"), ("vera", "viewer"), ("apps", "app")] {
                let made = try await admin.run("user", "create", name, "--role", role, input: ["\(name) has a phrase"])
                #expect(made.code == 0 && made.out == "made \(name), \(role)\n", "\(made.error)")
            }
            let weak = try await admin.run("user", "create", "weak", "--role", "app", input: ["Password1234"])
            #expect(weak.code == 1 && weak.error.contains("the password is little more than a common word"))

            let (olga, vera, apps) = (
                Person(workspace: workspace, manager: manager, name: "olga"),
                Person(workspace: workspace, manager: manager, name: "vera"),
                Person(workspace: workspace, manager: manager, name: "apps")
            )
            for person in [olga, vera, apps] { #expect(try await person.login("\(person.name) has a phrase") == 0) }
            #expect(try await olga.run("cordon", node).code == 0)
            #expect(try await vera.run("get", "nodes").code == 0)
            let refused = try await vera.run("uncordon", node)
            #expect(refused.code == 1 && refused.error.contains("needs one of the roles admin, operator"))
            #expect(try await apps.run("get", "nodes").code == 1)
            #expect(try await olga.run("user", "list").code == 1)

            let log = try await eventually("the audit log") {
                let log = try await admin.run("get", "audit").out
                return log.contains("vera") && log.contains("olga") ? log : nil
            }
            let lines = log.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
            func has(_ user: String, _ status: String, _ call: String) -> Bool {
                lines.contains {
                    $0.count >= 7 && $0[1] == user && $0[4] == status && $0[5...].joined(separator: " ") == call
                }
            }
            #expect(has("olga", "200", "POST /as/v1/nodes/\(node)/cordon"), "\(log)")
            #expect(has("vera", "403", "POST /as/v1/nodes/\(node)/uncordon"), "\(log)")
            #expect(has("admin", "201", "POST /as/v1/users (username=vera role=viewer)"), "\(log)")
            #expect(manager.program.error.contains("Audit olga: POST /as/v1/nodes/\(node)/cordon 200"))
            for secret in ["has a phrase", "Password1234", manager.password ?? "?"] {
                #expect(!log.contains(secret) && !manager.program.error.contains(secret))
            }

            // The end of a user is the end of its logins.
            #expect(try await admin.run("user", "disable", "vera").out == "disabled vera; all sessions are ended\n")
            #expect(try await vera.run("get", "nodes").code == 1)
            #expect(try await vera.login("vera has a phrase") == 1)
            let last = try await admin.run("user", "role", "admin", "viewer")
            #expect(last.code == 1 && last.error.contains("'admin' is the last enabled admin"))
        }
    }

    @Test("a login renews itself, survives a restart and ends by logout; an API token works until it is revoked")
    func tokens() async throws {
        try await Workspace.with { workspace async throws in
            let spec = try workspace.write(
                """
                apiVersion: smreconcile/v1
                kind: Manager
                metadata: {name: main}
                spec: {tokens: {lifetime: 2s, refreshLifetime: 1h}}
                """, to: "manager.yaml")
            let manager = try await Manager(workspace, spec: spec)
            let admin = Person(workspace: workspace, manager: manager, name: "admin")
            #expect(try await admin.login(manager.password ?? "") == 0)
            let before = try await admin.run("user", "sessions").out
            // Two seconds are less than what a token must last: each command renews. At once, none uses a token twice.
            let commands = try (0..<4).map { _ in try admin.start(["user", "list"]) }
            for command in commands {
                let outcome = try await command.end()
                #expect(outcome.code == 0, "\(outcome.error)")
            }
            _ = try await manager.stop()
            let second = try await Manager(workspace, spec: spec, follows: manager)
            let again = Person(workspace: workspace, manager: second, name: "admin")
            let after = try await again.run("user", "sessions")
            #expect(after.code == 0, "\(after.error)")
            #expect(before.split(separator: "\n")[1].prefix(16) == after.out.split(separator: "\n")[1].prefix(16))

            let made = try await again.run("token", "create", "prom", "--role", "viewer")
            let token = made.out.trimmingCharacters(in: .newlines)
            #expect(token.hasPrefix("sma_") && made.error.contains("shown this once"))
            #expect(try await second.send("GET", "/metrics", token: token).status == 200)
            #expect(try await again.run("token", "rotate-keys", "--revoke").code == 0)
            #expect(try await again.run("token", "list").out.contains("prom"))
            #expect(try await again.run("token", "revoke", "prom").code == 0)
            #expect(try await second.send("GET", "/metrics", token: token).status == 401)

            #expect(try await again.run("logout").code == 0)
            #expect(try await again.run("user", "list").error.hasPrefix("not logged in"))
        }
    }

    @Test("a given first password that is too easy is refused, and nothing is made")
    func easyFirstPassword() async throws {
        try await Workspace.with { workspace async throws in
            let words = ["run", "-f", Self.example, "--data", workspace.path("data"), "--listen", "127.0.0.1:0"]
            let outcome = try await workspace.start(
                [Workspace.binary] + words, environment: ["SMRECONCILE_ADMIN_PASSWORD": "admin"]
            ).end(within: .seconds(20))
            #expect(outcome.code == 1)
            #expect(
                outcome.error.contains("the password in SMRECONCILE_ADMIN_PASSWORD has 5 characters; 12 are needed"))
            let manager = try await Manager(workspace, spec: Self.example)
            #expect(manager.password != nil)
        }
    }
}
