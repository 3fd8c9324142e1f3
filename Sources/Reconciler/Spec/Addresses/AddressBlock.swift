/// A block of addresses, such as `10.0.0.0/8` (RFC 4632, RFC 4291 section 2.3), or a single one.
package struct AddressBlock: Sendable, Hashable {
    /// The bits of its first and its last address.
    let range: ClosedRange<UInt128>
    /// Whether it is of IPv4 addresses. One of IPv6, be it `::/0`, holds none of those.
    let isVersion4: Bool

    /// The block in this text; nil when it is none. Bits after the prefix do not matter.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, !first.contains(UInt8(ascii: "%")), let address = IPAddress(Array(first)[...])
        else { return nil }
        let isWritten6 = first.contains(UInt8(ascii: ":"))
        var length = 128
        if parts.count == 2 {
            guard let given = Self.decimal(parts[1]), given <= (isWritten6 ? 128 : 32) else { return nil }
            length = isWritten6 ? given : given + 96
        }
        let rest = UInt128.max >> length
        range = (address.bits & ~rest)...(address.bits | rest)
        isVersion4 = address.isVersion4 && length >= 96
    }

    /// Up to three digits.
    private static func decimal(_ text: some Collection<UInt8>) -> Int? {
        guard (1...3).contains(text.count), text.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return text.reduce(0) { $0 * 10 + Int($1 - 48) }
    }
}
