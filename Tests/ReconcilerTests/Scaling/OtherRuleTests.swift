import Testing

@testable import Reconciler

@Suite struct WatermarkRuleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var levels: [Double?]
        var young: [Double] = []
        var tolerance = 0
        var desired: Int
        var testDescription: String { name }
    }

    /// High 80, low 40 a node; the arithmetic of `getReplicaCount` in Datadog's WatermarkPodAutoscaler.
    static let cases: [Case] = [
        Case(name: "between the marks", levels: [50, 60, 70], desired: 3),
        Case(name: "at the high mark", levels: [80, 80, 80], desired: 3),
        Case(name: "above the high mark", levels: [81, 81, 81], desired: 4),
        Case(name: "far above", levels: [200, 200, 200], desired: 8),
        Case(name: "at the low mark", levels: [40, 40, 40], desired: 3),
        Case(name: "below the low mark, and no whole node less", levels: [39, 39, 39], desired: 2),
        Case(name: "below by a whole node", levels: [25, 25, 25], desired: 1),
        Case(name: "at least one stays", levels: [0, 0, 0], desired: 1),
        Case(name: "within the tolerance above", levels: [88, 88, 88], tolerance: 10, desired: 3),
        Case(name: "beyond the tolerance above", levels: [89, 89, 89], tolerance: 10, desired: 4),
        Case(name: "within the tolerance below", levels: [36, 36, 36], tolerance: 10, desired: 3),
        Case(name: "beyond the tolerance below", levels: [26, 26, 26], tolerance: 10, desired: 1),
        Case(name: "a young node will take a share", levels: [90, 90], young: [0], desired: 3),
        Case(name: "what reports nothing could be full", levels: [30, 30, nil], desired: 3),
        Case(name: "nothing is known", levels: [nil, nil], desired: 2),
    ]

    @Test("two marks", arguments: cases)
    func marks(_ example: Case) {
        var fixture = ScalingFixture(
            .watermarks(metric: Metric.subscribers, high: .average(80), low: .average(40)))
        fixture.role.scaling.toleranceOut = example.tolerance
        fixture.role.scaling.toleranceIn = example.tolerance
        fixture.role.scaling.warmup = .seconds(60)
        fixture.role.scaling.scaleIn.stabilization = .zero
        fixture.role.scaling.scaleOut.policies = [.init(.nodes(100), period: .seconds(15))]
        fixture.add(example.levels)
        fixture.add(example.young) { $0.inServiceAt = noon - .seconds(5) }
        #expect(fixture.decision.desired == example.desired, "\(fixture.decision.rules)")
    }
}

@Suite struct BufferTests {
    @Test("a buffer of nodes is on top of what the rules ask, and does not grow by itself")
    func nodes() {
        var fixture = ScalingFixture(ScalingFixture.target(60), capacity: 100)
        fixture.role.scaling.buffer = .nodes(.count(2))
        fixture.role.scaling.scaleIn.stabilization = .zero
        var count = 18
        var seen: [Int] = []
        // 1080 viewers at 60 a node are 18 nodes, and 2 free.
        for _ in 0..<10 {
            fixture.nodes = []
            fixture.add(Array(repeating: 1080 / Double(count), count: count))
            fixture.history.desired = count
            count = fixture.decision.desired
            seen.append(count)
        }
        #expect(seen == Array(repeating: 20, count: 10))
    }

    @Test("no load and no count make a pool with a buffer swing", arguments: [1, 8, 30])
    func atRest(nodes: Int) {
        for buffer: Amount in [.count(1), .count(3), .percent(20)] {
            for load in stride(from: 0.0, through: 6000, by: 331) {
                var fixture = ScalingFixture(ScalingFixture.target(60), capacity: 100)
                fixture.role.scaling.buffer = .nodes(buffer)
                fixture.role.scaling.scaleIn.stabilization = .zero
                fixture.role.scaling.scaleOut.policies = [.init(.nodes(1000), period: .seconds(15))]
                var count = nodes
                var path = [count]
                for _ in 0..<9 {
                    fixture.nodes = []
                    fixture.add(Array(repeating: load / Double(max(count, 1)), count: count))
                    fixture.history = ScalingHistory(desired: count)
                    count = fixture.decision.desired
                    path.append(count)
                }
                #expect(path[8] == path[9] && path[7] == path[8], "load \(load), buffer \(buffer): \(path)")
            }
        }
    }

    @Test("percent are of the total", arguments: [(10, 20, 13), (8, 20, 10), (1, 50, 2), (0, 20, 0)])
    func percent(asked: Int, percent: Int, total: Int) {
        var fixture = ScalingFixture(ScalingFixture.average(10))
        fixture.role.scaling.buffer = .nodes(.percent(percent))
        fixture.role.scaling.toleranceOut = 0
        fixture.role.scaling.toleranceIn = 0
        fixture.role.scaling.scaleIn.stabilization = .zero
        fixture.role.scaling.scaleOut.policies = [.init(.nodes(1000), period: .seconds(15))]
        fixture.add(Array(repeating: Double(asked * 10) / 20, count: 20))
        #expect(fixture.decision.recommended == total)
    }

    @Test("free slots", arguments: [(0.0, 2), (200.0, 3), (399.0, 4), (400.0, 4), (401.0, 5)])
    func slots(used: Double, desired: Int) {
        var fixture = ScalingFixture(capacity: 200)
        fixture.role.scaling.buffer = .slots([Metric.subscribers: 400])
        fixture.role.scaling.scaleIn.stabilization = .zero
        fixture.add([used, 0])
        #expect(fixture.decision.desired == desired)
    }

    @Test("slots that nobody reports hold the count")
    func unknownSlots() {
        var fixture = ScalingFixture(capacity: 200)
        fixture.role.scaling.buffer = .slots([Metric.subscribers: 400])
        fixture.role.scaling.scaleIn.stabilization = .zero
        fixture.add([nil, nil, nil])
        #expect(fixture.decision.desired == 3)
        // One that reports nothing is full for shrinking and empty for growing.
        fixture.nodes = []
        fixture.add([100, 100, 100, 100, nil])
        #expect(fixture.decision.desired == 5)
    }

    @Test("without rules, nodes beside those with clients")
    func beside() {
        var fixture = ScalingFixture()
        fixture.role.scaling.buffer = .nodes(.count(2))
        fixture.role.scaling.scaleIn.stabilization = .zero
        fixture.add([5, 3, 1])
        #expect(fixture.decision.desired == 3, "their clients fit on one node")
        fixture.role.capacity = [:]
        #expect(fixture.decision.desired == 5)
        // Nodes that do not tell may be in use.
        fixture.nodes = []
        fixture.add([5, nil, nil, nil])
        #expect(fixture.decision.desired == 4)
        // So may young ones.
        fixture.role.scaling.warmup = .seconds(60)
        fixture.nodes = []
        fixture.add([5, 3, 1]) { $0.inServiceAt = noon - .seconds(5) }
        #expect(fixture.decision.desired == 5)
    }
}

@Suite struct ExpressionRuleTests {
    private func rule(
        _ out: String? = "avg(cpu) > 0.8", _ back: String? = "avg(cpu) < 0.2", step: Int = 1,
        periods: ScalingRule.Periods = .init()
    ) throws -> ScalingRule {
        .expression(
            scaleOut: try out.map { try Expression(text: $0) }, scaleIn: try back.map { try Expression(text: $0) },
            step: step, periods: periods)
    }

    private func fixture(_ rules: ScalingRule..., cpu: [Double?]) -> ScalingFixture {
        var fixture = ScalingFixture()
        fixture.role.scaling.rules = rules
        fixture.role.scaling.scaleIn.stabilization = .zero
        fixture.add(cpu.map { _ in nil })
        for (index, value) in cpu.enumerated() { fixture.nodes[index].metrics = value.map { ["cpu": $0] } ?? [:] }
        return fixture
    }

    @Test("out, in, neither")
    func directions() throws {
        #expect(fixture(try rule(), cpu: [0.9, 0.9]).decision.desired == 3)
        #expect(fixture(try rule(step: 2), cpu: [0.9, 0.9]).decision.desired == 4)
        #expect(fixture(try rule(), cpu: [0.1, 0.1]).decision.desired == 1)
        #expect(fixture(try rule(), cpu: [0.5, 0.5]).decision.desired == 2)
        #expect(fixture(try rule(nil, "avg(cpu) < 0.2"), cpu: [0.1, 0.1]).decision.desired == 1)
    }

    @Test("unknown never shrinks and never grows")
    func unknown() throws {
        #expect(fixture(try rule(), cpu: [nil, nil]).decision.desired == 2)
        // Part of the nodes tell enough to grow, and too little to shrink.
        #expect(fixture(try rule(), cpu: [0.1, nil]).decision.desired == 2)
        #expect(fixture(try rule(), cpu: [0.9, nil]).decision.desired == 3)
        #expect(fixture(try rule("sum(cpu) / sum(gpu) > 1", nil), cpu: [0.9, 0.9]).decision.desired == 2)
    }

    @Test("nodes on the way up count towards the step")
    func coming() throws {
        var fixture = fixture(try rule(step: 2), cpu: [0.9, 0.9])
        fixture.add([nil], state: .creating)
        #expect(fixture.decision.desired == 4)
        fixture.add([nil], state: .creating)
        #expect(fixture.decision.desired == 4)
    }

    @Test("a rule that can only grow does not keep others from shrinking")
    func abstains() throws {
        var pool = fixture(try rule("avg(cpu) > 0.8", nil), ScalingFixture.target(50), cpu: [0.1, 0.1, 0.1])
        for index in pool.nodes.indices { pool.nodes[index].metrics[Metric.subscribers] = 100 }
        #expect(pool.decision.desired == 1)
    }

    @Test("periods: all of the last averages")
    func periods() throws {
        let steady = ScalingRule.Periods(count: 3, length: .seconds(60))
        var pool = fixture(try rule(periods: steady), cpu: [0.9, 0.9])
        // Noon is the beginning of a period.
        var decided: [Int] = []
        for _ in 0..<20 {
            decided.append(pool.decision.desired)
            pool.pass(.seconds(10))
        }
        #expect(decided == Array(repeating: 2, count: 18) + [3, 3])
    }

    @Test("two rules whose names begin alike keep their periods apart")
    func alikePeriods() throws {
        let long = ScalingRule.Periods(count: 5, length: .seconds(10))
        let short = ScalingRule.Periods(count: 2, length: .seconds(10))
        var pool = fixture(
            try rule("avg(cpu) > 0.8", nil, periods: short), try rule("avg(cpu) > 0.8", nil, step: 5, periods: long),
            cpu: [0.9, 0.9])
        for _ in 0..<40 { pool.pass(.seconds(2)) }
        #expect(pool.history.averages.count == 9)
    }

    @Test("periods: one average on the other side begins anew, and a period without a measurement is no evidence")
    func brokenPeriods() throws {
        for (gap, metrics) in [("low", ["cpu": 0.5]), ("none", [:])] {
            let steady = ScalingRule.Periods(count: 2, length: .seconds(60))
            var pool = fixture(
                .target(metric: "cpu", .average(0.5), periods: steady), cpu: [0.9, 0.9])
            func set(_ metrics: [String: Double]) {
                for index in pool.nodes.indices { pool.nodes[index].metrics = metrics }
            }
            pool.pass(.seconds(60))
            set(metrics)
            pool.pass(.seconds(60))
            set(["cpu": 0.9])
            #expect(pool.decision.desired == 2, "\(gap)")
            pool.pass(.seconds(60))
            #expect(pool.decision.desired == 2, "\(gap)")
            pool.pass(.seconds(60))
            #expect(pool.decision.desired == 4, "\(gap)")
        }
    }
}
