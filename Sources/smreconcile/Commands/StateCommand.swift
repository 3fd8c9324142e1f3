internal import Foundation
internal import Reconciler

/// `smreconcile state`: the State document, for `plan --state` and for looking at.
enum StateCommand: Command {
    static let name = "state"
    static let summary = "prints the State document of a running manager"
    static let usage = "[--server URL]"
    static let options: [Option] = [.server]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let document = try await ServerClient(arguments, console).state()
        console.print(String(decoding: try document.json(), as: UTF8.self))
        return ExitCode.done
    }
}

/// `smreconcile approve`: releases the removals that a plan holds.
enum ApproveCommand: Command {
    static let name = "approve"
    static let summary = "releases the removals that wait under a hash ('plan' shows it)"
    static let usage = "HASH [--server URL]"
    static let options: [Option] = [.server]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        guard arguments.positional.count == 1 else { throw UsageError("name one hash") }
        _ = try await ServerClient(arguments, console).post("/as/v1/approvals", ["hash": arguments.positional[0]])
        console.print("approved \(arguments.positional[0])")
        return ExitCode.done
    }
}

/// `smreconcile cordon` and `uncordon`.
enum CordonCommand: Command {
    static let name = "cordon"
    static let summary = "keeps new streams and viewers off a node"
    static let usage = "NODE [--server URL]"
    static let options: [Option] = [.server]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        try await perform("cordon", arguments, console)
    }

    static func perform(_ verb: String, _ arguments: Arguments, _ console: Console) async throws -> Int32 {
        guard arguments.positional.count == 1 else { throw UsageError("name one node") }
        var escaped: [UInt8] = []
        RouteAnswerBytes.percentEncode(arguments.positional[0].utf8, into: &escaped)
        let node = String(decoding: escaped, as: UTF8.self)
        _ = try await ServerClient(arguments, console).post("/as/v1/nodes/\(node)/\(verb)", [:])
        console.print("\(verb)ed \(arguments.positional[0])")
        return ExitCode.done
    }
}

/// The end of `cordon`.
enum UncordonCommand: Command {
    static let name = "uncordon"
    static let summary = "lets new streams and viewers onto a node again"
    static let usage = "NODE [--server URL]"
    static let options: [Option] = [.server]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        try await CordonCommand.perform("uncordon", arguments, console)
    }
}
