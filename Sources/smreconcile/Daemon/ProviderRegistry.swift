internal import Foundation
internal import Providers
internal import Reconciler

/// The providers of the specs that were in force, kept over changes of the spec: a provider whose settings did not change is
/// the same object, and a simulated one keeps its instances also when they did.
///
/// A name keeps its type for good (`<data>/providers.json`): a list of another type would prove that all nodes of the first are
/// gone, and they would be lost and doubled.
final class ProviderRegistry: Sendable {
    private struct Entry: Sendable {
        var spec: ProviderSpec
        /// What the type's own code made.
        var made: any Provider
        /// The same behind its time-out and rate limit: what the control loop calls.
        var guarded: GuardedProvider

        init(_ spec: ProviderSpec, _ made: any Provider, _ time: any TimeSource) {
            self.spec = spec
            self.made = made
            guarded = GuardedProvider(made, name: spec.name, limits: spec.limits, time: time)
        }
    }

    private struct State: Sendable {
        var entries: [String: Entry] = [:]
        var types: [String: String]
    }

    private let dataDirectory: String
    private let time: any TimeSource
    private let state: Locked<State>
    /// Read on every routing answer: apart from what is locked while providers are made.
    private let simulatedProviders = Locked<[SimulatedProvider]>([])

    init(dataDirectory: String, time: any TimeSource) {
        self.dataDirectory = dataDirectory
        self.time = time
        let stored = FileManager.default.contents(atPath: "\(dataDirectory)/providers.json")
        let types = stored.flatMap { try? JSONDecoder().decode([String: String].self, from: $0) }
        state = Locked(State(types: types ?? [:]))
    }

    /// The providers for a spec; one that cannot be made is remembered with the reason.
    func providers(for spec: Spec) -> ProviderSet {
        let set = state.with { state in
            var failures: [String: String] = [:]
            for (name, wanted) in spec.providers {
                failures[name] = take(wanted, name, &state)
            }
            // A provider that the spec dropped stays: nodes of ours may still be there.
            let usable = state.entries.filter { failures[$0.key] == nil }
            return ProviderSet(usable.mapValues(\.guarded), failures: failures)
        }
        simulatedProviders.replace(
            with: state.current.entries.values.compactMap { $0.made as? SimulatedProvider })
        return set
    }

    /// Nil, or why not.
    private func take(_ wanted: ProviderSpec, _ name: String, _ state: inout State) -> String? {
        let type = wanted.settings.typeName
        if let known = state.types[name], known != type {
            return
                "provider '\(name)' was of type '\(known)', and nodes of it may exist; give the one of type '\(type)' a new name"
        }
        if let known = state.entries[name] {
            if known.spec == wanted { return nil }
            if let simulated = known.made as? SimulatedProvider, case .simulated(let settings) = wanted.settings {
                simulated.update(settings)
                state.entries[name] = Entry(wanted, simulated, time)
                return nil
            }
        }
        do throws(ProviderUnavailable) {
            let made = try makeProvider(wanted, dataDirectory: dataDirectory, time: time)
            state.entries[name] = Entry(wanted, made, time)
        } catch {
            return error.description
        }
        if state.types[name] == nil {
            state.types[name] = type
            let path = URL(fileURLWithPath: "\(dataDirectory)/providers.json")
            do {
                try JSONEncoder().encode(state.types).write(to: path, options: .atomic)
            } catch {
                state.types[name] = nil
                state.entries[name] = nil
                return "cannot write '\(path.path)': \(error.localizedDescription)"
            }
        }
        return nil
    }

    var simulated: [SimulatedProvider] { simulatedProviders.current }

    /// The agents of simulated nodes: heartbeats in, directives out, until the task is cancelled.
    func runSimulatedAgents(with live: LiveState) async throws {
        while true {
            let now = time.now()
            for provider in simulated {
                for (node, heartbeat) in provider.heartbeats(at: now) {
                    if let answer = live.heartbeat(heartbeat, from: node, at: now) {
                        provider.obey(node, answer.directive, at: now)
                    }
                }
            }
            try await time.sleep(for: .milliseconds(200))
        }
    }
}
