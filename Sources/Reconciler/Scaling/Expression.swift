/// A scaling expression, parsed and checked when the spec is read: `avg(cpu.system.load) > 0.8`.
package struct Expression: Sendable, Equatable {
    /// As written.
    package let text: String
    /// What it means.
    package let root: Term
    /// Where it may stand.
    package let form: Form

    /// Where an expression stands, and with that what may be in it.
    package enum Form: Sendable, Hashable {
        /// Over the nodes of a pool: every metric within an aggregate; the result is true or false.
        case scale
        /// Over one node: plain metrics; the result is a number.
        case capacity
        /// Over the nodes of a pool, to look at it: every metric within an aggregate; the result may be either.
        case any
    }

    /// As long as the reference product's.
    package static let maximumLength = 4096
    /// Parentheses and signs within each other; operators in a row do not count.
    package static let maximumDepth = 64

    /// All of it, as it is.
    init(text: String, root: Term, form: Form) {
        self.text = text
        self.root = root
        self.form = form
    }

    /// Reads an expression; throws what is wrong and where.
    package init(text: String, form: Form = .scale) throws(ExpressionError) {
        self.text = text
        self.form = form
        var parser = try ExpressionParser(text: text, form: form)
        root = try parser.parse()
    }

    /// One node of the syntax tree. Its types are right: an operator over numbers has numbers under it.
    package indirect enum Term: Sendable, Equatable {
        case number(Double)
        /// A metric of the one node that is looked at (``Form/capacity``).
        case metric(String)
        /// One number of a metric of all nodes (``Form/scale``).
        case aggregate(Aggregate, metric: String)
        case negate(Term)
        case arithmetic(Arithmetic, Term, Term)
        case comparison(Comparison, Term, Term)
        case not(Term)
        case and(Term, Term)
        case or(Term, Term)

        /// Whether its value is true or false, not a number.
        package var isBoolean: Bool {
            switch self {
            case .number, .metric, .aggregate, .negate, .arithmetic: false
            case .comparison, .not, .and, .or: true
            }
        }

        /// Whether its value depends on what the nodes report.
        package var hasMetric: Bool {
            switch self {
            case .number: false
            case .metric, .aggregate: true
            case .negate(let inner), .not(let inner): inner.hasMetric
            case .arithmetic(_, let left, let right), .comparison(_, let left, let right), .and(let left, let right),
                .or(let left, let right):
                left.hasMetric || right.hasMetric
            }
        }
    }

    /// One number of many: what the values of a metric over all nodes are taken together to.
    package enum Aggregate: Sendable, Equatable {
        case average, count, minimum, maximum, sum
        /// 50, 90, 95 or 99.
        case percentile(Int)
    }

    /// An operator from two numbers to one, by its sign.
    package enum Arithmetic: String, Sendable, Equatable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case remainder = "%"
    }

    /// An operator from two numbers to true or false, by its sign.
    package enum Comparison: String, Sendable, Equatable {
        case greater = ">"
        case less = "<"
        case greaterOrEqual = ">="
        case lessOrEqual = "<="
        case equal = "=="
        case notEqual = "!="

        /// The comparison that says the same with its sides changed.
        package var mirrored: Comparison {
            switch self {
            case .greater: .less
            case .less: .greater
            case .greaterOrEqual: .lessOrEqual
            case .lessOrEqual: .greaterOrEqual
            case .equal, .notEqual: self
            }
        }
    }
}

/// Why a text is no expression.
package struct ExpressionError: Error, Equatable, Sendable {
    /// What was found and what was expected: lower case first, no full stop.
    package let message: String
    /// What to do about it.
    package let suggestion: String?
    /// Where, in characters from the beginning of the text.
    package let offset: Int

    package init(_ message: String, offset: Int, suggestion: String? = nil) {
        self.message = message
        self.offset = offset
        self.suggestion = suggestion
    }
}
