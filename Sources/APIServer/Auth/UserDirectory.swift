package import Crypto
package import Reconciler

/// Who may log in: the users of the store, their passwords checked slowly on purpose and only so often.
package final class UserDirectory: Sendable {
    /// How a login ended.
    package enum Outcome: Sendable, Equatable {
        /// Name and password are right.
        case granted(StoredUser)
        /// The name or the password is wrong, or the user is disabled: which of them is not said.
        case refused
        /// Too many failures: of this user, or from this address.
        case tooMany(retryAfter: Duration)
        /// Too many logins at once.
        case busy
    }

    /// The name of the user that the first start makes.
    package static let firstUser = "admin"
    /// Bytes of UTF-8 in a user name and a password; longer ones are wrong without a check.
    private static let maximumLength = 1024

    private let book: IdentityBook
    private let time: any TimeSource
    private let cost: PasswordHash.Cost
    private let workers = PasswordWorkers()
    private let throttle = Locked(LoginThrottle())
    /// What is checked when there is no such user, so that the answer takes as long.
    private let decoy: String

    /// - Parameter cost: of new hashes; tests take a cheap one.
    package init(book: IdentityBook, time: any TimeSource, cost: PasswordHash.Cost = .standard) {
        self.book = book
        self.time = time
        self.cost = cost
        let (salt, hash) = (SecureRandom.bytes(16), SecureRandom.bytes(32))
        decoy = "scrypt$\(cost.logN)$\(cost.r)$\(cost.p)$\(Base64URL.encode(salt))$\(Base64URL.encode(hash))"
    }

    /// Makes the user `admin` when there is no admin who may log in, with the given password or a drawn one, which is returned: shown
    /// once and kept nowhere. Nil when there is one already or the password was given. Throws for a given password that is too easy.
    package func ensureAdmin(environmentPassword: String?) async throws(CommandFailure) -> String? {
        func hasAdmin(_ identity: StoredIdentity) -> Bool {
            identity.users.values.contains { $0.role == .admin && !$0.disabled }
        }
        if hasAdmin(book.snapshot.identity) { return nil }
        let given = environmentPassword.flatMap { $0.isEmpty ? nil : $0 }
        if let fault = given.flatMap({ PasswordRules.fault($0, of: Self.firstUser) }) {
            throw .conflict("the password in SMRECONCILE_ADMIN_PASSWORD \(fault)")
        }
        let password = given ?? SecureRandom.password()
        let user = StoredUser(
            name: Self.firstUser, role: .admin, passwordHash: try await hash(password), createdAt: time.now())
        var isMade = false
        try await book.change { identity in
            isMade = !hasAdmin(identity)
            var change = IdentityChange()
            if isMade { change.users[user.name] = user }
            return change
        }
        return isMade && given == nil ? password : nil
    }

    /// What is stored of a password; about a quarter of a second on a thread of its own.
    package func hash(_ password: String) async throws(CommandFailure) -> String {
        let cost = cost
        let made = await workers.run {
            Result { () throws(CryptoFailure) in try PasswordHash.make(password, cost: cost) }
        }
        guard let made else { throw .unavailable("too many passwords are being checked; try again") }
        do throws(CryptoFailure) {
            return try made.get()
        } catch {
            throw .unavailable("the password cannot be hashed: \(error.message)")
        }
    }

    /// Gives a user another password, which ends all sessions of it: for whoever has the store itself in hand. Throws for one that there is
    /// not, and a password that is too easy. True when the user is disabled, and cannot log in all the same.
    package func reset(_ name: String, to password: String) async throws(CommandFailure) -> Bool {
        let users = book.snapshot.identity.users
        guard let user = users[name] else {
            throw .notFound(Suggestion.noSuch("user", name, among: users.keys.sorted()))
        }
        if let fault = PasswordRules.fault(password, of: name) { throw .conflict("the password \(fault)") }
        let hash = try await hash(password)
        try await book.change { identity throws(CommandFailure) in try identity.settingPassword(of: name, to: hash) }
        return user.disabled
    }

    /// Checks a name and a password that came from `address`.
    package func login(_ name: String, password: String, from address: String) async -> Outcome {
        let place = IPAddress(address)
        let key = LoginThrottle.Key(
            user: String(name.prefix(64)), address: place?.network ?? address, site: place?.site)
        if let wait = waitingTime(key) { return .tooMany(retryAfter: wait) }
        let user = book.snapshot.identity.users[name]
        let isPlausible =
            name.utf8.count <= Self.maximumLength && password.unicodeScalars.count <= PasswordRules.maximumLength
        let checked = await workers.run { self.check(isPlausible ? password : nil, of: user, key) }
        return checked ?? .busy
    }

    private func waitingTime(_ key: LoginThrottle.Key) -> Duration? {
        let now = time.now()
        let (wait, others) = throttle.with {
            ($0.retryAfter(key, at: now), $0.retryAfter(key, at: now, isKnown: true))
        }
        // Where the limit of the user alone is in the way: a login that was before the last start is remembered by its session.
        guard wait != nil, others == nil, hasSession(key, at: now) else { return wait }
        return nil
    }

    private func hasSession(_ key: LoginThrottle.Key, at now: Timestamp) -> Bool {
        book.snapshot.identity.sessions.values.contains { session in
            session.user == key.user && now < session.expiresAt
                && (IPAddress(session.address)?.network ?? session.address) == key.address
        }
    }

    /// Blocks for as long as a hash takes, whatever is wrong. A nil password is wrong.
    private func check(_ password: String?, of user: StoredUser?, _ key: LoginThrottle.Key) -> Outcome {
        // Asked again: failures may have come in while this one waited.
        if let wait = waitingTime(key) { return .tooMany(retryAfter: wait) }
        let isRight = PasswordHash.verify(password ?? "", against: user?.passwordHash ?? decoy)
        let now = time.now()
        guard isRight, password != nil, let user, !user.disabled else {
            throttle.with { $0.failed(key, at: now) }
            return .refused
        }
        throttle.with { $0.succeeded(key, at: now) }
        return .granted(user)
    }
}
