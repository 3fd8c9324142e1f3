import Foundation
import Reconciler

/// A store in memory that fails when it is told to.
final class MemoryStore: Store, IdentityStore {
    /// What is stored.
    let memory = Reconciler.MemoryStore()
    private let failure = Locked<StoreFailure?>(nil)
    private let commits = Locked(0)

    /// Every call about events, identities and the audit log fails with this from now on.
    func fail(with failure: StoreFailure?) { self.failure.replace(with: failure) }
    /// How many changes of identities were asked for.
    var identityCommits: Int { commits.current }

    private func check() throws(StoreFailure) {
        if let failure = failure.current { throw failure }
    }

    func load() async throws(StoreFailure) -> StoredState { StoredState() }
    func commit(_ change: StoreChange) async throws(StoreFailure) { memory.commit(change) }
    func events(after: Int64, about subject: String?, limit: Int) async throws(StoreFailure) -> [Event] {
        try check()
        return memory.events(after: after, about: subject, limit: limit)
    }
    func value(_ key: String) async throws(StoreFailure) -> Data? { memory.value(key) }
    func setValue(_ value: Data, for key: String) async throws(StoreFailure) {
        try check()
        memory.setValue(value, for: key)
    }
    func value(_ key: String, orFirst first: Data) async throws(StoreFailure) -> Data {
        try check()
        return memory.value(key, orFirst: first)
    }

    func identity() async throws(StoreFailure) -> StoredIdentity {
        try check()
        return memory.identity()
    }
    func identityVersion() async throws(StoreFailure) -> Int64 {
        try check()
        return memory.identityVersion()
    }
    func commit(_ change: IdentityChange, at version: Int64) async throws(StoreFailure) -> Bool {
        commits.with { $0 += 1 }
        try check()
        return memory.commit(change, at: version)
    }
    func record(_ entries: [AuditEntry]) async throws(StoreFailure) {
        try check()
        memory.record(entries)
    }
    func audit(_ query: AuditQuery) async throws(StoreFailure) -> [AuditEntry] {
        try check()
        return memory.audit(query)
    }
}
