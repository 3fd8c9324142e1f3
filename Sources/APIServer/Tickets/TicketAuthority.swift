package import Crypto
internal import Foundation
package import Reconciler

/// Makes tickets, by a key of its own: who has that one cannot make tokens of the API, and the other way round.
package final class TicketAuthority: Sendable {
    private static let storeKey = "ticket-key"

    private let key: P256PrivateKey
    private let header: String
    /// What checks its tickets.
    package let verifier: TicketVerifier
    private let pulls = PullTickets()
    /// Which of those who are turned away are written down.
    let refusals = RefusalLog()

    /// An authority with a key at hand.
    package init(key: P256PrivateKey) {
        self.key = key
        header = TicketForm.header(keyID: key.publicKey.keyID)
        verifier = TicketVerifier(keys: [key.publicKey])
    }

    /// The authority whose key is in the store; the first start makes one.
    package static func load(from store: any Store) async throws -> TicketAuthority {
        if let stored = try await store.value(storeKey) {
            return TicketAuthority(key: try P256PrivateKey(pem: String(decoding: stored, as: UTF8.self)))
        }
        let key = try P256PrivateKey.generate()
        try await store.setValue(Data(key.pem.utf8), for: storeKey)
        return TicketAuthority(key: key)
    }

    /// The key that verifies its tickets.
    package var publicKey: P256PublicKey { key.publicKey }

    /// When a ticket of now ends: whole seconds.
    package static func expiry(_ lifetime: Duration, from now: Timestamp) -> Timestamp {
        Timestamp(milliseconds: (now.milliseconds / 1000 + lifetime.components.seconds) * 1000)
    }

    /// A ticket as a JSON Web Token. `client` is valid by ``TicketClient``.
    package func token(
        _ grant: TicketGrant, client: String, at now: Timestamp, until expiry: Timestamp
    ) throws(CryptoFailure) -> String {
        let claims = TicketForm.claims(
            grant, client: client, issued: now.milliseconds / 1000, expires: expiry.milliseconds / 1000,
            id: Base64URL.encode(SecureRandom.bytes(12)))
        let signed = "\(header).\(Base64URL.encode(claims))"
        return "\(signed).\(Base64URL.encode(try key.sign(Array(signed.utf8))))"
    }

    /// The short form for a node that pulls from another: the same one for half of its life. Nil when signing fails.
    func pullArguments(_ grant: TicketGrant, child: NodeID, lifetime: Duration, at now: Timestamp) -> String? {
        pulls.arguments(.init(stream: grant.stream, source: grant.node, child: child), lifetime: lifetime, at: now) {
            try? arguments(grant, client: child.rawValue, until: Self.expiry(lifetime, from: now))
        }
    }

    /// The same in the short form, as the arguments of a URL: `client=alice&ticket=1795348860.MEUC...`.
    package func arguments(
        _ grant: TicketGrant, client: String, until expiry: Timestamp
    ) throws(CryptoFailure) -> String {
        let expires = expiry.milliseconds / 1000
        let signature = try key.sign(TicketForm.shortText(grant, client: client, expires: expires))
        var escaped: [UInt8] = []
        RouteAnswerBytes.percentEncode(client.utf8, into: &escaped)
        return "client=\(String(decoding: escaped, as: UTF8.self))&ticket=\(expires).\(Base64URL.encode(signature))"
    }
}
