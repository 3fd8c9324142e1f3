internal import Foundation
internal import Reconciler

/// `smreconcile state`: the State document, for `plan --state` and for looking at.
enum StateCommand: Command {
    static let name = "state"
    static let summary = "prints the State document of a running manager"
    static let usage = "[--server URL]"
    static let options: [Option] = [.server, .authorities]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let document = try await ServerClient(arguments, console).state()
        console.print(String(decoding: try document.json(), as: UTF8.self))
        return ExitCode.done
    }
}
