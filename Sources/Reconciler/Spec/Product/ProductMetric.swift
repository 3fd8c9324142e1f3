/// Metrics of the product that have other names, or other units, here.
package enum ProductMetric {
    /// Percent of the processors, which newer configs use: ours is a share.
    static let cpuUsage = "cpu.usage"
    /// A share, 0...1.
    private static let cpuLoad = "cpu.system.load"

    /// What is said about those that are others here.
    static let renamed = [
        cpuUsage: "'cpu.usage', in percent, is 'cpu.system.load' here, from 0 to 1",
        Metric.clusterChildren: "'connections.clusterchildren' is 'connections.child' here",
    ]

    /// What `smreconcile agent` reports of any media server.
    static let reported: Set<String> = [
        Metric.publishers, Metric.subscribers, Metric.children, "connections.client", cpuLoad, "network.ingress",
        "network.egress", "memory.system.totalphysical", "memory.system.freephysical",
    ]

    /// The expression in our metrics. As it was written where none of them has another name.
    static func ours(_ expression: Expression) -> Expression {
        let root = expression.root.replacing(other)
        return root == expression.root ? expression : Expression(root: root, form: expression.form)
    }

    /// What nodes are ranked by, in our metrics: a share of the processors alone puts them into the same order as percent do.
    static func ranking(_ expression: Expression) -> Expression {
        isPercent(expression) ? Expression(root: .metric(cpuLoad), form: expression.form) : ours(expression)
    }

    /// Whether it is percent of the processors and nothing else, however that is written.
    static func isPercent(_ expression: Expression) -> Bool { expression.root == .metric(cpuUsage) }

    /// What stands for a term that names a metric of the product. Where the unit differs, and it is not compared with a number that can be in
    /// ours, a factor makes it the product's. A count has no unit, and counts who reports it.
    private static func other(_ term: Expression.Term) -> Expression.Term? {
        switch term {
        case .comparison(let sign, .aggregate(let aggregate, metric: cpuUsage), .number(let percent))
        where aggregate != .count:
            return .comparison(sign, .aggregate(aggregate, metric: cpuLoad), .number(percent / 100))
        case .comparison(let sign, .number(let percent), .aggregate(let aggregate, metric: cpuUsage))
        where aggregate != .count:
            return .comparison(sign, .number(percent / 100), .aggregate(aggregate, metric: cpuLoad))
        case .metric(cpuUsage): return inPercent(.metric(cpuLoad))
        case .aggregate(.count, metric: cpuUsage): return .aggregate(.count, metric: cpuLoad)
        case .aggregate(let aggregate, metric: cpuUsage): return inPercent(.aggregate(aggregate, metric: cpuLoad))
        case .metric(Metric.clusterChildren): return .metric(Metric.children)
        case .aggregate(let aggregate, metric: Metric.clusterChildren):
            return .aggregate(aggregate, metric: Metric.children)
        default: return nil
        }
    }

    private static func inPercent(_ share: Expression.Term) -> Expression.Term {
        .arithmetic(.multiply, share, .number(100))
    }

    // MARK: - The way back

    /// A metric of ours by the product's name.
    static func theirs(_ metric: String) -> String { metric == Metric.children ? Metric.clusterChildren : metric }

    /// An expression of ours in the product's metrics. As it was written where none of them has another name; a share of the processors is
    /// a metric there too.
    static func theirs(_ expression: Expression) -> Expression {
        let root = expression.root.replacing(own)
        return root == expression.root ? expression : Expression(root: root, form: expression.form)
    }

    /// What stands for a term that names a metric of ours which has another name there.
    private static func own(_ term: Expression.Term) -> Expression.Term? {
        switch term {
        case .metric(Metric.children): return .metric(Metric.clusterChildren)
        case .aggregate(let aggregate, metric: Metric.children):
            return .aggregate(aggregate, metric: Metric.clusterChildren)
        default: return nil
        }
    }

    // MARK: - Values

    /// What our nodes report under another name, and what a value of it is multiplied by to be what the product means by `name`.
    package static func source(of name: String) -> (metric: String, factor: Double)? {
        switch name {
        case cpuUsage: (cpuLoad, 100)
        case Metric.clusterChildren: (Metric.children, 1)
        default: nil
        }
    }

    /// The value of a metric by its name in the product or ours; nil: none is reported.
    package static func value(_ name: String, in metrics: [String: Double]) -> Double? {
        if let value = metrics[name] { return value }
        guard let source = source(of: name) else { return nil }
        return metrics[source.metric].map { $0 * source.factor }
    }

    /// What a node reports, with what the product calls it beside it.
    package static func withNames(_ metrics: [String: Double]) -> [String: Double] {
        var result = metrics
        for name in renamed.keys { result[name] = value(name, in: metrics) }
        return result
    }
}
