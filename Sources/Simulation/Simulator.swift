package import Reconciler

/// What a simulation is run with, beside its spec and its load.
package struct SimulationOptions: Sendable {
    /// What it is called in its result.
    package var name: String
    package var seed: UInt64 = 1
    /// Between two rounds; nil: by the length of the trace.
    package var step: Duration?
    /// From create to the first heartbeat; nil: what a simulated provider's spec says, else ``Estate/machineBoot``.
    package var boot: Duration?
    package var prices = PriceList()

    package init(name: String) { self.name = name }
}

/// The real loop on virtual time: routing, scaling, planning and recovery are those of the daemon; the clouds, the clients and
/// the clock are simulated. Equal inputs give equal results.
package enum Simulator {
    /// Steps to choose from.
    private static let steps: [Duration] = [2, 5, 10, 15, 30, 60].map { .seconds($0) }
    /// No more rounds than this where the step is not given.
    private static let rounds: Int64 = 11_000
    /// The cluster comes up before the load begins, and grows to the load's first level.
    static let warmup: Duration = .seconds(1800)

    /// The share of the first level that is there so long after the warm-up began: none for ten minutes, all after twenty.
    static func warmupShare(at age: Duration) -> Double {
        min(max(Double(age.wholeMilliseconds) / 600_000 - 1, 0), 1)
    }

    /// The smallest step that keeps the number of rounds in bounds.
    package static func step(for trace: LoadTrace) -> Duration {
        let length = (trace.end - trace.start).wholeMilliseconds
        return steps.first { length / $0.wholeMilliseconds <= rounds } ?? steps[steps.count - 1]
    }

    /// Runs it all. `progress` is told the share that is done, 0...1, now and then. Throws `CancellationError` when the task is
    /// cancelled.
    package static func run(
        spec: Spec, trace: LoadTrace, options: SimulationOptions,
        progress: @Sendable (Double) -> Void = { _ in }
    ) async throws -> SimulationResult {
        let engine = try await SimulationEngine(spec: spec, trace: trace, options: options)
        return try await engine.run(progress)
    }
}
