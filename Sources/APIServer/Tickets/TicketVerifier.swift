package import Crypto
package import Reconciler

/// Whether a client may come in.
package enum TicketVerdict: Sendable, Equatable {
    /// Its ticket is good, and was made for this client.
    case valid(client: String)
    /// Why not, in words that give nothing away.
    case refused(String)
}

/// Checks tickets by public keys: the manager by its own, an agent by those that the manager publishes.
///
/// Nothing in a ticket chooses how it is verified (RFC 8725 sections 3.1 and 3.2): the algorithm must be exactly ES256, the key one
/// of these.
package struct TicketVerifier: Sendable {
    /// How far another clock may be ahead.
    private static let leeway: Duration = .seconds(60)
    /// No time beyond this fits a Timestamp; year 9999.
    private static let times = 0...253_402_300_799.0

    private let keys: [P256PublicKey]

    /// A verifier that takes tickets signed by any of these keys.
    package init(keys: [P256PublicKey]) { self.keys = keys }

    /// Judges what a client shows who wants to do one of `actions` with a stream at a node.
    package func verify(
        _ presented: PresentedTicket, for actions: [TicketGrant.Action], _ stream: StreamKey, at node: NodeID,
        now: Timestamp
    ) -> TicketVerdict {
        do throws(Refusal) {
            guard let ticket = presented.ticket else {
                let verb = actions.first == .publish ? "publish" : "watch"
                throw Refusal(reason: "a ticket is needed to \(verb) '\(stream)' here; the manager's answer has one")
            }
            guard ticket.utf8.count <= TicketForm.maximumSize else {
                throw Refusal(reason: "the ticket is longer than \(TicketForm.maximumSize) bytes")
            }
            let parts = ticket.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(
                Array.init)
            switch parts.count {
            case 2: return .valid(client: try checkShort(parts, presented.client, actions, stream, node, now))
            case 3: return .valid(client: try checkToken(parts, actions, stream, node, now))
            default: throw Refusal(reason: "the ticket is none of ours; it may have been cut short")
            }
        } catch {
            return .refused(error.reason)
        }
    }

    private struct Refusal: Error {
        var reason: String
    }

    private func checkShort(
        _ parts: [[UInt8]], _ client: String?, _ actions: [TicketGrant.Action], _ stream: StreamKey, _ node: NodeID,
        _ now: Timestamp
    ) throws(Refusal) -> String {
        let digits = String(decoding: parts[0], as: UTF8.self)
        // Exactly as it was written: the text that was signed has these digits.
        guard let expires = Int64(digits), "\(expires)" == digits, Self.times.contains(Double(expires)),
            let signature = Base64URL.decode(parts[1])
        else { throw Refusal(reason: "the ticket is none of ours; it may have been cut short") }
        guard let client, TicketClient.isValid(client) else {
            throw Refusal(reason: "the ticket needs the argument 'client' that it was made with")
        }
        guard now < Timestamp(milliseconds: expires * 1000) else { throw Refusal(reason: Self.expired) }
        for action in actions {
            let text = TicketForm.shortText(TicketGrant(action, stream, at: node), client: client, expires: expires)
            if keys.contains(where: { $0.verify(signature: signature, message: text) }) { return client }
        }
        throw Refusal(
            reason: "the ticket was made for another action, stream, node or client, or its signature is not ours")
    }

    private static let expired = "the ticket has expired; ask the manager for a new one"

    private func checkToken(
        _ parts: [[UInt8]], _ actions: [TicketGrant.Action], _ stream: StreamKey, _ node: NodeID, _ now: Timestamp
    ) throws(Refusal) -> String {
        guard let head = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]), let header = try? TokenHeader.read(head)
        else { throw Refusal(reason: "the ticket is no JSON Web Token; it may have been cut short") }
        guard header.algorithm == "ES256" else { throw Refusal(reason: "the ticket is not signed by ES256") }
        guard header.type == TicketForm.type else { throw Refusal(reason: "the token is no ticket") }
        if header.hasCriticalExtensions { throw Refusal(reason: "the ticket has extensions that are not supported") }
        guard let key = keys.first(where: { $0.keyID == header.keyID }) else {
            throw Refusal(reason: "the ticket's key is not ours")
        }
        guard key.verify(signature: signature, message: parts[0] + [UInt8(ascii: ".")] + parts[1]) else {
            throw Refusal(reason: "the ticket's signature is not ours")
        }
        guard let claims = try? TicketClaims.read(payload) else {
            throw Refusal(reason: "the ticket's claims do not read")
        }
        return try check(claims, actions, stream, node, now)
    }

    private func check(
        _ claims: TicketClaims, _ actions: [TicketGrant.Action], _ stream: StreamKey, _ node: NodeID, _ now: Timestamp
    ) throws(Refusal) -> String {
        guard claims.issuer == TicketForm.issuer, claims.audience == TicketForm.audience else {
            throw Refusal(reason: "the ticket was not made for media nodes")
        }
        guard let expires = claims.expiresAt, Self.times.contains(expires) else {
            throw Refusal(reason: "the ticket has no expiry")
        }
        guard now < Timestamp(milliseconds: Int64(expires * 1000)) else { throw Refusal(reason: Self.expired) }
        let latestStart = Double((now + Self.leeway).milliseconds) / 1000
        guard let issued = claims.issuedAt, issued <= latestStart, claims.notBefore ?? 0 <= latestStart else {
            throw Refusal(reason: "the ticket is not valid yet")
        }
        guard let action = actions.first(where: { $0.rawValue == claims.action }) else {
            throw Refusal(reason: "the ticket is for something else than to \(actions.first?.rawValue ?? "come in")")
        }
        guard claims.stream == stream else {
            throw Refusal(reason: "the ticket is for another stream than '\(stream)'")
        }
        guard claims.node == node.rawValue else {
            throw Refusal(reason: "the ticket to \(action.rawValue) is for another node than '\(node)'")
        }
        guard TicketClient.isValid(claims.client) else { throw Refusal(reason: "the ticket names no client") }
        return claims.client
    }
}

extension TicketVerifier {
    /// What a ticket must be for, of one who asks for that: whoever plays may be another node that pulls.
    package static func actions(_ action: StreamAction) -> [TicketGrant.Action] {
        switch action {
        case .publish: [.publish]
        case .subscribe: [.subscribe, .pull]
        }
    }
}
