import Testing

@testable import Reconciler

@Suite struct ExpressionTests {
    /// A tree written with all its parentheses.
    private func full(_ term: Expression.Term) -> String {
        switch term {
        case .number(let value): "\(value)"
        case .metric(let name): name
        case .aggregate(let aggregate, let metric): "\(aggregate)[\(metric)]"
        case .negate(let inner): "(-\(full(inner)))"
        case .not(let inner): "(!\(full(inner)))"
        case .arithmetic(let operation, let left, let right): "(\(full(left))\(operation.rawValue)\(full(right)))"
        case .comparison(let comparison, let left, let right): "(\(full(left))\(comparison.rawValue)\(full(right)))"
        case .and(let left, let right): "(\(full(left))&&\(full(right)))"
        case .or(let left, let right): "(\(full(left))||\(full(right)))"
        }
    }

    @Test(arguments: [
        ("avg(cpu.system.load) > 0.8", "(average[cpu.system.load]>0.8)"),
        ("1 + 2 * 3 - 4 < 5", "(((1.0+(2.0*3.0))-4.0)<5.0)"),
        ("2 * (3 + 4) % 5 >= 1e2", "(((2.0*(3.0+4.0))%5.0)>=100.0)"),
        ("max(a) > 1 || min(a) < 2 && count(a) == 3", "((maximum[a]>1.0)||((minimum[a]<2.0)&&(count[a]==3.0)))"),
        ("!(sum(a) != 1) && !(p95(a) <= 1.5e-3)", "((!(sum[a]!=1.0))&&(!(percentile(95)[a]<=0.0015)))"),
        ("-avg(a) < -3", "((-average[a])<-3.0)"),
        ("avg(cpu.loadavg.1min)>1-2", "(average[cpu.loadavg.1min]>(1.0-2.0))"),
        (
            "(avg(connections.client) / 200) * 0.5 + (avg(connections.publisher) / 50) * 0.5 > 1.0",
            "((((average[connections.client]/200.0)*0.5)+((average[connections.publisher]/50.0)*0.5))>1.0)"
        ),
    ])
    func `precedence and names are as usual`(text: String, want: String) throws {
        #expect(try full(Expression(text: text).root) == want)
    }

    @Test func `a capacity expression is about one node and yields a number`() throws {
        #expect(
            try full(Expression(text: "connections.client + 2 * a.1b", form: .capacity).root)
                == "(connections.client+(2.0*a.1b))")
        #expect(throws: ExpressionError.self) { try Expression(text: "avg(a)", form: .capacity) }
        #expect(throws: ExpressionError.self) { try Expression(text: "a > 1", form: .capacity) }
    }

    @Test(arguments: [
        ("", 0, "expected a number or an aggregate such as avg(metric), found the end"),
        ("avg(a)", 0, "the expression yields a number"), ("1 > 2 > 3", 6, "comparisons cannot be chained"),
        ("avg(a) > ", 9, "expected a number"), ("avg(a > 1", 6, "expected ')', found '>'"),
        ("avg(1) > 1", 4, "expected a metric in 'avg', found the number 1.0"), ("a > 1", 0, "metric 'a' must stand"),
        ("median(a) > 1", 0, "unknown aggregate 'median'"), ("1 > 0 + (2 > 1)", 8, "'+' takes numbers"),
        ("1 && 2 > 1", 0, "'&&' takes true or false"), ("!1", 1, "'!' takes true or false"),
        ("-(1 > 2)", 1, "'-' takes numbers"), ("1 > 2 3", 6, "expected an operator, found the number 3.0"),
        ("1 > 2 & 3 > 4", 6, "unexpected character '&'"), ("1.2.3 > 1", 0, "'1.2.3' is no number"),
        ("1 > 1x", 4, "'1x' is no number"), ("avg(a..b) > 1", 4, "'a..b' is no metric name"),
        ("avg(a) > 1 / 0", 13, "division by zero"), ("avg(ä) > 1", 4, "unexpected character 'ä'"),
        ("0x10 > 1", 0, "'0x10'"),
        (String(repeating: "(", count: 3000), 64, "nested more than 64"),
        (String(repeating: "-", count: 3000) + "1 > 1", 64, "nested more than 64"),
        (String(repeating: "1+", count: 3000) + "1 > 1", 0, "expression is longer than 4096"),
    ])
    func `what is wrong is said with its place`(text: String, offset: Int, message: String) {
        do throws(ExpressionError) {
            _ = try Expression(text: text)
            Issue.record("'\(text)' was accepted")
        } catch {
            #expect(error.message.hasPrefix(message))
            #expect(error.offset == offset)
        }
    }

    @Test func `a long row of operators is fine`() throws {
        _ = try Expression(text: String(repeating: "1+", count: 2000) + "1 > 1")
    }
}
