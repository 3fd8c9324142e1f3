internal import Foundation
internal import Providers
internal import Reconciler

/// `smreconcile provider WORD`: what there is to see and to test of the providers of a spec.
enum ProviderCommand: Command {
    static let name = "provider"
    static let summary = "tests a provider against its contract, or shows what it knows"
    static let usage = "(list | test | images | types | describe NODE) -f PATH [--provider NAME] [--region REGION] ..."
    static let options: [Option] = [
        .file,
        .value("provider", nil, "NAME", "this provider of the spec (default: the only one)"),
        .value("region", "r", "REGION", "there (default: the first region of a node group that uses it)"),
        .value("role", nil, "ROLE", "test: make nodes of this role (default: the first of that node group)"),
        .value("image", nil, "IMAGE", "test: make them from this image (default: that of the role)"),
        .value("type", nil, "TYPE", "test: of this instance type (default: that of the role)"),
        .list("setting", nil, "KEY=VALUE", "test: with this setting, over those of region and role; may be repeated"),
        .value("instances", "n", "N", "test: make so many where the number matters (default: 3)"),
        .value("timeout", nil, "DURATION", "test: wait so long for what may come late (default: 5m)"),
        .list("case", nil, "NAME", "test: this case alone; may be repeated"),
        .value("witness", nil, "COMMAND", "test: what this prints must be the same before and after"),
        .flag("yes", "y", "test: make the instances without asking"),
        .value("data", nil, "DIR", "describe: the manager's data directory (default: as 'run' has it)"),
        .json,
    ]

    /// What is asked for.
    enum Word: String, CaseIterable {
        case list, test, images, types, describe

        /// The options that mean something to it, beside `-f` and `-o`.
        var options: Set<String> {
            switch self {
            case .list: []
            case .test:
                [
                    "provider", "region", "role", "image", "type", "setting", "instances", "timeout", "case", "witness",
                    "yes",
                ]
            case .images, .types: ["provider", "region"]
            case .describe: ["data"]
            }
        }
    }

    static let words: [ValueKind] = [.words(Word.allCases.map(\.rawValue)), .free]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let word = try word(arguments)
        let format = try OutputFormat.of(arguments, allowed: [.text, .json])
        let given = Set(arguments.values.keys).union(arguments.flags).subtracting(["file", "output"])
        if let stray = given.subtracting(word.options).min() {
            throw UsageError("'provider \(word.rawValue)' takes no --\(stray)")
        }
        let paths = arguments.list("file")
        if paths.isEmpty { throw UsageError("no spec given; name a file or directory with -f PATH") }
        let wanted = word == .describe ? 2 : 1
        guard arguments.positional.count == wanted else {
            throw UsageError(
                word == .describe
                    ? "name one node" : "'provider \(word.rawValue)' takes no '\(arguments.positional[1])'")
        }
        let spec = try SpecPaths.read(paths, console)
        switch word {
        case .list: return try list(spec, format, console)
        case .test: return try await ProviderTest.run(spec, arguments, format, console)
        case .images, .types, .describe:
            return try await ProviderCatalogWords.run(word, spec, arguments, format, console)
        }
    }

    private static func word(_ arguments: Arguments) throws(UsageError) -> Word {
        let known = Word.allCases.map(\.rawValue)
        guard let given = arguments.positional.first else {
            throw UsageError("say what: \(known.joined(separator: ", "))")
        }
        if let word = Word(rawValue: given) { return word }
        let near = Suggestion.nearest(to: given, among: known)
        throw UsageError(
            "there is no 'provider \(given)'; "
                + (near.map { "did you mean '\($0)'?" } ?? "known are \(known.joined(separator: ", "))"))
    }

    // MARK: The providers of a spec

    /// One of them, by `--provider` or because there is no other.
    static func choose(_ spec: Spec, _ arguments: Arguments) throws(UsageError) -> ProviderSpec {
        let names = spec.providers.keys.sorted()
        if let name = arguments.value("provider") {
            if let provider = spec.providers[name] { return provider }
            let near = Suggestion.nearest(to: name, among: names)
            throw UsageError(
                "the spec has no provider '\(name)'; "
                    + (near.map { "did you mean '\($0)'?" } ?? "it has \(names.joined(separator: ", "))"))
        }
        guard let only = names.first, names.count == 1, let provider = spec.providers[only] else {
            throw UsageError(
                names.isEmpty
                    ? "the spec has no provider"
                    : "the spec has several providers; name one with --provider: \(names.joined(separator: ", "))")
        }
        return provider
    }

    /// The first region of the first node group that uses the provider, unless `--region` names one.
    static func region(
        of provider: ProviderSpec, _ spec: Spec, _ arguments: Arguments
    ) throws(UsageError) -> String {
        if let given = arguments.value("region") { return given }
        guard let region = spec.groups.first(where: { $0.provider == provider.name })?.regions.first else {
            throw UsageError("no node group uses provider '\(provider.name)': say where with --region")
        }
        return region.name
    }

    private struct Row: Encodable {
        var name: String
        var type: String
        var nodeGroups: [String]
        /// Why it cannot be used; absent when it can.
        var problem: String?
    }

    private static func list(_ spec: Spec, _ format: OutputFormat, _ console: Console) throws -> Int32 {
        let rows = spec.providers.values.sorted { $0.name < $1.name }.map { provider in
            var row = Row(
                name: provider.name, type: provider.settings.typeName,
                nodeGroups: spec.groups.filter { $0.provider == provider.name }.map(\.name))
            do throws(ProviderUnavailable) {
                // Nothing is done by this: no file is written and nothing is called.
                _ = try makeProvider(provider, dataDirectory: "/dev/null/none", time: SystemTime())
            } catch {
                row.problem = error.description
            }
            return row
        }
        if format == .json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            console.print(String(decoding: try encoder.encode(rows), as: UTF8.self))
            return ExitCode.done
        }
        var table = Table(["NAME", "TYPE", "NODEGROUPS", "STATUS"])
        for row in rows {
            let groups = row.nodeGroups.isEmpty ? "-" : row.nodeGroups.joined(separator: ",")
            table.add([row.name, row.type, groups, row.problem ?? "available"])
        }
        console.write(table.text)
        return ExitCode.done
    }
}
