/// An RSA key that signs, by RSASSA-PKCS1-v1_5 with SHA-256: RS256 of JSON Web Tokens (RFC 7518 section 3.3).
///
/// Any number of threads may use one key at once.
package final class RSAPrivateKey: Sendable {
    /// Sizes in bits that are accepted: under 2048 is broken (RFC 7518 asks for 2048), over 8192 signs too slowly.
    package static let sizes = 2048...8192

    private let key: OpenSSL.Key
    /// What verifies the signatures of this key.
    package let publicKey: RSAPublicKey

    private init(key: OpenSSL.Key) throws(CryptoFailure) {
        guard Self.sizes.contains(key.bits) else {
            throw .badKey("the RSA key has \(key.bits) bits, not \(Self.sizes.lowerBound) to \(Self.sizes.upperBound)")
        }
        self.key = key
        publicKey = try RSAPublicKey(key: key)
    }

    /// Draws a new key. It takes about 0.1 s at 2048 bits and varies much: not on the request path.
    package static func generate(bits: Int = 2048) throws(CryptoFailure) -> RSAPrivateKey {
        guard sizes.contains(bits) else {
            throw .badKey("an RSA key of \(bits) bits is not made, only \(sizes.lowerBound) to \(sizes.upperBound)")
        }
        return try RSAPrivateKey(key: OpenSSL.Key.generateRSA(bits: bits))
    }

    /// Reads a PEM text, PKCS #8 or PKCS #1, not encrypted. Throws ``CryptoFailure/badKey(_:)`` for anything else.
    package convenience init(pem: String) throws(CryptoFailure) {
        try self.init(key: OpenSSL.Key(pem: pem, .rsa))
    }

    /// The key as PEM (PKCS #8), not encrypted: a secret, to be stored readable by its owner alone.
    package var pem: String { key.pem }

    /// The signature of `message`, as long as the modulus. About 0.25 ms at 2048 bits.
    package func sign(_ message: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        try key.sign(message)
    }
}

/// The half of an RSA key that verifies. Any number of threads may use one at once.
package final class RSAPublicKey: Sendable {
    private let key: OpenSSL.Key
    /// The modulus, big-endian without leading zeros: `n` of a JSON Web Key.
    package let modulus: [UInt8]
    /// The public exponent, big-endian without leading zeros: `e` of a JSON Web Key.
    package let exponent: [UInt8]
    /// The thumbprint of RFC 7638, base64url: the same for the same key everywhere, `kid` of a JSON Web Key.
    package let keyID: String

    fileprivate init(key privateKey: OpenSSL.Key) throws(CryptoFailure) {
        key = try privateKey.publicHalf()
        (modulus, exponent) = try key.publicNumbers()
        let (n, e) = (Base64URL.encode(modulus), Base64URL.encode(exponent))
        keyID = Base64URL.encode(Digest.sha256(Array(#"{"e":"\#(e)","kty":"RSA","n":"\#(n)"}"#.utf8)))
    }

    /// Whether `signature` is one of `message` by this key's private half. About 20 µs at 2048 bits.
    package func verify(signature: [UInt8], message: [UInt8]) -> Bool {
        key.verify(signature: signature, message: message)
    }
}
