/// Who may use the API: users, their sessions, tokens of machines, and the keys that sign. All of it is small and read at every
/// request, so a manager holds the whole of it in memory and follows its version in the store.
package struct StoredIdentity: Sendable, Equatable {
    /// Grows by one with each change, whichever manager makes it; 0 for a store that nobody changed.
    package var version: Int64 = 0
    /// By name.
    package var users: [String: StoredUser] = [:]
    /// By id.
    package var sessions: [String: StoredSession] = [:]
    /// By id.
    package var tokens: [String: StoredAPIToken] = [:]
    /// By id, which is their `kid`.
    package var keys: [String: StoredKey] = [:]

    /// Nobody.
    package init() {}

    /// The same after a change, at the next version.
    package func applying(_ change: IdentityChange) -> StoredIdentity {
        var next = self
        next.version += 1
        for (name, user) in change.users { next.users[name] = user }
        for (id, session) in change.sessions { next.sessions[id] = session }
        for (id, token) in change.tokens { next.tokens[id] = token }
        for (id, key) in change.keys { next.keys[id] = key }
        return next
    }
}

/// One atomic change of a ``StoredIdentity``; nil forgets.
package struct IdentityChange: Sendable, Equatable {
    /// By name.
    package var users: [String: StoredUser?] = [:]
    /// By id.
    package var sessions: [String: StoredSession?] = [:]
    /// By id.
    package var tokens: [String: StoredAPIToken?] = [:]
    /// By id.
    package var keys: [String: StoredKey?] = [:]

    /// No change.
    package init() {}

    /// Whether there is nothing to do.
    package var isEmpty: Bool { users.isEmpty && sessions.isEmpty && tokens.isEmpty && keys.isEmpty }
}

/// A person or program that may log in.
package struct StoredUser: Sendable, Equatable, Codable {
    /// What it may do.
    package enum Role: String, Sendable, Codable, CaseIterable {
        case admin, `operator`, viewer, app
    }
    /// 1 to 64 of letters, digits, `.`, `_`, `-` and `@`.
    package var name: String
    /// What it may do.
    package var role: Role
    /// scrypt, with its parameters and salt, in one string.
    package var passwordHash: String
    /// When it was made.
    package var createdAt: Timestamp
    /// It may not log in.
    package var disabled: Bool

    /// All of it.
    package init(name: String, role: Role, passwordHash: String, createdAt: Timestamp, disabled: Bool = false) {
        self.name = name
        self.role = role
        self.passwordHash = passwordHash
        self.createdAt = createdAt
        self.disabled = disabled
    }
}

/// What one login began: the family of all access and refresh tokens that come from it. Without it they are worth nothing.
package struct StoredSession: Sendable, Equatable, Codable {
    /// Random; in each access token, so it is no secret.
    package var id: String
    /// Whose it is.
    package var user: String
    /// The user's role when it began; a change of role ends it.
    package var role: StoredUser.Role
    /// When the login was.
    package var createdAt: Timestamp
    /// From then on nothing of it is good.
    package var expiresAt: Timestamp
    /// Where the login came from.
    package var address: String
    /// The last renewal; nil before the first.
    package var renewedAt: Timestamp?
    /// Nil when it cannot be renewed.
    package var refresh: Refresh?

    /// What is known of its refresh tokens: hashes alone (SHA-256, hexadecimal). Each token has two secrets: one that all of
    /// its session have in common, and one of its own.
    package struct Refresh: Sendable, Equatable, Codable {
        /// Of the common secret: who has it, had a token of this session.
        package var familyHash: String
        /// Of the secret of the newest token, the only good one.
        package var currentHash: String
        /// What the newest token came from; nil before the first renewal.
        package var renewal: Renewal?

        /// One renewal, for a client that did not hear the answer. The new secret is HMAC-SHA-256 of the old one under the salt: the store
        /// alone does not give it, nor does the old token alone.
        package struct Renewal: Sendable, Equatable, Codable {
            /// Of the secret of the token that was used.
            package var usedHash: String
            /// Random, Base 64 for URLs.
            package var salt: String
            /// When.
            package var at: Timestamp

            /// All of it.
            package init(usedHash: String, salt: String, at: Timestamp) {
                self.usedHash = usedHash
                self.salt = salt
                self.at = at
            }
        }

        /// Both hashes.
        package init(familyHash: String, currentHash: String) {
            self.familyHash = familyHash
            self.currentHash = currentHash
        }
    }

    /// A session that was never renewed.
    package init(
        id: String, user: String, role: StoredUser.Role, createdAt: Timestamp, expiresAt: Timestamp, address: String,
        refresh: Refresh? = nil
    ) {
        self.id = id
        self.user = user
        self.role = role
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.address = address
        self.refresh = refresh
    }
}

/// A long-lived token of a machine, such as Prometheus.
package struct StoredAPIToken: Sendable, Equatable, Codable {
    /// Random; part of the token, no secret.
    package var id: String
    /// What people call it; as a user's name.
    package var name: String
    /// What it may do.
    package var role: StoredUser.Role
    /// SHA-256 of the secret part, hexadecimal.
    package var secretHash: String
    /// Who made it.
    package var createdBy: String
    /// When.
    package var createdAt: Timestamp
    /// From then on it is refused.
    package var expiresAt: Timestamp

    /// All of it.
    package init(
        id: String, name: String, role: StoredUser.Role, secretHash: String, createdBy: String, createdAt: Timestamp,
        expiresAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.role = role
        self.secretHash = secretHash
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// A private key that signs tokens.
package struct StoredKey: Sendable, Equatable, Codable {
    /// Whose tokens it signs. A key of the one kind verifies no token of the other.
    package enum Use: String, Sendable, Codable, CaseIterable {
        /// Access tokens of users.
        case api
        /// Credentials of nodes.
        case node
    }
    /// The thumbprint of its public half (RFC 7638): `kid`.
    package var id: String
    /// What it signs.
    package var use: Use
    /// PKCS #8: a secret.
    package var pem: String
    /// When it was made; published from then on.
    package var createdAt: Timestamp
    /// It signs from then until a younger key does.
    package var signsFrom: Timestamp
    /// When the last token that it signed is over; nil when it signed none.
    package var lastExpiry: Timestamp?

    /// A key that signed nothing yet.
    package init(id: String, use: Use, pem: String, createdAt: Timestamp, signsFrom: Timestamp) {
        self.id = id
        self.use = use
        self.pem = pem
        self.createdAt = createdAt
        self.signsFrom = signsFrom
    }
}
