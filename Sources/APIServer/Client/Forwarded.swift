/// The elements of the Forwarded fields of a request (RFC 7239 section 4) from the last to the first, a field at a time.
///
/// A field is read from its start, since only so is it known where quotes end; one that is not well-formed is one malformed hop. A client
/// that opens a quote in front of what its proxy appends only makes its own field unreadable: to close it again takes the proxy's
/// own quote, and what follows that is no separator.
struct Forwarded: IteratorProtocol {
    /// Bytes of a field that are read; a longer one is malformed. No chain of proxies writes a tenth of it.
    private static let longest = 4096
    private static let name = Array("for".utf8)

    private var fields: [ArraySlice<UInt8>]
    private var hops: [ForwardedHop] = []

    /// The elements of these fields, in the order of their coming.
    init(_ fields: [ArraySlice<UInt8>]) { self.fields = fields }

    mutating func next() -> ForwardedHop? {
        while hops.isEmpty {
            guard let field = fields.popLast() else { return nil }
            hops = Self.read(field) ?? [.malformed]
        }
        return hops.removeLast()
    }

    /// The hops of one field in its order; nil when it is not well-formed.
    private static func read(_ field: ArraySlice<UInt8>) -> [ForwardedHop]? {
        guard field.count <= longest else { return nil }
        var reader = Reader(rest: field)
        var hops: [ForwardedHop] = []
        var hop: ForwardedHop?
        var hasPairs = false
        while true {
            reader.skipSpace()
            if let byte = reader.rest.first, byte != UInt8(ascii: ","), byte != UInt8(ascii: ";") {
                guard let (name, value) = reader.pair() else { return nil }
                hasPairs = true
                if name.equalsIgnoringCase(Self.name) {
                    // Twice in one element is not allowed, and would mean two things.
                    guard hop == nil else { return nil }
                    hop = ForwardedHop(value[...])
                }
                reader.skipSpace()
            }
            switch reader.rest.popFirst() {
            case UInt8(ascii: ";"): continue
            case UInt8(ascii: ","), nil:
                // A proxy that says something else, and nothing about whom it was asked by.
                if hasPairs { hops.append(hop ?? .hidden) }
                if reader.isAtEnd { return hops }
                (hop, hasPairs) = (nil, false)
            default: return nil
            }
        }
    }

    /// Reads pairs off the front of a field.
    private struct Reader {
        var rest: ArraySlice<UInt8>

        var isAtEnd: Bool { rest.isEmpty }

        mutating func skipSpace() {
            while let byte = rest.first, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { rest.removeFirst() }
        }

        /// `name=value` or `name="value"`. An address without its quotes is borne: its colons and brackets mean nothing else here.
        mutating func pair() -> (name: ArraySlice<UInt8>, value: [UInt8])? {
            guard let equals = rest.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let name = rest[..<equals]
            guard !name.isEmpty, name.allSatisfy(Self.isPlain) else { return nil }
            rest = rest[(equals + 1)...]
            if rest.first == UInt8(ascii: "\"") {
                guard let value = quoted() else { return nil }
                return (name, value)
            }
            let value = rest.prefix { Self.isPlain($0) }
            rest = rest[value.endIndex...]
            return value.isEmpty ? nil : (name, Array(value))
        }

        /// A quoted string (RFC 9110 section 5.6.4); nil when it has no end.
        private mutating func quoted() -> [UInt8]? {
            rest.removeFirst()
            var value: [UInt8] = []
            while let byte = rest.popFirst() {
                if byte == UInt8(ascii: "\"") { return value }
                if byte == UInt8(ascii: "\\") {
                    guard let escaped = rest.popFirst() else { return nil }
                    value.append(escaped)
                } else {
                    value.append(byte)
                }
            }
            return nil
        }

        /// What is no space, separator, quote or control character.
        private static func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\""), UInt8(ascii: "="), UInt8(ascii: "\\"): false
            default: byte > UInt8(ascii: " ") && byte < 0x7f
            }
        }
    }
}
