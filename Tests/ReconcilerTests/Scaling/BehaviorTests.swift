import Testing

@testable import Reconciler

/// Stabilisation windows and rate policies, as `TestScalingWithRules` and `TestStoreScaleEvents` of Kubernetes'
/// `pkg/controller/podautoscaler/horizontal_test.go` have them.
@Suite struct BehaviorTests {
    struct Rate: Sendable, CustomTestStringConvertible {
        var name: String
        var current: Int
        var wanted: Int
        /// Seconds ago, change.
        var events: [(Int, Int)] = []
        var policies: [ScalingSpec.Policy]
        var select = ScalingSpec.Behavior.Select.max
        var reached: Int
        var testDescription: String { name }
    }

    static func nodes(_ count: Int, _ seconds: Int = 60) -> ScalingSpec.Policy {
        .init(.nodes(count), period: .seconds(seconds))
    }
    static func percent(_ percent: Int, _ seconds: Int = 60) -> ScalingSpec.Policy {
        .init(.percent(percent), period: .seconds(seconds))
    }

    static let rates: [Rate] = [
        Rate(name: "out by nodes", current: 10, wanted: 100, policies: [nodes(4)], reached: 14),
        Rate(name: "out by percent", current: 100, wanted: 500, policies: [percent(10)], reached: 110),
        Rate(name: "out by percent rounds up", current: 2, wanted: 500, policies: [percent(60)], reached: 4),
        Rate(name: "out, the most of two", current: 10, wanted: 100, policies: [nodes(4), percent(100)], reached: 20),
        Rate(
            name: "out, the least of two", current: 10, wanted: 100, policies: [nodes(4), percent(100)], select: .min,
            reached: 14),
        Rate(name: "out, disabled", current: 10, wanted: 100, policies: [nodes(4)], select: .disabled, reached: 10),
        Rate(name: "out less than the limit", current: 10, wanted: 12, policies: [nodes(4)], reached: 12),
        Rate(
            name: "out after some in this period", current: 13, wanted: 100, events: [(30, 3)], policies: [nodes(4)],
            reached: 14),
        Rate(
            name: "out after more than the policy allows", current: 19, wanted: 100, events: [(30, 9)],
            policies: [nodes(4)], reached: 19),
        Rate(
            name: "out, what was taken in counts back", current: 8, wanted: 100, events: [(30, -2)],
            policies: [nodes(4)], reached: 14),
        Rate(
            name: "an event as old as the period is forgotten", current: 13, wanted: 100, events: [(60, 3)],
            policies: [nodes(4)], reached: 17),
        Rate(
            name: "percent count from the beginning of the period", current: 15, wanted: 100, events: [(10, 5)],
            policies: [percent(100)], reached: 20),
        Rate(name: "in by nodes", current: 10, wanted: 1, policies: [nodes(3)], reached: 7),
        Rate(name: "in by percent rounds the rest down", current: 15, wanted: 1, policies: [percent(10)], reached: 13),
        Rate(name: "in by a percent of a hundred", current: 100, wanted: 1, policies: [percent(10)], reached: 90),
        Rate(name: "in by ninety percent of ten", current: 10, wanted: 0, policies: [percent(90)], reached: 1),
        Rate(name: "in, everything", current: 10, wanted: 0, policies: [percent(100)], reached: 0),
        Rate(name: "in, the most of two", current: 10, wanted: 1, policies: [nodes(2), percent(50)], reached: 5),
        Rate(
            name: "in, the least of two", current: 10, wanted: 1, policies: [nodes(2), percent(50)], select: .min,
            reached: 8),
        Rate(name: "in, disabled", current: 10, wanted: 1, policies: [nodes(2)], select: .disabled, reached: 10),
        Rate(
            name: "in after some in this period", current: 8, wanted: 1, events: [(30, -2)], policies: [nodes(3)],
            reached: 7),
        Rate(
            name: "in after more than the policy allows", current: 5, wanted: 1, events: [(30, -5)],
            policies: [nodes(3)], reached: 5),
    ]

    @Test("a rate policy lets a count go so far at once", arguments: rates)
    func rate(_ example: Rate) {
        var fixture = ScalingFixture(ScalingFixture.average(10))
        fixture.role.scaling.toleranceOut = 0
        fixture.role.scaling.toleranceIn = 0
        let behavior = ScalingSpec.Behavior(stabilization: .zero, policies: example.policies)
        fixture.role.scaling.scaleOut = behavior
        fixture.role.scaling.scaleIn = behavior
        fixture.role.scaling.scaleOut.select = example.select
        fixture.role.scaling.scaleIn.select = example.select
        fixture.history.events = example.events.map { .init(at: noon - .seconds($0.0), change: $0.1) }
        let load = Double(example.wanted * 10) / Double(example.current)
        fixture.add(Array(repeating: load, count: example.current))
        let decision = fixture.decision
        #expect(decision.recommended == example.wanted)
        #expect(decision.stabilized == example.wanted)
        #expect(decision.limited == example.reached, "\(decision.reasons)")
        #expect(decision.desired == example.reached)
    }

    struct Window: Sendable, CustomTestStringConvertible {
        var name: String
        var current: Int
        var wanted: Int
        /// Seconds ago, nodes.
        var recommendations: [(Int, Int)]
        var out = 0
        var back = 300
        var stabilized: Int
        var testDescription: String { name }
    }

    static let windows: [Window] = [
        Window(
            name: "in at once without a window", current: 5, wanted: 2, recommendations: [(10, 5)], back: 0,
            stabilized: 2),
        Window(
            name: "in waits for the highest", current: 5, wanted: 2, recommendations: [(10, 4), (200, 3)], stabilized: 4
        ),
        Window(name: "in after the window", current: 5, wanted: 2, recommendations: [(300, 5)], stabilized: 2),
        Window(name: "just within the window", current: 5, wanted: 2, recommendations: [(299, 5)], stabilized: 5),
        Window(
            name: "a higher recommendation does not grow", current: 5, wanted: 2, recommendations: [(10, 9)],
            stabilized: 5),
        Window(
            name: "out waits for the lowest", current: 5, wanted: 9, recommendations: [(10, 6), (20, 8)], out: 60,
            stabilized: 6),
        Window(
            name: "out, a lower one does not shrink", current: 5, wanted: 9, recommendations: [(10, 3)], out: 60,
            stabilized: 5),
        Window(name: "out at once without a window", current: 5, wanted: 9, recommendations: [(10, 3)], stabilized: 9),
        Window(name: "nothing remembered", current: 5, wanted: 2, recommendations: [], stabilized: 2),
    ]

    @Test("a window holds the safest recommendation", arguments: windows)
    func window(_ example: Window) {
        var fixture = ScalingFixture(ScalingFixture.average(10))
        fixture.role.scaling.scaleOut.stabilization = .seconds(example.out)
        fixture.role.scaling.scaleIn.stabilization = .seconds(example.back)
        fixture.role.scaling.scaleOut.policies = [Self.nodes(1000)]
        fixture.history.recommendations = example.recommendations.reversed().map {
            .init(at: noon - .seconds($0.0), nodes: $0.1)
        }
        fixture.add(Array(repeating: Double(example.wanted * 10) / Double(example.current), count: example.current))
        let decision = fixture.decision
        #expect(decision.recommended == example.wanted)
        #expect(decision.stabilized == example.stabilized, "\(decision.reasons)")
        let isHeld = example.stabilized != example.wanted
        #expect(decision.waiting.isEmpty == !isHeld, "\(decision.waiting)")
    }

    @Test("the history that is kept decides as the whole one would", arguments: [1, 2, 3, 4, 5])
    func pruning(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var scaling = ScalingSpec()
        scaling.scaleOut.stabilization = .seconds(Int(random.next() % 100))
        scaling.scaleIn.stabilization = .seconds(Int(random.next() % 100))
        var whole: [ScalingHistory.Recommendation] = []
        var kept: [ScalingHistory.Recommendation] = []
        var now = noon
        for _ in 0..<500 {
            now = now + .seconds(Int(random.next() % 20))
            let recommended = Int(random.next() % 30)
            let current = Int(random.next() % 30)
            let full = Stabilization.stabilize(recommended, current: current, whole, scaling, now: now)
            let short = Stabilization.stabilize(recommended, current: current, kept, scaling, now: now)
            #expect(full == short, "seed \(seed) at \(now)")
            whole.append(.init(at: now, nodes: recommended))
            kept = Stabilization.record(recommended, kept, scaling, now: now)
        }
        #expect(kept.count <= 31)
    }

    @Test("a scale-in comes when the window is over, and says when that is")
    func waitingTime() throws {
        var fixture = ScalingFixture(ScalingFixture.target(50), capacity: 100)
        fixture.add([50, 50, 50, 50])
        fixture.pass(.seconds(10))
        for index in fixture.nodes.indices { fixture.nodes[index].metrics = [Metric.subscribers: 10] }
        let held = fixture.decision
        #expect(held.desired == 4 && held.recommended == 1)
        #expect(
            held.waiting == [
                "scaling in to 1 at \(noon + .seconds(300)) (4m50s)"
            ])
        fixture.pass(.seconds(289))
        #expect(fixture.decision.desired == 4)
        fixture.pass(.seconds(1))
        #expect(fixture.decision.desired == 1)
        #expect(fixture.plan.count(.drain) == 3, "what the rules take out needs no approval")
    }

    @Test("waiting tells each step, as the bounds let it come")
    func steps() {
        var fixture = ScalingFixture(ScalingFixture.target(50), capacity: 100)
        fixture.role.min = 2
        fixture.add(Array(repeating: 0, count: 10))
        fixture.history.recommendations = [
            .init(at: noon - .seconds(200), nodes: 10), .init(at: noon - .seconds(100), nodes: 4),
            .init(at: noon - .seconds(50), nodes: 1),
        ]
        #expect(
            fixture.decision.waiting == [
                "scaling in to 4 at \(noon + .seconds(100)) (1m40s), then to 2 at \(noon + .seconds(200)) (3m20s)"
            ])
        // At its min there is nothing to wait for.
        fixture.nodes = []
        fixture.add([0, 0])
        fixture.history.recommendations = [.init(at: noon - .seconds(10), nodes: 2)]
        #expect(fixture.decision.waiting.isEmpty)
        // Nor does it scale in to a min that was raised above what there is.
        fixture.role.min = 3
        #expect(fixture.decision.desired == 3 && fixture.decision.waiting.isEmpty)
    }

    @Test("whole percent do not make a small target swing", arguments: [1, 2, 5, 9, 12, 60], [0, 1, 5, 10])
    func smallTargets(target: Int, tolerance: Int) {
        for load in stride(from: 1.0, through: 700, by: 41) {
            var fixture = ScalingFixture(ScalingFixture.target(target), capacity: 333)
            fixture.role.scaling.toleranceOut = tolerance
            fixture.role.scaling.toleranceIn = tolerance
            fixture.role.scaling.scaleIn.stabilization = .zero
            fixture.role.scaling.scaleOut.policies = [.init(.nodes(1000), period: .seconds(15))]
            var path = [3]
            for _ in 0..<8 {
                fixture.nodes = []
                fixture.add(Array(repeating: load / Double(path.last ?? 1), count: path.last ?? 1))
                fixture.history = ScalingHistory(desired: path.last)
                path.append(fixture.decision.desired)
            }
            #expect(path[7] == path[8] && path[6] == path[7], "load \(load): \(path)")
        }
    }
}
