extension Expression {
    /// What a term comes to.
    package enum Value: Sendable, Equatable {
        /// There is no data for it, or no number: nothing may follow from it.
        case unknown
        /// Finite.
        case number(Double)
        case truth(Bool)
    }

    /// Its value over the nodes of a pool (``Form/scale``, ``Form/any``): `values` gives a metric's values, one per node that
    /// reports it, in any order.
    ///
    /// Unknown is what an aggregate over no data comes to, a division by zero, and whatever is not finite. It goes through
    /// arithmetic and comparisons. `&&`, `||` and `!` are Kleene's: what is false whichever way the unknown turns out is false.
    package func evaluate(over values: (String) -> [Double]) -> Value {
        root.value { term in
            guard case .aggregate(let aggregate, let metric) = term else { return nil }
            return aggregate.value(of: values(metric))
        }
    }

    /// Its value over one node (``Form/capacity``), by the same rules; a metric that the node does not report is unknown.
    package func evaluate(node metrics: [String: Double]) -> Value {
        root.value { term in
            guard case .metric(let name) = term else { return nil }
            return metrics[name]
        }
    }

    /// Every metric it names.
    package var metrics: Set<String> {
        var names: Set<String> = []
        root.visit { term in
            switch term {
            case .metric(let name), .aggregate(_, metric: let name): names.insert(name)
            default: break
            }
        }
        return names
    }
}

extension Expression.Aggregate {
    /// One number of many; nil of none. What is not finite counts as not reported.
    ///
    /// A percentile is by nearest rank: the smallest value that at least so many percent of the nodes do not exceed. Sums are
    /// made in the order of the values, not of the nodes, so that equal values have equal sums to the last bit.
    package func value(of values: [Double]) -> Double? {
        let sorted = values.filter(\.isFinite).sorted()
        guard let least = sorted.first, let most = sorted.last else { return nil }
        switch self {
        case .count: return Double(sorted.count)
        case .minimum: return least
        case .maximum: return most
        case .sum: return sorted.reduce(0, +)
        case .average: return sorted.reduce(0, +) / Double(sorted.count)
        case .percentile(let percent):
            let rank = (sorted.count * percent + 99) / 100
            return sorted[min(max(rank, 1), sorted.count) - 1]
        }
    }
}

extension Expression.Term {
    /// Calls `body` with this and every term under it, in the order of the text.
    func visit(_ body: (Expression.Term) -> Void) {
        body(self)
        switch self {
        case .number, .metric, .aggregate: break
        case .negate(let inner), .not(let inner): inner.visit(body)
        case .arithmetic(_, let left, let right), .comparison(_, let left, let right), .and(let left, let right),
            .or(let left, let right):
            left.visit(body)
            right.visit(body)
        }
    }

    /// Its value; `look` gives that of a metric or an aggregate, nil when there is none.
    func value(_ look: (Expression.Term) -> Double?) -> Expression.Value {
        switch self {
        case .number(let number): return .finite(number)
        case .metric, .aggregate: return look(self).map(Expression.Value.finite) ?? .unknown
        case .negate(let inner): return inner.value(look).number.map { .number(-$0) } ?? .unknown
        case .arithmetic(let operation, let left, let right):
            guard let left = left.value(look).number, let right = right.value(look).number else { return .unknown }
            return .finite(operation.result(left, right))
        case .comparison(let comparison, let left, let right):
            guard let left = left.value(look).number, let right = right.value(look).number else { return .unknown }
            return .truth(comparison.holds(left, right))
        case .not(let inner): return inner.value(look).truth.map { .truth(!$0) } ?? .unknown
        case .and(let left, let right): return Self.join(left, right, deciding: false, look)
        case .or(let left, let right): return Self.join(left, right, deciding: true, look)
        }
    }

    /// Kleene's `and` (`deciding` false) and `or` (true): one deciding side settles it, whatever the other is.
    private static func join(
        _ left: Self, _ right: Self, deciding: Bool, _ look: (Self) -> Double?
    ) -> Expression.Value {
        let left = left.value(look).truth
        if left == deciding { return .truth(deciding) }
        let right = right.value(look).truth
        if right == deciding { return .truth(deciding) }
        return left == nil || right == nil ? .unknown : .truth(!deciding)
    }
}

extension Expression.Value {
    /// The number; nil when it is none.
    package var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }

    /// True or false; nil when it is neither.
    package var truth: Bool? {
        if case .truth(let truth) = self { truth } else { nil }
    }

    /// A number, unknown when it is infinite or none.
    fileprivate static func finite(_ number: Double) -> Self { number.isFinite ? .number(number) : .unknown }
}

extension Expression.Arithmetic {
    /// The number that two come to; infinite or none when they come to no number, as in a division by zero. The remainder has
    /// the sign of the left side.
    fileprivate func result(_ left: Double, _ right: Double) -> Double {
        switch self {
        case .add: left + right
        case .subtract: left - right
        case .multiply: left * right
        case .divide: right == 0 ? .nan : left / right
        case .remainder: right == 0 ? .nan : left.truncatingRemainder(dividingBy: right)
        }
    }
}

extension Expression.Comparison {
    /// Whether it holds between two numbers, exactly as they are.
    fileprivate func holds(_ left: Double, _ right: Double) -> Bool {
        switch self {
        case .greater: left > right
        case .less: left < right
        case .greaterOrEqual: left >= right
        case .lessOrEqual: left <= right
        case .equal: left == right
        case .notEqual: left != right
        }
    }
}
