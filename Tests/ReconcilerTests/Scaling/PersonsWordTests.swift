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

    @Test("while a person's count holds, nothing is said of what the rules would wait for")
    func overrideWaits() {
        var fixture = ScalingFixture(ScalingFixture.target(50), capacity: 100)
        fixture.add([0, 0, 0, 0])
        fixture.history.recommendations = [.init(at: noon - .seconds(10), nodes: 4)]
        #expect(fixture.decision.waiting.contains { $0.hasPrefix("scaling in to") })
        fixture.history.override = .init(nodes: 4, until: nil, by: "ann")
        #expect(fixture.decision.desired == 4 && fixture.decision.waiting.isEmpty)
    }

    @Test("while a schedule's exact count holds, nothing is said of what the rules would wait for")
    func exactWaits() throws {
        var fixture = ScalingFixture(ScalingFixture.target(50), capacity: 100)
        fixture.add([0, 0, 0, 0])
        fixture.history.recommendations = [.init(at: noon - .seconds(10), nodes: 4)]
        let cron = try CronExpression(text: "0 * * * *")
        var match = ScheduleSpec(
            name: "match", window: ScheduleWindow(cron: cron, timezone: "UTC", duration: .seconds(3600)))
        match.desired = 4
        fixture.role.scaling.schedules = [match]
        #expect(fixture.decision.desired == 4 && fixture.decision.waiting.isEmpty)
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

    @Test("a state without memory of the spec was under this one: its nodes died")
    func noMemory() {
        #expect(pool(20, min: 200, known: nil).plan.count(.create) == 180)
    }

    @Test("what waits for an approval leaves no trace in the history")
    func heldGrowth() {
        var fixture = pool(3, min: 30, known: 3, rules: [ScalingFixture.target(20)])
        fixture.role.scaling.scaleOut.policies = [.init(.nodes(2), period: .seconds(60))]
        fixture.pass(.seconds(2))
        #expect(fixture.history.desired == 5 && fixture.history.events.map(\.change) == [2])
        fixture.nodes = []
        fixture.add([30, 30, 30, 30, 30])
        fixture.now = fixture.now + .seconds(60)
        for index in fixture.nodes.indices { fixture.nodes[index].lastHeartbeatAt = fixture.now }
        #expect(fixture.decision.desired == 7, "the load is followed while the min waits")
    }

    @Test("a removal that is held was not decided: the spec that is mended brings no drain")
    func mended() {
        var fixture = pool(10, min: 1, known: 1, rules: [.target(metric: "nobody", .average(1))])
        fixture.role.max = 3
        #expect(fixture.plan.count(.drain) == 0 && !fixture.plan.held.isEmpty)
        fixture.pass(.seconds(2))
        #expect(fixture.history.desired == 10 && fixture.history.events.isEmpty)
        fixture.role.max = 1000
        #expect(fixture.plan.actions.isEmpty)
    }

    @Test("a change of the spec under a pause waits for its approval when the pause ends", arguments: [true, false])
    func underPause(isTypo: Bool) {
        var fixture = pool(3, min: 3, known: 3)
        fixture.pause = ScalingPause(since: noon, by: "ann")
        fixture.role.min = isTypo ? 40 : 5
        fixture.pass(.seconds(2))
        #expect(fixture.history.bounds?.min == 3)
        fixture.pause = nil
        #expect(fixture.plan.count(.create) == (isTypo ? 0 : 2))
    }

    @Test("the hash of a smaller count does not run after the clients")
    func steadyHash() throws {
        var fixture = pool(20, min: 2, known: 2, rules: [ScalingFixture.target(30)])
        fixture.role.max = 5
        let first = try #require(fixture.plan.held.first?.approval)
        for index in fixture.nodes.indices { fixture.nodes[index].metrics[Metric.subscribers] = Double(60 - index) }
        #expect(fixture.plan.held.first?.approval == first)
        fixture.role.max = 4
        #expect(fixture.plan.held.first?.approval != first)
    }

    @Test("when a count set by hand is over, the window of scaling in begins")
    func endOfOverride() {
        var fixture = busy
        for index in fixture.nodes.indices { fixture.nodes[index].metrics = [Metric.subscribers: 10] }
        fixture.history.override = .init(nodes: 3, until: noon + .seconds(60), by: "ann")
        fixture.pass(.seconds(59))
        #expect(fixture.decision.desired == 3)
        fixture.pass(.seconds(1))
        #expect(fixture.decision.desired == 3 && fixture.plan.histories[Sample.edges]?.override == nil)
        fixture.pass(.seconds(298))
        #expect(fixture.decision.desired == 3)
        fixture.pass(.seconds(1))
        #expect(fixture.decision.desired == 2)
    }

    @Test("a node that does not tell its clients is the last to go")
    func unknownClients() {
        var fixture = ScalingFixture(ScalingFixture.target(60), capacity: 100)
        fixture.role.scaling.scaleIn.stabilization = .zero
        fixture.add([nil, nil, 2, 2, 2])
        #expect(fixture.decision.desired == 4)
        #expect(fixture.plan.actions.map(\.node) == ["n2"])
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
