internal import Crypto
internal import Reconciler

/// The payload of a ticket, times in seconds since 1970.
struct TicketClaims: Equatable {
    /// `iss`.
    var issuer = ""
    /// `aud`.
    var audience = ""
    /// `sub`: whom it was made for.
    var client = ""
    /// `scope` and `name`.
    var stream = StreamKey(scope: "", name: "")
    /// `action`.
    var action = ""
    /// `node`.
    var node = ""
    /// `iat`.
    var issuedAt: Double?
    /// `nbf`, which ours do not have.
    var notBefore: Double?
    /// `exp`.
    var expiresAt: Double?

    /// Reads a payload; a name that comes twice is refused, since two readers could take it in two ways.
    static func read(_ json: [UInt8]) throws(JSONFault) -> TicketClaims {
        var claims = TicketClaims()
        var (scope, streamName) = ("", "")
        var seen: Set<String> = []
        var reader = JSONReader(json)
        try reader.object { (reader, name) throws(JSONFault) in
            guard seen.insert(name).inserted else { throw reader.fault("the claim '\(name)' comes twice") }
            switch name {
            case "iss": claims.issuer = try reader.string()
            case "aud": claims.audience = try reader.string()
            case "sub": claims.client = try reader.string()
            case "scope": scope = try reader.string()
            case "name": streamName = try reader.string()
            case "action": claims.action = try reader.string()
            case "node": claims.node = try reader.string()
            case "iat": claims.issuedAt = try reader.number()
            case "nbf": claims.notBefore = try reader.number()
            case "exp": claims.expiresAt = try reader.number()
            default: try reader.skip()
            }
        }
        try reader.end()
        claims.stream = StreamKey(scope: scope, name: streamName)
        return claims
    }
}
