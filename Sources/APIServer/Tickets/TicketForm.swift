internal import Crypto
internal import Reconciler

/// The two forms of a ticket.
///
/// The first is a JSON Web Token (RFC 7519), about 480 bytes, signed by ES256, which any JWT library verifies by the published keys:
///
///     {"alg":"ES256","kid":"...","typ":"ticket+jwt"}
///     {"iss":"smreconcile","aud":"smreconcile-media","sub":"alice","scope":"live","name":"a","action":"publish",
///      "node":"live-origin-rk25zttj","iat":1795348800,"exp":1795348860,"jti":"..."}
///
/// The second is short, for the RTMP module of nginx, which cuts stream name and arguments together off after 255 bytes: the URL's
/// argument `client`, and as `ticket` the expiry, a dot and the signature alone. What is signed is what the verifier knows anyway:
/// ``shortText(_:client:expires:)``. No text of one form is one of the other, since a line break never occurs in a token.
enum TicketForm {
    /// `iss`, the same as in tokens of the API.
    static let issuer = "smreconcile"
    /// `aud`: never that of the API's tokens, so that neither is taken for the other.
    static let audience = "smreconcile-media"
    /// `typ` (RFC 8725 section 3.11).
    static let type = "ticket+jwt"
    /// Longer ones are refused unread.
    static let maximumSize = 2048

    /// What the short form signs: a line each of what none of them can hold a line break in.
    static func shortText(_ grant: TicketGrant, client: String, expires: Int64) -> [UInt8] {
        let lines = [
            audience, grant.action.rawValue, grant.stream.scope, grant.stream.name, grant.node.rawValue, client,
            "\(expires)",
        ]
        return Array(lines.joined(separator: "\n").utf8)
    }

    /// The header of the first form.
    static func header(keyID: String) -> String {
        Base64URL.encode(#"{"alg":"ES256","kid":"\#(keyID)","typ":"\#(type)"}"#.utf8)
    }

    /// The claims of the first form.
    static func claims(_ grant: TicketGrant, client: String, issued: Int64, expires: Int64, id: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("iss", issuer)
        json.field("aud", audience)
        json.field("sub", client)
        json.field("scope", grant.stream.scope)
        json.field("name", grant.stream.name)
        json.field("action", grant.action.rawValue)
        json.field("node", grant.node.rawValue)
        json.field("iat", issued)
        json.field("exp", expires)
        json.field("jti", id)
        json.endObject()
        return json.bytes
    }
}
