import Testing

@testable import Reconciler

/// Too many faults at once stop remediation (safety rule 6); a node that fails again and again is quarantined.
@Suite struct RemediationTests {
    private func spec(_ limit: UnhealthyLimit, min: Int = 5, _ change: (inout RoleSpec) -> Void = { _ in }) -> Spec {
        Sample.spec(
            Sample.edge(min: min, max: 10) {
                $0.health.maxUnhealthy = limit
                change(&$0)
            }, Sample.origin(min: 0))
    }

    private func ill(_ id: String, for time: Duration = .seconds(90)) -> Node {
        Sample.node(id, .fault) {
            $0.since = noon - time
            $0.lastHeartbeatAt = noon - time - .seconds(15)
        }
    }

    private func plan(_ spec: Spec, well: Int, ill: Int) -> Plan {
        let nodes = (0..<well).map { Sample.node("w\($0)") } + (0..<ill).map { self.ill("x\($0)") }
        return Planner.plan(spec: spec, fleet: Sample.fleet(nodes), now: noon)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var limit: UnhealthyLimit
        var well: Int
        var ill: Int
        var isAllowed: Bool
        var testDescription: String { name }
    }

    /// As in Cluster API: percent of all nodes, rounded down.
    static let cases = [
        Case(name: "by default all may be ill", limit: .most(.percent(100)), well: 0, ill: 5, isAllowed: true),
        Case(name: "40% of 5 are 2", limit: .most(.percent(40)), well: 3, ill: 2, isAllowed: true),
        Case(name: "3 of 5 are more than 40%", limit: .most(.percent(40)), well: 2, ill: 3, isAllowed: false),
        Case(name: "40% of 3 are 1: rounded down", limit: .most(.percent(40)), well: 1, ill: 2, isAllowed: false),
        Case(name: "40% of 1 are none", limit: .most(.percent(40)), well: 0, ill: 1, isAllowed: false),
        Case(name: "a count", limit: .most(.count(2)), well: 1, ill: 2, isAllowed: true),
        Case(name: "more than a count", limit: .most(.count(2)), well: 9, ill: 3, isAllowed: false),
        Case(name: "below a range", limit: .range(3...5), well: 3, ill: 2, isAllowed: false),
        Case(name: "at the low end of a range", limit: .range(3...5), well: 2, ill: 3, isAllowed: true),
        Case(name: "at the high end of a range", limit: .range(3...5), well: 0, ill: 5, isAllowed: true),
        Case(name: "above a range", limit: .range(3...5), well: 0, ill: 6, isAllowed: false),
    ]

    @Test(arguments: cases) func `remediation is allowed by the number of faults`(_ test: Case) {
        let plan = plan(spec(test.limit), well: test.well, ill: test.ill)
        if test.isAllowed {
            #expect(plan.count(.destroy) == test.ill && plan.conditions.isEmpty)
            #expect(plan.count(.create) == max(5 - test.well, 0))
        } else {
            #expect(plan.count(.destroy) == 0)
            #expect(plan.heldWords.contains("destroy maxUnhealthy"))
            #expect(plan.conditions.map(\.type) == [.remediation])
            // Those that are ill count as there: nothing takes their place.
            #expect(plan.count(.create) == max(5 - test.well - test.ill, 0))
        }
    }

    @Test func `it is said in Cluster API's words`() {
        #expect(
            plan(spec(.most(.percent(40))), well: 1, ill: 2).held[0].reason
                == "remediation is not allowed: 2 of 3 nodes are faulty, maxUnhealthy is 40%")
    }

    @Test func `a load that grows still gets nodes, and one that falls takes no well ones first`() {
        #expect(plan(spec(.most(.count(1)), min: 8), well: 3, ill: 3).count(.create) == 2)
        let fewer = plan(spec(.most(.count(1)), min: 5) { $0.max = 5 }, well: 4, ill: 2)
        #expect(fewer.count(.drain) == 0)
    }

    @Test func `a fault that heals is reinstated also then`() {
        let nodes = [ill("a"), ill("b"), ill("c")].map { node in
            var node = node
            if node.id == "a" { node.lastHeartbeatAt = noon }
            return node
        }
        let plan = Planner.plan(spec: spec(.most(.count(0)), min: 3), fleet: Sample.fleet(nodes), now: noon)
        #expect(plan.words == ["reinstate a"])
    }

    @Test func `faulty nodes of a region that left the spec are ended however many they are`() {
        let gone = PoolKey(group: "live", region: "eu", role: "edge")
        let node = Sample.node("x", .fault, in: gone) {
            $0.since = noon - .seconds(90)
            $0.lastHeartbeatAt = nil
        }
        let plan = Planner.plan(spec: spec(.most(.count(0)), min: 0), fleet: Sample.fleet([node]), now: noon)
        #expect(plan.words == ["destroy x"])
    }

    @Test func `what the provider says is gone is replaced also then`() {
        let gone = Sample.node("gone", .terminated)
        let fleet = Sample.fleet([ill("a"), ill("b"), gone])
        #expect(Planner.plan(spec: spec(.most(.count(0)), min: 3), fleet: fleet, now: noon).words == ["create"])
    }

    // MARK: - Quarantine

    private func healed(faults: [Duration]) -> Node {
        Sample.node("a", .fault) {
            $0.since = noon - .seconds(10)
            $0.marks.faults = faults.map { noon - $0 }
        }
    }

    @Test func `a node that heals too often is quarantined instead of reinstated`() {
        let spec = spec(.most(.percent(100)), min: 1)
        func plan(_ faults: [Duration]) -> Plan {
            Planner.plan(spec: spec, fleet: Sample.fleet([healed(faults: faults)]), now: noon)
        }
        #expect(plan([.seconds(300), .seconds(10)]).words == ["reinstate a"])
        #expect(plan([.seconds(601), .seconds(300), .seconds(10)]).words == ["reinstate a"])
        #expect(plan([.seconds(599), .seconds(300), .seconds(10)]).words == ["reinstate a"], "nobody else serves")
        let others = Sample.fleet([healed(faults: [.seconds(599), .seconds(300), .seconds(10)]), Sample.node("b")])
        #expect(Planner.plan(spec: spec, fleet: others, now: noon).words == ["drain a"])
    }

    @Test func `many that flap at once are not sent away`() {
        let spec = spec(.most(.percent(40)), min: 1)
        func flapping(_ id: String) -> Node {
            Sample.node(id, .fault) {
                $0.since = noon - .seconds(10)
                $0.marks.faults = [noon - .seconds(30), noon - .seconds(20), noon - .seconds(10)]
            }
        }
        let nodes = ["a", "b", "c"].map(flapping) + [Sample.node("w1"), Sample.node("w2")]
        let plan = Planner.plan(spec: spec, fleet: Sample.fleet(nodes), now: noon)
        #expect(plan.actions.filter { $0.rule == "health.flapping" }.count == 2)
        #expect(plan.actions.contains { $0.kind == .reinstate && $0.reason.contains("maxUnhealthy is 40%") })
    }

    @Test func `a protected node is not quarantined`() {
        var node = healed(faults: [.seconds(30), .seconds(20), .seconds(10)])
        node.protectedUntil = noon + .seconds(60)
        let plan = Planner.plan(
            spec: spec(.most(.percent(100)), min: 1), fleet: Sample.fleet([node, Sample.node("b")]), now: noon)
        #expect(plan.words.contains("reinstate a"))
    }

    @Test func `a quarantined node is marked and not taken back`() {
        let spec = spec(.most(.percent(100)), min: 1)
        var fleet = Sample.fleet([healed(faults: [.seconds(30), .seconds(20), .seconds(10)]), Sample.node("b")])
        var random = SeededRandom(seed: 1)
        let events = fleet.apply(
            Planner.plan(spec: spec, fleet: fleet, now: noon), spec: spec, now: noon, using: &random)
        #expect(events.contains { $0.reason == "NodeQuarantined" && $0.level == .warning })
        #expect(fleet.nodes["a"]?.state == .draining && fleet.nodes["a"]?.marks.isQuarantined == true)
        fleet.remove("b")
        fleet.update("a") { $0.lastHeartbeatAt = noon + .seconds(1) }
        #expect(Planner.plan(spec: spec, fleet: fleet, now: noon + .seconds(1)).count(.undrain) == 0)
    }

    @Test func `flapping can be turned off`() {
        let spec = spec(.most(.percent(100)), min: 1) { $0.health.flapping.faults = 0 }
        let node = healed(faults: (1...20).map { .seconds($0) })
        #expect(Planner.plan(spec: spec, fleet: Sample.fleet([node]), now: noon).words == ["reinstate a"])
    }

    @Test func `each fault is remembered, within bounds`() {
        var fleet = Sample.fleet([Sample.node("a")])
        for second in 0..<50 {
            _ = fleet.move("a", to: .fault, at: noon + .seconds(second), because: "silent", event: "NodeFault")
            _ = fleet.move("a", to: .inService, at: noon + .seconds(second), because: "heard", event: "NodeReinstated")
        }
        #expect(fleet.nodes["a"]?.marks.faults.count == NodeMarks.rememberedFaults)
        #expect(fleet.nodes["a"]?.marks.faults.last == noon + .seconds(49))
    }
}
