internal import Foundation
internal import Reconciler

/// A workspace: its files, its lock and its commands. It decides nothing.
struct TerraformWorkspace: Sendable {
    /// A state that is read while it is written may be cut off; it is read again after a moment, so often.
    static let readTries = 5
    private static let readPause: Duration = .milliseconds(100)

    let spec: TerraformSpec
    let files: TerraformFiles
    private let environment: @Sendable () -> [String: String]
    private let worker = BlockingWorker("smreconcile.terraform")
    /// A large state takes seconds to be read, and is no work for the shared pool either.
    private let parser = BlockingWorker("smreconcile.terraform.state")
    private let isInitialized = Locked(false)
    /// How many nodes the files named last.
    private let lastCount = Locked(0)

    /// Nothing is read or started yet. `environment` is the manager's own.
    init(spec: TerraformSpec, environment: @escaping @Sendable () -> [String: String]) {
        self.spec = spec
        self.environment = environment
        files = TerraformFiles(directory: NodeCommand.path(spec.directory, spec.source))
    }

    // MARK: - Files

    /// Waits for the workspace to be ours alone.
    func lock(until deadline: ContinuousClock.Instant) async throws(ProviderFailure) -> TerraformLock {
        let files = files
        try await worker.run { () throws(ProviderFailure) in try files.prepare() }
        let lock = try await TerraformLock.take(files, limit: spec.timeout, until: deadline)
        await worker.run { files.removeLeftovers() }
        return lock
    }

    /// See ``TerraformFiles/load()``. Throws too when there were nodes, and now there is neither file: nobody but a person removes both.
    func load() async throws(ProviderFailure) -> TerraformRecord {
        let files = files
        let record = try await worker.run { () throws(ProviderFailure) in try files.load() }
        guard let record else {
            let count = lastCount.current
            guard count == 0 else {
                throw .retryable(
                    "'\(files.journal)' and '\(files.variables)' are gone, and \(count) nodes were in them: did `git clean` take "
                        + "them, and the state with them? nothing is created or destroyed; put them back from a backup, or start "
                        + "the manager anew when the nodes are gone for good")
            }
            return TerraformRecord()
        }
        lastCount.replace(with: record.nodes.count)
        return record
    }

    /// See ``TerraformFiles/restore(_:)``.
    func restore(_ record: TerraformRecord) async throws(ProviderFailure) {
        let files = files
        try await worker.run { () throws(ProviderFailure) in try files.restore(record) }
    }

    /// See ``TerraformFiles/begin(_:)``.
    func begin(_ record: TerraformRecord) async throws(ProviderFailure) {
        let files = files
        try await worker.run { () throws(ProviderFailure) in try files.begin(record) }
        lastCount.replace(with: record.nodes.count)
    }

    /// See ``TerraformFiles/finish(_:)``.
    func finish(_ record: TerraformRecord) async throws(ProviderFailure) {
        let files = files
        try await worker.run { () throws(ProviderFailure) in try files.finish(record) }
        lastCount.replace(with: record.nodes.count)
    }

    // MARK: - Commands

    /// The state as it is. It needs no lock: nothing is written.
    func state(until deadline: ContinuousClock.Instant) async throws(ProviderFailure) -> TerraformState {
        var fault = TerraformState.Fault(message: "the state was not read")
        for attempt in 0..<Self.readTries {
            if attempt > 0 { try? await Task.sleep(for: Self.readPause) }
            let run = try await self.run(.pull, until: deadline)
            guard run.isDone else { throw run.failure }
            do throws(TerraformState.Fault) {
                return try await parser.run { () throws(TerraformState.Fault) in try TerraformState(run.output) }
            } catch {
                fault = error
            }
        }
        throw .retryable("the state of the workspace '\(files.directory)' is not understood: \(fault.message)")
    }

    /// The configuration's resources, as `graph` printed them.
    func graph(_ run: TerraformRun) async -> TerraformGraph {
        await parser.run { TerraformGraph(run.output) }
    }

    /// Runs a command; `init` first where Terraform was never started here, and again when it asks for that itself.
    func run(
        _ verb: TerraformCommand.Verb, until deadline: ContinuousClock.Instant, hiding hidden: [String] = []
    ) async throws(ProviderFailure) -> TerraformRun {
        let files = files
        try await worker.run { () throws(ProviderFailure) in try files.prepare() }
        let run = try await command(verb, hidden).run(until: deadline)
        guard !run.isDone, run.needsInit else { return run }
        try await initialize(until: deadline)
        return try await command(verb, hidden).run(until: deadline)
    }

    /// Downloads what the workspace names, where nothing was before. For who has the lock.
    func prepare(until deadline: ContinuousClock.Instant) async throws(ProviderFailure) {
        let place = environment()["TF_DATA_DIR"] ?? spec.environment["TF_DATA_DIR"] ?? ".terraform"
        let path = place.hasPrefix("/") ? place : files.directory + "/" + place
        guard !isInitialized.current, !FileManager.default.fileExists(atPath: path) else { return }
        try await initialize(until: deadline)
    }

    private func initialize(until deadline: ContinuousClock.Instant) async throws(ProviderFailure) {
        let run = try await command(.initialize, []).run(until: deadline)
        guard run.isDone else { throw run.failure }
        isInitialized.replace(with: true)
    }

    private func command(
        _ verb: TerraformCommand.Verb, _ hidden: [String]
    ) throws(ProviderFailure) -> TerraformCommand {
        try TerraformCommand(verb, spec, files, manager: environment(), hidden: hidden)
    }
}
