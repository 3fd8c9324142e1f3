internal import Crypto
internal import Reconciler

/// Tokens without content: an id to find them by, and secrets of which the store has hashes alone. A hash without salt will do:
/// the secrets are 256 random bits.
///
///     sma_ID.SECRET              an API token of a machine
///     smr_ID.FAMILY.SECRET       a refresh token: what its session's tokens have in common, and what this one has alone
enum OpaqueToken {
    /// How an API token begins: scanners for leaked secrets look for such prefixes.
    static let apiPrefix = Array("sma_".utf8)
    /// How a refresh token begins.
    static let refreshPrefix = Array("smr_".utf8)
    /// No token of ours is longer.
    private static let maximumLength = 160

    /// A new id: 96 random bits.
    static func newID() -> String { Base64URL.encode(SecureRandom.bytes(12)) }
    /// A new secret.
    static func newSecret() -> String { Base64URL.encode(SecureRandom.bytes(32)) }
    /// The secret that follows another in a session: who has only the one or only the salt does not know it.
    static func successor(of secret: String, _ salt: String) -> String {
        Base64URL.encode(Digest.hmacSHA256(key: Array(salt.utf8), message: Array(secret.utf8)))
    }
    /// What is stored of a secret.
    static func hash(_ secret: String) -> String { Digest.sha256Hex(secret) }

    /// Whether a secret has this hash, in a time that says nothing.
    static func matches(_ secret: String, _ hash: String) -> Bool {
        constantTimeEquals(Array(Self.hash(secret).utf8), Array(hash.utf8))
    }

    /// The text of an API token.
    static func apiToken(_ id: String, _ secret: String) -> String { "sma_\(id).\(secret)" }
    /// The text of a refresh token.
    static func refreshToken(_ id: String, _ family: String, _ secret: String) -> String {
        "smr_\(id).\(family).\(secret)"
    }

    /// What is behind the prefix, in so many parts; nil for anything else.
    static func parts(_ token: ArraySlice<UInt8>, _ prefix: [UInt8], _ count: Int) -> [String]? {
        guard token.count <= maximumLength, token.starts(with: prefix) else { return nil }
        let parts = token.dropFirst(prefix.count).split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == count, parts.allSatisfy({ !$0.isEmpty && Base64URL.decode($0) != nil }) else { return nil }
        return parts.map { String(decoding: $0, as: UTF8.self) }
    }
}
