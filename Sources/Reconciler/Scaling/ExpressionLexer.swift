/// The tokens of an expression.
struct ExpressionToken: Equatable {
    /// What a token is.
    enum Kind: Equatable {
        case number(Double)
        /// A metric or the name of an aggregate.
        case name(String)
        /// `+ - * / % ( ) > < >= <= == != && || !`
        case symbol(String)
        case end
    }

    /// What it is.
    var kind: Kind
    /// In characters from the beginning of the expression.
    var offset: Int

    /// As a message names it.
    var words: String {
        switch kind {
        case .number(let value): "the number \(value)"
        case .name(let name): "'\(name.shortened)'"
        case .symbol(let symbol): "'\(symbol)'"
        case .end: "the end"
        }
    }
}

/// Cuts an expression into tokens, byte by byte: all that an expression means is ASCII.
struct ExpressionLexer {
    private let bytes: [UInt8]
    private var position = 0

    /// Refuses a text that is too long.
    init(text: String) throws(ExpressionError) {
        guard text.utf8.count <= Expression.maximumLength else {
            throw ExpressionError("expression is longer than \(Expression.maximumLength) characters", offset: 0)
        }
        bytes = Array(text.utf8)
    }

    /// All tokens, the last of them the end.
    mutating func tokens() throws(ExpressionError) -> [ExpressionToken] {
        var result: [ExpressionToken] = []
        result.reserveCapacity(8)
        while let token = try next() { result.append(token) }
        result.append(ExpressionToken(kind: .end, offset: bytes.count))
        return result
    }

    private mutating func next() throws(ExpressionError) -> ExpressionToken? {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
        guard position < bytes.count else { return nil }
        let start = position
        let byte = bytes[position]
        if Self.isDigit(byte) || byte == UInt8(ascii: ".") { return try number(from: start) }
        if MetricName.isWord(byte) { return try name(from: start) }
        if let symbol = Self.symbol(byte, position + 1 < bytes.count ? bytes[position + 1] : 0) {
            position += symbol.utf8.count
            return ExpressionToken(kind: .symbol(symbol), offset: start)
        }
        // Up to here every byte was a character of its own.
        let found = String(decoding: bytes[start...], as: UTF8.self).unicodeScalars.first ?? "?"
        let doubled: [Unicode.Scalar: String] = ["&": "&&", "|": "||", "=": "=="]
        let more = found == "," ? "an aggregate takes one metric" : doubled[found].map { "did you mean '\($0)'?" }
        throw ExpressionError(
            "unexpected character '\(found)' in the expression", offset: start,
            suggestion: more)
    }

    private static func symbol(_ byte: UInt8, _ next: UInt8) -> String? {
        switch (byte, next) {
        case (UInt8(ascii: ">"), UInt8(ascii: "=")): ">="
        case (UInt8(ascii: "<"), UInt8(ascii: "=")): "<="
        case (UInt8(ascii: "="), UInt8(ascii: "=")): "=="
        case (UInt8(ascii: "!"), UInt8(ascii: "=")): "!="
        case (UInt8(ascii: "&"), UInt8(ascii: "&")): "&&"
        case (UInt8(ascii: "|"), UInt8(ascii: "|")): "||"
        case (UInt8(ascii: ">"), _): ">"
        case (UInt8(ascii: "<"), _): "<"
        case (UInt8(ascii: "!"), _): "!"
        case (UInt8(ascii: "+"), _): "+"
        case (UInt8(ascii: "-"), _): "-"
        case (UInt8(ascii: "*"), _): "*"
        case (UInt8(ascii: "/"), _): "/"
        case (UInt8(ascii: "%"), _): "%"
        case (UInt8(ascii: "("), _): "("
        case (UInt8(ascii: ")"), _): ")"
        default: nil
        }
    }

    private mutating func number(from start: Int) throws(ExpressionError) -> ExpressionToken {
        while position < bytes.count {
            let byte = bytes[position]
            // A sign belongs to a number only behind its exponent's letter.
            let isSign = byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
            let isExponent = isSign && position > start && bytes[position - 1] | 0x20 == UInt8(ascii: "e")
            guard MetricName.isWord(byte) || byte == UInt8(ascii: ".") || isExponent else { break }
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let value = YAMLScalar.number(text), !text.hasPrefix("0x"), !text.hasPrefix("0o") else {
            throw ExpressionError("'\(text.shortened)' is no number", offset: start)
        }
        return ExpressionToken(kind: .number(value), offset: start)
    }

    private mutating func name(from start: Int) throws(ExpressionError) -> ExpressionToken {
        while position < bytes.count, MetricName.isWord(bytes[position]) || bytes[position] == UInt8(ascii: ".") {
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard MetricName.isValid(text) else {
            throw ExpressionError("'\(text.shortened)' is no metric name", offset: start)
        }
        return ExpressionToken(kind: .name(text), offset: start)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
