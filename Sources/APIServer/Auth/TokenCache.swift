internal import Glibc
internal import Reconciler

/// A token whose signature was found good.
final class VerifiedToken: Sendable {
    /// The token itself.
    let text: [UInt8]
    /// What it says.
    let principal: Principal
    /// From then on it is refused.
    let expiresAt: Timestamp
    /// The key that signed it.
    let keyID: String
    /// The version of the ``IdentityBook`` at which its session was there.
    let version: Int64

    /// A token that was checked.
    init(text: [UInt8], principal: Principal, expiresAt: Timestamp, keyID: String, version: Int64) {
        self.text = text
        self.principal = principal
        self.expiresAt = expiresAt
        self.keyID = keyID
        self.version = version
    }

    /// The same, checked at another version.
    func at(_ version: Int64) -> VerifiedToken {
        VerifiedToken(text: text, principal: principal, expiresAt: expiresAt, keyID: keyID, version: version)
    }

    /// Whether it is exactly these bytes.
    func isText(_ other: ArraySlice<UInt8>) -> Bool {
        guard text.count == other.count else { return false }
        return unsafe text.withUnsafeBytes { own in
            unsafe other.withUnsafeBytes { given in
                guard let left = own.baseAddress, let right = given.baseAddress else { return true }
                return unsafe memcmp(left, right, own.count) == 0
            }
        }
    }
}

/// Remembers verified tokens, so that a signature is checked once and not per request. Bounded.
///
/// Two levels: a small one per thread, where an application's one token is found without meeting other threads, and a
/// large one shared by all, sharded by token, for the tokens of ten thousand nodes. Both are direct-mapped by the last
/// bytes of the token, which are its signature's and so spread evenly; only tokens with good signatures get in, and all
/// bytes are compared, so nothing can be gained by choosing them.
final class TokenCache: Sendable {
    // By the hash's highest bits: five for a place in front, six for a shard, and others for the place in it.
    private static let frontSize = 32
    private static let shardSize = 512

    private let fronts = Shards<64, [VerifiedToken?]> { _ in Array(repeating: nil, count: frontSize) }
    private let shards = Shards<64, [VerifiedToken?]> { _ in Array(repeating: nil, count: shardSize) }

    /// The last eight bytes as one number, mixed.
    private static func hash(_ text: ArraySlice<UInt8>) -> UInt64 {
        let value = unsafe text.withUnsafeBytes { bytes in
            bytes.count < 8 ? 0 : unsafe bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
        }
        return value &* 0x9e37_79b9_7f4a_7c15
    }

    /// The token with exactly this text; nil when it is not remembered.
    func find(_ text: ArraySlice<UInt8>) -> VerifiedToken? {
        let hash = Self.hash(text)
        let place = Int(hash >> 59)
        if let known = fronts.withOwn({ $0[place] }), known.isText(text) { return known }
        guard let known = withShard(hash, { $0 }), known.isText(text) else { return nil }
        fronts.withOwn { $0[place] = known }
        return known
    }

    /// Remembers a token in the place of another one.
    func insert(_ token: VerifiedToken) {
        let hash = Self.hash(token.text[...])
        withShard(hash) { $0 = token }
        fronts.withOwn { $0[Int(hash >> 59)] = token }
    }

    /// Forgets a token that is over. Another thread may hold it still in its own small level, until it sees the same.
    func remove(_ text: ArraySlice<UInt8>) {
        let hash = Self.hash(text)
        withShard(hash) { if $0?.isText(text) == true { $0 = nil } }
        fronts.withOwn { if $0[Int(hash >> 59)]?.isText(text) == true { $0[Int(hash >> 59)] = nil } }
    }

    /// The place of the second level.
    private func withShard<Result>(_ hash: UInt64, _ body: (inout VerifiedToken?) -> Result) -> Result {
        shards.with(Int(hash >> 58)) { body(&$0[Int(hash >> 40) & (Self.shardSize - 1)]) }
    }
}
