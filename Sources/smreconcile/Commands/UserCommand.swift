internal import Foundation
internal import Reconciler

/// `smreconcile user WORD`: who may use the API.
enum UserCommand: WordedCommand {
    static let name = "user"
    static let summary = "lists, makes and changes users, and shows and ends their sessions"
    static let usage =
        "(list | create NAME --role ROLE | role NAME ROLE | passwd [NAME] | disable NAME | enable NAME | delete NAME | "
        + "sessions [NAME] | signout NAME | reset-password NAME --data DIR) [-o table|json] [--server URL]"
    static let options: [Option] = [
        .value(
            "role", nil, "ROLE", "create: admin, operator, viewer or app",
            of: .words(["admin", "operator", "viewer", "app"])),
        .flag("all", nil, "sessions: those of everybody"),
        .output([.table, .json], "list and sessions: "),
        .value("data", nil, "DIR", "reset-password: the data directory of a manager that is stopped"),
        .server,
    ]

    /// What may be said.
    enum Word: String, CaseIterable {
        case list, create, role, passwd, disable, enable, delete, sessions, signout
        case resetPassword = "reset-password"
    }

    static func options(of word: Word) -> Set<String> {
        switch word {
        case .create: ["role"]
        case .list: ["output"]
        case .sessions: ["output", "all"]
        case .resetPassword: ["data"]
        default: []
        }
    }

    static func names(of word: Word) -> ClosedRange<Int> {
        switch word {
        case .list: 0...0
        case .role: 2...2
        case .passwd, .sessions: 0...1
        default: 1...1
        }
    }

    static func run(_ word: Word, _ names: [String], _ arguments: Arguments, _ console: Console) async throws {
        let format = try OutputFormat.of(arguments, allowed: [.table, .json])
        switch word {
        case .create:
            // All that can be wrong with the words, before a password is asked for.
            let role = try role(arguments)
            try await create(names[0], role, try ServerClient(arguments, console), console)
        case .role:
            let role = try checked(names[1])
            let client = try ServerClient(arguments, console)
            let data = try await client.patch(path(names[0]), ["role": role])
            console.print("\(names[0]) is \(role) now; the sessions of before are ended")
            try warnOfTokens(data, names[0], console)
        case .resetPassword:
            if arguments.value("server") != nil {
                throw UsageError(
                    "'user reset-password' works on the data directory of a stopped manager, not over --server")
            }
            try await PasswordReset.run(names[0], DataDirectoryPath.of(arguments), console)
        case .sessions:
            if arguments.has("all"), !names.isEmpty { throw UsageError("--all and a name exclude each other") }
            let client = try ServerClient(arguments, console)
            let place = arguments.has("all") ? "/as/v1/auth/sessions?all=true" : "/as/v1/auth/sessions"
            let data = try await client.get(names.first.map { path($0) + "/sessions" } ?? place)
            console.write(format == .json ? AccountTables.json(data) : try AccountTables.sessions(data))
        default:
            try await run(word, names, format, try ServerClient(arguments, console), console)
        }
    }

    private static func run(
        _ word: Word, _ names: [String], _ format: OutputFormat, _ client: ServerClient, _ console: Console
    ) async throws {
        switch word {
        case .passwd: try await changePassword(of: names.first, client, console)
        case .disable:
            let data = try await client.patch(path(names[0]), ["disabled": true])
            console.print("disabled \(names[0]); all sessions are ended")
            try warnOfTokens(data, names[0], console)
        case .enable:
            _ = try await client.patch(path(names[0]), ["disabled": false])
            console.print("enabled \(names[0])")
        case .delete:
            let user = try await client.get(path(names[0]))
            try await client.delete(path(names[0]))
            console.print("deleted \(names[0]); all sessions are ended")
            try warnOfTokens(user, names[0], console)
        case .signout:
            try await client.delete(path(names[0]) + "/sessions")
            console.print("all sessions of \(names[0]) are ended")
            try warnOfTokens(try await client.get(path(names[0])), names[0], console)
        default:
            let data = try await client.get("/as/v1/users")
            console.write(format == .json ? AccountTables.json(data) : try AccountTables.users(data))
        }
    }

    private static func path(_ name: String) -> String { "/as/v1/users/\(ServerClient.escaped(name))" }

    private static func create(
        _ name: String, _ role: String, _ client: ServerClient, _ console: Console
    ) async throws {
        let password = try Prompt.newPassword(of: name, console)
        _ = try await client.post("/as/v1/users", ["username": name, "password": password, "role": role])
        console.print("made \(name), \(role)")
    }

    private static func changePassword(
        of name: String?, _ client: ServerClient, _ console: Console
    ) async throws {
        if let name {
            // There is one: the password is asked for in vain otherwise.
            let user = try await client.get(path(name))
            let password = try Prompt.newPassword(of: name, console)
            _ = try await client.post(path(name) + "/password", ["password": password])
            console.print("\(name) has another password; all sessions are ended")
            return try warnOfTokens(user, name, console)
        }
        guard let current = Prompt.secret("your password of now:", console), !current.isEmpty else {
            throw CommandError("no password given")
        }
        let next = try Prompt.newPassword(of: "yours", console)
        _ = try await client.post("/as/v1/auth/password", ["currentPassword": current, "newPassword": next])
        console.print("you have another password; all your sessions are ended, also this one: log in again")
    }

    /// Tokens are of machines, which go on when a person leaves; whoever disables one for a reason wants to know.
    private static func warnOfTokens(_ data: Data, _ name: String, _ console: Console) throws {
        let tokens = try ServerClient.decode(AccountTables.User.self, from: data).apiTokens
        guard !tokens.isEmpty else { return }
        console.error(
            "\(name) made API tokens that stay good: \(tokens.joined(separator: ", ")); 'smreconcile token revoke' ends one"
        )
    }
}
