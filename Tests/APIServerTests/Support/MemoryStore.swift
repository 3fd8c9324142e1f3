import Foundation
import Reconciler

/// A store of users, values and events in memory; what the API does not ask for does nothing.
actor MemoryStore: Store {
    private var values: [String: Data] = [:]
    private var known: [String: StoredUser] = [:]
    private var log: [Event] = []
    private var failure: StoreFailure?

    /// Every call fails with this from now on.
    func fail(with failure: StoreFailure?) { self.failure = failure }

    func load() async throws(StoreFailure) -> StoredState { StoredState() }

    func commit(_ change: StoreChange) async throws(StoreFailure) {
        for var event in change.events {
            event.id = Int64(log.count + 1)
            log.append(event)
        }
    }

    func events(after: Int64, about subject: String?, limit: Int) async throws(StoreFailure) -> [Event] {
        if let failure { throw failure }
        return Array(log.filter { $0.id > after && (subject == nil || $0.subject == subject) }.suffix(limit))
    }

    func value(_ key: String) async throws(StoreFailure) -> Data? { values[key] }
    func setValue(_ value: Data, for key: String) async throws(StoreFailure) {
        if let failure { throw failure }
        values[key] = value
    }

    func user(_ name: String) async throws(StoreFailure) -> StoredUser? {
        if let failure { throw failure }
        return known[name]
    }

    func users() async throws(StoreFailure) -> [StoredUser] { known.values.sorted { $0.name < $1.name } }
    func setUser(_ user: StoredUser) async throws(StoreFailure) { known[user.name] = user }
}
