internal import Foundation
internal import Reconciler
internal import Storage

/// `smreconcile plan`: what would change. It changes nothing.
enum PlanCommand: Command {
    static let name = "plan"
    static let summary = "shows what would change, and changes nothing"
    static let usage =
        "-f PATH [--state FILE | --server URL | --data DIR] [--now TIME] [-o text|json] [--detailed-exitcode]"
    static let options: [Option] = [
        .file,
        .value(
            "state", nil, "FILE",
            "plan for the State document in FILE ('smreconcile state' prints one); '-' reads standard input"),
        .server,
        .data,
        .value("now", nil, "TIME", "the time to plan for, such as 2026-11-22T12:00:00Z (default: the State's, or now)"),
        .json,
        .flag("detailed-exitcode", nil, "exit with 2 when there are changes"),
    ]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let format = try OutputFormat.of(arguments, allowed: [.text, .json])
        let paths = try SpecPaths.of(arguments)
        guard
            [arguments.value("state"), arguments.value("server"), arguments.value("data")].count(where: { $0 != nil })
                < 2
        else { throw UsageError("--state, --server and --data exclude each other") }
        if paths.contains("-"), arguments.value("state") == "-" {
            throw UsageError("standard input cannot be both the spec and the state")
        }
        let spec = try SpecPaths.read(paths, console)
        var now: Timestamp?
        if let text = arguments.value("now") {
            guard let time = Timestamp(text) else {
                throw UsageError("--now '\(text)' is no time such as 2026-11-22T12:00:00Z")
            }
            now = time
        }
        let (fleet, at) = try await fleet(for: spec, arguments, now, console)
        let plan = Preview.plan(spec: spec, fleet: fleet, now: at)
        switch format {
        case .json: console.print(try plan.json())
        default: console.write(PlanText.render(plan, console))
        }
        return arguments.has("detailed-exitcode") && !plan.actions.isEmpty ? ExitCode.changes : ExitCode.done
    }

    private static func fleet(
        for spec: Spec, _ arguments: Arguments, _ now: Timestamp?, _ console: Console
    ) async throws -> (Fleet, Timestamp) {
        if let path = arguments.value("state") {
            let data =
                path == "-"
                ? try FileHandle.standardInput.readToEnd() ?? Data() : try readFile(path, "the State document")
            var unknown: ProviderScope?
            do throws(StateDocumentError) {
                let document = try StateDocument.read(data)
                let at = now ?? document.takenAt ?? SystemTime().now()
                let fleet = document.fleet(for: spec, now: at)
                let known = spec.providerScopes().union(fleet.nodes.values.map(\.scope))
                let stray = document.unknownScopes.map { ProviderScope(provider: $0.provider, region: $0.region) }
                    .first { !known.contains($0) }
                if let stray {
                    unknown = stray
                } else {
                    return (fleet, at)
                }
            } catch {
                throw CommandError("\(path == "-" ? "<stdin>" : path): \(error.message)")
            }
            throw CommandError(
                "\(path == "-" ? "<stdin>" : path): 'unknownScopes' names \(unknown.map { "\($0)" } ?? ""), which neither the spec nor a node has"
            )
        }
        let at = now ?? SystemTime().now()
        if arguments.value("server") != nil {
            let document = try await ServerClient(arguments, console).state()
            return (document.fleet(for: spec, now: now ?? document.takenAt ?? at), now ?? document.takenAt ?? at)
        }
        let directory = DataDirectoryPath.of(arguments)
        guard FileManager.default.fileExists(atPath: directory) else {
            if arguments.value("data") != nil { throw CommandError("there is no data directory '\(directory)'") }
            return (StateDocument(takenAt: at).fleet(for: spec, now: at), at)
        }
        do throws(StoreFailure) {
            let store = try await SQLiteStore.readOnly(directory: directory)
            let stored = try await store.load()
            await store.close()
            // Heartbeats are not stored one by one: who is in service in the store counts as heard just now.
            var fleet = Fleet(
                nodes: stored.nodes, scaling: stored.scaling, pauses: stored.pauses, observingSince: at)
            for scope in spec.providerScopes().union(stored.nodes.map(\.scope)) {
                let isThere = spec.providers[scope.provider] != nil
                fleet.scopes[scope] =
                    isThere
                    ? ScopeKnowledge(completeAt: at)
                    : ScopeKnowledge(trouble: .init(since: at, message: ProviderSet().whyNot(scope.provider)))
            }
            return (fleet, at)
        } catch {
            throw CommandError(error.message)
        }
    }

    static func readFile(_ path: String, _ what: String) throws(CommandError) -> Data {
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            let reason = FileManager.default.fileExists(atPath: path) ? error.localizedDescription : "no such file"
            throw CommandError("cannot read \(what) '\(path)': \(reason)")
        }
    }
}

/// How a command prints.
enum OutputFormat: String, CaseIterable {
    case text, table, wide, json, yaml

    static func of(_ arguments: Arguments, allowed: [OutputFormat]) throws(UsageError) -> OutputFormat {
        guard let name = arguments.value("output") else { return allowed[0] }
        guard let format = OutputFormat(rawValue: name), allowed.contains(format) else {
            throw UsageError("--output '\(name)' is none of \(allowed.map(\.rawValue).joined(separator: ", "))")
        }
        return format
    }
}

/// Where the store is.
enum DataDirectoryPath {
    static func of(_ arguments: Arguments) -> String {
        if let given = arguments.value("data") { return given }
        // systemd sets this for a service with StateDirectory=.
        if let service = ProcessInfo.processInfo.environment["STATE_DIRECTORY"], !service.isEmpty { return service }
        return "data"
    }
}
