internal import Reconciler

/// What a `Host` field may hold: `uri-host [ ":" port ]` (RFC 9110 section 7.2, RFC 3986 section 3.2.2).
enum HostField {
    /// Whether it is of that form. Empty is valid too: it is what a target without an authority has.
    static func isValid(_ field: ArraySlice<UInt8>) -> Bool {
        if isPlain(field) { return true }
        guard let (host, port) = split(field) else { return false }
        guard port.count <= 5, port.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
        if host.first == UInt8(ascii: "[") { return isAddress(host) }
        return isName(host)
    }

    /// A name or an IPv4 address with at most a port, as nearly all are: seen in one pass.
    private static func isPlain(_ field: ArraySlice<UInt8>) -> Bool {
        let signs = ByteSet.plainHost
        var digits: Int?
        for byte in field {
            if let seen = digits {
                guard seen < 5, (0x30...0x39).contains(byte) else { return false }
                digits = seen + 1
            } else if byte == UInt8(ascii: ":") {
                digits = 0
            } else if !signs.contains(byte) {
                return false
            }
        }
        return true
    }

    /// The host as it may stand in a URL that somebody is sent to: an address, or a name of labels as in the DNS; nil for all else.
    static func destination(_ field: ArraySlice<UInt8>) -> String? {
        guard isValid(field), let (host, _) = split(field), !host.isEmpty else { return nil }
        let text = String(decoding: host, as: UTF8.self)
        if host.first == UInt8(ascii: "[") { return text }
        // One dot at the end names the root (RFC 1034 section 3.1).
        let name = host.last == UInt8(ascii: ".") ? host.dropLast() : host
        let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isDNS = labels.allSatisfy { label in
            (1...63).contains(label.count) && label.allSatisfy { isLetterOrDigit($0) || $0 == 0x2d || $0 == 0x5f }
        }
        return isDNS && name.count <= 253 ? text : nil
    }

    /// The host and what follows its colon; nil where the brackets do not close, or something else follows.
    private static func split(_ field: ArraySlice<UInt8>) -> (host: ArraySlice<UInt8>, port: ArraySlice<UInt8>)? {
        let colon = UInt8(ascii: ":")
        var end = field.firstIndex(of: colon) ?? field.endIndex
        if field.first == UInt8(ascii: "[") {
            guard let close = field.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            end = close + 1
        }
        let rest = field[end...]
        if rest.isEmpty { return (field, rest) }
        guard rest.first == colon else { return nil }
        return (field[..<end], rest.dropFirst())
    }

    /// `[` an IPv6 address `]`. Nobody has an address of a later version, and zones are no part of it.
    private static func isAddress(_ host: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: host.dropFirst().dropLast(), as: UTF8.self)
        return text.contains(":") && !text.contains("%") && IPAddress(text) != nil
    }

    /// `reg-name`: unreserved signs, sub-delimiters and escapes. An IPv4 address is one too.
    private static func isName(_ host: ArraySlice<UInt8>) -> Bool {
        var index = host.startIndex
        while index < host.endIndex {
            let byte = host[index]
            index += 1
            if isLetterOrDigit(byte) || marks.contains(byte) { continue }
            guard byte == UInt8(ascii: "%"), host.endIndex - index >= 2, host[index..<(index + 2)].allSatisfy(isHex)
            else { return false }
            index += 2
        }
        return true
    }

    private static let marks = Array("-._~!$&'()*+,;=".utf8)

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte.asciiLowercased)
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte.asciiLowercased)
    }
}
