internal import Reconciler

/// `{"expression", "metrics"}`: an expression and the metrics that it is tried on, a tree of names.
struct EvaluationBody {
    /// As written.
    var expression = ""
    /// By dotted name, where a metric has one value.
    var values: [String: Double] = [:]
    /// By dotted name, where it is of many nodes.
    private var aggregates: [String: Aggregates] = [:]

    /// What is known of one metric of many nodes.
    private struct Aggregates {
        var sum: Double?
        var min: Double?
        var max: Double?
        var count: Double?
        var isEmpty: Bool { sum == nil && min == nil && max == nil && count == nil }
    }

    /// Names within names; the product's have four at most.
    private static let maximumDepth = 16

    /// Reads the body; fields that are not known are borne, as the product's clients send their own.
    static func read(_ body: [UInt8]) throws(Problem) -> EvaluationBody {
        var result = EvaluationBody()
        var hasMetrics = false
        do {
            var reader = JSONReader(body)
            try reader.uniqueFields { (reader, name) throws(JSONFault) in
                switch name {
                case "expression": result.expression = try reader.string()
                case "metrics":
                    hasMetrics = true
                    try result.trees(&reader, under: [], depth: 0)
                default: try reader.skip()
                }
            }
            try reader.end()
        } catch {
            throw .badRequest("the body does not read: \(error.message)")
        }
        guard !result.expression.isEmpty, hasMetrics else {
            throw .badRequest("the body needs 'expression' and 'metrics'")
        }
        return result
    }

    /// An aggregate of a metric, as far as it is known.
    func aggregate(_ kind: Expression.Aggregate, of metric: String) -> Double? {
        guard let known = aggregates[metric] else {
            // Given in our names, asked for in the product's.
            guard let source = ProductMetric.source(of: metric) else { return nil }
            return aggregate(kind, of: source.metric).map { kind == .count ? $0 : $0 * source.factor }
        }
        switch kind {
        case .sum: return known.sum
        case .minimum: return known.min
        case .maximum: return known.max
        case .count: return known.count
        case .average:
            guard let sum = known.sum, let count = known.count, count > 0 else { return nil }
            return sum / count
        case .percentile: return nil
        }
    }

    /// A list of trees, or one alone.
    private mutating func trees(
        _ reader: inout JSONReader, under path: [String], depth: Int
    ) throws(JSONFault) {
        guard depth < Self.maximumDepth else { throw reader.fault("metrics within each other too deep") }
        guard reader.isAtList() else { return try tree(&reader, under: path, depth: depth) }
        var read = self
        try reader.array { (reader) throws(JSONFault) in try read.tree(&reader, under: path, depth: depth) }
        self = read
    }

    /// `{"name", "value", "children"}`; the name may come after the children, so that these are read again under it.
    private mutating func tree(
        _ reader: inout JSONReader, under path: [String], depth: Int
    ) throws(JSONFault) {
        var name: String?
        var value: Double?
        var own = Aggregates()
        var children: String?
        try reader.uniqueFields { (reader, field) throws(JSONFault) in
            switch field {
            case "name": name = try reader.null() ? nil : try reader.string()
            case "value": value = try reader.null() ? nil : try reader.number()
            case "sum": own.sum = try reader.null() ? nil : try reader.number()
            case "min": own.min = try reader.null() ? nil : try reader.number()
            case "max": own.max = try reader.null() ? nil : try reader.number()
            case "count": own.count = try reader.null() ? nil : try reader.number()
            case "children": children = try reader.null() ? nil : try reader.raw()
            default: try reader.skip()
            }
        }
        let whole = path + [name].compactMap { $0 }.filter { !$0.isEmpty }
        let dotted = whole.joined(separator: ".")
        if let value { values[dotted] = value }
        if !own.isEmpty { aggregates[dotted] = own }
        if let children {
            var inner = JSONReader(Array(children.utf8))
            try trees(&inner, under: whole, depth: depth + 1)
        }
    }
}
