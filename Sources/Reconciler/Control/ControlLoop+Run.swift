/// Asks for a round soon; many askings before it begins are one.
package final class Waker: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    package init() {
        (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    package func wake() { continuation.yield() }

    /// One element per asking or coalesced askings. For one reader.
    package var calls: AsyncStream<Void> { stream }
}

extension ControlLoop {
    /// Two rounds are at least this far apart, however often a round is asked for.
    private static let shortestGap: Duration = .milliseconds(100)

    /// Rounds at every interval and at every call of `waker`, until the task is cancelled. A round that has begun ends. `meter` is told
    /// of each.
    package func run(
        _ waker: Waker, interval: @escaping @Sendable () -> Duration, time: any TimeSource, meter: ActivityMeter,
        onRound: @Sendable (Report) async -> Bool
    ) async throws {
        let ticker = Task(name: "round ticker") {
            while !Task.isCancelled {
                waker.wake()
                try await time.sleep(for: interval())
            }
        }
        defer { ticker.cancel() }
        for await _ in waker.calls {
            if Task.isCancelled { break }
            let began = ContinuousClock.now
            let report = await round()
            meter.round(took: ContinuousClock.now - began, endedAt: time.now())
            if await !onRound(report) { break }
            try await time.sleep(for: Self.shortestGap)
        }
    }
}
