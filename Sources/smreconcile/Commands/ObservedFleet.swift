internal import Foundation
internal import Reconciler
internal import Storage

/// Where commands that decide nothing take the fleet from: a State document, a manager, or the store of one that is stopped.
enum ObservedFleet {
    /// One of them.
    enum Place: Equatable {
        /// A State document in a file; `-`: standard input.
        case document(String)
        /// The manager of `--server`, the environment or the last login.
        case manager
        /// The data directory.
        case store

        /// That which the options name.
        static func of(_ arguments: Arguments, specs: [String], otherwise place: Place) throws(UsageError) -> Place {
            let given = ["state", "server", "data"].filter { arguments.value($0) != nil }
            if given.count > 1 {
                throw UsageError("\(given.map { "--\($0)" }.joined(separator: " and ")) exclude each other")
            }
            if specs.contains("-"), arguments.value("state") == "-" {
                throw UsageError("standard input cannot be both the spec and the state")
            }
            if let path = arguments.value("state") { return .document(path) }
            if arguments.value("server") != nil { return .manager }
            return arguments.value("data") != nil ? .store : place
        }
    }

    /// `--now`; nil when it is not given.
    static func time(_ arguments: Arguments) throws(UsageError) -> Timestamp? {
        guard let text = arguments.value("now") else { return nil }
        guard let time = Timestamp(text) else {
            throw UsageError("--now '\(text)' is no time such as 2026-11-22T12:00:00Z")
        }
        return time
    }

    /// The fleet, and the time to look at it: `now`, else that of the document, else the present. Without a spec, the nodes alone
    /// count: nothing is said of what the document says of providers.
    static func read(
        from place: Place, for spec: Spec?, now: Timestamp?, _ arguments: Arguments, _ console: Console
    ) async throws -> (Fleet, Timestamp) {
        switch place {
        case .document(let path): return try fleet(of: path, for: spec, now: now, console)
        case .manager:
            let document = try await ServerClient(arguments, console).state()
            let at = now ?? document.takenAt ?? SystemTime().now()
            return (document.fleet(for: spec ?? Spec(), now: at), at)
        case .store: return try await stored(for: spec ?? Spec(), now: now ?? SystemTime().now(), arguments)
        }
    }

    private static func fleet(
        of path: String, for spec: Spec?, now: Timestamp?, _ console: Console
    ) throws -> (Fleet, Timestamp) {
        let data =
            path == "-" ? try FileHandle.standardInput.readToEnd() ?? Data() : try readFile(path, "the State document")
        let name = path == "-" ? "<stdin>" : path
        let document: StateDocument
        do throws(StateDocumentError) {
            document = try StateDocument.read(data)
        } catch {
            throw CommandError("\(name): \(error.message)")
        }
        let at = now ?? document.takenAt ?? SystemTime().now()
        guard let spec else { return (document.fleet(for: Spec(), now: at), at) }
        let fleet = document.fleet(for: spec, now: at)
        let known = spec.providerScopes().union(fleet.nodes.values.map(\.scope))
        let stray = document.unknownScopes.map { ProviderScope(provider: $0.provider, region: $0.region) }
            .first { !known.contains($0) }
        if let stray {
            throw CommandError("\(name): 'unknownScopes' names \(stray), which neither the spec nor a node has")
        }
        for stray in strayNames(in: document, spec) { console.error("\(name): warning: \(stray)") }
        return (fleet, at)
    }

    /// Pauses and what is remembered of pools that are no part of the spec and have no nodes: they count for nothing. No errors, since a
    /// manager keeps them after a role, a region or a group has gone.
    private static func strayNames(in document: StateDocument, _ spec: Spec) -> [String] {
        let pools =
            spec.poolOrder() + document.nodes.map { PoolKey(group: $0.nodeGroup, region: $0.region, role: $0.role) }
        var found: [String] = []
        func check(_ field: String, _ noun: String, _ word: String, among known: Set<String>) -> Bool {
            if known.contains(word) { return true }
            let near = Suggestion.nearest(to: word, among: known.sorted()).map { "; did you mean '\($0)'?" } ?? ""
            let text = "'\(field)' names the \(noun) '\(word)', which neither the spec nor a node has\(near)"
            if !found.contains(text) { found.append(text) }
            return false
        }
        let groups = Set(pools.map(\.group))
        for pause in document.pauses { _ = check("pauses", "node group", pause.nodeGroup, among: groups) }
        for record in document.scaling where check("scaling", "node group", record.nodeGroup, among: groups) {
            let own = pools.filter { $0.group == record.nodeGroup }
            _ = check("scaling", "region", record.region, among: Set(own.map(\.region)))
            _ = check("scaling", "role", record.role, among: Set(own.map(\.role)))
        }
        return found
    }

    private static func stored(
        for spec: Spec, now at: Timestamp, _ arguments: Arguments
    ) async throws -> (Fleet, Timestamp) {
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
                nodes: stored.nodes, scaling: stored.scaling, pauses: stored.pauses, memories: stored.memories,
                templates: stored.templates, observingSince: at)
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

    /// The content of a file that the command line names.
    static func readFile(_ path: String, _ what: String) throws(CommandError) -> Data {
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            let reason = FileManager.default.fileExists(atPath: path) ? error.localizedDescription : "no such file"
            throw CommandError("cannot read \(what) '\(path)': \(reason)")
        }
    }
}
