internal import Foundation
internal import Reconciler

/// `smreconcile retry`: a halted rollout goes on, and what waits after failures is tried at once.
enum RetryRoleCommand: Command {
    static let name = "retry"
    static let summary = "lets a halted rollout go on, and tries at once what waits after failures"
    static let usage = "GROUP/ROLE [--region REGION] [--server URL]"
    static let options: [Option] = [PoolName.region, .server, .authorities]

    static let words: [ValueKind] = [.pools]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let pool = try PoolName(arguments)
        var body = ["role": pool.role]
        body["region"] = pool.region
        let data = try await ServerClient(arguments, console).post(
            "/as/v1/nodegroups/\(ServerClient.escaped(pool.group))/retry", body)
        console.write(text(of: try ServerClient.decode(Answer.self, from: data)))
        return ExitCode.done
    }

    /// What the API answers.
    struct Answer: Decodable {
        struct Region: Decodable {
            var region: String
            var forgotten: [String]
        }
        var nodeGroup: String
        var role: String
        var retried: [Region]
    }

    /// What is tried again, by region.
    static func text(of answer: Answer) -> String {
        let lines = answer.retried.flatMap { region in
            region.forgotten.map { "\(answer.nodeGroup)/\(region.region)/\(answer.role): tries again: \($0)" }
        }
        return (lines + ["'smreconcile explain \(answer.nodeGroup)/\(answer.role)' shows how it goes"])
            .map { $0 + "\n" }.joined()
    }
}
