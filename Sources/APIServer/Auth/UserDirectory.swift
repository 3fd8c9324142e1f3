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
        /// Too many failures of this user from this address.
        case tooMany(retryAfter: Duration)
        /// Too many logins at once.
        case busy
        /// The store does not answer.
        case unavailable(String)
    }

    /// The name of the user that the first start makes.
    package static let firstUser = "admin"
    /// Bytes of UTF-8 in a user name and a password; longer ones are wrong without a check.
    private static let maximumLength = 1024

    private let store: any Store
    private let time: any TimeSource
    private let cost: PasswordHash.Cost
    private let workers = PasswordWorkers()
    private let throttle = Locked(LoginThrottle())
    /// What is checked when there is no such user, so that the answer takes as long.
    private let decoy: String

    /// - Parameter cost: of new hashes; tests take a cheap one.
    package init(store: any Store, time: any TimeSource, cost: PasswordHash.Cost = .standard) {
        self.store = store
        self.time = time
        self.cost = cost
        let (salt, hash) = (SecureRandom.bytes(16), SecureRandom.bytes(32))
        decoy = "scrypt$\(cost.logN)$\(cost.r)$\(cost.p)$\(Base64URL.encode(salt))$\(Base64URL.encode(hash))"
    }

    /// Makes the user `admin` when there is none, with the given password or a drawn one, which is returned: shown once and
    /// kept nowhere. Nil when the user exists already or the password was given.
    package func ensureAdmin(environmentPassword: String?) async throws -> String? {
        if try await store.user(Self.firstUser) != nil { return nil }
        let given = environmentPassword.flatMap { $0.isEmpty ? nil : $0 }
        let password = given ?? SecureRandom.password()
        try await set(Self.firstUser, role: .admin, password: password)
        return given == nil ? password : nil
    }

    /// Makes a user, or gives one a new role and password.
    package func set(_ name: String, role: StoredUser.Role, password: String) async throws {
        let cost = cost
        let made = await workers.run {
            Result { () throws(CryptoFailure) in try PasswordHash.make(password, cost: cost) }
        }
        guard let made else { throw StoreFailure.failed("too many passwords are being checked; try again") }
        try await store.setUser(
            StoredUser(name: name, role: role, passwordHash: try made.get(), createdAt: time.now()))
    }

    /// Checks a name and a password that came from `address`.
    package func login(_ name: String, password: String, from address: String) async -> Outcome {
        let key = LoginThrottle.Key(user: String(name.prefix(64)), address: address)
        if let wait = waitingTime(key) { return .tooMany(retryAfter: wait) }
        let user: StoredUser?
        do {
            user = try await store.user(name)
        } catch {
            return .unavailable(error.message)
        }
        let isPlausible = name.utf8.count <= Self.maximumLength && password.utf8.count <= Self.maximumLength
        let checked = await workers.run { self.check(isPlausible ? password : nil, of: user, key) }
        return checked ?? .busy
    }

    private func waitingTime(_ key: LoginThrottle.Key) -> Duration? {
        let now = time.now()
        return throttle.with { $0.retryAfter(key, at: now) }
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
        throttle.with { $0.succeeded(key) }
        return .granted(user)
    }
}
