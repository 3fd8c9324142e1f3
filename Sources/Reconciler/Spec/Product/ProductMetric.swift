/// Metrics of the product that have other names, or other units, here.
enum ProductMetric {
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

    /// The expression in our metrics. A metric alone is another name for it; where the unit differs, whoever compares it with a number must
    /// change that.
    static func ours(_ expression: Expression) -> Expression {
        var text = expression.text
        if let simple = comparison(expression.root) {
            text = simple
        } else {
            switch expression.form {
            case .capacity:
                if case .metric(cpuUsage) = expression.root {
                    text = cpuLoad
                } else {
                    text = text.replacing(cpuUsage, with: "(\(cpuLoad) * 100)")
                }
            case .scale, .any:
                for part in expression.parts where part.metric == cpuUsage && part.aggregate != .count {
                    text = text.replacing(part.text, with: "(\(part.aggregate.word)(\(cpuLoad)) * 100)")
                }
            }
        }
        text = text.replacing(Metric.clusterChildren, with: Metric.children)
        // Only names were changed, and numbers.
        return (try? Expression(text: text, form: expression.form)) ?? expression
    }

    /// `avg(cpu.usage) > 55` with a hundredth of the number.
    private static func comparison(_ root: Expression.Term) -> String? {
        guard case .comparison(let sign, .aggregate(let aggregate, metric: cpuUsage), .number(let percent)) = root,
            aggregate != .count
        else { return nil }
        return "\(aggregate.word)(\(cpuLoad)) \(sign.rawValue) \(percent / 100)"
    }
}
