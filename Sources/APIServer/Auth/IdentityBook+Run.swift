package import Crypto
internal import Dispatch
package import Reconciler

extension IdentityBook {
    /// How often it is looked for what is over, and for a key that is due.
    private static let tidying: Duration = .seconds(60)

    /// Follows what other managers change, forgets what is over and changes the key of users' tokens in time, until cancelled.
    ///
    /// - Parameters:
    ///   - policy: the spec's, as it is now.
    ///   - oldestNode: when the oldest living node was asked for, now if there is none; nil while that is not known.
    ///   - warn: told once when the store is away, and when it is back.
    package func run(
        time: any TimeSource, policy: @Sendable () -> ManagerSpec.Tokens, oldestNode: @Sendable () -> Timestamp?,
        warn: @Sendable (String) -> Void
    ) async throws {
        var trouble: String?
        var tidied: Timestamp?
        while true {
            var failure: String?
            do throws(StoreFailure) { try await refresh() } catch { failure = error.message }
            let now = time.now()
            if failure == nil, tidied.map({ $0 + Self.tidying <= now }) ?? true {
                tidied = now
                do throws(CommandFailure) {
                    try await tidy(policy(), oldestNode: oldestNode(), at: now)
                } catch {
                    failure = error.message
                }
            }
            if failure != trouble {
                warn(
                    failure.map {
                        "users and sessions cannot be followed in the store: \($0); what was known stays in force"
                    }
                        ?? "users and sessions are followed again")
                trouble = failure
            }
            try await time.sleep(for: Self.interval)
        }
    }

    /// One look at what is over and what is due.
    func tidy(
        _ policy: ManagerSpec.Tokens, oldestNode: Timestamp?, at now: Timestamp
    ) async throws(CommandFailure) {
        try await change { identity in identity.pruned(oldestNode: oldestNode, at: now) }
        func isDue(_ identity: StoredIdentity) -> Bool {
            KeyRotation.isDue(identity.keys.values, every: policy.keyRotation, at: now)
        }
        guard isDue(snapshot.identity) else { return }
        let key = KeyRotation.stored(
            try await makeKey(), .api, at: now, signsFrom: now + KeyRotation.publishedBefore)
        try await change { identity in isDue(identity) ? KeyRotation.adding(key) : IdentityChange() }
    }

    private static let keyMaker = DispatchQueue(label: "smreconcile.keys")

    /// Draws a key, on a thread of its own: it takes a tenth of a second.
    package func makeKey() async throws(CommandFailure) -> RSAPrivateKey {
        let made = await withCheckedContinuation { continuation in
            Self.keyMaker.async {
                continuation.resume(returning: Result { () throws(CryptoFailure) in try RSAPrivateKey.generate() })
            }
        }
        do throws(CryptoFailure) {
            return try made.get()
        } catch {
            throw .unavailable("no key could be made: \(error.message)")
        }
    }
}
