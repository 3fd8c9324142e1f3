internal import Foundation
internal import Providers
internal import Reconciler
internal import Synchronization

/// The providers of the specs that were in force, kept over changes of the spec: a provider whose settings did not change is
/// the same object, and a simulated one keeps its instances also when they did.
///
/// A name keeps its type for good (`<data>/providers.json`): a list of another type would prove that all nodes of the first are
/// gone, and they would be lost and doubled. For the same reason a region in which a provider has had instances keeps its place
/// (``ProviderSpec/Settings/place(of:)``).
final class ProviderRegistry: Sendable {
    private struct Entry: Sendable {
        var spec: ProviderSpec
        /// What the type's own code made.
        var made: any Provider
        /// The same behind its time-out and rate limit: what the control loop calls.
        var guarded: GuardedProvider

        init(
            _ spec: ProviderSpec, _ made: any Provider, _ time: any TimeSource,
            anchor: @escaping @Sendable (String) -> Void
        ) {
            self.spec = spec
            self.made = made
            guarded = GuardedProvider(
                AnchoredProvider(inner: made, anchor: anchor), name: spec.name, limits: spec.limits, time: time)
        }
    }

    private struct State: Sendable {
        var entries: [String: Entry] = [:]
        /// By provider; by `provider@region` the place.
        var types: [String: String]
    }

    private let dataDirectory: String
    private let time: any TimeSource
    private let state: Locked<State>
    /// Read on every routing answer: apart from what is locked while providers are made.
    private let simulatedProviders = Published<[SimulatedProvider]>([])
    private let simulatedCount = Atomic<Int>(0)

    init(dataDirectory: String, time: any TimeSource) {
        self.dataDirectory = dataDirectory
        self.time = time
        let stored = FileManager.default.contents(atPath: "\(dataDirectory)/providers.json")
        let types = stored.flatMap { try? JSONDecoder().decode([String: String].self, from: $0) }
        state = Locked(State(types: types ?? [:]))
    }

    /// The providers for a spec; one that cannot be made is remembered with the reason.
    func providers(for spec: Spec) -> ProviderSet {
        state.with { state in
            var failures: [String: String] = [:]
            for (name, wanted) in spec.providers {
                failures[name] = take(wanted, name, &state)
            }
            // A provider that the spec dropped stays: nodes of ours may still be there.
            let usable = state.entries.filter { failures[$0.key] == nil }
            let simulated = state.entries.values.compactMap { $0.made as? SimulatedProvider }
            simulatedProviders.replace(with: simulated)
            simulatedCount.store(simulated.count, ordering: .relaxed)
            return ProviderSet(usable.mapValues(\.guarded), failures: failures)
        }
    }

    /// Nil, or why not.
    private func take(_ wanted: ProviderSpec, _ name: String, _ state: inout State) -> String? {
        let type = wanted.settings.typeName
        if let known = state.types[name], known != type {
            return
                "provider '\(name)' was of type '\(known)', and nodes of it may exist; give the one of type '\(type)' a new name"
        }
        for (key, place) in state.types.sorted(by: { $0.key < $1.key }) where key.hasPrefix("\(name)@") {
            let region = String(key.dropFirst(name.count + 1))
            guard let other = wanted.settings.place(of: region), other != place else { continue }
            return
                "provider '\(name)' made nodes of region '\(region)' in \(place), where they may still be; put it back, or give the one in "
                + "\(other) a new name"
        }
        if let known = state.entries[name] {
            var asBefore = known.spec
            asBefore.prices = wanted.prices
            asBefore.source = wanted.source
            if asBefore == wanted { return nil }
            if let simulated = known.made as? SimulatedProvider, case .simulated(let settings) = wanted.settings {
                simulated.update(settings)
                state.entries[name] = entry(wanted, simulated)
                return nil
            }
        }
        do throws(ProviderUnavailable) {
            let made = try makeProvider(wanted, dataDirectory: dataDirectory, time: time)
            state.entries[name] = entry(wanted, made)
        } catch {
            return error.description
        }
        if state.types[name] == nil {
            state.types[name] = type
            if let problem = save(state.types) {
                state.types[name] = nil
                state.entries[name] = nil
                return problem
            }
        }
        return nil
    }

    private func entry(_ spec: ProviderSpec, _ made: any Provider) -> Entry {
        Entry(spec, made, time) { [weak self] region in
            guard let place = spec.settings.place(of: region) else { return }
            self?.anchor("\(spec.name)@\(region)", place)
        }
    }

    /// Keeps where a region's instances are. When that cannot be written it is tried again with the next list.
    private func anchor(_ key: String, _ place: String) {
        state.with { state in
            guard state.types[key] == nil else { return }
            state.types[key] = place
            if save(state.types) != nil { state.types[key] = nil }
        }
    }

    /// Nil, or why not.
    private func save(_ types: [String: String]) -> String? {
        let path = URL(fileURLWithPath: "\(dataDirectory)/providers.json")
        do {
            try JSONEncoder().encode(types).write(to: path, options: .atomic)
            return nil
        } catch {
            return "cannot write '\(path.path)': \(error.localizedDescription)"
        }
    }

    var simulated: [SimulatedProvider] { simulatedProviders.current }

    /// Whether there are any: asked for each answered routing question.
    var hasSimulated: Bool { simulatedCount.load(ordering: .relaxed) > 0 }

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
