internal import Glibc

/// Whether a request's head was read without a gap: each field's name, value and line end follow one another in memory.
///
/// libmicrohttpd before 0.9.77 leaves the head where it came and hands out pointers into it. It ends a value at a NUL, drops
/// lines it does not understand, and joins folded lines elsewhere; another reader of the same bytes may see something
/// else. All of that leaves a gap.
struct HeadLayout {
    /// What is said of a broken head.
    static let complaint =
        "the head holds a NUL, a folded line, a line that is no header field, or a line end that is not CR LF; send each field on a line of its own"

    /// The address of the first name, and the end of what was last seen; 0 before the first field.
    private var first: UInt = 0
    private var end: UInt = 0
    /// A gap was found.
    private(set) var isBroken = false

    /// Takes in the next field, in the order of their coming.
    mutating func field(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let start = unsafe Self.address(name.baseAddress)
        let nameEnd = start + UInt(name.count)
        let valueStart = unsafe Self.address(value.baseAddress)
        if end == 0 { first = start } else { requireLineEnd(from: end, to: start) }
        // The colon, and whatever white space follows it; a folded value lies elsewhere.
        if valueStart <= nameEnd || valueStart - nameEnd > Self.maximumSpace { isBroken = true }
        end = valueStart + UInt(value.count)
    }

    /// Checks what is before the first field and after the last one.
    /// - Parameters:
    ///   - headSize: bytes of the whole head, with its empty line; 0 when it is not known.
    ///   - targetSize: bytes of the target.
    mutating func end(
        headSize: Int, method: UnsafePointer<CChar>?, targetSize: Int, version: UnsafePointer<CChar>
    ) {
        let start = unsafe Self.address(method)
        let versionStart = unsafe Self.address(version)
        // RFC 9112 section 3: one space after the method, and one after the target.
        if start != 0, let method = unsafe method {
            let methodSize = unsafe UInt(strlen(method))
            if versionStart != start + methodSize + UInt(targetSize) + 2 { isBroken = true }
        }
        guard end != 0 else { return }
        requireLineEnd(from: versionStart + 8, to: first)
        if headSize > 0, start != 0 {
            // The last field's line end, and that of the empty line.
            if start + UInt(headSize) != end + 4 { isBroken = true }
        }
    }

    /// White space after a colon, in bytes: more is not borne.
    private static let maximumSpace: UInt = 256

    /// One line end: CR LF. RFC 9112 section 2.2 lets a LF alone stand for it, and another reader may take that for a part of the value.
    private mutating func requireLineEnd(from: UInt, to: UInt) {
        if to != from + 2 { isBroken = true }
    }

    private static func address(_ pointer: UnsafeRawPointer?) -> UInt { UInt(bitPattern: pointer) }
}
