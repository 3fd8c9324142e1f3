internal import Foundation
internal import Reconciler

/// Ours; Foundation has another of that name.
typealias Expression = Reconciler.Expression

/// What an expression comes to over one pool, and what its aggregates do.
struct PoolEvaluation {
    /// One aggregate by itself.
    struct Part {
        /// `avg(cpu.system.load)`.
        var text: String
        var metric: String
        /// Nil: unknown.
        var value: Double?
        /// Nodes in service that report the metric.
        var reporting: Int
    }

    let pool: PoolKey
    /// In service.
    let nodes: Int
    let value: Expression.Value
    let parts: [Part]

    init(_ expression: Expression, over nodes: [Node], of pool: PoolKey) {
        self.pool = pool
        self.nodes = nodes.count
        func values(_ metric: String) -> [Double] { nodes.compactMap { $0.metrics[metric] } }
        value = expression.evaluate(over: values)
        parts = expression.parts.map { part in
            let values = values(part.metric)
            let value = part.aggregate.value(of: values).flatMap { $0.isFinite ? $0 : nil }
            return Part(text: part.text, metric: part.metric, value: value, reporting: values.count)
        }
    }

    /// The pools of the spec in its order, then those that only nodes have.
    static func all(_ expression: Expression, over fleet: Fleet, of spec: Spec?) -> [PoolEvaluation] {
        let there = fleet.nodes.values.filter { $0.state != .terminated }
        let serving = Dictionary(grouping: there.filter { $0.state == .inService }, by: \.pool)
        let wanted = spec?.poolOrder() ?? []
        let others = Set(there.map(\.pool)).subtracting(wanted).sorted()
        return (wanted + others).map { PoolEvaluation(expression, over: serving[$0] ?? [], of: $0) }
    }

    /// Why the value is unknown, in words; nil when it is known.
    var reason: String? {
        guard value == .unknown else { return nil }
        if nodes == 0 { return "no node is in service" }
        let missing = parts.filter { $0.reporting == 0 }.map(\.metric)
        if missing.isEmpty { return "it divides by zero, or leaves the range of numbers" }
        var named: [String] = []
        for metric in missing where !named.contains(metric) { named.append(metric) }
        return "no node reports \(named.joined(separator: " or "))"
    }
}

/// The answer of `evaluate` to an expression.
struct EvaluationText {
    let expression: Expression
    let at: Timestamp
    let pools: [PoolEvaluation]

    /// A table: a line per pool.
    var text: String {
        var table = Table(["NODE GROUP", "REGION", "ROLE", "NODES", "VALUE", "PARTS"])
        for pool in pools {
            let parts = pool.parts.map { part in
                "\(part.text) = \(part.value?.short ?? "unknown") (\(part.reporting) of \(pool.nodes))"
            }
            let value =
                switch pool.value {
                case .unknown: "unknown"
                case .number(let number): number.short
                case .truth(let truth): "\(truth)"
                }
            table.add([
                pool.pool.group, pool.pool.region, pool.pool.role, "\(pool.nodes)", value,
                ([pool.reason].compactMap { $0 } + parts).joined(separator: "; "),
            ])
        }
        return table.text
    }

    /// The same for programs: numbers as they are, null for unknown.
    func json() throws -> String {
        let document = Document(
            expression: expression.text, at: at.description,
            pools: pools.map { pool in
                Document.Pool(
                    nodeGroup: pool.pool.group, region: pool.pool.region, role: pool.pool.role, nodes: pool.nodes,
                    value: Document.Value(value: pool.value), reason: pool.reason,
                    parts: pool.parts.map { part in
                        Document.Part(
                            part: part.text, value: Document.Value(value: part.value.map { .number($0) } ?? .unknown),
                            reporting: part.reporting)
                    })
            })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }

    private struct Document: Encodable {
        struct Pool: Encodable {
            var nodeGroup: String, region: String, role: String, nodes: Int
            var value: Value
            var reason: String?
            var parts: [Part]
        }

        struct Part: Encodable {
            var part: String, value: Value, reporting: Int
        }

        struct Value: Encodable {
            var value: Expression.Value

            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                switch value {
                case .unknown: try container.encodeNil()
                case .number(let number): try container.encode(number)
                case .truth(let truth): try container.encode(truth)
                }
            }
        }

        var expression: String
        var at: String
        var pools: [Pool]
    }
}

/// The answer of `evaluate` without an expression: what each rule made of what was measured.
enum RulesText {
    /// A table: a line per pool and rule; a pool without rules has one line.
    static func text(_ decisions: [ScalingDecision]) -> String {
        var table = Table(["NODE GROUP", "REGION", "ROLE", "RULE", "VALUE", "NODES", "REASON"])
        for decision in decisions {
            let place = [decision.nodeGroup, decision.region, decision.role]
            for rule in decision.rules {
                let value =
                    switch rule.value {
                    case .number(let number)?: number.short
                    case .word(let word)?: word
                    case nil: "unknown"
                    }
                table.add(place + [rule.rule, value, rule.proposed.map { "\($0)" } ?? "-", rule.reason])
            }
            if decision.rules.isEmpty { table.add(place + ["-", "-", "\(decision.desired)", "it has no rules"]) }
        }
        return table.text
    }

    /// The decisions in a manager's answer to `GET /as/v1/plan`.
    static func decisions(of answer: Data) throws(CommandError) -> [ScalingDecision] {
        struct Answer: Decodable { var scaling: [ScalingDecision] }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: answer) else {
            throw CommandError("the manager's plan does not read: it is of another version")
        }
        return answer.scaling
    }

    /// The decisions as a plan has them, under `scaling`.
    static func json(_ decisions: [ScalingDecision]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(["scaling": decisions]), as: UTF8.self)
    }
}
