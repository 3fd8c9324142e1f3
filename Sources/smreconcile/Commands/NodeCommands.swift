internal import Reconciler

/// What the API takes of a command that may be forced.
private struct ForceBody: Encodable {
    var force: Bool
}

extension Option {
    fileprivate static func force(_ help: String) -> Option { .flag("force", nil, help) }
}

/// `smreconcile drain`: a node is to go when its clients have left.
enum DrainCommand: NamedCommand {
    static let name = "drain"
    static let summary = "lets a node go when its clients have left, as soon as enough others serve"
    static let noun = "node"
    static let details = "[--force]"
    static let ownOptions: [Option] = [
        .force("drain it at once: also when it is protected, and when too few others serve")
    ]

    static func order(_ arguments: Arguments) throws(UsageError) -> Bool { arguments.has("force") }

    static func tell(_ node: String, _ force: Bool, _ client: ServerClient) async throws -> String {
        let path = "/as/v1/nodes/\(ServerClient.escaped(node))/drain"
        let data = try await client.post(path, ForceBody(force: force))
        return try ServerClient.decode(NodeText.self, from: data).drained
    }
}

/// `smreconcile terminate`: the end of a node.
enum TerminateCommand: NamedCommand {
    static let name = "terminate"
    static let summary = "destroys a node that serves nobody, or with --force any node"
    static let noun = "node"
    static let details = "[--force]"
    static let ownOptions: [Option] = [
        .force("destroy it at once, whatever it is: its clients are cut off")
    ]

    static func order(_ arguments: Arguments) throws(UsageError) -> Bool { arguments.has("force") }

    static func tell(_ node: String, _ force: Bool, _ client: ServerClient) async throws -> String {
        let path = "/as/v1/nodes/\(ServerClient.escaped(node))/terminate"
        let data = try await client.post(path, ForceBody(force: force))
        return try ServerClient.decode(NodeText.self, from: data).terminated
    }
}

/// `smreconcile protect`: a node is kept from being scaled in, replaced or evicted.
enum ProtectCommand: NamedCommand {
    static let name = "protect"
    static let summary = "keeps a node from being scaled in, replaced or evicted, for a time"
    static let noun = "node"
    static let details = "(--for DURATION | --off)"
    static let ownOptions: [Option] = [
        .value("for", nil, "DURATION", "so long, such as 2h; at most 30d"),
        .flag("off", nil, "take the protection back"),
    ]

    /// How long; nil: no more.
    static func order(_ arguments: Arguments) throws(UsageError) -> Duration? {
        let duration = try arguments.duration("for")
        if arguments.has("off"), duration != nil { throw UsageError("--for and --off exclude each other") }
        if !arguments.has("off"), duration == nil {
            throw UsageError("say how long with --for DURATION, or --off to take it back")
        }
        return duration
    }

    static func tell(_ node: String, _ duration: Duration?, _ client: ServerClient) async throws -> String {
        let path = "/as/v1/nodes/\(ServerClient.escaped(node))"
        guard let duration else {
            return try ServerClient.decode(NodeText.self, from: try await client.post("\(path)/unprotect")).unprotected
        }
        let data = try await client.post("\(path)/protect", ["forMs": duration.wholeMilliseconds])
        return try ServerClient.decode(NodeText.self, from: data).protected
    }
}
