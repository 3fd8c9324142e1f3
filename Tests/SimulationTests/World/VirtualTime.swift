import Reconciler

/// A clock that only the test moves.
final class VirtualTime: TimeSource {
    private let moment: Locked<Timestamp>

    init(_ start: Timestamp) { moment = Locked(start) }

    func now() -> Timestamp { moment.current }
    func advance(by duration: Duration) { moment.with { $0 = $0 + duration } }

    /// Nothing in the simulated world sleeps: the world calls each part when it is due.
    func sleep(for duration: Duration) async throws { throw CancellationError() }
}
