/// Some of the signs of ASCII; a look-up is two shifts.
struct ByteSet: Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    /// Letters, digits and these marks, all of ASCII.
    init(alphanumericsAnd marks: StaticString) {
        for byte in UInt8(ascii: "0")...UInt8(ascii: "9") { insert(byte) }
        for byte in UInt8(ascii: "a")...UInt8(ascii: "z") {
            insert(byte)
            insert(byte & ~0x20)
        }
        for byte in marks.description.utf8 { insert(byte) }
    }

    private mutating func insert(_ byte: UInt8) {
        if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte & 63) }
    }

    /// Whether it is one of them.
    func contains(_ byte: UInt8) -> Bool {
        byte < 128 && ((byte < 64 ? low : high) >> UInt64(byte & 63)) & 1 == 1
    }

    /// What tokens are made of, as methods and names of fields are (RFC 9110 section 5.6.2).
    static let token = ByteSet(alphanumericsAnd: "!#$%&'*+-.^_`|~")

    /// What nearly all names of streams are made of.
    static let plainName = ByteSet(alphanumericsAnd: "-_")

    /// What names of hosts and IPv4 addresses are made of.
    static let plainHost = ByteSet(alphanumericsAnd: "-._")
}
