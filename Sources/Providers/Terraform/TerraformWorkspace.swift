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
    private let isInitialized = Locked(false)

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
        let lock = try await TerraformLock.take(files, until: deadline)
        await worker.run { files.removeLeftovers() }
        return lock
    }

    /// See ``TerraformFiles/load()``.
    func load() async throws(ProviderFailure) -> TerraformRecord {
        let files = files
        return try await worker.run { () throws(ProviderFailure) in try files.load() }
    }

    /// See ``TerraformFiles/begin(_:)``.
    func begin(_ record: TerraformRecord) async throws(ProviderFailure) {
        let files = files
        try await worker.run { () throws(ProviderFailure) in try files.begin(record) }
    }

    /// See ``TerraformFiles/finish(_:)``.
    func finish(_ record: TerraformRecord) async throws(ProviderFailure) {
        let files = files
        try await worker.run { () throws(ProviderFailure) in try files.finish(record) }
    }

    // MARK: - Commands

    /// The state as it is. It needs no lock: nothing is written.
    func state(until deadline: ContinuousClock.Instant) async throws(ProviderFailure) -> TerraformState {
        var fault = TerraformState.Fault(message: "the state was not read")
        for attempt in 0..<Self.readTries {
            if attempt > 0 { try? await Task.sleep(for: Self.readPause) }
            let run = try await self.run(.pull, until: deadline)
            guard run.isDone else { throw run.failure }
            do throws(TerraformState.Fault) { return try TerraformState(run.output) } catch { fault = error }
        }
        throw .retryable("the state of the workspace '\(files.directory)' is not understood: \(fault.message)")
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
