/// A key on the curve P-256 that signs, by ECDSA with SHA-256: ES256 of JSON Web Tokens (RFC 7518 section 3.4).
///
/// Any number of threads may use one key at once.
package final class P256PrivateKey: Sendable {
    private let key: OpenSSL.Key
    /// What verifies the signatures of this key.
    package let publicKey: P256PublicKey

    private init(key: OpenSSL.Key) throws(CryptoFailure) {
        self.key = key
        publicKey = try P256PublicKey(key: key.publicHalf())
    }

    /// Draws a new key, in a few tens of microseconds.
    package static func generate() throws(CryptoFailure) -> P256PrivateKey {
        try P256PrivateKey(key: OpenSSL.Key.generateP256())
    }

    /// Reads a PEM text, PKCS #8 or SEC 1, not encrypted. Throws ``CryptoFailure/badKey(_:)`` for anything else.
    package convenience init(pem: String) throws(CryptoFailure) {
        try self.init(key: OpenSSL.Key(pem: pem, .p256))
    }

    /// The key as PEM (PKCS #8), not encrypted: a secret, to be stored readable by its owner alone.
    package var pem: String { key.pem }

    /// A signature of `message`: r and s, 32 bytes each. Another one each time, about 25 µs.
    package func sign(_ message: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        guard let raw = OpenSSL.rawSignature(der: try key.sign(message)) else {
            throw .failed("OpenSSL made a signature that is none")
        }
        return raw
    }
}

/// The half of a key on P-256 that verifies. Any number of threads may use one at once.
package final class P256PublicKey: Sendable {
    private let key: OpenSSL.Key
    /// The coordinates of the point, 32 bytes each: `x` and `y` of a JSON Web Key (RFC 7518 section 6.2.1).
    package let x: [UInt8]
    package let y: [UInt8]
    /// The thumbprint of RFC 7638, base64url: the same for the same key everywhere, `kid` of a JSON Web Key.
    package let keyID: String

    fileprivate init(key: OpenSSL.Key) throws(CryptoFailure) {
        self.key = key
        (x, y) = try key.publicPoint()
        let text = #"{"crv":"P-256","kty":"EC","x":"\#(Base64URL.encode(x))","y":"\#(Base64URL.encode(y))"}"#
        keyID = Base64URL.encode(Digest.sha256(Array(text.utf8)))
    }

    /// The key with these coordinates; throws ``CryptoFailure/badKey(_:)`` when they are no point of the curve.
    package convenience init(x: [UInt8], y: [UInt8]) throws(CryptoFailure) {
        try self.init(key: OpenSSL.Key(p256X: x, y: y))
    }

    /// Whether `signature`, r and s with 32 bytes each, is one of `message` by this key's private half. About 70 µs.
    package func verify(signature: [UInt8], message: [UInt8]) -> Bool {
        guard let der = OpenSSL.derSignature(raw: signature) else { return false }
        return key.verify(signature: der, message: message)
    }
}
