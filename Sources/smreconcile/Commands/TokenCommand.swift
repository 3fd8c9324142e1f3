internal import Foundation
internal import Reconciler

/// `smreconcile token WORD`: tokens of machines, and the keys that sign those of users.
enum TokenCommand: WordedCommand {
    static let name = "token"
    static let summary = "lists, makes and revokes API tokens of machines, and changes the keys that sign logins"
    static let usage =
        "(list | create NAME --role ROLE [--for DURATION] | revoke NAME | keys | rotate-keys [--revoke | --nodes]) "
        + "[-o table|json] [--server URL]"
    static let options: [Option] = [
        .value(
            "role", nil, "ROLE", "create: admin, operator, viewer or app",
            of: .words(["admin", "operator", "viewer", "app"])),
        .value("for", nil, "DURATION", "create: good so long (default: 90d)"),
        .flag("revoke", nil, "rotate-keys: at once, and all that the old keys signed is over; for a key that leaked"),
        .flag("nodes", nil, "rotate-keys: the key of nodes; those that are there keep theirs"),
        .output([.table, .json], "list and keys: "),
        .server,
    ]

    /// What may be said.
    enum Word: String, CaseIterable {
        case list, create, revoke, keys
        case rotateKeys = "rotate-keys"
    }

    static func options(of word: Word) -> Set<String> {
        switch word {
        case .list, .keys: ["output"]
        case .create: ["role", "for"]
        case .revoke: []
        case .rotateKeys: ["revoke", "nodes"]
        }
    }

    static func names(of word: Word) -> ClosedRange<Int> {
        switch word {
        case .create, .revoke: 1...1
        case .list, .keys, .rotateKeys: 0...0
        }
    }

    private struct NewToken: Encodable {
        var name: String
        var role: String
        var forMs: Int64?
    }

    private struct Rotation: Encodable {
        var revoke: Bool
        var use: String
    }

    static func run(_ word: Word, _ names: [String], _ arguments: Arguments, _ console: Console) async throws {
        let format = try OutputFormat.of(arguments, allowed: [.table, .json])
        switch word {
        case .list:
            let data = try await ServerClient(arguments, console).get("/as/v1/tokens")
            console.write(format == .json ? AccountTables.json(data) : try AccountTables.tokens(data))
        case .create:
            let body = NewToken(
                name: names[0], role: try role(arguments), forMs: try arguments.duration("for")?.wholeMilliseconds)
            let data = try await ServerClient(arguments, console).post("/as/v1/tokens", body)
            let made = try ServerClient.decode(AccountTables.NewToken.self, from: data)
            console.error(
                "made the API token \(made.name), \(made.role), good until \(made.expiresAt); shown this once:")
            // Alone on standard output: it goes into a file or a secret store.
            console.print(made.token)
        case .revoke:
            try await ServerClient(arguments, console).delete("/as/v1/tokens/\(ServerClient.escaped(names[0]))")
            console.print("revoked \(names[0])")
        case .keys:
            let data = try await ServerClient(arguments, console).get("/as/v1/auth/keys")
            console.write(format == .json ? AccountTables.json(data) : try AccountTables.keys(data))
        case .rotateKeys:
            let (revoke, nodes) = (arguments.has("revoke"), arguments.has("nodes"))
            if revoke, nodes {
                throw UsageError("--revoke and --nodes exclude each other: no living node could report any more")
            }
            let body = Rotation(revoke: revoke, use: nodes ? "node" : "api")
            console.write(
                try AccountTables.keys(try await ServerClient(arguments, console).post("/as/v1/auth/keys", body)))
        }
    }
}
