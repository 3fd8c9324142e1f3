/// Base 64 with the URL-safe alphabet and without padding (RFC 4648 section 5), as JSON Web Tokens use it.
package enum Base64URL {
    private static let signs = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The value of every sign by its byte, and `invalid` for all other bytes.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: invalid, count: 256)
        for (value, sign) in signs.enumerated() { table[Int(sign)] = UInt8(value) }
        return table
    }()

    private static let invalid: UInt8 = 0xff

    /// The text of `bytes`, four signs for three bytes.
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.underestimatedCount * 4 + 2) / 3)
        var bits: UInt32 = 0
        var pending = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            pending += 8
            while pending >= 6 {
                pending -= 6
                text.append(signs[Int(bits >> UInt32(pending) & 63)])
            }
        }
        if pending > 0 { text.append(signs[Int(bits << UInt32(6 - pending) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes that `text` stands for; nil for anything that ``encode(_:)`` does not make: padding, white space, other
    /// alphabets, a single last sign, or bits left over that are not zero. So no two texts give the same bytes, and a
    /// signed token cannot be respelled.
    package static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.underestimatedCount * 3 / 4)
        var bits: UInt32 = 0
        var pending = 0
        for sign in text {
            let value = values[Int(sign)]
            guard value != invalid else { return nil }
            bits = bits << 6 | UInt32(value)
            pending += 6
            if pending >= 8 {
                pending -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(pending)))
            }
        }
        // Left over are 0, 2 or 4 bits of the last byte's spelling; 6 would be a sign that belongs to no byte.
        guard pending < 6, bits & (1 << UInt32(pending) - 1) == 0 else { return nil }
        return bytes
    }
}
