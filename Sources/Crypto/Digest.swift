/// SHA-256 and what is built on it.
package enum Digest {
    /// The number of bytes of every digest here.
    package static let count = 32

    /// SHA-256 of `bytes` (FIPS 180-4), ``count`` bytes.
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        OpenSSL.sha256(bytes)
    }

    /// SHA-256 of the UTF-8 bytes of `text`, as 64 lower-case hexadecimal digits.
    package static func sha256Hex(_ text: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var hex: [UInt8] = []
        hex.reserveCapacity(2 * count)
        for byte in sha256(Array(text.utf8)) {
            hex.append(digits[Int(byte >> 4)])
            hex.append(digits[Int(byte & 15)])
        }
        return String(decoding: hex, as: UTF8.self)
    }

    /// HMAC with SHA-256 (RFC 2104) of `message` under `key`, ``count`` bytes. A key of any length is valid.
    package static func hmacSHA256(key: [UInt8], message: [UInt8]) -> [UInt8] {
        OpenSSL.hmacSHA256(key: key, message: message)
    }
}

/// Whether both are equal, in a time that depends on their lengths alone: for secrets, where `==` would tell an attacker
/// by its time how many leading bytes were right.
package func constantTimeEquals(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && OpenSSL.equalInConstantTime(a, b)
}
