/// Passwords as they are stored: scrypt (RFC 7914) with a random salt, and its parameters in the same string, so that
/// they can be raised later while old hashes still verify.
///
/// The form is `scrypt$15$8$3$SALT$HASH`: log2 of N, r, p, then salt and hash in base64url. Both calls block a thread for
/// a quarter of a second and need 32 MiB meanwhile: callers run them off the cooperative pool, a bounded number at once.
package enum PasswordHash {
    /// The cost of one hash.
    package struct Cost: Sendable, Equatable {
        /// log2 of N; memory and time double with each step.
        package var logN: Int
        /// The block size; memory is 128 · N · r bytes.
        package var r: Int
        /// How often in a row; time only.
        package var p: Int

        /// Any numbers; whether they may be used, says ``isReasonable``.
        package init(logN: Int, r: Int, p: Int) {
            self.logN = logN
            self.r = r
            self.p = p
        }

        /// What new hashes are made with (OWASP's choice with 32 MiB): about 0.25 s.
        package static let standard = Cost(logN: 15, r: 8, p: 3)

        /// Within what a stored hash may ask for: at most 256 MiB, and about 20 times the time of ``standard``. A hash
        /// beyond it was not made by us, and would stall the process.
        package var isReasonable: Bool {
            guard (1...20).contains(logN), (1...32).contains(r), (1...64).contains(p) else { return false }
            return memory <= 256 << 20 && p * memory <= 2 << 30
        }

        /// Bytes that scrypt's large array takes.
        var memory: Int { 128 * r << logN }
    }

    private static let saltCount = 16
    private static let hashCount = 32

    /// The string to store for `password`. Throws only when OpenSSL fails, e.g. for want of memory.
    package static func make(_ password: String) throws(CryptoFailure) -> String {
        try make(password, cost: .standard)
    }

    /// The same with a cost of the caller's, which is reasonable: tests take a cheap one.
    package static func make(_ password: String, cost: Cost) throws(CryptoFailure) -> String {
        precondition(cost.isReasonable, "PasswordHash.make: the cost \(cost) is out of bounds")
        let salt = SecureRandom.bytes(saltCount)
        let hash = try derive(Array(password.utf8), salt: salt, cost: cost, count: hashCount)
        return "scrypt$\(cost.logN)$\(cost.r)$\(cost.p)$\(Base64URL.encode(salt))$\(Base64URL.encode(hash))"
    }

    /// Whether `hash` was made of `password`. False too for a string that is no hash of ours, or whose cost is absurd.
    package static func verify(_ password: String, against hash: String) -> Bool {
        guard let (cost, salt, want) = parse(hash) else { return false }
        guard let have = try? derive(Array(password.utf8), salt: salt, cost: cost, count: want.count) else {
            return false
        }
        return constantTimeEquals(have, want)
    }

    /// scrypt itself: `count` bytes of `password` and `salt`.
    package static func derive(
        _ password: [UInt8], salt: [UInt8], cost: Cost, count: Int
    ) throws(CryptoFailure) -> [UInt8] {
        try OpenSSL.scrypt(
            password: password, salt: salt, n: 1 << UInt64(cost.logN), r: UInt64(cost.r), p: UInt64(cost.p),
            // Its own small arrays come on top of the large one; OpenSSL's default limit is exactly too small for 32 MiB.
            memoryLimit: UInt64(cost.memory + 128 * cost.r * (cost.p + 2) + (1 << 20)), count: count)
    }

    private static func parse(_ text: String) -> (cost: Cost, salt: [UInt8], hash: [UInt8])? {
        // No hash of ours is longer; a bound before any work.
        guard text.utf8.count <= 256 else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].elementsEqual("scrypt".utf8),
            let logN = Int(Substring(parts[1])), let r = Int(Substring(parts[2])), let p = Int(Substring(parts[3])),
            let salt = Base64URL.decode(parts[4]), let hash = Base64URL.decode(parts[5]),
            (8...64).contains(salt.count), (16...64).contains(hash.count)
        else { return nil }
        let cost = Cost(logN: logN, r: r, p: p)
        return cost.isReasonable ? (cost, salt, hash) : nil
    }
}
