internal import Foundation
internal import Reconciler

/// `smreconcile get`: tables of what a manager knows.
enum GetCommand: Command {
    static let name = "get"
    static let summary = "shows nodes, node groups, streams or events of a running manager"
    static let usage = "nodes|nodegroups|streams|events [-o table|wide|json] [--watch] [--server URL]"
    static let options: [Option] = [
        .server, .value("output", "o", "FORMAT", "table, wide or json"),
        .flag("watch", "w", "show it again every two seconds, until interrupted"),
        .value("group", "g", "NAME", "only of this node group"),
    ]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let format = try OutputFormat.of(arguments, allowed: [.table, .wide, .json])
        guard let word = arguments.positional.first else {
            throw UsageError("name what to get: \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard arguments.positional.count == 1 else { throw UsageError("one kind of thing at a time") }
        guard let kind = Kind(word: word) else {
            let names = Kind.allCases.map(\.rawValue)
            let near = Suggestion.nearest(to: word, among: names).map { "; did you mean '\($0)'?" } ?? ""
            throw UsageError(
                "there is no '\(word)' to get\(near.isEmpty ? "; known are \(names.joined(separator: ", "))" : near)")
        }
        let client = try ServerClient(arguments, console)
        while true {
            let data = try await client.get(kind.path(group: arguments.value("group")))
            if arguments.has("watch"), console.usesColor { console.write("\u{1B}[H\u{1B}[2J") }
            console.write(try kind.render(data, format))
            guard arguments.has("watch"), !console.isOutputGone else { return ExitCode.done }
            try await SystemTime().sleep(for: .seconds(2))
        }
    }

    enum Kind: String, CaseIterable {
        case nodes, nodegroups, streams, events

        /// Also in the singular, and `ng` as at home elsewhere.
        init?(word: String) {
            switch word {
            case "node": self = .nodes
            case "nodegroup", "ng": self = .nodegroups
            case "stream": self = .streams
            case "event": self = .events
            default: self.init(rawValue: word)
            }
        }

        func path(group: String?) -> String {
            var query = ""
            if let group { query = "?nodeGroup=\(ServerClient.escaped(group))" }
            return "/as/v1/\(rawValue)" + (self == .nodes ? query : "")
        }

        func render(_ data: Data, _ format: OutputFormat) throws -> String {
            if format == .json { return String(decoding: data, as: UTF8.self) + "\n" }
            do {
                return try ResourceTables.render(self, data, wide: format == .wide, now: SystemTime().now())
            } catch {
                throw CommandError("the manager's answer does not read: \(error)")
            }
        }
    }
}
