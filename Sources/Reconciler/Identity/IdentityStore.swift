/// What must survive of users, sessions, tokens and keys, and of the audit log. The contract suite in `Tests/StorageTests` runs over
/// every implementation. Several managers may share one store: calls are made at any time.
package protocol IdentityStore: Sendable {
    /// All of it, at one point in time.
    func identity() async throws(StoreFailure) -> StoredIdentity
    /// The version alone, cheaply.
    func identityVersion() async throws(StoreFailure) -> Int64
    /// Makes a change that was decided on `version`, and the version one more; durable when it returns. False, and nothing
    /// changed, when the store has another version by now: read it anew and decide again.
    func commit(_ change: IdentityChange, at version: Int64) async throws(StoreFailure) -> Bool
    /// Adds entries to the audit log in their order, and forgets what is beyond ``AuditLimits``.
    func record(_ entries: [AuditEntry]) async throws(StoreFailure)
    /// Entries of the audit log, the newest first.
    func audit(_ query: AuditQuery) async throws(StoreFailure) -> [AuditEntry]
}
