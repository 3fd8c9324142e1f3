/// What may be the scope and the name of a stream.
package enum StreamName {
    /// Bytes of UTF-8 in a scope.
    package static let scopeLengths = 1...64
    /// Bytes of UTF-8 in a name, which may hold slashes.
    package static let lengths = 1...256

    /// 1 to 64 bytes without control characters.
    package static func isValidScope(_ text: String) -> Bool {
        scopeLengths.contains(text.utf8.count) && !hasControls(text)
    }

    /// 1 to 256 bytes without control characters.
    package static func isValid(_ text: String) -> Bool {
        lengths.contains(text.utf8.count) && !hasControls(text)
    }

    /// The control characters of ASCII and of Latin 1 (C0, DEL, C1), which spoil logs and tables.
    static func hasControls(_ text: String) -> Bool {
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte < 0x20 || byte == 0x7f || (previous == 0xc2 && byte < 0xa0) { return true }
            previous = byte
        }
        return false
    }
}
