import Crypto
import Testing

@Suite struct PasswordHashTests {
    static let cheap = PasswordHash.Cost(logN: 4, r: 1, p: 1)

    @Test func `scrypt of the RFC 7914 examples`() throws {
        let first = try PasswordHash.derive([], salt: [], cost: .init(logN: 4, r: 1, p: 1), count: 64)
        #expect(
            hex(first)
                == "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906")
        let second = try PasswordHash.derive(
            Array("password".utf8), salt: Array("NaCl".utf8), cost: .init(logN: 10, r: 8, p: 16), count: 64)
        #expect(
            hex(second)
                == "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640")
    }

    @Test func `the standard cost makes and verifies`() throws {
        let hash = try PasswordHash.make("correct horse")
        #expect(hash.hasPrefix("scrypt$15$8$3$"))
        #expect(PasswordHash.verify("correct horse", against: hash))
        #expect(!PasswordHash.verify("correct hors", against: hash))
    }

    @Test(arguments: ["", "ä🎥", "with\u{0}zero", String(repeating: "long ", count: 1000)])
    func `any text is a password`(_ password: String) throws {
        let hash = try PasswordHash.make(password, cost: Self.cheap)
        #expect(PasswordHash.verify(password, against: hash))
        #expect(!PasswordHash.verify(password + "x", against: hash))
        #expect(!PasswordHash.verify("x" + password, against: hash))
    }

    @Test func `the same password gives another hash each time`() throws {
        let hashes = try (0..<10).map { _ in try PasswordHash.make("same", cost: Self.cheap) }
        #expect(Set(hashes).count == 10)
    }

    @Test(arguments: [
        "", "scrypt", "bcrypt$15$8$3$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$4$1$1$AAAAAAAAAAAAAAAAAAAAAA$", "scrypt$4$1$1$$AAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$4$1$1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA=",
        "scrypt$63$8$1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$20$32$64$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$-1$8$1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$4$99999999999999999999$1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$4$1$1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA$more",
    ])
    func `what is no hash of ours verifies nothing`(_ hash: String) {
        #expect(!PasswordHash.verify("", against: hash))
    }

    @Test func `a changed hash, salt or cost verifies nothing`() throws {
        let parts = try PasswordHash.make("secret", cost: Self.cheap).split(separator: "$").map(String.init)
        for (index, value) in [(1, "5"), (2, "2"), (3, "2"), (4, Base64URL.encode(SecureRandom.bytes(16)))] {
            var other = parts
            other[index] = value
            #expect(!PasswordHash.verify("secret", against: other.joined(separator: "$")))
        }
    }
}

@Suite struct SecureRandomTests {
    @Test func `bytes come in the asked number and differ`() {
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(SecureRandom.bytes(33).count == 33)
        #expect(SecureRandom.bytes(16) != SecureRandom.bytes(16))
    }

    @Test func `passwords are four groups of six unmistakable signs`() {
        for _ in 0..<200 {
            let groups = SecureRandom.password().split(separator: "-", omittingEmptySubsequences: false)
            #expect(groups.map(\.count) == [6, 6, 6, 6])
            #expect(groups.joined().allSatisfy { "abcdefghjkmnpqrstuvwxyz23456789".contains($0) })
        }
        #expect(Set((0..<100).map { _ in SecureRandom.password() }).count == 100)
    }
}
