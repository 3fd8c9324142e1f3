import Testing

@testable import Reconciler

@Suite struct ExpressionEvaluationTests {
    private static let pool: [String: [Double]] = [
        "load": [0.9, 0.1, 0.5, 0.7], "viewers": [30, 10, 20], "one": [7], "zero": [0, 0], "huge": [1e308, 1e308],
        "broken": [.nan, 4, .infinity],
    ]

    private func value(_ text: String) throws -> Expression.Value {
        try Expression(text: text, form: .any).evaluate { Self.pool[$0] ?? [] }
    }

    @Test(arguments: [
        ("1 + 2 * 3 - 4 / 8", 6.5), ("7 % 4", 3), ("-7 % 4", -3), ("-(1 + 2)", -3), ("avg(viewers)", 20),
        ("sum(viewers)", 60), ("min(viewers)", 10), ("max(viewers)", 30), ("count(viewers)", 3), ("avg(one)", 7),
        ("sum(zero)", 0), ("avg(viewers) / 40 * 0.5 + count(load)", 4.25), ("count(broken)", 1), ("avg(broken)", 4),
    ])
    func `numbers`(text: String, want: Double) throws {
        #expect(try value(text) == .number(want))
    }

    @Test(arguments: [
        ("avg(viewers) > 19.9", true), ("avg(viewers) > 20", false), ("avg(viewers) >= 20", true), ("1 < 2", true),
        ("2 <= 1", false), ("count(load) == 4", true), ("count(load) != 4", false), ("!(1 > 2)", true),
        ("1 > 2 || 2 > 1 && 3 > 2", true), ("(1 > 2 || 2 > 1) && 3 < 2", false),
    ])
    func `truths`(text: String, want: Bool) throws {
        #expect(try value(text) == .truth(want))
    }

    @Test(arguments: [
        "avg(none)", "count(none)", "sum(none)", "p95(none) > 1", "min(none) + 1", "-max(none)", "1 + 2 > avg(none)",
        "avg(none) == avg(none)", "avg(viewers) / sum(zero)", "avg(viewers) % sum(zero)", "sum(huge)", "avg(huge)",
        "max(huge) * max(huge)", "0 - max(huge) * max(huge) > 0", "!(avg(none) > 1)",
    ])
    func `what has no data or no number is unknown`(text: String) throws {
        #expect(try value(text) == .unknown)
    }

    @Test(arguments: ["&&", "||"]) func `and, or follow Kleene`(symbol: String) throws {
        let sides: [(text: String, value: Bool?)] = [("1 > 0", true), ("0 > 1", false), ("avg(none) > 1", nil)]
        for left in sides {
            for right in sides {
                let possible = (left.value.map { [$0] } ?? [true, false]).flatMap { one in
                    (right.value.map { [$0] } ?? [true, false]).map { symbol == "&&" ? one && $0 : one || $0 }
                }
                // Known exactly when every way in which the unknown may turn out leads to the same.
                let want = Set(possible).count == 1 ? Expression.Value.truth(possible[0]) : .unknown
                #expect(try value("\(left.text) \(symbol) \(right.text)") == want)
            }
        }
    }

    @Test(arguments: [
        ("p50(m)", 10, 5), ("p90(m)", 10, 9), ("p95(m)", 10, 10), ("p99(m)", 10, 10), ("p50(m)", 1, 1),
        ("p99(m)", 1, 1),
        ("p50(m)", 2, 1), ("p90(m)", 11, 10), ("p95(m)", 20, 19), ("p95(m)", 21, 20), ("p99(m)", 100, 99),
        ("p99(m)", 101, 100), ("p99(m)", 1000, 990),
    ])
    func `a percentile is the value of the nearest rank`(text: String, count: Int, want: Double) throws {
        let values = (1...count).map(Double.init)
        #expect(try Expression(text: text, form: .any).evaluate { _ in values.reversed() } == .number(want))
    }

    @Test(arguments: [
        ("connections.publisher", Expression.Value.number(3)), ("a.1min * 2 + 1", .number(5)), ("absent", .unknown),
        ("absent * 0", .unknown), ("connections.publisher / zero", .unknown), ("7", .number(7)), ("odd", .unknown),
    ])
    func `over one node`(text: String, want: Expression.Value) throws {
        let metrics = ["connections.publisher": 3, "a.1min": 2, "zero": 0, "odd": Double.nan]
        #expect(try Expression(text: text, form: .capacity).evaluate(node: metrics) == want)
    }

    @Test func `what stands in the other form's place is unknown`() throws {
        #expect(try Expression(text: "a", form: .capacity).evaluate { _ in [1] } == .unknown)
        #expect(try Expression(text: "avg(a)", form: .any).evaluate(node: ["a": 1]) == .unknown)
    }

    @Test func `metrics are those that it names`() throws {
        let scale = try Expression(text: "avg(a) + max(a) > p95(b.c) && !(sum(d) < -1)")
        #expect(scale.metrics == ["a", "b.c", "d"])
        #expect(try Expression(text: "x + 2 * y.1", form: .capacity).metrics == ["x", "y.1"])
        #expect(try Expression(text: "1 > 2").metrics == [])
    }

    @Test func `to look at a pool, a number is as good as a truth`() throws {
        #expect(try Expression(text: "avg(a)", form: .any).root == .aggregate(.average, metric: "a"))
        #expect(try Expression(text: "avg(a) > 1", form: .any).root.isBoolean)
        #expect(throws: ExpressionError.self) { try Expression(text: "a", form: .any) }
    }

    @Test func `the longest row of operators comes to its sum`() throws {
        let text = String(repeating: "1+", count: 2000) + "1"
        #expect(try Expression(text: text, form: .any).evaluate { _ in [] } == .number(2001))
    }

    @Test func `values are finite, and do not depend on the order of the nodes`() throws {
        let seed = SpecFuzzTests.seed
        var random = SeededRandom(seed: seed)
        for _ in 0..<2000 {
            let text = Self.number(&random, depth: 4)
            guard let expression = try? Expression(text: text, form: .any) else { continue }
            var data: [String: [Double]] = [:]
            for name in ["a", "b", "c"] {
                let count = Int.random(in: 0...6, using: &random)
                data[name] = (0..<count).map { _ in Self.extremes.randomElement(using: &random) ?? 0 }
            }
            let value = expression.evaluate { data[$0] ?? [] }
            if case .number(let number) = value { #expect(number.isFinite, "\(text) seed \(seed)") }
            for name in data.keys.sorted() { data[name]?.shuffle(using: &random) }
            #expect(expression.evaluate { data[$0] ?? [] } == value, "\(text) seed \(seed)")
        }
    }

    private static let extremes: [Double] = [
        0, -0.0, 1, -1, 0.1, 0.2, 0.3, 1e16, 1e-300, 1e308, -1e308, .leastNonzeroMagnitude, .infinity, -.infinity, .nan,
        3, 7.5,
    ]

    /// A text that is a number, of random parts.
    private static func number(_ random: inout SeededRandom, depth: Int) -> String {
        let aggregates = ["avg", "count", "min", "max", "sum", "p50", "p90", "p95", "p99"]
        switch Int.random(in: 0...(depth > 0 ? 5 : 1), using: &random) {
        case 0: return "\(Int.random(in: 0...9, using: &random))"
        case 1:
            let metric = ["a", "b", "c"].randomElement(using: &random) ?? "a"
            return "\(aggregates.randomElement(using: &random) ?? "avg")(\(metric))"
        case 2: return "-(\(number(&random, depth: depth - 1)))"
        default:
            let sign = ["+", "-", "*", "/", "%"].randomElement(using: &random) ?? "+"
            return "(\(number(&random, depth: depth - 1)) \(sign) \(number(&random, depth: depth - 1)))"
        }
    }
}
