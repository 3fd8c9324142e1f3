internal import Crypto
internal import Reconciler

/// Opens, renews and ends sessions.
///
/// A refresh token is good once: with each renewal comes a new one (RFC 9700 section 4.14.2). One that comes a second time was
/// stolen, from whom we cannot know: the session ends, and whoever has it is out.
///
/// But an answer may be lost on its way. For ``grace`` after a renewal, and only until its new token was used, the same token gets the
/// same new one again (Auth0 calls it the reuse interval). A thief gains no session by it: of the two who have the new token then, the one
/// who comes second is found out.
struct SessionDesk: Sendable {
    /// In which a client asks again for an answer that it did not get.
    static let grace: Duration = .seconds(10)

    /// Users and sessions.
    let book: IdentityBook
    /// Signs access tokens.
    let tokens: TokenAuthority

    /// What a login or a renewal gives.
    struct Grant: Sendable {
        /// The session it belongs to.
        var session: StoredSession
        /// A secret.
        var accessToken: String
        /// Whole seconds.
        var expiresIn: Int64
        /// A secret; nil for a session that cannot be renewed.
        var refreshToken: String?
    }

    /// Why a renewal failed.
    enum RenewalFailure: Error, Sendable, Equatable {
        /// No such session, or not its token.
        case refused
        /// An old token: this user's session has ended.
        case reused(user: String, session: String)
        /// The store, or signing.
        case unavailable(String)
    }

    /// A session of a user whose password was right. Without `isRenewable` it ends with its access token.
    func open(
        _ user: StoredUser, from address: String, isRenewable: Bool, _ policy: ManagerSpec.Tokens, at now: Timestamp
    ) async throws(CommandFailure) -> Grant {
        let (family, secret) = (OpaqueToken.newSecret(), OpaqueToken.newSecret())
        let tokenExpiry = Self.expiry(policy.lifetime, at: now)
        var session = StoredSession(
            id: OpaqueToken.newID(), user: user.name, role: user.role, createdAt: now,
            expiresAt: isRenewable ? now + policy.refreshLifetime : tokenExpiry, address: address)
        if isRenewable {
            session.refresh = .init(familyHash: OpaqueToken.hash(family), currentHash: OpaqueToken.hash(secret))
        }
        let access = try sign(session, until: tokenExpiry, at: now)
        try await book.change { identity throws(CommandFailure) in
            try identity.opening(session, of: user, tokenExpiry: tokenExpiry, signedBy: access.keyID)
        }
        return Grant(
            session: session, accessToken: access.text,
            expiresIn: (tokenExpiry.milliseconds - now.milliseconds) / 1000,
            refreshToken: isRenewable ? OpaqueToken.refreshToken(session.id, family, secret) : nil)
    }

    /// A new pair of tokens for a refresh token.
    func renew(
        _ token: String, _ policy: ManagerSpec.Tokens, at now: Timestamp
    ) async throws(RenewalFailure) -> Grant {
        guard let parts = OpaqueToken.parts(Array(token.utf8)[...], OpaqueToken.refreshPrefix, 3) else {
            throw .refused
        }
        let (id, family, secret) = (parts[0], parts[1], parts[2])
        let salt = OpaqueToken.newSecret()
        var grant: Grant?
        var failure: RenewalFailure?
        do throws(CommandFailure) {
            try await book.change { identity throws(CommandFailure) in
                (grant, failure) = (nil, nil)
                switch Self.judge(identity.sessions[id], family, secret, at: now) {
                case .refused:
                    failure = .refused
                    return IdentityChange()
                case .reused(let session):
                    failure = .reused(user: session.user, session: id)
                    return try identity.endingSession(id, of: nil)
                case .good(var session), .again(var session):
                    let isAgain = !OpaqueToken.matches(secret, session.refresh?.currentHash ?? "")
                    let next = OpaqueToken.successor(
                        of: secret, isAgain ? session.refresh?.renewal?.salt ?? "" : salt)
                    if !isAgain {
                        session.renewedAt = now
                        session.refresh?.renewal = .init(
                            usedHash: OpaqueToken.hash(secret), salt: salt, at: now)
                        session.refresh?.currentHash = OpaqueToken.hash(next)
                    }
                    // Never beyond the session.
                    let expiry = min(Self.expiry(policy.lifetime, at: now), session.expiresAt)
                    let access = try sign(session, until: expiry, at: now)
                    grant = Grant(
                        session: session, accessToken: access.text,
                        expiresIn: (expiry.milliseconds - now.milliseconds) / 1000,
                        refreshToken: OpaqueToken.refreshToken(id, family, next))
                    var change = IdentityChange()
                    change.sessions[id] = session
                    identity.note(expiry, signedBy: access.keyID, in: &change)
                    return change
                }
            }
        } catch {
            throw .unavailable(error.message)
        }
        if let failure { throw failure }
        guard let grant else { throw .refused }
        return grant
    }

    private enum Judgement {
        case good(StoredSession)
        /// The token before the newest, soon after it was used.
        case again(StoredSession)
        case reused(StoredSession)
        case refused
    }

    private static func judge(
        _ session: StoredSession?, _ family: String, _ secret: String, at now: Timestamp
    ) -> Judgement {
        guard let session, now < session.expiresAt, let refresh = session.refresh,
            OpaqueToken.matches(family, refresh.familyHash)
        else { return .refused }
        if OpaqueToken.matches(secret, refresh.currentHash) { return .good(session) }
        // One that came before may be judged after it: of two at once, either may be the first in the store.
        if let renewal = refresh.renewal, OpaqueToken.matches(secret, renewal.usedHash),
            abs((now - renewal.at).wholeMilliseconds) <= grace.wholeMilliseconds
        {
            return .again(session)
        }
        return .reused(session)
    }

    private func sign(
        _ session: StoredSession, until expiry: Timestamp, at now: Timestamp
    ) throws(CommandFailure) -> TokenAuthority.Issued {
        do throws(CryptoFailure) {
            return try tokens.issue(session, until: expiry, at: now)
        } catch {
            throw .unavailable("signing the token failed: \(error.message)")
        }
    }

    /// Whole seconds, as the token says it.
    private static func expiry(_ lifetime: Duration, at now: Timestamp) -> Timestamp {
        Timestamp(milliseconds: (now.milliseconds / 1000 + max(1, lifetime.components.seconds)) * 1000)
    }
}
