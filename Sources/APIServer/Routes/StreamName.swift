internal import Reconciler

/// What may be the scope and the name of a stream.
package enum StreamName {
    /// Bytes of UTF-8 in a scope.
    package static let scopeLengths = 1...64
    /// Bytes of UTF-8 in a name.
    package static let lengths = 1...256

    /// 1 to 64 bytes by the rules of ``isValid(_:)``.
    package static func isValidScope(_ text: String) -> Bool {
        scopeLengths.contains(text.utf8.count) && isSound(text)
    }

    /// 1 to 256 bytes without control characters. It may hold slashes, with something other than '.' and '..' before, between and after
    /// them: others are taken out of URLs on the way (RFC 3986 section 5.2.4), and lead out of the folders in which media servers
    /// keep what they record.
    package static func isValid(_ text: String) -> Bool {
        lengths.contains(text.utf8.count) && isSound(text)
    }

    /// The stream that the first two parameters of a path name.
    static func read(_ target: [UInt8], _ captures: RouteTable.Captures) throws(Problem) -> StreamKey {
        let scope = try PercentDecoding.part(target[captures[0]], "scope")
        let name = try PercentDecoding.part(target[captures[1]], "stream name")
        guard isValidScope(scope) else { throw problem("scope", scopeLengths) }
        if ReservedScope.contains(scope) {
            throw .badRequest("the scope '\(scope)' is reserved: the API has paths of that name")
        }
        guard isValid(name) else { throw problem("stream name", lengths) }
        return StreamKey(scope: scope, name: name)
    }

    private static func isSound(_ text: String) -> Bool {
        let plain = ByteSet.plainName
        return text.utf8.allSatisfy { plain.contains($0) } || !hasControls(text) && !hasOddSegments(text)
    }

    /// What is said of a name that is none.
    static func problem(_ what: String, _ lengths: ClosedRange<Int>) -> Problem {
        .badRequest(
            "the \(what) must have \(lengths.lowerBound) to \(lengths.upperBound) bytes, no control characters, and no empty, '.' or '..' between slashes"
        )
    }

    /// What spoils logs and tables: the control characters of ASCII and of Latin 1 (C0, DEL, C1), the separators of lines and
    /// paragraphs, and what changes the direction of writing (Unicode's bidirectional controls).
    static func hasControls(_ text: String) -> Bool {
        var (before, previous): (UInt8, UInt8) = (0, 0)
        for byte in text.utf8 {
            if byte < 0x20 || byte == 0x7f || (previous == 0xc2 && byte < 0xa0) { return true }
            // U+2028 to U+202E, U+2066 to U+2069.
            if before == 0xe2, previous == 0x80, (0xa8...0xae).contains(byte) { return true }
            if before == 0xe2, previous == 0x81, (0xa6...0xa9).contains(byte) { return true }
            (before, previous) = (previous, byte)
        }
        return false
    }

    private static func hasOddSegments(_ text: String) -> Bool {
        // Bytes since the last slash, and whether all of them are dots.
        var (length, isDots) = (0, true)
        for byte in text.utf8 {
            if byte == UInt8(ascii: "/") {
                if isDots, length < 3 { return true }
                (length, isDots) = (0, true)
            } else {
                length += 1
                if byte != UInt8(ascii: ".") { isDots = false }
            }
        }
        return isDots && length < 3
    }
}
