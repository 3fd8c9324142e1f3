internal import Foundation
internal import Reconciler

/// `smreconcile explain`: why a count is as it is.
enum ExplainCommand: Command {
    static let name = "explain"
    static let summary = "says in words why a role has as many nodes as it has, and what it waits for"
    static let usage =
        "GROUP/ROLE [--region REGION] [-f PATH [--state FILE | --data DIR] [--now TIME]] [--server URL] [-o text|json]"
    static let options: [Option] = [
        PoolName.region,
        .list("file", "f", "PATH", "what this spec would decide, in place of what a manager decided; may be repeated"),
        PlanInput.state, server, .data, PlanInput.now, .json,
    ]

    private static let server = Option.value(
        "server", nil, "URL",
        "the manager's address (default: SMRECONCILE_SERVER, or that of 'login'; with -f: none, but the data directory)"
    )

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let format = try OutputFormat.of(arguments, allowed: [.text, .json])
        guard arguments.positional.count == 1 else { throw UsageError("name one GROUP/ROLE") }
        let paths = arguments.list("file")
        for option in ["state", "data", "now"] where paths.isEmpty && arguments.value(option) != nil {
            throw UsageError("--\(option) needs a spec: name it with -f")
        }
        let report = try await paths.isEmpty ? asked(arguments, console) : planned(paths, arguments, console)
        switch format {
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            console.print(String(decoding: try encoder.encode(report), as: UTF8.self))
        default: console.write(ExplainText.render(report, console))
        }
        return ExitCode.done
    }

    /// What the spec would decide.
    private static func planned(
        _ paths: [String], _ arguments: Arguments, _ console: Console
    ) async throws -> ScalingReport {
        let input = try await PlanInput.read(paths, arguments, console)
        let known = input.spec.groups.map {
            Known(name: $0.name, roles: $0.roles.map(\.name), regions: $0.regions.map(\.name))
        }
        let pool = try find(arguments, among: known)
        guard let group = input.spec.group(pool.group) else { throw CommandError("there is no '\(pool.group)'") }
        var fleet = input.fleet
        _ = fleet.judge(spec: input.spec, now: input.now)
        return ScalingReport(
            group, role: pool.role, region: pool.region, fleet: fleet, plan: input.plan, at: input.now)
    }

    /// What the manager decided.
    private static func asked(_ arguments: Arguments, _ console: Console) async throws -> ScalingReport {
        struct Group: Decodable {
            struct Role: Decodable { var name: String }
            var name: String, regions: [String], roles: [Role]
        }
        let client = try ServerClient(arguments, console)
        let groups = try ServerClient.decode([Group].self, from: await client.get("/as/v1/nodegroups"))
        let pool = try find(
            arguments, among: groups.map { Known(name: $0.name, roles: $0.roles.map(\.name), regions: $0.regions) })
        var path =
            "/as/v1/nodegroups/\(ServerClient.escaped(pool.group))/scaling?role=\(ServerClient.escaped(pool.role))"
        if let region = pool.region { path += "&region=\(ServerClient.escaped(region))" }
        return try ServerClient.decode(ScalingReport.self, from: await client.get(path))
    }

    /// A node group, for the words of an error.
    struct Known {
        var name: String
        var roles: [String]
        var regions: [String]
    }

    /// The named pool; throws when there is none, with the one that may be meant.
    static func find(_ arguments: Arguments, among groups: [Known]) throws -> PoolName {
        let word = arguments.positional[0]
        let all = groups.flatMap { group in group.roles.map { "\(group.name)/\($0)" } }
        guard let pool = try? PoolName(arguments), all.contains(pool.text) else {
            // Two regions in one question are a slip of its own.
            if word.split(separator: "/").count == 3 { _ = try PoolName(arguments) }
            let near =
                Suggestion.nearest(to: word, among: all)
                ?? all.first { $0.hasPrefix("\(word)/") || $0.hasSuffix("/\(word)") }
            let more = near.map { "; did you mean '\($0)'?" } ?? "; known are \(all.joined(separator: ", "))"
            throw CommandError(
                "for now only GROUP/ROLE can be explained, and there is no '\(word)'\(more)")
        }
        let regions = groups.first { $0.name == pool.group }?.regions ?? []
        if let region = pool.region, !regions.contains(region) {
            throw CommandError(Suggestion.noSuch("region", region, in: "node group '\(pool.group)'", among: regions))
        }
        return pool
    }
}
