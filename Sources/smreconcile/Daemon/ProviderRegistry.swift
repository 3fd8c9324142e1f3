internal import Providers
internal import Reconciler

/// The providers of the specs that were in force, kept over changes of the spec: a provider whose settings did not change is
/// the same object, and a simulated one keeps its instances also when they did.
final class ProviderRegistry: Sendable {
    private struct Entry: Sendable {
        var spec: ProviderSpec
        var provider: any Provider
    }

    private let dataDirectory: String
    private let time: any TimeSource
    private let entries = Locked<[String: Entry]>([:])

    init(dataDirectory: String, time: any TimeSource) {
        self.dataDirectory = dataDirectory
        self.time = time
    }

    /// The providers for a spec; one that cannot be made is remembered with the reason.
    func providers(for spec: Spec) -> ProviderSet {
        entries.with { entries in
            var failures: [String: String] = [:]
            for (name, wanted) in spec.providers {
                if let known = entries[name], known.spec == wanted { continue }
                if let known = entries[name]?.provider as? SimulatedProvider,
                    case .simulated(let settings) = wanted.settings
                {
                    known.update(settings)
                    entries[name]?.spec = wanted
                    continue
                }
                do throws(ProviderUnavailable) {
                    let made = try makeProvider(wanted, dataDirectory: dataDirectory, time: time)
                    entries[name] = Entry(spec: wanted, provider: made)
                } catch {
                    failures[name] = error.description
                }
            }
            // A provider that the spec dropped stays: nodes of ours may still be there.
            return ProviderSet(entries.mapValues(\.provider), failures: failures)
        }
    }

    var simulated: [SimulatedProvider] { entries.current.values.compactMap { $0.provider as? SimulatedProvider } }

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
