internal import Foundation
internal import Reconciler

/// `smreconcile scale`: a count set by hand, or given back to its rules.
enum ScaleByHandCommand: Command {
    static let name = "scale"
    static let summary = "sets the count of a role by hand, for a time or until it is given back to its rules"
    static let usage = "GROUP/ROLE [--region REGION] (--to N [--for DURATION] | --auto) [--server URL]"
    static let options: [Option] = [
        .value("to", nil, "N", "so many nodes, in each region unless one is named"),
        .value("for", nil, "DURATION", "so long, such as 2h (default: until --auto)"),
        .flag("auto", nil, "back to the rules"),
        PoolName.region, .server, .authorities,
    ]

    static let words: [ValueKind] = [.pools]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let pool = try PoolName(arguments)
        let body = try body(arguments, pool)
        let path = "/as/v1/nodegroups/\(ServerClient.escaped(pool.group))/scale"
        let data = try await ServerClient(arguments, console).post(path, body)
        console.write(text(of: try ServerClient.decode(Answer.self, from: data)))
        return ExitCode.done
    }

    /// What the API takes.
    struct Body: Encodable {
        var role: String
        var region: String?
        /// Nil: back to the rules.
        var nodes: Int?
        var forMs: Int64?

        enum Key: String, CodingKey { case role, region, nodes, forMs }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: Key.self)
            try values.encode(role, forKey: .role)
            try values.encodeIfPresent(region, forKey: .region)
            try values.encode(nodes, forKey: .nodes)
            try values.encodeIfPresent(forMs, forKey: .forMs)
        }
    }

    private static func body(_ arguments: Arguments, _ pool: PoolName) throws(UsageError) -> Body {
        var body = Body(role: pool.role, region: pool.region)
        if let text = arguments.value("to") {
            if arguments.has("auto") { throw UsageError("--to and --auto exclude each other") }
            guard let count = Int(text), count >= 0 else { throw UsageError("--to '\(text)' is no count of nodes") }
            body.nodes = count
        } else if !arguments.has("auto") {
            throw UsageError("say how many with --to N, or --auto for what the rules say")
        }
        if let duration = try arguments.duration("for") {
            if arguments.has("auto") { throw UsageError("--for goes with --to") }
            body.forMs = duration.wholeMilliseconds
        }
        return body
    }

    /// What the API answers.
    struct Answer: Decodable {
        struct Region: Decodable {
            var region: String
            var override: ScalingHistory.Override?
        }
        var nodeGroup: String
        var role: String
        var paused: ScalingPause?
        var regions: [Region]
    }

    /// What is in force now, until when, and how to end it.
    static func text(of answer: Answer) -> String {
        var lines: [String] = []
        for region in answer.regions {
            let place = "\(answer.nodeGroup)/\(region.region)/\(answer.role)"
            guard let override = region.override else {
                lines.append("\(place): its rules decide")
                continue
            }
            let end = override.until.map { "until \($0)" } ?? "until it is given back to its rules"
            lines.append("\(place): \(override.nodes) node\(override.nodes == 1 ? "" : "s") by hand, \(end)")
        }
        if let first = answer.regions.first(where: { $0.override != nil }) {
            let role = "\(answer.nodeGroup)/\(answer.role)"
            let region = answer.regions.count == 1 ? " --region \(first.region)" : ""
            let sooner = first.override?.until == nil ? "" : " sooner"
            lines.append("'smreconcile scale \(role)\(region) --auto' ends it\(sooner)")
        }
        if let pause = answer.paused {
            let group = answer.nodeGroup
            let others = answer.regions.contains { $0.override != nil } ? "other counts stand" : "its counts stand"
            lines.append("\(group) is paused by \(pause.by): \(others) still until 'smreconcile resume \(group)'")
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
