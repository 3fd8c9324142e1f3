/// Why bytes are not the JSON that was asked for, in words that end with the byte's place.
package struct JSONFault: Error, Equatable, Sendable {
    /// For people, lower case first.
    package var message: String
}

/// Reads JSON (RFC 8259) from bytes, value after value, in the order they come: no tree, no Foundation. Strict: nothing
/// that the standard does not have, and UTF-8 only.
package struct JSONReader: ~Copyable {
    private let bytes: [UInt8]
    private var position = 0

    /// How deep objects and lists may be nested in what is skipped; nothing of ours is deeper than 4.
    private static let maximumDepth = 32

    /// A reader at the start of `bytes`.
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A fault at the present place.
    package func fault(_ message: String) -> JSONFault { JSONFault(message: "\(message) at byte \(position)") }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0a, 0x0d, 0x09: position += 1
            default: return
            }
        }
    }

    /// The next byte that is no white space; nil at the end.
    private mutating func peek() -> UInt8? {
        skipSpace()
        return position < bytes.count ? bytes[position] : nil
    }

    private mutating func take(_ sign: UInt8) -> Bool {
        guard peek() == sign else { return false }
        position += 1
        return true
    }

    /// Reads an object; `field` is called with each name and must read exactly its value.
    package mutating func object(
        _ field: (inout JSONReader, String) throws(JSONFault) -> Void
    ) throws(JSONFault) {
        guard take(UInt8(ascii: "{")) else { throw fault("expected an object") }
        if take(UInt8(ascii: "}")) { return }
        repeat {
            let name = try string()
            guard take(UInt8(ascii: ":")) else { throw fault("expected ':' after '\(name)'") }
            try field(&self, name)
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw fault("expected ',' or '}'") }
    }

    /// Reads a list; `element` is called before each element and must read exactly that.
    package mutating func array(_ element: (inout JSONReader) throws(JSONFault) -> Void) throws(JSONFault) {
        guard take(UInt8(ascii: "[")) else { throw fault("expected a list") }
        if take(UInt8(ascii: "]")) { return }
        repeat { try element(&self) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw fault("expected ',' or ']'") }
    }

    /// Reads a string.
    package mutating func string() throws(JSONFault) -> String {
        guard take(UInt8(ascii: "\"")) else { throw fault("expected a string") }
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                guard let text = String(validating: bytes[start..<position], as: UTF8.self) else {
                    throw fault("a string is no UTF-8")
                }
                position += 1
                return text
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            case 0..<0x20: throw fault("a control character must be escaped")
            default: position += 1
            }
        }
        throw fault("a string does not end")
    }

    private mutating func escapedString(from start: Int) throws(JSONFault) -> String {
        var out = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: out, as: UTF8.self) else { throw fault("a string is no UTF-8") }
                return text
            case UInt8(ascii: "\\"): try escape(&out)
            case 0..<0x20: throw fault("a control character must be escaped")
            default: out.append(byte)
            }
        }
        throw fault("a string does not end")
    }

    private mutating func escape(_ out: inout [UInt8]) throws(JSONFault) {
        guard position < bytes.count else { throw fault("a string does not end") }
        let sign = bytes[position]
        position += 1
        switch sign {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(sign)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0c)
        case UInt8(ascii: "n"): out.append(0x0a)
        case UInt8(ascii: "r"): out.append(0x0d)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"): out += Array(String(Character(try unicodeScalar())).utf8)
        default: throw fault("an unknown escape")
        }
    }

    private mutating func unicodeScalar() throws(JSONFault) -> Unicode.Scalar {
        let first = try hexQuad()
        if let scalar = Unicode.Scalar(first) { return scalar }
        // A surrogate: its other half must follow.
        guard first < 0xdc00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw fault("half a surrogate pair") }
        position += 2
        let second = try hexQuad()
        guard (0xdc00...0xdfff).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw fault("half a surrogate pair") }
        return scalar
    }

    private mutating func hexQuad() throws(JSONFault) -> UInt32 {
        guard position + 4 <= bytes.count else { throw fault("an escape is cut short") }
        var value: UInt32 = 0
        for byte in bytes[position..<(position + 4)] {
            switch byte.asciiLowercased {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                value = value << 4 | UInt32(byte.asciiLowercased - UInt8(ascii: "a") + 10)
            default: throw fault("an escape needs four hexadecimal digits")
            }
        }
        position += 4
        return value
    }

    /// Reads a number; finite.
    package mutating func number() throws(JSONFault) -> Double {
        let (range, whole) = try numberText()
        if let whole { return Double(whole) }
        guard let value = Double(String(decoding: bytes[range], as: UTF8.self)), value.isFinite else {
            throw fault("a number is out of range")
        }
        return value
    }

    /// Reads a whole number, also one with a fraction of zero, as JSON Schema counts them (2020-12 validation, section 6.1.1).
    package mutating func integer() throws(JSONFault) -> Int {
        let (range, whole) = try numberText()
        if let whole { return whole }
        guard let value = Self.whole(bytes[range]) else { throw fault("expected a whole number") }
        return value
    }

    /// The whole number that a JSON number is, digit by digit: a double would round `1.9999999999999999999` to one. Nil when it is none,
    /// or none that an Int holds.
    private static func whole(_ number: ArraySlice<UInt8>) -> Int? {
        let parts = number.split(maxSplits: 1) { $0.asciiLowercased == UInt8(ascii: "e") }
        let exponent = parts.count > 1 ? Int(String(decoding: parts[1], as: UTF8.self)) : 0
        let mantissa = parts[0].split(separator: UInt8(ascii: "."), maxSplits: 1)
        guard let exponent, var digits = mantissa.first else { return nil }
        let sign = digits.first == UInt8(ascii: "-") ? "-" : ""
        if !sign.isEmpty { digits = digits.dropFirst() }
        let point = digits.count.addingReportingOverflow(exponent)
        var all = Array(digits) + (mantissa.count > 1 ? Array(mantissa[1]) : [])
        let isZero = all.allSatisfy { $0 == UInt8(ascii: "0") }
        if isZero { return 0 }
        guard !point.overflow, point.partialValue > 0 else { return nil }
        while all.count > point.partialValue { if all.removeLast() != UInt8(ascii: "0") { return nil } }
        // Longer ones are out of range, but for zeros in front, of which JSON has one at most.
        guard point.partialValue <= all.count + 20 else { return nil }
        all += Array(repeating: UInt8(ascii: "0"), count: point.partialValue - all.count)
        return Int(sign + String(decoding: all, as: UTF8.self))
    }

    /// Where the number lies, and its value when it is whole and short.
    private mutating func numberText() throws(JSONFault) -> (Range<Int>, Int?) {
        skipSpace()
        let start = position
        let isNegative = position < bytes.count && bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let firstDigit = position
        var whole = 0
        while position < bytes.count, isDigit(bytes[position]) {
            if position - firstDigit < 18 { whole = whole * 10 + Int(bytes[position] - 0x30) }
            position += 1
        }
        let digits = position - firstDigit
        guard digits > 0 else { throw fault("expected a number") }
        if digits > 1, bytes[firstDigit] == 0x30 { throw fault("a number starts with a zero") }
        var isWhole = digits <= 18
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            try someDigits()
        }
        if position < bytes.count, bytes[position].asciiLowercased == UInt8(ascii: "e") {
            isWhole = false
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try someDigits()
        }
        return (start..<position, isWhole ? (isNegative ? -whole : whole) : nil)
    }

    private mutating func someDigits() throws(JSONFault) {
        let start = position
        while position < bytes.count, isDigit(bytes[position]) { position += 1 }
        if position == start { throw fault("a number is cut short") }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// Reads true or false.
    package mutating func bool() throws(JSONFault) -> Bool {
        if try literal("true") { return true }
        if try literal("false") { return false }
        throw fault("expected true or false")
    }

    /// Whether a list is next; nothing is read.
    package mutating func isAtList() -> Bool { peek() == UInt8(ascii: "[") }

    /// Reads `null` if it is next.
    package mutating func null() throws(JSONFault) -> Bool { try literal("null") }

    private mutating func literal(_ word: String) throws(JSONFault) -> Bool {
        skipSpace()
        guard bytes[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    /// Reads one value of any kind and forgets it.
    package mutating func skip() throws(JSONFault) { try skip(Self.maximumDepth) }

    private mutating func skip(_ depth: Int) throws(JSONFault) {
        if depth == 0 { throw fault("nested more than \(Self.maximumDepth) deep") }
        switch peek() {
        case UInt8(ascii: "{"): try object { (reader, _) throws(JSONFault) in try reader.skip(depth - 1) }
        case UInt8(ascii: "["): try array { (reader) throws(JSONFault) in try reader.skip(depth - 1) }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try bool()
        case UInt8(ascii: "n"):
            guard try null() else { throw fault("expected a value") }
        default: _ = try numberText()
        }
    }

    /// What `read` reads, as it stands in the bytes but for white space between its parts.
    package mutating func raw(
        _ read: (inout JSONReader) throws(JSONFault) -> Void = { (reader) throws(JSONFault) in try reader.skip() }
    ) throws(JSONFault) -> String {
        skipSpace()
        let start = position
        try read(&self)
        var isInString = false
        var isEscaped = false
        let kept = bytes[start..<position].filter { byte in
            if isInString {
                if byte == UInt8(ascii: "\""), !isEscaped { isInString = false }
                isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
                return true
            }
            if byte == UInt8(ascii: "\"") { isInString = true }
            return ![0x20, 0x0a, 0x0d, 0x09].contains(byte)
        }
        return String(decoding: kept, as: UTF8.self)
    }

    /// Reads an object of which each field may be there once.
    package mutating func uniqueFields(
        _ field: (inout JSONReader, String) throws(JSONFault) -> Void
    ) throws(JSONFault) {
        var seen: Set<String> = []
        try object { (reader, name) throws(JSONFault) in
            guard seen.insert(name).inserted else { throw reader.fault("the field '\(name)' is there twice") }
            try field(&reader, name)
        }
    }

    /// Reads with `read`; a fault there begins with `place`.
    package mutating func at<Value>(
        _ place: String, _ read: (inout JSONReader) throws(JSONFault) -> Value
    ) throws(JSONFault) -> Value {
        do throws(JSONFault) {
            return try read(&self)
        } catch {
            throw JSONFault(message: "\(place): \(error.message)")
        }
    }

    /// Throws when anything follows.
    package mutating func end() throws(JSONFault) {
        if peek() != nil { throw fault("expected the end") }
    }
}
