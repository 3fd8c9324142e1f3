internal import Reconciler

/// A time source for limits within one machine's work, where only how long something takes matters.
struct MonotonicTime: TimeSource {
    private static let start = ContinuousClock.now

    /// Since the first use: no time of day.
    func now() -> Timestamp {
        Timestamp(milliseconds: Self.start.duration(to: .now).wholeMilliseconds)
    }

    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
