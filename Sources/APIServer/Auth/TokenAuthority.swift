internal import Crypto
package import Reconciler

/// Whether a token is good.
package enum TokenVerdict: Sendable, Equatable {
    /// It is ours and not over: this is who calls.
    case valid(Principal)
    /// Why not, in words that give nothing away.
    case refused(String)
}

/// Issues and verifies the API's tokens: JSON Web Tokens (RFC 7519) signed by RS256 with keys of ours, and the API tokens of
/// machines.
///
/// Nothing in a token chooses how it is verified (RFC 8725 sections 3.1 and 3.2): the algorithm must be exactly RS256, the
/// key one of ours, and of the kind that signs such tokens. A good signature is not enough: the session must still be there.
package final class TokenAuthority: Sendable {
    /// Longer tokens are refused unread; ours have about 700 bytes.
    package static let maximumSize = 8192
    /// How far another clock may be ahead.
    private static let leeway: Duration = .seconds(60)
    /// A node's credential lasts as long as the node; the node's end is its revocation.
    private static let nodeLifetime: Int64 = 100 * 365 * 86_400
    private static let issuer = "smreconcile"
    private static let audience = "smreconcile"

    /// Sessions, tokens and keys.
    package let book: IdentityBook
    private let cache = TokenCache()

    /// An authority over what the book has.
    package init(book: IdentityBook) { self.book = book }

    /// A signed token, and the key that did.
    struct Issued: Sendable {
        /// The token.
        var text: String
        /// Its `kid`.
        var keyID: String
    }

    /// An access token of a session.
    func issue(_ session: StoredSession, until expiry: Timestamp, at now: Timestamp) throws(CryptoFailure) -> Issued {
        var claims = JSONWriter()
        claims.beginObject()
        claims.field("iss", Self.issuer)
        claims.field("sub", session.user)
        claims.field("aud", Self.audience)
        claims.field("roles", [session.role.rawValue])
        claims.field("sid", session.id)
        claims.field("iat", now.milliseconds / 1000)
        claims.field("exp", expiry.milliseconds / 1000)
        claims.field("jti", Base64URL.encode(SecureRandom.bytes(12)))
        claims.endObject()
        return try sign(claims.bytes, by: try signer(.api, at: now))
    }

    /// The token that a node proves itself with. A secret: never logged.
    ///
    /// The same each time for a node that was asked for at that time: a create that is retried after a restart has the same
    /// user-data, which providers that compare requests insist on (EC2's IdempotentParameterMismatch).
    package func nodeCredential(for node: NodeID, requestedAt: Timestamp) -> String {
        do throws(CryptoFailure) {
            let signer = try signer(.node, at: requestedAt)
            // Nothing of the moment: RS256 signs equal texts equally.
            let issued = signer.stored.createdAt.milliseconds / 1000
            var claims = JSONWriter()
            claims.beginObject()
            claims.field("iss", Self.issuer)
            claims.field("sub", node.rawValue)
            claims.field("aud", Self.audience)
            claims.field("roles", [Role.node.rawValue])
            claims.field("iat", issued)
            claims.field("exp", issued + Self.nodeLifetime)
            claims.endObject()
            return try sign(claims.bytes, by: signer).text
        } catch {
            // The book was opened with a key of nodes, the last of which never goes. Signing with a sound key fails only for want
            // of memory, which stops a Swift process everywhere.
            preconditionFailure("signing a node's credential failed: \(error.message)")
        }
    }

    private func signer(_ use: StoredKey.Use, at time: Timestamp) throws(CryptoFailure) -> SigningKey {
        let keys = book.snapshot.keys
        guard let chosen = KeyRotation.signer(use, keys.values.lazy.map(\.stored), at: time), let key = keys[chosen.id]
        else { throw .failed("there is no key that signs tokens of the kind '\(use.rawValue)'") }
        return key
    }

    private func sign(_ claims: [UInt8], by signer: SigningKey) throws(CryptoFailure) -> Issued {
        let header = Base64URL.encode(#"{"alg":"RS256","typ":"JWT","kid":"\#(signer.stored.id)"}"#.utf8)
        let signed = "\(header).\(Base64URL.encode(claims))"
        let signature = Base64URL.encode(try signer.key.sign(Array(signed.utf8)))
        return Issued(text: "\(signed).\(signature)", keyID: signer.stored.id)
    }

    /// The keys that verify users' tokens now or soon, the one that signs last at the end. Those of nodes are nobody else's business.
    var publicKeys: [RSAPublicKey] {
        let keys = book.snapshot.keys
        return KeyRotation.ordered(.api, keys.values.map(\.stored)).compactMap { keys[$0.id]?.key.publicKey }
    }

    // MARK: - Verifying

    private struct Refusal: Error {
        var reason: String
    }

    /// Judges a token at `now`. Cheap when the same token was good before and nothing changed since.
    package func verify(_ token: ArraySlice<UInt8>, at now: Timestamp) -> TokenVerdict {
        do throws(Refusal) {
            if token.starts(with: OpaqueToken.apiPrefix) { return .valid(try checkAPIToken(token, at: now)) }
            guard let known = cache.find(token) else {
                let verified = try check(token, at: now)
                cache.insert(verified)
                return .valid(verified.principal)
            }
            do throws(Refusal) {
                return .valid(try stillValid(known, at: now))
            } catch {
                cache.remove(token)
                throw error
            }
        } catch {
            return .refused(error.reason)
        }
    }

    /// A token whose signature is known to be good.
    private func stillValid(_ known: VerifiedToken, at now: Timestamp) throws(Refusal) -> Principal {
        guard now < known.expiresAt else { throw Refusal(reason: "the token has expired; log in again") }
        // Before the snapshot is read: a change in between is then looked at next time.
        let version = book.currentVersion
        if known.version == version { return known.principal }
        let snapshot = book.snapshot
        guard let key = snapshot.keys[known.keyID] else { throw Refusal(reason: "the token's key is not ours") }
        try checkStanding(known.principal, key, snapshot)
        cache.insert(known.at(version))
        return known.principal
    }

    private func check(_ token: ArraySlice<UInt8>, at now: Timestamp) throws(Refusal) -> VerifiedToken {
        guard token.count <= Self.maximumSize else {
            throw Refusal(reason: "the token is longer than \(Self.maximumSize) bytes")
        }
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw Refusal(reason: "the token is no JSON Web Token") }
        let version = book.currentVersion
        let snapshot = book.snapshot
        let key = try key(of: head, snapshot)
        let signed = Array(token[..<parts[1].endIndex])
        guard key.key.publicKey.verify(signature: signature, message: signed) else {
            throw Refusal(reason: "the token's signature is not ours")
        }
        guard let claims = try? TokenClaims.read(payload) else {
            throw Refusal(reason: "the token's claims do not read")
        }
        let expiresAt = try checkTimes(of: claims, at: now)
        let principal = try principal(of: claims)
        try checkStanding(principal, key, snapshot)
        return VerifiedToken(
            text: Array(token), principal: principal, expiresAt: expiresAt, keyID: key.stored.id, version: version)
    }

    private func key(of head: [UInt8], _ snapshot: IdentitySnapshot) throws(Refusal) -> SigningKey {
        guard let header = try? TokenHeader.read(head) else {
            throw Refusal(reason: "the token's header does not read")
        }
        guard header.algorithm == "RS256" else { throw Refusal(reason: "the token is not signed by RS256") }
        guard header.type ?? "JWT" == "JWT" else { throw Refusal(reason: "the token is of another type than JWT") }
        if header.hasCriticalExtensions { throw Refusal(reason: "the token has extensions that are not supported") }
        if header.bringsKey { throw Refusal(reason: "the token brings a key of its own, which is not looked at") }
        guard let key = header.keyID.flatMap({ snapshot.keys[$0] }) else {
            throw Refusal(reason: "the token's key is not ours")
        }
        return key
    }

    private func checkTimes(of claims: TokenClaims, at now: Timestamp) throws(Refusal) -> Timestamp {
        let latestStart = Double((now + Self.leeway).milliseconds) / 1000
        guard claims.issuer == Self.issuer, claims.audience == [Self.audience] else {
            throw Refusal(reason: "the token was not made for this service")
        }
        // No time beyond this fits a Timestamp; year 9999.
        guard let expires = claims.expiresAt, (0...253_402_300_799).contains(expires) else {
            throw Refusal(reason: "the token has no expiry")
        }
        let expiresAt = Timestamp(milliseconds: Int64(expires * 1000))
        guard now < expiresAt else { throw Refusal(reason: "the token has expired; log in again") }
        guard let issued = claims.issuedAt, issued <= latestStart, claims.notBefore ?? 0 <= latestStart else {
            throw Refusal(reason: "the token is not valid yet")
        }
        return expiresAt
    }

    private func principal(of claims: TokenClaims) throws(Refusal) -> Principal {
        guard !claims.subject.isEmpty, claims.roles.count == 1, let role = Role(rawValue: claims.roles[0]) else {
            throw Refusal(reason: "the token names no known role")
        }
        return Principal(
            subject: claims.subject, roles: RoleSet(role),
            credential: role == .node ? .node : claims.session.map { .session($0) })
    }

    /// The key may sign such tokens, and what the token came from has not ended.
    private func checkStanding(
        _ principal: Principal, _ key: SigningKey, _ snapshot: IdentitySnapshot
    ) throws(Refusal) {
        switch (key.stored.use, principal.credential) {
        case (.node, .node): return
        case (.api, .session(let id)):
            guard let session = snapshot.identity.sessions[id], session.user == principal.subject,
                RoleSet(Role(session.role)) == principal.roles
            else { throw Refusal(reason: "the session has ended; log in again") }
        default: throw Refusal(reason: "the token's key signs no such tokens")
        }
    }

    private func checkAPIToken(_ token: ArraySlice<UInt8>, at now: Timestamp) throws(Refusal) -> Principal {
        guard let parts = OpaqueToken.parts(token, OpaqueToken.apiPrefix, 2),
            let known = book.snapshot.identity.tokens[parts[0]], OpaqueToken.matches(parts[1], known.secretHash)
        else { throw Refusal(reason: "the API token is not known; it may have been revoked") }
        guard now < known.expiresAt else { throw Refusal(reason: "the API token '\(known.name)' has expired") }
        return Principal(
            subject: "token:\(known.name)", roles: RoleSet(Role(known.role)), credential: .token(known.id))
    }
}
