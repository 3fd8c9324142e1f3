import Foundation
import Testing

@testable import Reconciler

/// Disruption budgets, with Karpenter's rounding: how many may be disrupted at once, for what, when.
@Suite struct BudgetTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var budgets: [BudgetSpec]
        var total = 10
        var disrupted = 0
        var reasons: Set<BudgetSpec.Reason> = [.drift]
        /// So many more may be disrupted.
        var want: Int
        var testDescription: String { name }
    }

    private static func budget(
        _ nodes: Amount, _ reasons: Set<BudgetSpec.Reason> = [], window: ScheduleWindow? = nil
    ) -> BudgetSpec {
        var budget = BudgetSpec(nodes: nodes)
        budget.reasons = reasons
        budget.window = window
        return budget
    }

    /// `noon` is 2027-01-15T08:00:00Z, a Friday.
    private static func window(_ cron: String, _ duration: Duration, zone: String = "UTC") -> ScheduleWindow {
        guard let cron = try? CronExpression(text: cron) else { preconditionFailure("'\(cron)' is no cron expression") }
        return ScheduleWindow(cron: cron, timezone: zone, duration: duration)
    }

    static let cases = [
        Case(name: "none bounds nothing", budgets: [], want: 20),
        Case(name: "a count", budgets: [budget(.count(3))], want: 3),
        Case(name: "a count of nothing", budgets: [budget(.count(0))], want: 0),
        Case(name: "percent", budgets: [budget(.percent(10))], want: 1),
        Case(name: "percent are rounded up", budgets: [budget(.percent(5))], want: 1),
        Case(name: "11% of 10 are 2", budgets: [budget(.percent(11))], want: 2),
        Case(name: "no percent is none", budgets: [budget(.percent(0))], want: 0),
        Case(name: "who is disrupted already counts", budgets: [budget(.count(3))], disrupted: 2, want: 1),
        Case(name: "more disrupted than allowed", budgets: [budget(.count(1))], disrupted: 4, want: 0),
        Case(name: "the strictest counts", budgets: [budget(.percent(50)), budget(.count(2))], want: 2),
        Case(name: "for another reason", budgets: [budget(.count(0), [.scaleIn])], want: 20),
        Case(name: "for this reason", budgets: [budget(.count(0), [.drift, .empty])], want: 0),
        Case(
            name: "for one of its reasons", budgets: [budget(.count(1), [.empty])], reasons: [.scaleIn, .empty],
            want: 1),
        Case(
            name: "an open window", budgets: [budget(.count(0), window: window("0 7 * * *", .seconds(7200)))], want: 0),
        Case(
            name: "a window that opens now", budgets: [budget(.count(0), window: window("0 8 * * *", .seconds(60)))],
            want: 0),
        Case(
            name: "a window that closes now", budgets: [budget(.count(0), window: window("0 7 * * *", .seconds(3600)))],
            want: 20),
        Case(
            name: "a window of another day", budgets: [budget(.count(0), window: window("0 8 * * 6", .seconds(3600)))],
            want: 20),
        Case(
            name: "a window in its own time zone",
            budgets: [budget(.count(0), window: window("0 17 * * *", .seconds(60), zone: "Asia/Tokyo"))], want: 0),
        Case(
            name: "one that cannot be read allows nothing",
            budgets: [budget(.count(9), window: window("0 3 * * *", .seconds(60), zone: "Mars/Olympus"))], want: 0),
        Case(
            name: "a closed strict window leaves the others",
            budgets: [budget(.count(4)), budget(.count(0), window: window("0 18 * * 6", .seconds(60)))], want: 4),
    ]

    @Test(arguments: cases) func `a gate lets through what its budgets allow`(_ test: Case) {
        var gate = DisruptionGate(test.budgets, total: test.total, disrupted: test.disrupted, now: noon)
        var passed = 0
        while passed < 20, gate.take(test.reasons, isWell: true) == nil { passed += 1 }
        #expect(passed == test.want)
    }

    @Test func `a node that is not well is disrupted already`() {
        var gate = DisruptionGate([Self.budget(.count(1))], total: 3, disrupted: 1, now: noon)
        #expect(gate.take([.drift], isWell: false) == nil)
        #expect(gate.take([.drift], isWell: true) == "the budget of 1; 1 disrupted already")
    }

    // MARK: - In a plan

    private func spec(_ budgets: [BudgetSpec], min: Int = 2, max: Int = 10) -> Spec {
        Sample.spec(Sample.edge(min: min, max: max) { $0.disruption = budgets }, Sample.origin(min: 0))
    }

    private func nodes(_ count: Int, _ change: (inout Node) -> Void = { _ in }) -> [Node] {
        (0..<count).map { Sample.node("n\($0)", .inService, change) }
    }

    @Test func `a rollout drains no more than the budget`() {
        var spec = spec([Self.budget(.count(1))], min: 4)
        spec.groups[0].roles[0].update.maxSurge = .percent(100)
        let old = (0..<4).map { index in Sample.node("old\(index)") { $0.revision = "old" } }
        let plan = Planner.plan(spec: spec, fleet: Sample.fleet(old + nodes(4)), now: noon)
        #expect(plan.words == ["drain old0"])
        #expect(plan.heldWords == ["drain budget", "drain budget", "drain budget"])
        #expect(plan.held[0].reason.hasSuffix("held by the budget of 1; 1 disrupted already"))
    }

    @Test func `no new node comes first where the old one may not go then`() {
        let spec = spec([Self.budget(.count(0), [.drift])], min: 2)
        let old = (0..<2).map { index in Sample.node("old\(index)") { $0.revision = "old" } }
        let plan = Planner.plan(spec: spec, fleet: Sample.fleet(old), now: noon)
        #expect(plan.words == [] && plan.heldWords == ["replace budget"])
        // One that came before the budget closed stays, and no old one goes as if it were too many.
        let both = Planner.plan(spec: spec, fleet: Sample.fleet(old + nodes(1)), now: noon)
        #expect(both.words == [] && both.heldWords == ["drain budget"])
    }

    @Test func `a scale-in drains no more than the budget, and goes on where it stopped`() {
        let spec = spec([Self.budget(.percent(10), [.scaleIn])], min: 8)
        let fleet = Sample.fleet(nodes(10)) { fleet in
            var history = ScalingHistory(desired: 10)
            history.bounds = .init(min: 8, max: 10)
            fleet.setScaling(history, of: Sample.edges)
        }
        let plan = Planner.plan(spec: spec, fleet: fleet, now: noon)
        #expect(plan.words == ["drain n0"] && plan.heldWords == ["drain budget"])
        // What is held is still wanted, so that nothing swings.
        #expect(plan.histories[Sample.edges]?.desired == 9)
    }

    @Test func `an empty node goes by the budget of empty nodes, one with viewers by another`() {
        let spec = spec([Self.budget(.count(0), [.underutilized])], min: 1)
        func plan(_ viewers: Double) -> Plan {
            Planner.plan(
                spec: spec,
                fleet: Sample.fleet([
                    Sample.node("a") { $0.metrics = [Metric.subscribers: 50] },
                    Sample.node("b") { $0.metrics = [Metric.subscribers: viewers] },
                ]), now: noon)
        }
        #expect(plan(0).words == ["drain b"])
        #expect(plan(3).words == [] && plan(3).heldWords == ["drain budget"])
    }

    @Test func `a budget of nothing does not keep the dead`() {
        let spec = spec([Self.budget(.count(0))], min: 2)
        let dead = Sample.node("dead", .fault) {
            $0.since = noon - .seconds(90)
            $0.lastHeartbeatAt = noon - .seconds(100)
        }
        let plan = Planner.plan(spec: spec, fleet: Sample.fleet(nodes(1) + [dead]), now: noon)
        #expect(Set(plan.words) == ["destroy dead", "create"])
    }

    @Test func `a removal that needs an approval is not slipped through by a budget`() {
        let spec = spec([Self.budget(.count(1))], min: 2, max: 2)
        let plan = Planner.plan(spec: spec, fleet: Sample.fleet(nodes(10)), now: noon)
        #expect(plan.words == [] && plan.heldWords == ["drain approval"])
    }
}
