internal import Foundation
internal import Reconciler

/// `smreconcile get`: tables of what a manager knows.
enum GetCommand: Command {
    static let name = "get"
    static let summary =
        "shows nodes, node groups, streams, provisions, events, webhooks, the audit log or the spec's source of a running manager"
    static let usage =
        "nodes|nodegroups|streams|provisions|events|audit|webhooks|source [-o table|wide|json] [--group NAME] [--about SUBJECT] "
        + "[--user NAME] [--since WHEN] [--limit N] [--watch] [--server URL]"
    static let options: [Option] = [
        .server, .authorities, .output([.table, .wide, .json]),
        .flag("watch", "w", "show it again whenever it changed, or the events that come, until interrupted"),
        .value("group", "g", "NAME", "only of this node group", of: .groups),
        .value("about", nil, "SUBJECT", "only events of this node, pool, node group or the like", of: .nodes),
        .value("user", "u", "NAME", "only what this user did, of the audit log"),
        .value("since", nil, "WHEN", "only since then, of the audit log: 2h, or 2026-11-22T12:00:00Z"),
        .value("limit", nil, "N", "so many of the newest, of the audit log: 1 to 1000 (default: 100)"),
    ]

    static let words: [ValueKind] = [.words(Kind.allCases.map(\.rawValue))]

    /// Options that narrow one kind are not offered for another.
    static func options(behind words: [String]) -> [Option] {
        guard let kind = words.first.flatMap(Kind.init(word:)) else { return options }
        return options.filter { option in
            switch option.name {
            case "group": kind.hasGroups
            case "about": kind == .events
            default: kind == .audit || !AuditPath.options.contains(option.name)
            }
        }
    }

    /// How often `--watch` asks for events.
    private static let watchInterval: Duration = .seconds(2)

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
        let subject = arguments.value("about")
        if subject != nil, kind != .events { throw UsageError("--about goes with events") }
        let auditPath = try kind == .audit ? AuditPath.of(arguments, at: SystemTime().now()) : nil
        if kind != .audit, let stray = AuditPath.options.first(where: { arguments.value($0) != nil }) {
            throw UsageError("--\(stray) goes with audit")
        }
        let client = try ServerClient(arguments, console)
        if kind == .events, arguments.has("watch") {
            try await follow(EventFeed(about: subject, format: format), client, console)
            return ExitCode.done
        }
        let path = auditPath ?? kind.path(group: arguments.value("group"), about: subject)
        guard arguments.has("watch") else {
            let data = try await kind.ask(client, path)
            if data == Data("[]".utf8), let group = arguments.value("group") { try await refuseUnknown(group, client) }
            console.write(try kind.render(data, format, columns: console.terminal?.columns))
            return ExitCode.done
        }
        try await Watch(console: console).run {
            let data = try await kind.ask(client, path)
            return Watch.Frame(
                text: { try kind.render(data, format, columns: $0?.columns, rows: $0?.rows) },
                likeness: try kind.likeness(data, format))
        }
        return ExitCode.done
    }

    /// Nothing of a group may also mean that its name is misspelt.
    private static func refuseUnknown(_ group: String, _ client: ServerClient) async throws(CommandError) {
        struct Named: Decodable { var name: String }
        let data = try await client.get("/as/v1/nodegroups")
        let names = try ServerClient.decode([Named].self, from: data).map(\.name)
        if !names.contains(group) { throw CommandError(Suggestion.noSuch("node group", group, among: names)) }
    }

    /// Prints events until interrupted. A manager that is away is waited for once it has answered at all, and asked then for what came
    /// after the last event that was printed.
    private static func follow(_ feed: EventFeed, _ client: ServerClient, _ console: Console) async throws {
        var feed = feed
        var hasAnswered = false
        var trouble: String?
        while !console.isOutputGone {
            do {
                let answer = try await client.get(feed.path)
                if trouble != nil { console.error("the manager answers again; going on \(feed.place)") }
                (hasAnswered, trouble) = (true, nil)
                let text = try feed.text(of: answer)
                if !text.isEmpty { console.write(text) }
            } catch {
                guard hasAnswered, let words = Watch.passing(error) else { throw error }
                if words != trouble { console.error(TerminalText.printable("\(words); asking again")) }
                trouble = words
            }
            try await SystemTime().sleep(for: watchInterval)
        }
    }

    /// What there is to get.
    enum Kind: String, CaseIterable {
        case nodes, nodegroups, streams, provisions, events, audit, webhooks, source

        /// Also in the singular, and `ng` as at home elsewhere.
        init?(word: String) {
            switch word {
            case "node": self = .nodes
            case "nodegroup", "ng": self = .nodegroups
            case "stream": self = .streams
            case "provision": self = .provisions
            case "event": self = .events
            case "webhook": self = .webhooks
            default: self.init(rawValue: word)
            }
        }

        /// Where the manager's API has it, narrowed to a node group or to what events are about.
        func path(group: String?, about subject: String?) -> String {
            if self == .events { return EventFeed.path(about: subject) }
            if self == .provisions {
                // The manager takes 'default' for the only group there is.
                return "/as/v1/streams/provision/\(ServerClient.escaped(group ?? "default"))"
            }
            var query = ""
            if let group { query = "?nodeGroup=\(ServerClient.escaped(group))" }
            return "/as/v1/\(rawValue)" + (isPaged ? query : "")
        }

        /// Whether the manager gives it in pages.
        private var isPaged: Bool { self == .nodes || self == .streams }

        /// Whether it can be narrowed to a node group.
        var hasGroups: Bool { isPaged || self == .provisions }

        /// The whole answer, from however many pages.
        func ask(_ client: ServerClient, _ path: String) async throws(CommandError) -> Data {
            isPaged ? try await client.list(path) : try await client.get(path)
        }

        /// What of an answer tells whether there is news: all but ages, which always change.
        func likeness(_ data: Data, _ format: OutputFormat) throws -> String {
            if format == .json { return String(decoding: data, as: UTF8.self) }
            do {
                return try ResourceTables.render(self, data, wide: format == .wide, now: nil, columns: nil)
            } catch {
                throw CommandError("the manager's answer does not read: \(error)")
            }
        }

        /// The manager's answer as asked for; a table no wider than `columns`, whose calm rows come last where it is longer than `rows`.
        func render(_ data: Data, _ format: OutputFormat, columns: Int? = nil, rows: Int? = nil) throws -> String {
            if format == .json { return TerminalText.printableLines(String(decoding: data, as: UTF8.self)) + "\n" }
            do {
                return try ResourceTables.render(
                    self, data, wide: format == .wide, now: SystemTime().now(), columns: columns, rows: rows)
            } catch {
                throw CommandError("the manager's answer does not read: \(error)")
            }
        }
    }
}
