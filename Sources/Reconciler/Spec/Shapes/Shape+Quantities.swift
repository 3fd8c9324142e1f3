/// Durations as a spec writes them: numbers with units, such as `500ms`, `90s`, `5m`, `1h30m` or `2d`.
package enum DurationText {
    /// Ten years. Longer ones are a slip, and arithmetic on instants must not overflow.
    package static let maximumDays: Int64 = 3650

    /// The JSON Schema of all durations.
    static let schema: SchemaValue = [
        "description": "A duration such as 500ms, 90s, 5m, 1h30m or 2d.",
        "oneOf": [
            ["type": "string", "pattern": #"^([0-9]+(\.[0-9]{1,3})?(ms|s|m|h|d))+$"#],
            ["const": 0],
        ],
    ]

    /// Reads a duration; nil when the text is none, or longer than ``maximumDays``.
    package static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        var rest = text.utf8[...]
        guard !rest.isEmpty else { return nil }
        var milliseconds: Int64 = 0
        while !rest.isEmpty {
            guard let (thousandths, unit) = term(&rest) else { return nil }
            let (product, overflow) = thousandths.multipliedReportingOverflow(by: unit)
            guard !overflow, product % 1000 == 0 else { return nil }
            milliseconds += product / 1000
            guard milliseconds <= maximumDays * 86_400_000 else { return nil }
        }
        return .milliseconds(milliseconds)
    }

    /// Whether it reads as a duration, and is longer than ``maximumDays``.
    package static func isTooLong(_ text: String) -> Bool {
        var seconds = 0.0
        var rest = text[...]
        while !rest.isEmpty {
            let number = rest.prefix { !$0.isLetter }
            let unit = rest.dropFirst(number.count).prefix { $0.isLetter }
            rest = rest.dropFirst(number.count + unit.count)
            guard let value = Double(number), let each = units[String(unit)] else { return false }
            seconds += value * each
        }
        return seconds > Double(maximumDays) * 86_400
    }

    private static let units: [String: Double] = ["ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400]

    /// One number, in thousandths, and its unit, in milliseconds.
    private static func term(_ rest: inout Substring.UTF8View) -> (Int64, Int64)? {
        var value: Int64 = 0
        var digits = 0
        var decimals: Int?
        while let byte = rest.first {
            if byte == UInt8(ascii: "."), decimals == nil, digits > 0 {
                decimals = 0
            } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                guard digits < 12, decimals ?? 0 < 3 else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
                digits += 1
                decimals = decimals.map { $0 + 1 }
            } else {
                break
            }
            rest.removeFirst()
        }
        guard digits > 0, decimals != 0 else { return nil }
        for _ in (decimals ?? 0)..<3 { value *= 10 }
        guard let letter = rest.popFirst() else { return nil }
        switch letter {
        case UInt8(ascii: "s"): return (value, 1000)
        case UInt8(ascii: "h"): return (value, 3_600_000)
        case UInt8(ascii: "d"): return (value, 86_400_000)
        case UInt8(ascii: "m"):
            if rest.first == UInt8(ascii: "s") {
                rest.removeFirst()
                return (value, 1)
            }
            return (value, 60_000)
        default: return nil
        }
    }
}

/// Whole percent as a spec writes them: `60%`.
enum PercentText {
    /// Reads a percentage of 0 to 100,000; nil when the text is none.
    static func parse(_ text: String) -> Int? {
        var bytes = text.utf8[...]
        guard bytes.popLast() == UInt8(ascii: "%"), let first = bytes.first,
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first), let value = Int(Substring(bytes)),
            value <= 100_000
        else { return nil }
        return value
    }
}

extension Shape where Value == Duration {
    /// A duration from zero on.
    static let duration = duration(atLeast: .zero)

    /// A duration above zero.
    static let positiveDuration = duration(atLeast: .milliseconds(1), title: "duration above 0")

    /// A duration within a range.
    static func duration(_ range: ClosedRange<Duration>) -> Shape {
        duration(
            atLeast: .zero, title: "duration, \(range.lowerBound.specText) to \(range.upperBound.specText)"
        ).map { value, node, context -> Duration? in
            guard range.contains(value) else {
                context.expected(
                    "a duration from \(range.lowerBound.specText) to \(range.upperBound.specText)", node)
                return nil
            }
            return value
        }
    }

    private static func duration(atLeast: Duration, title: String = "duration") -> Shape {
        Shape(.reference("duration").with(["title": .string(title)])) { node, context in
            guard let text = node.text, let value = DurationText.parse(text) else {
                let isNumber = node.text.flatMap(YAMLScalar.number) != nil
                if let text = node.text, DurationText.isTooLong(text) {
                    context.expected("a duration of at most \(DurationText.maximumDays)d", node)
                    return nil
                }
                context.expected(
                    "a duration such as 90s or 1h30m", node,
                    isNumber ? "write \(node.text ?? "")s for seconds" : nil)
                return nil
            }
            if value < atLeast {
                context.expected("a duration above 0", node)
                return nil
            }
            return value
        }
    }
}

extension Shape where Value == Int {
    /// Whole percent within a range: `60%`.
    static func percent(_ range: ClosedRange<Int>) -> Shape {
        Shape([
            "title": .string("percent, \(range.lowerBound)% to \(range.upperBound)%"), "type": "string",
            "pattern": "^[0-9]+%$",
        ]) { node, context in
            guard let text = node.text, let value = PercentText.parse(text), range.contains(value) else {
                let isNumber = node.text.flatMap(YAMLScalar.integer).map(range.contains) ?? false
                context.expected(
                    "whole percent from \(range.lowerBound)% to \(range.upperBound)%", node,
                    isNumber ? "write \(node.text ?? "")%" : nil)
                return nil
            }
            return value
        }
    }
}

extension Shape where Value == Amount {
    /// A count of nodes, or whole percent of those there are: `3` or `10%`.
    static let amount = Shape(
        [
            "title": "count of nodes, or percent to 100%",
            "oneOf": [
                ["type": "integer", "minimum": 0, "maximum": .integer(SpecLimits.nodes)],
                ["type": "string", "pattern": "^([0-9]|[1-9][0-9]|100)%$"],
            ],
        ]
    ) { node, context in
        if let text = node.text {
            if let percent = PercentText.parse(text), percent <= 100 { return .percent(percent) }
            if case .scalar(_, .plain) = node.value, let count = YAMLScalar.integer(text),
                (0...SpecLimits.nodes).contains(count)
            {
                return .count(count)
            }
        }
        context.expected("a count of nodes or percent, such as 3 or 10%", node)
        return nil
    }
}

/// Bounds on numbers of a spec.
package enum SpecLimits {
    /// Nodes of one pool. Ten times the largest fleet that is measured.
    package static let nodes = 100_000
    /// Periods in a row whose averages a rule may ask for.
    static let periods = 1000
    /// As far back as a rule may look, over all its periods. A day is more than any load keeps its meaning.
    static let lookback: Duration = .seconds(86_400)
    /// As in Kubernetes: `stabilizationWindowSeconds` is 0 to 3600.
    static let stabilization: ClosedRange<Duration> = .zero ... .seconds(3600)
    /// As in Kubernetes: `periodSeconds` is 1 to 1800.
    static let policyPeriod: ClosedRange<Duration> = .seconds(1) ... .seconds(1800)
}
