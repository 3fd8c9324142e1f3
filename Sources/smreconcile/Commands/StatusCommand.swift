internal import Foundation
internal import Reconciler

/// `smreconcile status`: at a glance what is wrong.
enum StatusCommand: Command {
    static let name = "status"
    static let summary = "shows at a glance what is wrong: what is well folded, what is not with its reason"
    static let usage = "[GROUP] [-o text|json] [--watch] [--detailed-exitcode] [--server URL]"
    static let options: [Option] = [
        .server, .authorities, .output([.text, .json]),
        .flag("watch", "w", "show it again as it changes, until interrupted"),
        .flag("detailed-exitcode", nil, "exit with 2 when something is on its way"),
    ]

    static let words: [ValueKind] = [.groups]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let format = try OutputFormat.of(arguments, allowed: [.text, .json])
        guard arguments.positional.count <= 1 else { throw UsageError("name one node group, or none for all") }
        let group = arguments.positional.first
        let client = try ServerClient(arguments, console)
        let path = "/as/v1/status" + (group.map { "?nodeGroup=\(ServerClient.escaped($0))" } ?? "")
        @Sendable func text(_ status: ClusterStatus, _ columns: Int?) throws -> String {
            if format == .json { return try json(status) }
            return StatusText.render(status, server: client.server, isWhole: group == nil, console, columns: columns)
        }
        if arguments.has("watch") {
            try await Watch(console: console).run {
                let status = try ServerClient.decode(ClusterStatus.self, from: await client.get(path))
                return Watch.Frame(
                    text: { try text(status, $0?.columns) }, likeness: try likeness(status))
            }
            return ExitCode.done
        }
        let status = try ServerClient.decode(ClusterStatus.self, from: await client.get(path))
        console.write(try text(status, console.terminal?.columns))
        return code(status.state, isDetailed: arguments.has("detailed-exitcode"))
    }

    /// 3 when a person should look.
    static func code(_ state: ClusterStatus.State, isDetailed: Bool) -> Int32 {
        switch state {
        case .ok: ExitCode.done
        case .progressing: isDetailed ? ExitCode.changes : ExitCode.done
        case .held, .degraded: ExitCode.unwell
        }
    }

    private static func json(_ status: ClusterStatus) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(status), as: UTF8.self) + "\n"
    }

    /// All of it but the times, and the words that count them.
    private static func likeness(_ status: ClusterStatus) throws -> String {
        var status = status
        status.at = Timestamp(milliseconds: 0)
        // It says how long ago the last round was.
        for index in status.remarks.indices where status.remarks[index].kind == "loop" {
            status.remarks[index].message = ""
        }
        for group in status.nodeGroups.indices {
            for region in status.nodeGroups[group].regions.indices {
                for role in status.nodeGroups[group].regions[region].roles.indices {
                    for node in status.nodeGroups[group].regions[region].roles[role].unwell.indices {
                        status.nodeGroups[group].regions[region].roles[role].unwell[node].message = ""
                    }
                }
            }
        }
        return try json(status)
    }
}
