import Foundation
import Reconciler

/// The durable store of the simulated manager: it outlives crashes, and now and then does not take a commit.
struct SimulatedStore: Store {
    let durable = MemoryStore()
    let crash: CrashPoint
    /// Probability that a commit fails with a full disk.
    let failures: Locked<(probability: Double, random: SeededRandom)>

    func load() async throws(StoreFailure) -> StoredState { durable.load() }

    func commit(_ change: StoreChange) async throws(StoreFailure) {
        let fails = failures.with { $0.random.chance($0.probability) }
        if fails { throw .full("simulated: no space left on device") }
        switch crash.pass() {
        case .alive: durable.commit(change)
        case .dead: throw .failed("the manager is dead")
        case .diesAfter:
            durable.commit(change)
            throw .failed("the manager died after this")
        }
    }

    func events(after: Int64, about subject: String?, limit: Int) async throws(StoreFailure) -> [Event] {
        durable.events(after: after, about: subject, limit: limit)
    }
    func value(_ key: String) async throws(StoreFailure) -> Data? { durable.value(key) }
    func setValue(_ value: Data, for key: String) async throws(StoreFailure) { durable.setValue(value, for: key) }
    func value(_ key: String, orFirst first: Data) async throws(StoreFailure) -> Data {
        durable.value(key, orFirst: first)
    }
}
