/// The elements of the X-Forwarded-For fields of a request from the last to the first, read as far as they are asked for: what a client
/// wrote in front costs nothing.
struct ForwardedFor: IteratorProtocol {
    /// Fields that are not begun, and the rest of the one that is.
    private var fields: [ArraySlice<UInt8>]
    private var rest: ArraySlice<UInt8>?

    /// The elements of these fields, in the order of their coming.
    init(_ fields: [ArraySlice<UInt8>]) { self.fields = fields }

    mutating func next() -> ForwardedHop? {
        while let text = rest ?? fields.popLast() {
            let comma = text.lastIndex(of: UInt8(ascii: ","))
            let element = text[(comma.map { $0 + 1 } ?? text.startIndex)...].trimmed
            rest = comma.map { text[..<$0] }
            // An empty element is none (RFC 9110 section 5.6.1).
            if !element.isEmpty { return ForwardedHop(element) }
        }
        return nil
    }
}

extension ArraySlice<UInt8> {
    /// Without spaces and tabs around it.
    var trimmed: ArraySlice<UInt8> {
        var result = self
        while let first = result.first, first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") {
            result.removeFirst()
        }
        while let last = result.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { result.removeLast() }
        return result
    }
}
