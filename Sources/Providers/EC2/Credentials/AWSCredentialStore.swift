internal import Reconciler

/// Keeps the credentials that were found, and looks for new ones before they expire or when the service refused them.
///
///     none ── current() ──▶ looking ──▶ kept ── 5 minutes before their end, current() ──▶ looking
///                                        │                                                 │ fails: the old ones, while they last
///                                        └── refuse() ──▶ none                             ▼
actor AWSCredentialStore {
    /// Temporary credentials are renewed so long before their end: Amazon has the new ones by then.
    static let margin: Duration = .seconds(300)
    /// After a renewal that failed the next try waits so long, while the old ones are still good.
    static let pause: Duration = .seconds(30)

    private let find: @Sendable () async -> Result<AWSCredentials, CredentialFailure>
    private let time: any TimeSource
    private var kept: AWSCredentials?
    private var pausedUntil: Timestamp?
    /// The search that is under way: many calls wait for one.
    private var search: Task<Result<AWSCredentials, CredentialFailure>, Never>?

    /// Nothing is looked for yet.
    init(time: any TimeSource, find: @escaping @Sendable () async -> Result<AWSCredentials, CredentialFailure>) {
        self.time = time
        self.find = find
    }

    /// Credentials that are good now.
    func current() async throws(CredentialFailure) -> AWSCredentials {
        let now = time.now()
        if let kept {
            guard let end = kept.expiresAt, now + Self.margin >= end else { return kept }
            if now < end, let pausedUntil, now < pausedUntil { return kept }
        }
        switch await searched() {
        case .success(let found):
            pausedUntil = nil
            return found
        case .failure(let failure):
            guard let kept, let end = kept.expiresAt, time.now() < end else { throw failure }
            pausedUntil = time.now() + Self.pause
            return kept
        }
    }

    /// The service did not take these: the next call looks for others, unless that was done already.
    func refuse(_ credentials: AWSCredentials) {
        if kept == credentials { kept = nil }
    }

    private func searched() async -> Result<AWSCredentials, CredentialFailure> {
        if let search { return await search.value }
        let find = find
        let task = Task(name: "AWS credentials") { await find() }
        search = task
        let result = await task.value
        search = nil
        if case .success(let found) = result { kept = found }
        return result
    }
}
