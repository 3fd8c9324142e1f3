/// What a pool remembers beyond its scaling: how its rollout stands, and what keeps it from getting nodes. Kept in the store.
package struct PoolMemory: Sendable, Equatable, Codable {
    package var rollout: Rollout?
    /// Set while creates fail at the provider.
    package var creates: Setback?
    /// Set while new nodes die before they served for a while.
    package var starts: Setback?
    /// Nodes more than its own count wants, made for a region that cannot make them, that are not gone yet.
    package var spilled = 0

    package init() {}
}

/// How a pool goes from one revision to the next.
package struct Rollout: Sendable, Equatable, Codable {
    /// What stops it, until the spec asks for another revision or a person says to try again.
    package struct Halt: Sendable, Equatable, Codable {
        package var at: Timestamp
        /// In words, with the numbers.
        package var reason: String
        package init(at: Timestamp, reason: String) {
            self.at = at
            self.reason = reason
        }
    }

    /// What the spec asks for.
    package var revision: String
    /// Since when it does, or was last told to try again.
    package var since: Timestamp
    /// A node of it served for ``Setback/provenAfter``.
    package var isProven = false
    /// Nodes of it that did not come into service, since the last one that served that long.
    package var failures = 0
    /// Nodes of it that came into service and did not last that long.
    package var deaths = 0
    package var halt: Halt?
    /// The newest revision that was proven: what a rollback goes back to.
    package var stable: String?

    private enum CodingKeys: String, CodingKey {
        case revision, since, isProven = "proven", failures, deaths, halt, stable
    }

    package init(revision: String, since: Timestamp) {
        self.revision = revision
        self.since = since
    }
}

/// A run of failures of one kind, and until when nothing is tried because of it.
package struct Setback: Sendable, Equatable, Codable {
    /// A node that served this long is no failed start, and ends a run of them.
    package static let provenAfter: Duration = .seconds(60)

    /// In a row.
    package var failures: Int
    /// When the first of them was.
    package var since: Timestamp
    /// When the newest was.
    package var at: Timestamp
    /// Nothing is tried before then; after it, one at a time.
    package var until: Timestamp
    /// What the newest failure was, in words.
    package var message: String
    /// The provider has no capacity or quota there: waiting helps less than going elsewhere.
    package var isShortage: Bool
    /// Of nodes that die young: what they were made from; nil: of whatever.
    package var revision: String?

    private enum CodingKeys: String, CodingKey {
        case failures, since, at, until, message, isShortage = "shortage", revision
    }

    package init(
        failures: Int, since: Timestamp, at: Timestamp, until: Timestamp, message: String, isShortage: Bool = false
    ) {
        self.failures = failures
        self.since = since
        self.at = at
        self.until = until
        self.message = message
        self.isShortage = isShortage
    }
}
