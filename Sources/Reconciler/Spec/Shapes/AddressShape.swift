extension Shape where Value == String {
    /// An address or a CIDR block: `10.0.0.0/8`, `192.0.2.7`, `fd00::/8`.
    static let addressBlock = Shape(["type": "string", "pattern": "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$"]) { node, context in
        guard let text = node.text, AddressBlock.isValid(text) else {
            context.expected("an address or a block such as 10.0.0.0/8", node)
            return nil
        }
        return text
    }
}

/// The notation of addresses and blocks of them.
enum AddressBlock {
    /// Whether it is an IPv4 or IPv6 address, with or without a prefix length (RFC 4632, RFC 4291 section 2.2).
    static func isValid(_ text: String) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first else { return false }
        let isVersion6 = address.contains(":")
        guard isVersion6 ? isVersion6Address(address) : isVersion4Address(address) else { return false }
        guard parts.count == 2 else { return true }
        guard let length = decimal(parts[1]) else { return false }
        return length <= (isVersion6 ? 128 : 32)
    }

    private static func isVersion4Address(_ text: Substring) -> Bool {
        let octets = text.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets.allSatisfy { decimal($0).map { $0 <= 255 } ?? false }
    }

    private static func isVersion6Address(_ text: Substring) -> Bool {
        // `::` stands for at least one group of zeros, once.
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return false }
        var count = 0
        for (index, half) in halves.enumerated() where !half.isEmpty {
            var groups = half.split(separator: ":", omittingEmptySubsequences: false)
            if index == halves.count - 1, let last = groups.last, last.contains(".") {
                guard isVersion4Address(last) else { return false }
                groups.removeLast()
                count += 2
            }
            guard groups.allSatisfy({ (1...4).contains($0.utf8.count) && $0.allSatisfy(\.isHexDigit) }) else {
                return false
            }
            count += groups.count
        }
        return halves.count == 2 ? count <= 7 : count == 8
    }

    /// Up to three digits.
    private static func decimal(_ text: Substring) -> Int? {
        guard (1...3).contains(text.utf8.count), text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int(text)
    }
}
