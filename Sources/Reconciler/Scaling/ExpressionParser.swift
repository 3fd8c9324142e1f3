/// Reads an expression by recursive descent and checks its types on the way.
///
///     or         = and { "||" and }
///     and        = comparison { "&&" comparison }
///     comparison = sum [ ( ">" | "<" | ">=" | "<=" | "==" | "!=" ) sum ]
///     sum        = product { ( "+" | "-" ) product }
///     product    = unary { ( "*" | "/" | "%" ) unary }
///     unary      = ( "-" | "+" | "!" ) unary | primary
///     primary    = number | metric | aggregate "(" metric ")" | "(" or ")"
struct ExpressionParser {
    private let tokens: [ExpressionToken]
    private let form: Expression.Form
    private var position = 0
    private var depth = 0

    /// A term and where it begins, for messages about its type.
    private struct Operand {
        var term: Expression.Term
        var offset: Int
    }

    /// Cuts the text into tokens.
    init(text: String, form: Expression.Form) throws(ExpressionError) {
        var lexer = try ExpressionLexer(text: text)
        tokens = try lexer.tokens()
        self.form = form
    }

    /// The tree of the whole text.
    mutating func parse() throws(ExpressionError) -> Expression.Term {
        let operand = try or()
        guard token.kind == .end else {
            throw ExpressionError("expected an operator, found \(token.words)", offset: token.offset)
        }
        switch form {
        case .scale where !operand.term.isBoolean:
            throw ExpressionError(
                "the expression yields a number; it must yield true or false", offset: operand.offset,
                suggestion: "compare it, as in avg(cpu.system.load) > 0.8")
        case .capacity where operand.term.isBoolean:
            throw ExpressionError("the expression yields true or false; it must yield a number", offset: operand.offset)
        default: return operand.term
        }
    }

    // The last token is the end, and nothing steps over it.
    private var token: ExpressionToken { tokens[position] }

    private mutating func take(_ symbols: String...) -> String? {
        guard case .symbol(let symbol) = token.kind, symbols.contains(symbol) else { return nil }
        position += 1
        return symbol
    }

    private mutating func or() throws(ExpressionError) -> Operand {
        var left = try and()
        while take("||") != nil {
            try requireBoolean(left, "||")
            let right = try and()
            try requireBoolean(right, "||")
            left.term = .or(left.term, right.term)
        }
        return left
    }

    private mutating func and() throws(ExpressionError) -> Operand {
        var left = try comparison()
        while take("&&") != nil {
            try requireBoolean(left, "&&")
            let right = try comparison()
            try requireBoolean(right, "&&")
            left.term = .and(left.term, right.term)
        }
        return left
    }

    private mutating func comparison() throws(ExpressionError) -> Operand {
        var left = try sum()
        guard let symbol = take(">", "<", ">=", "<=", "==", "!="),
            let comparison = Expression.Comparison(rawValue: symbol)
        else { return left }
        try requireNumber(left, symbol)
        let right = try sum()
        try requireNumber(right, symbol)
        left.term = .comparison(comparison, left.term, right.term)
        if case .symbol(let next) = token.kind, Expression.Comparison(rawValue: next) != nil {
            throw ExpressionError(
                "comparisons cannot be chained", offset: token.offset, suggestion: "join two of them by '&&'")
        }
        return left
    }

    private mutating func sum() throws(ExpressionError) -> Operand {
        var left = try product()
        while let symbol = take("+", "-") { left = try arithmetic(symbol, left, try product()) }
        return left
    }

    private mutating func product() throws(ExpressionError) -> Operand {
        var left = try unary()
        while let symbol = take("*", "/", "%") { left = try arithmetic(symbol, left, try unary()) }
        return left
    }

    private func arithmetic(_ symbol: String, _ left: Operand, _ right: Operand) throws(ExpressionError) -> Operand {
        try requireNumber(left, symbol)
        try requireNumber(right, symbol)
        guard let operation = Expression.Arithmetic(rawValue: symbol) else { return left }
        if right.term == .number(0), operation == .divide || operation == .remainder {
            throw ExpressionError("division by zero", offset: right.offset)
        }
        return Operand(term: .arithmetic(operation, left.term, right.term), offset: left.offset)
    }

    private mutating func unary() throws(ExpressionError) -> Operand {
        let offset = token.offset
        depth += 1
        defer { depth -= 1 }
        guard depth <= Expression.maximumDepth else {
            throw ExpressionError("nested more than \(Expression.maximumDepth) levels deep", offset: offset)
        }
        guard let symbol = take("-", "+", "!") else { return try primary() }
        let operand = try unary()
        switch symbol {
        case "!":
            try requireBoolean(operand, "!")
            return Operand(term: .not(operand.term), offset: offset)
        case "-":
            try requireNumber(operand, "-")
            if case .number(let value) = operand.term { return Operand(term: .number(-value), offset: offset) }
            return Operand(term: .negate(operand.term), offset: offset)
        default:
            try requireNumber(operand, "+")
            return operand
        }
    }

    private mutating func primary() throws(ExpressionError) -> Operand {
        let start = token
        switch start.kind {
        case .number(let value):
            position += 1
            return Operand(term: .number(value), offset: start.offset)
        case .name(let name):
            position += 1
            return try Operand(term: metric(name, at: start.offset), offset: start.offset)
        case .symbol("("):
            position += 1
            let inner = try or()
            try close()
            return Operand(term: inner.term, offset: start.offset)
        case .symbol, .end:
            let what = form == .capacity ? "a number or a metric" : "a number or an aggregate such as avg(metric)"
            throw ExpressionError("expected \(what), found \(start.words)", offset: start.offset)
        }
    }

    private mutating func close() throws(ExpressionError) {
        guard take(")") != nil else {
            throw ExpressionError("expected ')', found \(token.words)", offset: token.offset)
        }
    }
}

extension ExpressionParser {
    private static let aggregates: [String: Expression.Aggregate] = [
        "avg": .average, "count": .count, "min": .minimum, "max": .maximum, "sum": .sum, "p50": .percentile(50),
        "p90": .percentile(90), "p95": .percentile(95), "p99": .percentile(99),
    ]

    /// A metric, or an aggregate of one, whose name was taken.
    private mutating func metric(_ name: String, at offset: Int) throws(ExpressionError) -> Expression.Term {
        guard take("(") != nil else {
            guard form == .capacity else {
                throw ExpressionError(
                    "metric '\(name.shortened)' must stand within an aggregate", offset: offset,
                    suggestion: "write avg(\(name.shortened))")
            }
            return .metric(name)
        }
        guard form != .capacity else {
            throw ExpressionError("an aggregate cannot stand here: the expression is about one node", offset: offset)
        }
        guard let aggregate = Self.aggregates[name] else {
            let known = Self.aggregates.keys.sorted()
            if name.first == "p", Int(name.dropFirst()) != nil {
                let percentiles = known.filter { $0.hasPrefix("p") }.joined(separator: ", ")
                throw ExpressionError(
                    "unknown aggregate '\(name.shortened)'", offset: offset,
                    suggestion: "the percentiles are \(percentiles)")
            }
            let near = Suggestion.nearest(to: name, among: known + ["average", "mean"])
            let meant = near == "average" || near == "mean" ? "avg" : near
            throw ExpressionError(
                "unknown aggregate '\(name.shortened)'", offset: offset,
                suggestion: meant.map { "did you mean '\($0)'?" } ?? "expected one of \(known.joined(separator: ", "))")
        }
        let inner = token
        guard case .name(let metric) = inner.kind else {
            throw ExpressionError("expected a metric in '\(name)', found \(inner.words)", offset: inner.offset)
        }
        position += 1
        try close()
        return .aggregate(aggregate, metric: metric)
    }

    private func requireNumber(_ operand: Operand, _ symbol: String) throws(ExpressionError) {
        if operand.term.isBoolean {
            throw ExpressionError("'\(symbol)' takes numbers, and this is true or false", offset: operand.offset)
        }
    }

    private func requireBoolean(_ operand: Operand, _ symbol: String) throws(ExpressionError) {
        if !operand.term.isBoolean {
            throw ExpressionError("'\(symbol)' takes true or false, and this is a number", offset: operand.offset)
        }
    }
}
