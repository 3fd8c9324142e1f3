internal import Crypto
internal import Reconciler

/// When keys come, sign and go. All of it is decided from the keys and the time.
///
///     made, published ──10 min──▶ signs ──the next one signs──▶ verifies only ──its last token is over──▶ gone
///
/// Keys of nodes are never changed by time: a node's credential ends with the node, and is worth nothing to another one. By hand they
/// are; then nodes that were asked for before keep theirs, and the old key goes with the last of these.
enum KeyRotation {
    /// How long a key is in the key set before it signs: twice what clients may keep the set.
    static let publishedBefore: Duration = .seconds(600)

    /// A new key as it is stored.
    static func stored(
        _ key: RSAPrivateKey, _ use: StoredKey.Use, at now: Timestamp, signsFrom: Timestamp
    ) -> StoredKey {
        StoredKey(id: key.publicKey.keyID, use: use, pem: key.pem, createdAt: now, signsFrom: signsFrom)
    }

    /// One more key.
    static func adding(_ key: StoredKey) -> IdentityChange {
        var change = IdentityChange()
        change.keys[key.id] = key
        return change
    }

    /// Keys of a kind, the one that signs last at the end.
    static func ordered(_ use: StoredKey.Use, _ keys: some Sequence<StoredKey>) -> [StoredKey] {
        keys.filter { $0.use == use }.sorted { ($0.signsFrom, $0.id) < ($1.signsFrom, $1.id) }
    }

    /// The key that signs at `time`: the youngest that may; the oldest at a time before all of them.
    static func signer(_ use: StoredKey.Use, _ keys: some Sequence<StoredKey>, at time: Timestamp) -> StoredKey? {
        let ordered = ordered(use, keys)
        return ordered.last { $0.signsFrom <= time } ?? ordered.first
    }

    /// Whether it is time for a new key of users' tokens.
    static func isDue(_ keys: some Sequence<StoredKey>, every interval: Duration, at now: Timestamp) -> Bool {
        guard let youngest = ordered(.api, keys).last else { return true }
        return youngest.createdAt + interval <= now
    }

    /// Keys that nothing needs any more. `oldestNode` is when the oldest living node was asked for; nil: that is not known.
    static func over(_ keys: some Sequence<StoredKey>, oldestNode: Timestamp?, at now: Timestamp) -> [String] {
        var over: [String] = []
        for use in StoredKey.Use.allCases {
            let ordered = ordered(use, keys)
            for (key, next) in zip(ordered, ordered.dropFirst()) where next.signsFrom <= now {
                let isOver =
                    switch use {
                    case .api: key.lastExpiry.map { $0 <= now } ?? true
                    case .node: oldestNode.map { next.signsFrom <= $0 } ?? false
                    }
                if isOver { over.append(key.id) }
            }
        }
        return over
    }
}

extension StoredIdentity {
    /// A new key, made for the moment that `key` says. With `revoking` the others of its kind go at once, and all that they signed.
    func rotating(to key: StoredKey, revoking: Bool) -> IdentityChange {
        var change = KeyRotation.adding(key)
        if revoking { for old in keys.values where old.use == key.use { change.keys[old.id] = StoredKey?.none } }
        return change
    }

    /// Forgets what is over: keys, sessions, tokens.
    func pruned(oldestNode: Timestamp?, at now: Timestamp) -> IdentityChange {
        var change = IdentityChange()
        for id in KeyRotation.over(keys.values, oldestNode: oldestNode, at: now) { change.keys[id] = StoredKey?.none }
        for session in sessions.values where session.expiresAt <= now {
            change.sessions[session.id] = StoredSession?.none
        }
        for token in tokens.values where token.expiresAt + Self.tokensShown <= now {
            change.tokens[token.id] = StoredAPIToken?.none
        }
        return change
    }

    /// A token that is over is listed so long: who looks why Prometheus stopped finds it.
    private static var tokensShown: Duration { .seconds(30 * 86_400) }
}
