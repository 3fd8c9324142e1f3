extension Expression {
    /// Its value where the aggregates themselves are known, and not the values that they are of (``Form/scale``, ``Form/any``). By the rules
    /// of ``evaluate(over:)``: what is not given is unknown.
    package func evaluate(aggregates: (Aggregate, _ metric: String) -> Double?) -> Value {
        root.value { term in
            guard case .aggregate(let aggregate, let metric) = term else { return nil }
            return aggregates(aggregate, metric)
        }
    }
}
