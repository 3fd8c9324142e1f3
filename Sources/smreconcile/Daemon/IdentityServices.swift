internal import APIServer
internal import Reconciler

/// What runs beside the API for users, keys and the audit log.
struct IdentityServices: Sendable {
    let book: IdentityBook
    let audit: AuditTrail
    let live: LiveState
    let time: any TimeSource
    let warn: @Sendable (String) -> Void

    /// See ``IdentityBook/run(time:policy:oldestNode:warn:)``.
    func followStore() async throws {
        try await book.run(
            time: time, policy: { [live] in live.snapshot.spec.manager.tokens },
            oldestNode: { [live, time] in
                let snapshot = live.snapshot
                guard snapshot.isReady else { return nil }
                return snapshot.fleet.nodes.values.map(\.requestedAt).min() ?? time.now()
            }, warn: warn)
    }

    /// See ``AuditTrail/run(time:)``.
    func writeAudit() async throws { try await audit.run(time: time) }
}
