internal import Crypto

/// What a publisher must bring, as it is kept: a salted digest, since it is only ever compared.
///
/// HMAC-SHA256 under a random salt, not scrypt: it is compared on the request path, where a quarter of a second would be a way to stop the
/// manager. What keeps it from being guessed from a stolen database is its own length.
package struct PublishSecret: Sendable, Equatable, Codable {
    /// Nil: a token without a name.
    package var username: String?
    private var salt: [UInt8]
    private var digest: [UInt8]

    /// Bytes of a salt.
    package static let saltCount = 16

    /// A password that goes with a name, or, without a name, a token. `salt` is random, ``saltCount`` bytes.
    package init(username: String?, secret: String, salt: [UInt8]) {
        self.username = username
        self.salt = salt
        digest = Self.digest(secret, salt)
    }

    private static func digest(_ text: String, _ salt: [UInt8]) -> [UInt8] {
        Digest.hmacSHA256(key: salt, message: Array(text.utf8))
    }

    /// What a publisher brought.
    package struct Proof: Sendable, Equatable {
        package var username: String?
        package var password: String?
        package var token: String?

        package init(username: String? = nil, password: String? = nil, token: String? = nil) {
            self.username = username
            self.password = password
            self.token = token
        }

        /// Nothing at all.
        package var isEmpty: Bool { username == nil && password == nil && token == nil }
    }

    /// Whether it is this that was brought, in a time that does not tell how much of it was right.
    package func isProven(by proof: Proof) -> Bool {
        let given = username == nil ? proof.token : proof.password
        let secretIsRight = constantTimeEquals(digest, Self.digest(given ?? "", salt))
        let nameIsRight = constantTimeEquals(
            Self.digest(username ?? "", salt), Self.digest(username == nil ? "" : proof.username ?? "", salt))
        return given != nil && secretIsRight && nameIsRight
    }
}
