/// An IPv4 or IPv6 address, without port and zone.
///
/// An IPv4 address is held as the IPv6 address that stands for it (`::ffff:192.0.2.1`, RFC 4291 section 2.5.5.2), so the two ways to
/// write it are equal.
package struct IPAddress: Sendable, Hashable {
    /// The 128 bits, the first octet highest.
    package let bits: UInt128

    /// True also for one that was written as an IPv6 address.
    package var isVersion4: Bool { bits >> 32 == 0xffff }

    /// The address with these bits.
    package init(bits: UInt128) { self.bits = bits }

    /// The address in this text: dotted decimal without leading zeros, or as RFC 4291 section 2.2 has it, with or without a zone
    /// (RFC 4007 section 11), which is dropped: it means something on one machine only. Nil when it is none.
    package init?(_ text: ArraySlice<UInt8>) {
        guard text.count <= Self.longestText else { return nil }
        guard text.contains(Sign.colon) else {
            guard let address = Self.version4(text) else { return nil }
            bits = 0xffff << 32 | UInt128(address)
            return
        }
        var address = text
        if let percent = text.firstIndex(of: Sign.percent) {
            if percent + 1 == text.endIndex { return nil }
            address = text[..<percent]
        }
        guard let value = Self.version6(address) else { return nil }
        bits = value
    }

    /// The address in this text; nil when it is none.
    package init?(_ text: String) { self.init(Array(text.utf8)[...]) }

    /// Bytes of the longest address and a zone: nothing longer is looked at.
    private static let longestText = 64

    private enum Sign {
        static let colon = UInt8(ascii: ":")
        static let dot = UInt8(ascii: ".")
        static let percent = UInt8(ascii: "%")
    }

    // MARK: - IPv4

    private static func version4(_ text: ArraySlice<UInt8>) -> UInt32? {
        var result: UInt32 = 0
        var octets = 1
        var value: UInt32 = 0
        var digits = 0
        for byte in text {
            if byte == Sign.dot {
                if digits == 0 || octets == 4 { return nil }
                result = result << 8 | value
                octets += 1
                value = 0
                digits = 0
                continue
            }
            let digit = UInt32(byte &- UInt8(ascii: "0"))
            // A leading zero means octal to some readers: such an address means two things.
            if digit > 9 || digits > 0 && value == 0 { return nil }
            value = value * 10 + digit
            digits += 1
            if value > 255 { return nil }
        }
        return octets == 4 && digits > 0 ? result << 8 | value : nil
    }

    // MARK: - IPv6

    /// Groups of 16 bits as they are read, to be put before and after the `::`.
    private struct Groups {
        var head: UInt128 = 0
        var tail: UInt128 = 0
        var headCount = 0
        var tailCount = 0
        var hasGap = false

        mutating func append(_ group: UInt128, count: Int = 1) {
            if hasGap {
                tail = tail << (16 * count) | group
                tailCount += count
            } else {
                head = head << (16 * count) | group
                headCount += count
            }
        }

        /// `::` stands for one group of zeros at least.
        var value: UInt128? {
            let count = headCount + tailCount
            guard hasGap ? count <= 7 : count == 8 else { return nil }
            return head << (16 * (8 - headCount)) | tail
        }
    }

    private static func version6(_ text: ArraySlice<UInt8>) -> UInt128? {
        var groups = Groups()
        var index = text.startIndex
        if text.starts(with: [Sign.colon, Sign.colon]) {
            groups.hasGap = true
            index += 2
        }
        while index < text.endIndex {
            let end = text[index...].firstIndex(of: Sign.colon) ?? text.endIndex
            let part = text[index..<end]
            if end == text.endIndex, part.contains(Sign.dot) {
                guard let last = version4(part) else { return nil }
                groups.append(UInt128(last), count: 2)
                break
            }
            guard let group = hexadecimal(part) else { return nil }
            groups.append(group)
            if end == text.endIndex { break }
            index = end + 1
            if index == text.endIndex { return nil }
            if text[index] == Sign.colon {
                if groups.hasGap { return nil }
                groups.hasGap = true
                index += 1
            }
        }
        return groups.value
    }

    /// One to four digits.
    private static func hexadecimal(_ text: ArraySlice<UInt8>) -> UInt128? {
        guard (1...4).contains(text.count) else { return nil }
        var value: UInt128 = 0
        for byte in text {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            value = value << 4 | UInt128(digit)
        }
        return value
    }
}
