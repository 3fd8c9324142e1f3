internal import Crypto

/// The payload of our tokens (RFC 7519 section 4), times in seconds since 1970.
struct TokenClaims: Equatable {
    /// `iss`.
    var issuer = ""
    /// `sub`.
    var subject = ""
    /// `aud`; one name, as we write it.
    var audience: [String] = []
    /// `roles`.
    var roles: [String] = []
    /// `sid`: the session that it belongs to; a node's has none.
    var session: String?
    /// `iat`.
    var issuedAt: Double?
    /// `nbf`.
    var notBefore: Double?
    /// `exp`.
    var expiresAt: Double?

    /// Reads a payload; a name that comes twice is refused, since two readers could take it in two ways.
    static func read(_ json: [UInt8]) throws(JSONFault) -> TokenClaims {
        var claims = TokenClaims()
        var seen: Set<String> = []
        var reader = JSONReader(json)
        try reader.object { (reader, name) throws(JSONFault) in
            guard seen.insert(name).inserted else { throw reader.fault("the claim '\(name)' comes twice") }
            switch name {
            case "iss": claims.issuer = try reader.string()
            case "sub": claims.subject = try reader.string()
            case "aud": claims.audience = [try reader.string()]
            case "roles":
                try reader.array { (reader) throws(JSONFault) in claims.roles.append(try reader.string()) }
            case "sid": claims.session = try reader.string()
            case "iat": claims.issuedAt = try reader.number()
            case "nbf": claims.notBefore = try reader.number()
            case "exp": claims.expiresAt = try reader.number()
            default: try reader.skip()
            }
        }
        try reader.end()
        return claims
    }
}

/// The header of a token (RFC 7515 section 4).
struct TokenHeader: Equatable {
    /// `alg`.
    var algorithm = ""
    /// `typ`.
    var type: String?
    /// `kid`.
    var keyID: String?
    /// There are extensions that must be understood: we know none.
    var hasCriticalExtensions = false
    /// It names or holds a key (`jku`, `jwk`, `x5u`, `x5c`), as who forges one would: ours never do.
    var bringsKey = false

    /// Reads a header.
    static func read(_ json: [UInt8]) throws(JSONFault) -> TokenHeader {
        var header = TokenHeader()
        var seen: Set<String> = []
        var reader = JSONReader(json)
        try reader.object { (reader, name) throws(JSONFault) in
            guard seen.insert(name).inserted else { throw reader.fault("the parameter '\(name)' comes twice") }
            switch name {
            case "alg": header.algorithm = try reader.string()
            case "typ": header.type = try reader.string()
            case "kid": header.keyID = try reader.string()
            case "crit":
                header.hasCriticalExtensions = true
                try reader.skip()
            case "jku", "jwk", "x5u", "x5c":
                header.bringsKey = true
                try reader.skip()
            default: try reader.skip()
            }
        }
        try reader.end()
        return header
    }
}
