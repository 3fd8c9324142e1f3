internal import Reconciler

/// Counts failed logins per user and address, and says when the next may be tried. Bounded.
struct LoginThrottle: Sendable {
    /// Failures within ``window`` that are borne.
    static let limit = 5
    /// How long a failure counts.
    static let window: Duration = .seconds(60)
    /// Each failure costs its maker a password check, of which there are about ten a second: a minute makes no more entries.
    static let maximumEntries = 8192

    /// Whose login failed, and from where.
    struct Key: Hashable, Sendable {
        /// As it was given, at most 64 characters.
        var user: String
        /// Without the port.
        var address: String
    }

    private var failures: [Key: [Timestamp]] = [:]

    /// How long this user must wait at this address; nil when a login may be tried now.
    func retryAfter(_ key: Key, at now: Timestamp) -> Duration? {
        let recent = (failures[key] ?? []).filter { now - $0 < Self.window }
        guard recent.count >= Self.limit, let oldest = recent.first else { return nil }
        return Self.window - (now - oldest)
    }

    /// One more failure.
    mutating func failed(_ key: Key, at now: Timestamp) {
        if failures.count >= Self.maximumEntries {
            failures = failures.filter { $0.value.contains { now - $0 < Self.window } }
        }
        // Still full: the counts of those who fail now are worth more than those of before.
        if failures.count >= Self.maximumEntries { failures.removeAll() }
        var recent = (failures[key] ?? []).filter { now - $0 < Self.window }
        recent.append(now)
        failures[key] = recent.suffix(Self.limit)
    }

    /// A success ends the count.
    mutating func succeeded(_ key: Key) { failures[key] = nil }
}
