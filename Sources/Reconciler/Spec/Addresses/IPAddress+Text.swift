extension IPAddress: CustomStringConvertible {
    /// Dotted decimal, or the one text of an IPv6 address that RFC 5952 recommends.
    package var description: String {
        if isVersion4 {
            return stride(from: 24, through: 0, by: -8).map { "\(bits >> UInt128($0) & 0xff)" }.joined(separator: ".")
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> UInt128(112 - 16 * $0)) }
        let texts = groups.map { String($0, radix: 16) }
        // The first of the longest runs of zeros is left out, if it is longer than one group.
        var longest = 0..<0
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start > longest.count { longest = start..<end }
            start = max(end, start + 1)
        }
        guard longest.count > 1 else { return texts.joined(separator: ":") }
        return texts[..<longest.lowerBound].joined(separator: ":") + "::"
            + texts[longest.upperBound...].joined(separator: ":")
    }
}
