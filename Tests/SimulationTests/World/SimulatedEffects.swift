import Reconciler

/// Provider calls in the simulated world: made at once or some rounds later, answered at once or some rounds later,
/// as the seed says. What was sent before a crash may still arrive after it.
final class SimulatedEffects: EffectRunner {
    private struct Pending: Sendable {
        var effect: Effect
        var round: Int
        var deliver: (@Sendable (EffectResult) -> Void)?
        var providers: ProviderSet
        var owner: String
    }

    private struct State {
        var round = 0
        var calls: [Pending] = []
        var random: SeededRandom
        var slowness: Double
        /// Nodes whose create was sent by a manager that died before it arrived.
        var orphans: Set<NodeID> = []
        /// The newest answer of each scope's list that reached the manager: was it complete?
        var known: [String: Bool] = [:]
    }

    private let state: Locked<State>
    private let crash: CrashPoint
    private let violations: Violations

    init(seed: UInt64, slowness: Double, crash: CrashPoint, violations: Violations) {
        state = Locked(State(random: SeededRandom(seed: seed), slowness: slowness))
        self.crash = crash
        self.violations = violations
    }

    /// By region: did the newest list that reached the manager succeed, and was it complete?
    var known: [String: Bool] { state.current.known }

    /// Nodes whose create was sent by a manager that died before it arrived: the next one may have given them up by then.
    var orphans: Set<NodeID> { state.current.orphans }

    /// From now on every call is made and answered at once.
    func calm() { state.with { $0.slowness = 0 } }

    func run(
        _ effects: [Effect], with providers: ProviderSet, owner: String,
        deliver: @escaping @Sendable (EffectResult) -> Void
    ) async {
        requireKnowledge(for: effects)
        for effect in effects {
            if crash.isDead { return }
            let delay = state.with { state in
                state.random.chance(state.slowness) ? Int(state.random.next() % 8) + 1 : 0
            }
            if delay > 0 {
                state.with { state in
                    let pending = Pending(
                        effect: effect, round: state.round + delay, deliver: deliver, providers: providers, owner: owner
                    )
                    state.calls.append(pending)
                }
            } else {
                let result = await effect.perform(with: providers, owner: owner)
                if !crash.isDead { hand(result, to: deliver) }
            }
        }
    }

    /// A round of the world: calls that are due are made, answers that are due arrive.
    func tick() async {
        let due = state.with { state in
            state.round += 1
            let due = state.calls.filter { $0.round <= state.round }
            state.calls.removeAll { $0.round <= state.round }
            return due
        }
        for call in due {
            let result = await call.effect.perform(with: call.providers, owner: call.owner)
            if let deliver = call.deliver { hand(result, to: deliver) }
        }
    }

    /// The manager died: nobody hears the answers, but half of what was sent still arrives.
    func forgetCallers() {
        state.with { state in
            var kept: [Pending] = []
            for var call in state.calls where state.random.chance(0.5) {
                call.deliver = nil
                if case .create(let node, _, _) = call.effect { state.orphans.insert(node) }
                kept.append(call)
            }
            state.calls = kept
            state.known = [:]
        }
    }

    private func hand(_ result: EffectResult, to deliver: @Sendable (EffectResult) -> Void) {
        if case .listed(let report) = result {
            let isComplete = (try? report.result.get())?.complete == true
            state.with { $0.known[report.scope.region] = isComplete }
        }
        deliver(result)
    }

    /// Rule 1: unknown is not empty. Called with what one round decided, before any newer answer can have come.
    private func requireKnowledge(for effects: [Effect]) {
        let known = state.current.known
        for effect in effects {
            switch effect {
            case .list: continue
            case .create(let node, _, let request):
                violations.require(
                    known[request.tags.region] == true,
                    "rule 1: create of \(node) in \(request.tags.region), whose list is not known")
            case .destroy(let node, _, let instance):
                violations.require(
                    known[instance.tags.region] == true,
                    "rule 1: destroy of \(node) in \(instance.tags.region), whose list is not known")
            }
        }
    }
}
