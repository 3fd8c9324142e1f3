/// Reads one JSON value (RFC 8259) as the tree that YAML is read to: with lines and columns, and with what YAML has no escape or no place for,
/// such as surrogate pairs and U+007F. Strict, and bounded in depth. Never traps, whatever the bytes are.
struct JSONDocument {
    private let bytes: [UInt8]
    private var position = 0
    private var line: UInt32 = 1
    private var lineStart = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The value, or why there is none.
    static func parse(_ bytes: [UInt8]) -> Result<YAMLNode, YAMLProblem> {
        var tree = JSONDocument(bytes)
        do throws(YAMLProblem) {
            let node = try tree.value(depth: 0)
            guard tree.peek() == nil else { throw tree.problem("expected the end, found more than one JSON value") }
            return .success(node)
        } catch {
            return .failure(error)
        }
    }

    // MARK: - Places

    /// In characters: bytes that go on with one do not count.
    private func column(at place: Int) -> Int {
        bytes[lineStart..<min(place, bytes.count)].count { $0 & 0xC0 != 0x80 } + 1
    }

    private func problem(_ message: String, at place: Int? = nil) -> YAMLProblem {
        YAMLProblem(message: message, line: Int(line), column: column(at: place ?? position))
    }

    private func node(_ value: YAMLNode.Value, _ mark: (line: UInt32, column: Int)) -> YAMLNode {
        YAMLNode(value: value, line: mark.line, column: UInt32(truncatingIfNeeded: mark.column))
    }

    /// The next byte that is no white space; nil at the end.
    private mutating func peek() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\n"):
                line += 1
                lineStart = position + 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            default: return bytes[position]
            }
            position += 1
        }
        return nil
    }

    private mutating func take(_ sign: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: sign) else { return false }
        position += 1
        return true
    }

    // MARK: - Values

    private mutating func value(depth: Int) throws(YAMLProblem) -> YAMLNode {
        guard depth < YAMLLimits.depth else { throw problem("nested more than \(YAMLLimits.depth) levels deep") }
        guard let first = peek() else { throw problem("expected a JSON value, found the end") }
        let mark = (line, column(at: position))
        switch first {
        case UInt8(ascii: "{"): return node(.mapping(try members(depth)), mark)
        case UInt8(ascii: "["): return node(.sequence(try elements(depth)), mark)
        case UInt8(ascii: "\""): return node(.scalar(try string(), .quoted), mark)
        default: return node(.scalar(try word(), .plain), mark)
        }
    }

    private mutating func members(_ depth: Int) throws(YAMLProblem) -> [YAMLNode] {
        position += 1
        var result: [YAMLNode] = []
        var names: Set<String> = []
        if take("}") { return result }
        repeat {
            guard peek() == UInt8(ascii: "\"") else { throw problem("expected a name in quotes") }
            let mark = (line, column(at: position))
            let start = position
            let name = try string()
            guard names.insert(name).inserted else {
                throw problem("the name '\(name.shortened)' is there twice", at: start)
            }
            guard take(":") else { throw problem("expected ':' after the name '\(name.shortened)'") }
            result.append(node(.scalar(name, .quoted), mark))
            result.append(try value(depth: depth + 1))
        } while take(",")
        guard take("}") else { throw end("',' or '}' in the object") }
        return result
    }

    private mutating func elements(_ depth: Int) throws(YAMLProblem) -> [YAMLNode] {
        position += 1
        var result: [YAMLNode] = []
        if take("]") { return result }
        repeat { result.append(try value(depth: depth + 1)) } while take(",")
        guard take("]") else { throw end("',' or ']' in the list") }
        return result
    }

    private mutating func end(_ expected: String) -> YAMLProblem {
        problem("expected \(expected)" + (peek() == nil ? ", found the end" : ""))
    }

    /// A number, or one of `true`, `false` and `null`.
    private mutating func word() throws(YAMLProblem) -> String {
        let start = position
        while position < bytes.count, MetricName.isWord(bytes[position]) || "+-.".utf8.contains(bytes[position]) {
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if ["true", "false", "null"].contains(text) { return text }
        guard text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil else {
            throw problem(
                text.isEmpty ? "expected a JSON value" : "'\(text.shortened)' is no JSON value: texts are in quotes",
                at: start)
        }
        return text
    }

    // MARK: - Strings

    private mutating func string() throws(YAMLProblem) -> String {
        let start = position
        position += 1
        var out: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let text = String(validating: out, as: UTF8.self) else {
                    throw problem("the text is no UTF-8", at: start)
                }
                return text
            case UInt8(ascii: "\\"): try escape(&out)
            case 0..<0x20: throw problem("a control character in a text must be escaped")
            default:
                out.append(byte)
                position += 1
            }
        }
        throw problem("the text does not end", at: start)
    }

    private mutating func escape(_ out: inout [UInt8]) throws(YAMLProblem) {
        let start = position
        guard position + 1 < bytes.count else { throw problem("the text does not end") }
        let sign = bytes[position + 1]
        position += 2
        switch sign {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(sign)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"):
            guard let scalar = scalar() else { throw problem("'\\u' is not followed by a character", at: start) }
            out += Array(String(Character(scalar)).utf8)
        default: throw problem("an escape that JSON does not have", at: start)
        }
    }

    /// Of one escape, or of the two of a surrogate pair.
    private mutating func scalar() -> Unicode.Scalar? {
        guard let first = quad() else { return nil }
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, bytes[position...].starts(with: "\\u".utf8) else { return nil }
        position += 2
        guard let second = quad(), (0xDC00...0xDFFF).contains(second) else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private mutating func quad() -> UInt32? {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }) else {
            return nil
        }
        position += 4
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
