internal import Foundation
internal import Reconciler

/// `smreconcile explain`: why a count, or a node, is as it is.
enum ExplainCommand: Command {
    static let name = "explain"
    static let summary =
        "says in words why a node is as it is, or why a role has as many as it has, and what it waits for"
    static let usage =
        "NODE|GROUP/ROLE [--region REGION] [-f PATH [--state FILE | --data DIR] [--now TIME]] [--server URL] [-o text|json]"
    static let options: [Option] = [
        PoolName.region,
        .list("file", "f", "PATH", "what this spec would decide, in place of what a manager decided; may be repeated"),
        PlanInput.state, server, .authorities, .data, PlanInput.now, .json,
    ]

    private static let server = Option.value(
        "server", nil, "URL",
        "the manager's address (default: SMRECONCILE_SERVER, or that of 'login'; with -f: none, but the data directory)"
    )

    static let words: [ValueKind] = [.subjects]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let format = try OutputFormat.of(arguments, allowed: [.text, .json])
        guard arguments.positional.count == 1 else { throw UsageError("name one NODE or GROUP/ROLE") }
        let paths = arguments.list("file")
        for option in ["state", "data", "now"] where paths.isEmpty && arguments.value(option) != nil {
            throw UsageError("--\(option) needs a spec: name it with -f")
        }
        let report = try await paths.isEmpty ? asked(arguments, console) : planned(paths, arguments, console)
        switch (format, report) {
        case (.json, .pool(let report)): console.print(try json(report))
        case (.json, .node(let report)): console.print(try json(report))
        case (_, .pool(let report)): console.write(ExplainText.render(report, console))
        case (_, .node(let report)): console.write(NodeExplainText.render(report, console))
        }
        return ExitCode.done
    }

    /// What there is to tell.
    private enum Report {
        case pool(ScalingReport)
        case node(NodeReport)
    }

    private static func json(_ report: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }

    /// What the spec would decide.
    private static func planned(
        _ paths: [String], _ arguments: Arguments, _ console: Console
    ) async throws -> Report {
        let input = try await PlanInput.read(paths, arguments, console)
        var fleet = input.fleet
        _ = fleet.judge(spec: input.spec, now: input.now)
        if let node = fleet.nodes[NodeID(arguments.positional[0])] {
            try refuseRegion(arguments)
            let outlook = NodeOutlook(of: [node], spec: input.spec, fleet: fleet, plan: input.plan, now: input.now)
            return .node(NodeReport(node, outlook, events: nil))
        }
        let known = input.spec.groups.map {
            Known(name: $0.name, roles: $0.roles.map(\.name), regions: $0.regions.map(\.name))
        }
        let pool = try find(arguments, among: known, nodes: fleet.nodes.keys.map(\.rawValue))
        guard let group = input.spec.group(pool.group) else { throw CommandError("there is no '\(pool.group)'") }
        return .pool(
            ScalingReport(
                group, in: input.spec, role: pool.role, region: pool.region, fleet: fleet, plan: input.plan,
                at: input.now))
    }

    /// What the manager decided.
    private static func asked(_ arguments: Arguments, _ console: Console) async throws -> Report {
        struct Group: Decodable {
            struct Role: Decodable { var name: String }
            var name: String, regions: [String], roles: [Role]
        }
        struct Named: Decodable { var id: String }
        let client = try ServerClient(arguments, console)
        let word = arguments.positional[0]
        var nodes: [String] = []
        if !word.contains("/") {
            do throws(CommandError) {
                let data = try await client.get("/as/v1/nodes/\(ServerClient.escaped(word))/explain")
                try refuseRegion(arguments)
                return .node(try ServerClient.decode(NodeReport.self, from: data))
            } catch {
                // What is said of a node that is no more is the answer; another name may stand for a node or a role.
                guard error.status == 404, !error.message.contains("' any more;") else { throw error }
            }
            nodes = try ServerClient.decode([Named].self, from: await client.list("/as/v1/nodes")).map(\.id)
        }
        let groups = try ServerClient.decode([Group].self, from: await client.get("/as/v1/nodegroups"))
        let pool = try find(
            arguments, among: groups.map { Known(name: $0.name, roles: $0.roles.map(\.name), regions: $0.regions) },
            nodes: nodes)
        var path =
            "/as/v1/nodegroups/\(ServerClient.escaped(pool.group))/scaling?role=\(ServerClient.escaped(pool.role))"
        if let region = pool.region { path += "&region=\(ServerClient.escaped(region))" }
        return .pool(try ServerClient.decode(ScalingReport.self, from: await client.get(path)))
    }

    /// A node is in one region.
    private static func refuseRegion(_ arguments: Arguments) throws(CommandError) {
        guard let region = arguments.value("region") else { return }
        throw CommandError(
            "--region \(region) goes with GROUP/ROLE, and '\(arguments.positional[0])' is a node", code: ExitCode.usage)
    }

    /// A node group, for the words of an error.
    struct Known {
        var name: String
        var roles: [String]
        var regions: [String]
    }

    /// The named pool; throws when there is none, with the pool or node that may be meant.
    static func find(_ arguments: Arguments, among groups: [Known], nodes: [String]) throws -> PoolName {
        let word = arguments.positional[0]
        let all = groups.flatMap { group in group.roles.map { "\(group.name)/\($0)" } }
        guard let pool = try? PoolName(arguments), all.contains(pool.text) else {
            // Two regions in one question are a slip of its own.
            if word.split(separator: "/").count == 3 { _ = try PoolName(arguments) }
            let near =
                all.first { $0.hasPrefix("\(word)/") || $0.hasSuffix("/\(word)") }
                ?? Suggestion.nearest(to: word, among: all + nodes.sorted())
            let more = near.map { "; did you mean '\($0)'?" } ?? "; known are \(all.joined(separator: ", "))"
            throw CommandError("there is no \(word.contains("/") ? "" : "node or ")GROUP/ROLE '\(word)'\(more)")
        }
        let regions = groups.first { $0.name == pool.group }?.regions ?? []
        if let region = pool.region, !regions.contains(region) {
            throw CommandError(Suggestion.noSuch("region", region, in: "node group '\(pool.group)'", among: regions))
        }
        return pool
    }
}
