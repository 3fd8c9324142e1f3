package import Crypto
internal import Foundation
package import Reconciler

/// Whether a token is good.
package enum TokenVerdict: Sendable, Equatable {
    /// It is ours and not over: this is who calls.
    case valid(Principal)
    /// Why not, in words that give nothing away.
    case refused(String)
}

/// Issues and verifies the API's tokens: JSON Web Tokens (RFC 7519) signed by RS256 with one key of ours.
///
/// Nothing in a token chooses how it is verified (RFC 8725 sections 3.1 and 3.2): the algorithm must be exactly RS256, the
/// key one of ours.
package final class TokenAuthority: Sendable {
    /// Longer tokens are refused unread; ours have about 600 bytes.
    package static let maximumSize = 8192
    /// How far another clock may be ahead.
    private static let leeway: Duration = .seconds(60)
    /// A node's credential lasts as long as the node; the node's end is its revocation.
    private static let nodeLifetime: Duration = .seconds(10 * 365 * 86_400)
    private static let issuer = "smreconcile"
    private static let audience = "smreconcile"
    private static let storeKey = "signing-key"

    private let key: RSAPrivateKey
    private let time: any TimeSource
    private let header: String
    private let cache = TokenCache()

    /// An authority with a key at hand.
    package init(key: RSAPrivateKey, time: any TimeSource) {
        self.key = key
        self.time = time
        header = Base64URL.encode(#"{"alg":"RS256","typ":"JWT","kid":"\#(key.publicKey.keyID)"}"#.utf8)
    }

    /// The authority whose key is in the store; the first start makes one.
    package static func load(from store: any Store, time: any TimeSource) async throws -> TokenAuthority {
        if let stored = try await store.value(storeKey) {
            let key = try RSAPrivateKey(pem: String(decoding: stored, as: UTF8.self))
            return TokenAuthority(key: key, time: time)
        }
        let key = try RSAPrivateKey.generate()
        try await store.setValue(Data(key.pem.utf8), for: storeKey)
        return TokenAuthority(key: key, time: time)
    }

    /// A token for a user of the API.
    package func issue(subject: String, role: Role, lifetime: Duration) throws(CryptoFailure) -> String {
        let now = time.now().milliseconds / 1000
        var claims = JSONWriter()
        claims.beginObject()
        claims.field("iss", Self.issuer)
        claims.field("sub", subject)
        claims.field("aud", Self.audience)
        claims.field("roles", [role.rawValue])
        claims.field("iat", now)
        claims.field("exp", now + lifetime.components.seconds)
        claims.field("jti", Base64URL.encode(SecureRandom.bytes(12)))
        claims.endObject()
        let signed = "\(header).\(Base64URL.encode(claims.bytes))"
        return "\(signed).\(Base64URL.encode(try key.sign(Array(signed.utf8))))"
    }

    /// The token that a node proves itself with. A secret: never logged.
    package func nodeCredential(for node: NodeID) -> String {
        do {
            return try issue(subject: node.rawValue, role: .node, lifetime: Self.nodeLifetime)
        } catch {
            // Signing with a sound key fails only for want of memory, which stops a Swift process everywhere.
            preconditionFailure("signing a node's credential failed: \(error.message)")
        }
    }

    /// The key that verifies its tokens.
    var publicKey: RSAPublicKey { key.publicKey }

    /// Judges a token at `now`. Cheap when the same token was good before.
    package func verify(_ token: ArraySlice<UInt8>, at now: Timestamp) -> TokenVerdict {
        if let known = cache.find(token) {
            return now < known.expiresAt ? .valid(known.principal) : .refused("the token has expired; log in again")
        }
        do {
            let verified = try check(token, at: now)
            cache.insert(verified)
            return .valid(verified.principal)
        } catch {
            return .refused(error.reason)
        }
    }

    private struct Refusal: Error {
        var reason: String
    }

    private func check(_ token: ArraySlice<UInt8>, at now: Timestamp) throws(Refusal) -> VerifiedToken {
        guard token.count <= Self.maximumSize else {
            throw Refusal(reason: "the token is longer than \(Self.maximumSize) bytes")
        }
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw Refusal(reason: "the token is no JSON Web Token") }
        try check(head)
        let signed = Array(token[..<parts[1].endIndex])
        guard key.publicKey.verify(signature: signature, message: signed) else {
            throw Refusal(reason: "the token's signature is not ours")
        }
        guard let claims = try? TokenClaims.read(payload) else {
            throw Refusal(reason: "the token's claims do not read")
        }
        return try check(claims, token, at: now)
    }

    private func check(_ head: [UInt8]) throws(Refusal) {
        guard let header = try? TokenHeader.read(head) else {
            throw Refusal(reason: "the token's header does not read")
        }
        guard header.algorithm == "RS256" else { throw Refusal(reason: "the token is not signed by RS256") }
        guard header.keyID == key.publicKey.keyID else { throw Refusal(reason: "the token's key is not ours") }
        if header.hasCriticalExtensions { throw Refusal(reason: "the token has extensions that are not supported") }
    }

    private func check(
        _ claims: TokenClaims, _ token: ArraySlice<UInt8>, at now: Timestamp
    ) throws(Refusal) -> VerifiedToken {
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
        var roles: RoleSet = []
        for name in claims.roles {
            guard let role = Role(rawValue: name) else { continue }
            roles.insert(RoleSet(role))
        }
        guard !claims.subject.isEmpty, !roles.isEmpty else { throw Refusal(reason: "the token names no known role") }
        let principal = Principal(subject: claims.subject, roles: roles)
        return VerifiedToken(text: Array(token), principal: principal, expiresAt: expiresAt)
    }
}
