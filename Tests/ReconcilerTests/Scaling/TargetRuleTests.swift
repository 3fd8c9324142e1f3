import Testing

@testable import Reconciler

/// The cases of Kubernetes' own suite for its replica calculator (`pkg/controller/podautoscaler/replica_calculator_test.go`), by
/// their names there, and what goes beyond it.
@Suite struct TargetRuleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var rule: ScalingRule = ScalingFixture.target(30)
        var levels: [Double?]
        /// Levels of nodes on their way: in service and younger than the warm-up.
        var young: [Double] = []
        var pending = 0
        var faulty: [Double] = []
        var leaving: [Double] = []
        var tolerance: (out: Int, back: Int) = (10, 10)
        var value: Double?
        var proposed: Int?
        var desired: Int
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "ScaleUp", levels: [300, 500, 700], value: 50, proposed: 5, desired: 5),
        Case(
            name: "ScaleUpUnreadyLessScale", levels: [500, 700], young: [300], value: 60, proposed: 4, desired: 4),
        Case(
            name: "ScaleUpHotCpuLessScale", levels: [500, 700], pending: 1, value: 60, proposed: 4, desired: 4),
        Case(
            name: "ScaleUpUnreadyNoScale", levels: [400], young: [500, 700], value: 40, proposed: 3, desired: 3),
        Case(
            name: "ScaleUpIgnoresFailedPods", levels: [500, 700], faulty: [0, 0], value: 60, proposed: 4, desired: 4),
        Case(
            name: "ScaleUpIgnoresDeletionPods", levels: [500, 700], leaving: [0, 0], value: 60, proposed: 4,
            desired: 4),
        Case(
            name: "ScaleUpCM", rule: ScalingFixture.average(15), levels: [20, 10, 30], value: 20, proposed: 4,
            desired: 4),
        Case(
            name: "ScaleDown", rule: ScalingFixture.target(50), levels: [100, 300, 500, 250, 250], value: 28,
            proposed: 3, desired: 3),
        Case(
            name: "ScaleDownCM", rule: ScalingFixture.average(20), levels: [12, 12, 12, 12, 12], value: 12,
            proposed: 3, desired: 3),
        Case(
            name: "ScaleDownIgnoresUnreadyPods", rule: ScalingFixture.target(50), levels: [100, 300, 500, 250, 250],
            young: [100, 300], value: 28, proposed: 3, desired: 3),
        Case(
            name: "ScaleDownIgnoresFailedPods", rule: ScalingFixture.target(50), levels: [100, 300, 500, 250, 250],
            faulty: [0, 0], value: 28, proposed: 3, desired: 3),
        Case(
            name: "Tolerance", rule: ScalingFixture.target(100), levels: [1010, 1030, 1020], value: 102, proposed: 3,
            desired: 3),
        Case(
            name: "ToleranceCM", rule: ScalingFixture.average(20), levels: [20, 21, 21], value: 62.0 / 3, proposed: 3,
            desired: 3),
        Case(
            name: "SuperfluousMetrics", rule: ScalingFixture.target(100), levels: [4000, 9500, 3000, 7000, 3200, 2000],
            value: 478, proposed: 29, desired: 29),
        Case(
            name: "MissingMetrics", rule: ScalingFixture.target(100), levels: [400, 95, nil, nil], value: 24,
            proposed: 3, desired: 3),
        Case(name: "EmptyMetrics", rule: ScalingFixture.target(100), levels: [nil, nil, nil, nil], desired: 4),
        Case(
            name: "MissingMetricsNoChangeEq", rule: ScalingFixture.target(100), levels: [1000, nil], value: 100,
            proposed: 2, desired: 2),
        Case(
            name: "MissingMetricsNoChangeGt", rule: ScalingFixture.target(100), levels: [1900, nil], value: 190,
            proposed: 2, desired: 2),
        Case(
            name: "MissingMetricsNoChangeLt", rule: ScalingFixture.target(100), levels: [600, nil], value: 60,
            proposed: 2, desired: 2),
        Case(
            name: "MissingMetricsUnreadyNoChange", rule: ScalingFixture.target(50), levels: [450, nil],
            young: [100], value: 45, proposed: 3, desired: 3),
        Case(
            name: "MissingMetricsUnreadyScaleUp", rule: ScalingFixture.target(50), levels: [2000, nil], young: [100],
            value: 200, proposed: 4, desired: 4),
        Case(
            name: "MissingMetricsUnreadyScaleDown", rule: ScalingFixture.target(50), levels: [100, 100, 100, nil],
            young: [100], value: 10, proposed: 3, desired: 3),
        // Per direction, since Kubernetes 1.33 (KEP-4951).
        Case(
            name: "tolerance of scaling out alone", rule: ScalingFixture.target(60), levels: [650, 650],
            tolerance: (0, 10), value: 65, proposed: 3, desired: 3),
        Case(
            name: "tolerance of scaling in alone", rule: ScalingFixture.target(60), levels: [500, 500, 500],
            tolerance: (10, 20), value: 50, proposed: 3, desired: 3),
        Case(
            name: "the edge of the tolerance is within it", levels: [330, 330, 330], value: 33, proposed: 3, desired: 3),
        Case(
            name: "one percent beyond the tolerance is not", levels: [340, 340, 340], value: 34, proposed: 4,
            desired: 4),
        Case(
            name: "a utilisation is rounded down to whole percent", levels: [339, 339, 339], value: 33, proposed: 3,
            desired: 3),
        Case(
            name: "all are missing but one at the target: nothing shrinks", rule: ScalingFixture.average(10),
            levels: [10, nil, nil], value: 10, proposed: 3, desired: 3),
        Case(name: "to nothing", levels: [0, 0], value: 0, proposed: 0, desired: 0),
    ]

    @Test("the replica arithmetic", arguments: cases)
    func arithmetic(_ example: Case) {
        var fixture = ScalingFixture(example.rule)
        fixture.role.scaling.toleranceOut = example.tolerance.out
        fixture.role.scaling.toleranceIn = example.tolerance.back
        fixture.role.scaling.warmup = .seconds(60)
        // As that suite's controller: no policy, no window.
        fixture.role.scaling.scaleOut.policies = [.init(.nodes(1000), period: .seconds(15))]
        fixture.role.scaling.scaleIn.stabilization = .zero
        fixture.add(example.levels)
        fixture.add(example.young) { $0.inServiceAt = noon - .seconds(30) }
        fixture.add(Array(repeating: nil, count: example.pending), state: .creating)
        fixture.add(example.faulty, state: .fault) { node in
            node.since = noon - .seconds(10)
            node.lastHeartbeatAt = noon - .seconds(20)
        }
        fixture.add(example.leaving, state: .draining)
        let decision = fixture.decision
        #expect(decision.desired == example.desired, "\(decision.reasons) \(decision.rules)")
        #expect(decision.rules[0].proposed == example.proposed, "\(decision.rules)")
        #expect(decision.rules[0].value == example.value.map { .number($0) })
    }

    @Test("of several rules the highest wins, and none may shrink while one is unknown")
    func severalRules() {
        var fixture = ScalingFixture(
            ScalingFixture.target(60), .target(metric: "cpu", .average(0.5)), capacity: 100)
        fixture.role.scaling.scaleIn.stabilization = .zero
        fixture.add([60, 60, 60, 60]) { $0.metrics["cpu"] = 1 }
        #expect(fixture.decision.desired == 8)
        // The metric stops: growing by the other is allowed, shrinking is not.
        let mute = fixture.with { fixture in
            for index in fixture.nodes.indices { fixture.nodes[index].metrics = [Metric.subscribers: 20] }
        }
        #expect(mute.decision.desired == 4)
        #expect(mute.decision.rules[0].proposed == 2)
        #expect(mute.decision.rules[1].proposed == nil && mute.decision.rules[1].value == nil)
        #expect(mute.decision.reasons.contains { $0.contains("'cpu target 0.5' is unknown") })
        let loud = fixture.with { fixture in
            for index in fixture.nodes.indices { fixture.nodes[index].metrics = [Metric.subscribers: 90] }
        }
        #expect(loud.decision.desired == 6)
    }

    @Test("what a silent node said last is no measurement")
    func silentNode() {
        var fixture = ScalingFixture(ScalingFixture.target(50), capacity: 100)
        fixture.role.scaling.scaleIn.stabilization = .zero
        fixture.add([20, 20, 20])
        fixture.add([20]) { $0.lastHeartbeatAt = noon - .seconds(6) }
        // (60 + 100) of 400 is 40%: 4 × 40/50 is 3.2, so 4.
        #expect(fixture.decision.desired == 4 && fixture.decision.ready == 3)
    }

    @Test("the count that 'no change' means is what was decided last, while nodes die and come")
    func memory() {
        var fixture = ScalingFixture(ScalingFixture.target(50), capacity: 100)
        fixture.history.desired = 5
        fixture.add([50, 50, 50, 50])
        fixture.add([50], state: .fault) { node in
            node.since = noon - .seconds(10)
            node.lastHeartbeatAt = noon - .seconds(20)
        }
        #expect(fixture.decision.current == 5 && fixture.decision.desired == 5)
        #expect(fixture.plan.words == ["create"])
    }

    @Test("nodes that are nearly full are not idle, however young")
    func youngAndFull() {
        var fixture = ScalingFixture(ScalingFixture.target(60), capacity: 100)
        fixture.role.scaling.warmup = .seconds(90)
        fixture.role.scaling.scaleOut.policies = [.init(.nodes(100), period: .seconds(15))]
        fixture.add([100, 100])
        fixture.add([100, 100, 100]) { $0.inServiceAt = noon - .seconds(30) }
        #expect(fixture.decision.desired == 9)
        // None of them is warm.
        for index in fixture.nodes.indices { fixture.nodes[index].inServiceAt = noon - .seconds(30) }
        #expect(fixture.decision.desired == 9)
    }

    @Test("numbers that cannot be a load count as not reported", arguments: [-900.0, 1e300])
    func absurd(value: Double) {
        var fixture = ScalingFixture(ScalingFixture.target(30))
        fixture.role.scaling.scaleIn.stabilization = .zero
        fixture.add([300, 300, 300, value])
        #expect(fixture.decision.desired == 4)
    }

    @Test("from nothing: clients who found no room are load")
    func fromZero() {
        var fixture = ScalingFixture(ScalingFixture.target(50), capacity: 100)
        #expect(fixture.decision.desired == 0)
        fixture.unserved = 120
        #expect(fixture.decision.desired == 3, "120 at 50 a node")
        // They are on the way: asking again adds nothing.
        fixture.pass(.seconds(2))
        fixture.add([nil, nil, nil], state: .creating)
        #expect(fixture.decision.desired == 3)
        #expect(fixture.decision.rules[0].reason.contains("120 clients found no room"))
    }
}
