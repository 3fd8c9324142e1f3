/// The tokens of an expression.
struct ExpressionToken: Equatable {
    enum Kind: Equatable {
        case number(Double)
        /// A metric or the name of an aggregate.
        case name(String)
        /// `+ - * / % ( ) > < >= <= == != && || !`
        case symbol(String)
        case end
    }

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

/// Cuts an expression into tokens.
struct ExpressionLexer {
    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(text: String) throws(ExpressionError) {
        guard text.utf8.count <= Expression.maximumLength else {
            throw ExpressionError("expression is longer than \(Expression.maximumLength) characters", offset: 0)
        }
        scalars = Array(text.unicodeScalars)
    }

    mutating func tokens() throws(ExpressionError) -> [ExpressionToken] {
        var result: [ExpressionToken] = []
        while let token = try next() { result.append(token) }
        result.append(ExpressionToken(kind: .end, offset: scalars.count))
        return result
    }

    private mutating func next() throws(ExpressionError) -> ExpressionToken? {
        while position < scalars.count, scalars[position].properties.isWhitespace { position += 1 }
        guard position < scalars.count else { return nil }
        let start = position
        let scalar = scalars[position]
        if Self.isDigit(scalar) || scalar == "." { return try number(from: start) }
        if Self.isWord(scalar) { return try name(from: start) }
        let pair = position + 1 < scalars.count ? "\(scalar)\(scalars[position + 1])" : ""
        if [">=", "<=", "==", "!=", "&&", "||"].contains(pair) {
            position += 2
            return ExpressionToken(kind: .symbol(pair), offset: start)
        }
        if "+-*/%()><!".unicodeScalars.contains(scalar) {
            position += 1
            return ExpressionToken(kind: .symbol(String(scalar)), offset: start)
        }
        let doubled: [Unicode.Scalar: String] = ["&": "&&", "|": "||", "=": "=="]
        throw ExpressionError(
            "unexpected character '\(scalar)' in the expression", offset: start,
            suggestion: doubled[scalar].map { "did you mean '\($0)'?" })
    }

    private mutating func number(from start: Int) throws(ExpressionError) -> ExpressionToken {
        while position < scalars.count {
            let scalar = scalars[position]
            let isSign =
                (scalar == "+" || scalar == "-") && (scalars[position - 1] == "e" || scalars[position - 1] == "E")
            // A sign belongs to a number only behind its exponent's letter.
            guard Self.isWord(scalar) || scalar == "." || position > start && isSign else { break }
            position += 1
        }
        let text = Self.string(scalars[start..<position])
        guard let value = YAMLScalar.number(text), !text.hasPrefix("0x"), !text.hasPrefix("0o") else {
            throw ExpressionError("'\(text.shortened)' is no number", offset: start)
        }
        return ExpressionToken(kind: .number(value), offset: start)
    }

    private mutating func name(from start: Int) throws(ExpressionError) -> ExpressionToken {
        while position < scalars.count, Self.isWord(scalars[position]) || scalars[position] == "." { position += 1 }
        let text = Self.string(scalars[start..<position])
        guard MetricName.isValid(text) else {
            throw ExpressionError("'\(text.shortened)' is no metric name", offset: start)
        }
        return ExpressionToken(kind: .name(text), offset: start)
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && MetricName.isWord(UInt8(truncatingIfNeeded: scalar.value))
    }
}
