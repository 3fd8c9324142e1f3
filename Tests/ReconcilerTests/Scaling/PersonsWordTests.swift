import Testing

@testable import Reconciler

/// Pauses, counts set by hand, and what a change of the spec needs an approval for.
@Suite struct PersonsWordTests {
    private var busy: ScalingFixture {
        var fixture = ScalingFixture(ScalingFixture.target(50), capacity: 100)
        fixture.role.min = 2
        fixture.role.max = 20
        fixture.add([90, 90, 90])
        return fixture
    }

    @Test("a paused group keeps its counts and revisions, and replaces what died")
    func pause() {
        var fixture = busy
        fixture.pause = ScalingPause(since: noon, by: "ann")
        #expect(fixture.decision.desired == 3 && fixture.plan.actions.isEmpty)
        #expect(fixture.decision.recommended == 6)
        #expect(fixture.decision.waiting == ["6 would be wanted now"])
        fixture.pass(.seconds(2))
        fixture.nodes[0].state = .fault
        fixture.nodes[0].since = fixture.now
        #expect(fixture.plan.words == ["create"])
    }

    @Test("a paused group is not rolled to a new revision")
    func pausedRollout() {
        let spec = Sample.spec(Sample.edge(min: 1, max: 2), Sample.origin(min: 0))
        let old = Sample.node("a") { $0.revision = "old" }
        let fleet = Sample.fleet([old])
        #expect(!Planner.plan(spec: spec, fleet: fleet, now: noon).actions.isEmpty)
        let paused = Sample.fleet([old]) { $0.setPause(ScalingPause(since: noon, by: "ann"), of: "live") }
        #expect(Planner.plan(spec: spec, fleet: paused, now: noon).actions.isEmpty)
    }

    @Test("a count set by hand holds until its time, within the bounds")
    func override() {
        var fixture = busy
        fixture.history.override = .init(nodes: 4, until: noon + .seconds(60), by: "ann")
        #expect(fixture.decision.desired == 4)
        #expect(fixture.decision.reasons.contains { $0.contains("set to 4 by ann until") })
        fixture.history.override?.nodes = 1
        #expect(fixture.decision.desired == 2)
        fixture.history.override?.nodes = 100
        #expect(fixture.decision.desired == 20)
        fixture.now = noon + .seconds(60)
        for index in fixture.nodes.indices { fixture.nodes[index].lastHeartbeatAt = fixture.now }
        #expect(fixture.decision.desired == 6)
        #expect(fixture.plan.histories[Sample.edges]?.override == nil)
        fixture.history.override = .init(nodes: 4, until: nil, by: "ann")
        fixture.now = noon + .seconds(10)
        #expect(fixture.decision.desired == 4)
    }

    // MARK: - The typo guard

    private func pool(_ count: Int, min: Int, known: Int?, rules: [ScalingRule] = []) -> ScalingFixture {
        var fixture = ScalingFixture()
        fixture.role = Sample.edge(min: min, max: 1000)
        fixture.role.capacity = [Metric.subscribers: 100]
        fixture.role.scaling.rules = rules
        fixture.history.bounds = known.map { .init(min: $0, max: 1000) }
        fixture.add(Array(repeating: 30, count: count))
        return fixture
    }

    @Test("a min that is ten times what it was waits for an approval")
    func typo() throws {
        let plan = pool(20, min: 200, known: 20).plan
        #expect(plan.actions.isEmpty)
        let hold = try #require(plan.held.first)
        #expect(hold.kind == .create && hold.count == 180 && hold.limit == "approval")
        #expect(plan.scaling[0].desired == 20)
        // Not in force: the next round asks again.
        #expect(plan.histories[Sample.edges]?.bounds == .init(min: 20, max: 1000))
        let spec = Sample.spec(Sample.edge(min: 200, max: 1000))
        var fleet = Sample.fleet((0..<20).map { Sample.node("n\($0)", of: spec) })
        fleet.setScaling(.init(bounds: .init(min: 20, max: 1000)), of: Sample.edges)
        fleet.approvals = [try #require(hold.approval)]
        let approved = Planner.plan(spec: spec, fleet: fleet, now: noon)
        #expect(approved.count(.create) == 180 && approved.held.isEmpty)
        #expect(approved.histories[Sample.edges]?.bounds == .init(min: 200, max: 1000))
    }

    @Test("what is no typo needs no approval")
    func noTypo() {
        // Nothing is there yet.
        #expect(pool(0, min: 200, known: nil).plan.count(.create) == 200)
        // A few more.
        #expect(pool(2, min: 12, known: 2).plan.count(.create) == 10)
        // A share.
        #expect(pool(20, min: 40, known: 20).plan.count(.create) == 20)
        #expect(pool(20, min: 41, known: 20).plan.count(.create) == 0)
        // The spec has not changed: the nodes died.
        #expect(pool(20, min: 200, known: 200).plan.count(.create) == 180)
    }

    @Test("the load is no typo, however much it is")
    func load() {
        var fixture = pool(20, min: 20, known: 20, rules: [ScalingFixture.target(1)])
        fixture.role.scaling.scaleOut.policies = [.init(.nodes(1000), period: .seconds(15))]
        #expect(fixture.plan.count(.create) == 580)
    }

    @Test("a state without memory of the spec is as it is: what exists is what was wanted")
    func noMemory() {
        #expect(pool(20, min: 200, known: nil).plan.count(.create) == 0)
        #expect(pool(20, min: 40, known: nil).plan.count(.create) == 20)
    }

    @Test("a lower max needs an approval when it takes out more than a share")
    func lowerMax() {
        var fixture = pool(20, min: 2, known: 2, rules: [ScalingFixture.target(30)])
        fixture.role.max = 5
        let plan = fixture.plan
        #expect(plan.count(.drain) == 0)
        #expect(plan.held.contains { $0.kind == .drain && $0.count == 15 && $0.approval != nil })
        #expect(plan.histories[Sample.edges]?.bounds == .init(min: 2, max: 1000))
    }
}
