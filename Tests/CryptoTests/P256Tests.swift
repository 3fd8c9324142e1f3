import Crypto
import Testing

@Suite struct P256Tests {
    /// The key, the signing input and the signature of RFC 7515 appendix A.3.
    private static let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
    private static let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
    private static let input = Array(
        ("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQog"
            + "Imh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ").utf8)
    private static let signature =
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"

    private func rfcKey() throws -> P256PublicKey {
        let (x, y) = (try #require(Base64URL.decode(Self.x.utf8)), try #require(Base64URL.decode(Self.y.utf8)))
        return try P256PublicKey(x: x, y: y)
    }

    @Test func `the signature of RFC 7515 A_3 verifies, and nothing that differs from it`() throws {
        let key = try rfcKey()
        let signature = try #require(Base64URL.decode(Self.signature.utf8))
        #expect(key.verify(signature: signature, message: Self.input))
        for index in signature.indices {
            var other = signature
            other[index] ^= 0x01
            #expect(!key.verify(signature: other, message: Self.input))
        }
        #expect(!key.verify(signature: signature, message: Self.input + [0]))
        for bad in [[], Array(signature.dropLast()), signature + [0], [UInt8](repeating: 0, count: 64)] {
            #expect(!key.verify(signature: bad, message: Self.input))
        }
        #expect(!key.verify(signature: [UInt8](repeating: 0xff, count: 64), message: Self.input))
    }

    @Test func `a key id is the thumbprint of RFC 7638`() throws {
        // Computed by another implementation: sha256 of {"crv":"P-256","kty":"EC","x":...,"y":...}.
        #expect(try rfcKey().keyID == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U")
    }

    @Test func `a generated key survives its PEM form, and its signatures have 64 bytes each time`() throws {
        let key = try P256PrivateKey.generate()
        let again = try P256PrivateKey(pem: key.pem)
        #expect(again.publicKey.keyID == key.publicKey.keyID)
        let verifying = try P256PublicKey(x: key.publicKey.x, y: key.publicKey.y)
        // Often enough that numbers with leading zeros come up: one in 128 signatures has one.
        for number in 0..<600 {
            let message = Array("message \(number)".utf8)
            let signature = try key.sign(message)
            #expect(signature.count == 64)
            #expect(verifying.verify(signature: signature, message: message))
        }
        #expect(!(try rfcKey().verify(signature: try key.sign([1]), message: [1])))
    }

    @Test func `what is no key on the curve is refused`() throws {
        let key = try P256PrivateKey.generate()
        #expect(throws: CryptoFailure.self) { try P256PrivateKey(pem: Keys.rfc7515) }
        #expect(throws: CryptoFailure.self) { try RSAPrivateKey(pem: key.pem) }
        #expect(throws: CryptoFailure.self) { try P256PrivateKey(pem: String(key.pem.dropLast(60))) }
        var y = key.publicKey.y
        y[31] ^= 1
        #expect(throws: CryptoFailure.self) { try P256PublicKey(x: key.publicKey.x, y: y) }
        #expect(throws: CryptoFailure.self) { try P256PublicKey(x: Array(key.publicKey.x.dropLast()), y: y) }
        #expect(throws: CryptoFailure.self) {
            try P256PublicKey(x: [UInt8](repeating: 0, count: 32), y: [UInt8](repeating: 0, count: 32))
        }
    }
}
