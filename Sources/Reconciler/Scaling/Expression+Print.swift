extension Expression {
    /// An expression of a tree, whose types are right; its text is written from it.
    init(root: Term, form: Form) {
        self.init(text: root.text, root: root, form: form)
    }
}

extension Expression.Term {
    /// As a person would write it: parentheses where the tree needs them, and numbers without a point where they are whole. It reads as the
    /// same tree again.
    var text: String { text(atLeast: .or) }

    /// How tightly a term holds together, by the grammar of ``ExpressionParser``.
    private enum Binding: Int {
        case or, and, comparison, sum, product, unary, primary

        var next: Binding { Binding(rawValue: rawValue + 1) ?? .primary }
    }

    private func text(atLeast least: Binding) -> String {
        let own = binding
        let text = bare(own)
        return own.rawValue < least.rawValue ? "(\(text))" : text
    }

    private var binding: Binding {
        switch self {
        case .number(let value): value.sign == .minus ? .unary : .primary
        case .metric, .aggregate: .primary
        case .negate, .not: .unary
        case .arithmetic(.add, _, _), .arithmetic(.subtract, _, _): .sum
        case .arithmetic: .product
        case .comparison: .comparison
        case .and: .and
        case .or: .or
        }
    }

    private func bare(_ own: Binding) -> String {
        switch self {
        case .number(let value): return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
        case .metric(let name): return name
        case .aggregate(let aggregate, let metric): return "\(aggregate.word)(\(metric))"
        case .negate(let inner): return "-" + inner.text(atLeast: own)
        case .not(let inner): return "!" + inner.text(atLeast: own)
        case .arithmetic(let sign, let left, let right): return join(left, sign.rawValue, right, own, own.next)
        // Comparisons cannot be chained: neither side is one.
        case .comparison(let sign, let left, let right):
            return join(left, sign.rawValue, right, own.next, own.next)
        case .and(let left, let right): return join(left, "&&", right, own, own.next)
        case .or(let left, let right): return join(left, "||", right, own, own.next)
        }
    }

    private func join(_ left: Self, _ sign: String, _ right: Self, _ least: Binding, _ rightLeast: Binding) -> String {
        "\(left.text(atLeast: least)) \(sign) \(right.text(atLeast: rightLeast))"
    }

    /// The tree with other terms: `change` gives the one that stands for a term and all under it, or nil to look further down.
    func replacing(_ change: (Self) -> Self?) -> Self {
        if let other = change(self) { return other }
        switch self {
        case .number, .metric, .aggregate: return self
        case .negate(let inner): return .negate(inner.replacing(change))
        case .not(let inner): return .not(inner.replacing(change))
        case .arithmetic(let sign, let left, let right):
            return .arithmetic(sign, left.replacing(change), right.replacing(change))
        case .comparison(let sign, let left, let right):
            return .comparison(sign, left.replacing(change), right.replacing(change))
        case .and(let left, let right): return .and(left.replacing(change), right.replacing(change))
        case .or(let left, let right): return .or(left.replacing(change), right.replacing(change))
        }
    }
}
