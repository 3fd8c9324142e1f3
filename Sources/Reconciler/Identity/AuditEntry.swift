/// One call that changed something, or tried to: who, what, from where, when. Never a secret, never a body.
package struct AuditEntry: Sendable, Equatable, Codable {
    /// The store's own number, growing; 0 before it is stored.
    package var id: Int64 = 0
    /// When it was answered.
    package var at: Timestamp
    /// The user, `token:NAME`, or a node's id.
    package var subject: String
    /// The role that it had.
    package var role: String
    /// The session or token that it came with: `session:ID`, `token:ID` or `node`.
    package var credential: String
    /// `POST` and the like.
    package var method: String
    /// Without the query, which may hold what nobody should read.
    package var path: String
    /// How it ended: an HTTP status.
    package var status: Int
    /// The request's id, as in its answer and in the log.
    package var requestID: String
    /// The client's address, as far as trusted proxies tell it.
    package var address: String
    /// What was changed, where the path does not tell: `role=viewer`. Empty where it does, and where nothing was changed.
    package var change: String

    /// All but the id.
    package init(
        at: Timestamp, subject: String, role: String, credential: String, method: String, path: String, status: Int,
        requestID: String, address: String, change: String = ""
    ) {
        self.at = at
        self.subject = subject
        self.role = role
        self.credential = credential
        self.method = method
        self.path = path
        self.status = status
        self.requestID = requestID
        self.address = address
        self.change = change
    }
}

/// Which entries are asked for; all of the conditions count.
package struct AuditQuery: Sendable, Equatable {
    /// Of this subject alone.
    package var subject: String?
    /// Not older than this.
    package var since: Timestamp?
    /// Older than the entry with this id; nil: from the newest.
    package var before: Int64?
    /// So many, the newest first.
    package var limit: Int

    /// Any conditions.
    package init(subject: String? = nil, since: Timestamp? = nil, before: Int64? = nil, limit: Int) {
        self.subject = subject
        self.since = since
        self.before = before
        self.limit = limit
    }

    /// Whether an entry fulfils all conditions but the limit.
    package func admits(_ entry: AuditEntry) -> Bool {
        (subject == nil || entry.subject == subject) && since.map { entry.at >= $0 } ?? true
            && before.map { entry.id < $0 } ?? true
    }
}

/// What an audit log keeps.
package enum AuditLimits {
    /// So many of the newest entries: about 30 MB.
    package static let entries = 100_000
    /// None older than this, measured from the newest.
    package static let age: Duration = .seconds(400 * 86_400)
}
