internal import Foundation
internal import Reconciler
internal import Storage

/// What a plan depends on, as the command line names it: a spec, a fleet, a time.
struct PlanInput: Sendable {
    let spec: Spec
    let fleet: Fleet
    let now: Timestamp

    var plan: Plan { Preview.plan(spec: spec, fleet: fleet, now: now) }
    var byHand: ByHand { ByHand(fleet, at: now) }

    static let state = Option.value(
        "state", nil, "FILE",
        "plan for the State document in FILE ('smreconcile state' prints one); '-' reads standard input")
    static let now = Option.value(
        "now", nil, "TIME", "the time to plan for, such as 2026-11-22T12:00:00Z (default: the State's, or now)")

    /// The spec of `paths`, against the State document, the manager or the data directory that is named.
    static func read(_ paths: [String], _ arguments: Arguments, _ console: Console) async throws -> PlanInput {
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
        return PlanInput(spec: spec, fleet: fleet, now: at)
    }

    private static func fleet(
        for spec: Spec, _ arguments: Arguments, _ now: Timestamp?, _ console: Console
    ) async throws -> (Fleet, Timestamp) {
        if let path = arguments.value("state") {
            let data =
                path == "-"
                ? try FileHandle.standardInput.readToEnd() ?? Data()
                : try PlanCommand.readFile(path, "the State document")
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
}

/// What people set in place of the rules, for those who read a plan.
struct ByHand: Sendable {
    private let pauses: [String: ScalingPause]
    private let overrides: [PoolKey: ScalingHistory.Override]

    init(_ fleet: Fleet, at now: Timestamp) {
        pauses = fleet.pauses
        overrides = Dictionary(
            uniqueKeysWithValues: fleet.scaling.keys.compactMap { pool in
                fleet.override(of: pool, at: now).map { (pool, $0) }
            })
    }

    /// `paused by ann; set to 5 by bob until 2026-11-22T14:00:00Z`; empty for nothing.
    func words(_ pool: PoolKey) -> String {
        let pause = pauses[pool.group].map { "paused by \($0.by)" }
        let override = overrides[pool].map { override in
            "set to \(override.nodes) by \(override.by)" + (override.until.map { " until \($0)" } ?? "")
        }
        return [pause, override].compactMap { $0 }.joined(separator: "; ")
    }
}
