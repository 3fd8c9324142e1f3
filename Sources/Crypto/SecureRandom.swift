/// Randomness for secrets, from OpenSSL's generator, which the kernel seeds.
package enum SecureRandom {
    /// `count` unpredictable bytes; `count` is not negative. A generator that fails stops the process: no secret is
    /// better than one that can be guessed.
    package static func bytes(_ count: Int) -> [UInt8] {
        precondition(count >= 0, "SecureRandom.bytes(\(count)): the count is negative")
        return OpenSSL.randomBytes(count)
    }

    /// A password that a person can read out and type: four groups of six lower-case letters and digits, without those
    /// that are taken for one another (i, l, o, 0, 1). 24 signs of 31 make 118 bits.
    package static func password() -> String {
        let signs = Array("abcdefghjkmnpqrstuvwxyz23456789".utf8)
        // The largest multiple of 31 in a byte; a draw above it would make the first signs likelier than the others.
        let limit = UInt8(256 / signs.count * signs.count)
        var text: [UInt8] = []
        while text.count < 27 {
            for byte in bytes(32) where byte < limit && text.count < 27 {
                text.append(signs[Int(byte) % signs.count])
                if text.count % 7 == 6, text.count < 27 { text.append(UInt8(ascii: "-")) }
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
