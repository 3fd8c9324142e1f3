import Reconciler

/// Kills the manager between any two effects: the n-th effect of a round is its last, and happens or does not.
final class CrashPoint: Sendable {
    private struct State {
        var countdown: Int?
        var happens = false
        var isDead = false
    }

    enum Fate { case alive, diesAfter, dead }

    private let state = Locked(State())

    var isDead: Bool { state.current.isDead }

    /// The manager dies at the effect with this number; `happens` says whether that effect still takes place.
    func arm(at effect: Int, happens: Bool) {
        state.with { state in
            state.countdown = effect
            state.happens = happens
        }
    }

    func reset() { state.replace(with: State()) }

    /// Called before each effect.
    func pass() -> Fate {
        state.with { state in
            if state.isDead { return .dead }
            guard let countdown = state.countdown else { return .alive }
            if countdown > 0 {
                state.countdown = countdown - 1
                return .alive
            }
            state.isDead = true
            return state.happens ? .diesAfter : .dead
        }
    }
}
