import Crypto
import Testing

@Suite struct RSATests {
    /// The signing input and the signature of RFC 7515 appendix A.2.1.
    static let input = Array(
        ("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQog"
            + "Imh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ").utf8)
    static let signature =
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1"
        + "dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j"
        + "zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ"
        + "Ge77Rw"

    @Test func `the signature of RFC 7515 A_2 is made and verified`() throws {
        let key = try RSAPrivateKey(pem: Keys.rfc7515)
        let made = try key.sign(Self.input)
        #expect(Base64URL.encode(made) == Self.signature)
        #expect(key.publicKey.verify(signature: made, message: Self.input))
    }

    @Test func `the public numbers and the key id are those of the RFCs`() throws {
        let key = try RSAPrivateKey(pem: Keys.rfc7515).publicKey
        #expect(key.exponent == [1, 0, 1])
        #expect(key.modulus.count == 256)
        #expect(Base64URL.encode(key.modulus).hasPrefix("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddx"))
        // RFC 7638, computed by another implementation.
        #expect(key.keyID == "IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8")
    }

    @Test func `a generated key survives its PEM form`() throws {
        let key = try RSAPrivateKey.generate()
        let again = try RSAPrivateKey(pem: key.pem)
        #expect(again.publicKey.keyID == key.publicKey.keyID)
        #expect(again.pem == key.pem)
        #expect(again.publicKey.verify(signature: try key.sign([1, 2, 3]), message: [1, 2, 3]))
    }

    @Test func `what was tampered with does not verify`() throws {
        let key = try RSAPrivateKey(pem: Keys.rfc7515)
        let signature = try key.sign(Self.input)
        for index in stride(from: 0, to: signature.count, by: 17) {
            var other = signature
            other[index] ^= 0x40
            #expect(!key.publicKey.verify(signature: other, message: Self.input))
        }
        #expect(!key.publicKey.verify(signature: signature, message: Self.input + [0]))
        #expect(!key.publicKey.verify(signature: Array(signature.dropLast()), message: Self.input))
        #expect(!key.publicKey.verify(signature: signature + [0], message: Self.input))
        #expect(!key.publicKey.verify(signature: [], message: []))
        let other = try RSAPrivateKey.generate().publicKey
        #expect(!other.verify(signature: signature, message: Self.input))
    }

    @Test func `a PEM that was cut short is refused wherever the cut is`() {
        for count in stride(from: 0, to: Keys.rfc7515.utf8.count - 2, by: 13) {
            #expect(throws: CryptoFailure.self) { try RSAPrivateKey(pem: String(Keys.rfc7515.prefix(count))) }
        }
    }

    @Test(arguments: [
        ("encrypted", Keys.encrypted), ("elliptic curve", Keys.elliptic), ("empty", ""), ("prose", "hello"),
        ("long", String(repeating: "A", count: 100_000)),
    ])
    func `what is no usable RSA key is refused as a bad key`(_ name: String, _ text: String) {
        do throws(CryptoFailure) {
            _ = try RSAPrivateKey(pem: text)
            Issue.record("the \(name) text was taken for a key")
        } catch {
            guard case .badKey = error else {
                Issue.record("\(name): \(error)")
                return
            }
        }
    }

    @Test func `keys of a weak or absurd size are not made`() {
        #expect(throws: CryptoFailure.self) { try RSAPrivateKey.generate(bits: 1024) }
        #expect(throws: CryptoFailure.self) { try RSAPrivateKey.generate(bits: 1 << 20) }
    }

    @Test func `many tasks may sign and verify with one key at once`() async throws {
        let key = try RSAPrivateKey(pem: Keys.rfc7515)
        let right = await withTaskGroup(of: Int.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    (0..<100).count { round in
                        let message = Array("\(worker) \(round)".utf8)
                        guard let signature = try? key.sign(message) else { return false }
                        return key.publicKey.verify(signature: signature, message: message)
                            && !key.publicKey.verify(signature: signature, message: message + [1])
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(right == 800)
    }
}
