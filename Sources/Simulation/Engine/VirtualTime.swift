internal import Reconciler

/// A clock that only the simulation moves.
final class VirtualTime: TimeSource {
    private let moment: Locked<Timestamp>

    init(_ start: Timestamp) { moment = Locked(start) }

    func now() -> Timestamp { moment.current }
    func set(_ now: Timestamp) { moment.replace(with: now) }

    /// Nothing in the simulation sleeps: it calls each part when that is due.
    func sleep(for duration: Duration) async throws { throw CancellationError() }
}

/// Provider calls one after the other, in the order in which the loop asks for them; the next round takes the results in.
struct OrderedEffects: EffectRunner {
    func run(
        _ effects: [Effect], with providers: ProviderSet, owner: String,
        deliver: @escaping @Sendable (EffectResult) -> Void
    ) async {
        for effect in effects { deliver(await effect.perform(with: providers, owner: owner)) }
    }
}
