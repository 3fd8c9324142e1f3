internal import Reconciler

/// A command that names one thing and tells a running manager something about it: `cordon NODE`, `pause GROUP`.
protocol NamedCommand: Command {
    /// What is named: `node`.
    static var noun: String { get }
    /// Whether several may be named, which are told of one after the other.
    static var isForSeveral: Bool { get }
    /// What follows the name, beside `--server`: `[--force]`.
    static var details: String { get }
    /// The options of ``details``.
    static var ownOptions: [Option] { get }
    /// What the options say; an error of usage comes before the manager is asked.
    associatedtype Order: Sendable = Void
    /// Reads the options.
    static func order(_ arguments: Arguments) throws(UsageError) -> Order
    /// Tells the manager; what to say when it is done.
    static func tell(_ name: String, _ order: Order, _ client: ServerClient) async throws -> String
}

extension NamedCommand {
    static var isForSeveral: Bool { false }
    static var details: String { "" }
    static var ownOptions: [Option] { [] }
    static var usage: String {
        "\(noun.uppercased())\(isForSeveral ? "..." : "") \(details)\(details.isEmpty ? "" : " ")[--server URL]"
    }
    static var options: [Option] { ownOptions + [.server, .authorities] }
    static var words: [ValueKind] {
        switch noun {
        case "node": [.nodes]
        case "group": [.groups]
        case "hash": [.approvals]
        default: [.free]
        }
    }

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let names = arguments.positional
        guard names.count == 1 || isForSeveral && !names.isEmpty else {
            throw UsageError("name \(isForSeveral ? "a" : "one") \(noun)")
        }
        let order = try order(arguments)
        let client = try ServerClient(arguments, console)
        var failure: CommandError?
        // One that is refused keeps none of the others from being done.
        for (index, name) in names.enumerated() where !names[..<index].contains(name) {
            do {
                console.print(TerminalText.printableLines(try await tell(name, order, client)))
            } catch let error as CommandError where names.count > 1 {
                console.error(error.message)
                failure = error
            }
        }
        return failure?.code ?? ExitCode.done
    }
}

extension NamedCommand where Order == Void {
    static func order(_ arguments: Arguments) throws(UsageError) {}
}

/// `smreconcile approve`: releases what a plan holds.
enum ApproveCommand: NamedCommand {
    static let name = "approve"
    static let summary = "releases what a plan holds under a hash ('plan' shows it)"
    static let noun = "hash"
    static let isForSeveral = true

    static func tell(_ hash: String, _ order: Void, _ client: ServerClient) async throws -> String {
        _ = try await client.post("/as/v1/approvals", ["hash": hash])
        return "approved \(hash)"
    }
}

/// `smreconcile cordon`.
enum CordonCommand: NamedCommand {
    static let name = "cordon"
    static let summary = "keeps new streams and viewers off a node"
    static let noun = "node"

    static func tell(_ node: String, _ order: Void, _ client: ServerClient) async throws -> String {
        _ = try await client.post("/as/v1/nodes/\(ServerClient.escaped(node))/cordon")
        return "cordoned \(node)"
    }
}

/// The end of `cordon`.
enum UncordonCommand: NamedCommand {
    static let name = "uncordon"
    static let summary =
        "lets new streams and viewers onto a node again, also one that drains by 'drain' or is quarantined"
    static let noun = "node"

    static func tell(_ node: String, _ order: Void, _ client: ServerClient) async throws -> String {
        _ = try await client.post("/as/v1/nodes/\(ServerClient.escaped(node))/uncordon")
        return "uncordoned \(node)"
    }
}

/// `smreconcile pause`.
enum PauseCommand: NamedCommand {
    static let name = "pause"
    static let summary = "lets the counts of a node group stand still"
    static let noun = "group"

    static func tell(_ group: String, _ order: Void, _ client: ServerClient) async throws -> String {
        _ = try await client.post("/as/v1/nodegroups/\(ServerClient.escaped(group))/pause")
        return """
            paused \(group): its counts stand still and no node makes way for a newer revision; nodes that die are made anew
            'smreconcile resume \(group)' ends it
            """
    }
}

/// The end of `pause`.
enum ResumeCommand: NamedCommand {
    static let name = "resume"
    static let summary = "lets the counts of a node group follow their rules again"
    static let noun = "group"

    static func tell(_ group: String, _ order: Void, _ client: ServerClient) async throws -> String {
        _ = try await client.post("/as/v1/nodegroups/\(ServerClient.escaped(group))/resume")
        return "resumed \(group): its counts follow their rules again"
    }
}
