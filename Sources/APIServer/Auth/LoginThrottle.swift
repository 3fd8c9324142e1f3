internal import Reconciler

/// Counts failed logins, and says when the next may be tried. Bounded.
///
/// Four limits, each over the last minute:
/// - per user and address: a few, for who guesses at one door;
/// - per address over all users: more, since an office may have one address, for who tries one password with many names;
/// - per site of IPv6 over all users: again more, for who has 65,536 networks at one line;
/// - per user over all addresses: many, for who guesses from many places. It never holds where that user logged in lately, so nobody
///   can be locked out from where they work by a stranger; and nowhere for longer than the guessing goes on.
struct LoginThrottle: Sendable {
    /// Failures of one user at one address within ``window`` that are borne.
    static let limit = 5
    /// Those of all users at one address.
    static let addressLimit = 30
    /// Those of all users at one site: a /48, the most that one line is given (RFC 6177).
    static let siteLimit = 120
    /// Those of one user at all addresses.
    static let userLimit = 100
    /// How long a failure counts.
    static let window: Duration = .seconds(60)
    /// How long an address is one where a user logged in.
    static let familiarFor: Duration = .seconds(30 * 86_400)
    /// Each failure costs its maker a password check, of which there are about ten a second: a minute makes no more entries.
    static let maximumEntries = 8192

    /// Whose login failed, and from where.
    struct Key: Hashable, Sendable {
        /// As it was given, at most 64 characters.
        var user: String
        /// Without the port; of IPv6 the network, since a client has 2^64 of those addresses.
        var address: String
        /// The site of IPv6 in which the network is; nil for others.
        var site: String?
    }

    private var pairs = FailureWindow<Key>(limit: limit)
    private var addresses = FailureWindow<String>(limit: addressLimit)
    private var sites = FailureWindow<String>(limit: siteLimit)
    private var users = FailureWindow<String>(limit: userLimit)
    private var familiar: [Key: Timestamp] = [:]

    /// How long this user must wait at this address; nil when a login may be tried now.
    /// - Parameter isKnown: the user is known to work there by other signs than a login that is remembered here.
    func retryAfter(_ key: Key, at now: Timestamp, isKnown: Bool = false) -> Duration? {
        let isFamiliar = isKnown || familiar[key].map { now - $0 < Self.familiarFor } ?? false
        return [
            pairs.retryAfter(key, at: now), addresses.retryAfter(key.address, at: now),
            key.site.flatMap { sites.retryAfter($0, at: now) }, isFamiliar ? nil : users.retryAfter(key.user, at: now),
        ].compactMap { $0 }.max()
    }

    /// One more failure.
    mutating func failed(_ key: Key, at now: Timestamp) {
        pairs.failed(key, at: now)
        addresses.failed(key.address, at: now)
        if let site = key.site { sites.failed(site, at: now) }
        users.failed(key.user, at: now)
    }

    /// A success ends the count of this user here. Those of the address go on: who has one account must not guess others' without end.
    mutating func succeeded(_ key: Key, at now: Timestamp) {
        pairs.forget(key)
        if familiar[key] == nil, familiar.count >= Self.maximumEntries {
            familiar = familiar.filter { now - $0.value < Self.familiarFor }
            if familiar.count >= Self.maximumEntries, let oldest = familiar.min(by: { $0.value < $1.value }) {
                familiar[oldest.key] = nil
            }
        }
        familiar[key] = now
    }
}

/// The newest failures of each of many, within ``LoginThrottle/window``.
struct FailureWindow<Key: Hashable & Sendable>: Sendable {
    /// So many are borne.
    let limit: Int
    private var failures: [Key: [Timestamp]] = [:]

    /// Nobody failed yet.
    init(limit: Int) { self.limit = limit }

    /// How long this one must wait; nil: not at all.
    func retryAfter(_ key: Key, at now: Timestamp) -> Duration? {
        let recent = (failures[key] ?? []).filter { now - $0 < LoginThrottle.window }
        guard recent.count >= limit, let oldest = recent.first else { return nil }
        return LoginThrottle.window - (now - oldest)
    }

    /// One more failure.
    mutating func failed(_ key: Key, at now: Timestamp) {
        if failures[key] == nil, failures.count >= LoginThrottle.maximumEntries {
            failures = failures.filter { $0.value.contains { now - $0 < LoginThrottle.window } }
            // Still full: the counts of those who fail now are worth more than those of before.
            if failures.count >= LoginThrottle.maximumEntries { failures.removeAll() }
        }
        var recent = (failures[key] ?? []).filter { now - $0 < LoginThrottle.window }
        recent.append(now)
        failures[key] = recent.suffix(limit)
    }

    /// Forgets the failures of one.
    mutating func forget(_ key: Key) { failures[key] = nil }
}
