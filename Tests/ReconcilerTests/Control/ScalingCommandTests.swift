import Testing

@testable import Reconciler

/// What people tell the loop about counts: pauses, and counts set by hand.
@Suite struct ScalingCommandTests {
    private let spec = Sample.spec(Sample.origin(min: 1), Sample.edge(min: 2, max: 4), regions: ["us", "eu"])

    private func settled() async throws -> LoopFixture {
        let fixture = try await LoopFixture(spec)
        await fixture.rounds(6)
        return fixture
    }

    private func scale(
        _ nodes: Int?, role: String = "edge", region: String? = "us", for duration: Duration? = nil
    ) -> ScaleCommand {
        ScaleCommand(group: "live", role: role, region: region, nodes: nodes, duration: duration)
    }

    @Test func `a pause is in force from its round on, stored with an event, and over a restart until it is ended`()
        async throws
    {
        let fixture = try await settled()
        let answer = Locked<ScalingPause?>(nil)
        try await fixture.command { answer.replace(with: try await $0.pause("live", true, by: "ann")) }
        let pause = ScalingPause(since: fixture.time.now(), by: "ann")
        #expect(answer.current == pause)
        #expect(fixture.live.snapshot.fleet.pauses == ["live": pause])
        #expect(fixture.store.memory.load().pauses == ["live": pause])
        try await fixture.restart(spec)
        await fixture.rounds(2)
        #expect(fixture.live.snapshot.fleet.pauses == ["live": pause])
        try await fixture.command { answer.replace(with: try await $0.pause("live", false, by: "bob")) }
        #expect(answer.current == nil && fixture.store.memory.load().pauses.isEmpty)
        #expect(fixture.storedReasons.contains("ScalingPaused") && fixture.storedReasons.contains("ScalingResumed"))
    }

    private func edges(_ fixture: LoopFixture) -> Int {
        fixture.live.snapshot.fleet.nodes.values.count { $0.pool == Sample.edges && $0.state == .inService }
    }

    @Test func `in a paused group a count by hand is what stands still, whatever becomes of the spec meanwhile`()
        async throws
    {
        let fixture = try await settled()
        try await fixture.command { try await $0.pause("live", true, by: "ann") }
        let more = scale(4, for: .seconds(60))
        try await fixture.command { try await $0.scale(more, by: "bob") }
        await fixture.rounds(8)
        #expect(edges(fixture) == 4)
        // Its time is over, and the pause is not.
        await fixture.round(after: 120)
        await fixture.rounds(4)
        #expect(edges(fixture) == 4 && fixture.store.memory.load().scaling[Sample.edges]?.override == nil)
        var other = spec
        for index in other.groups[0].roles.indices where other.groups[0].roles[index].name == "edge" {
            other.groups[0].roles[index].min = 3
            other.groups[0].roles[index].max = 30
        }
        await fixture.loop.use(other)
        await fixture.rounds(4)
        #expect(edges(fixture) == 4)
        // A person takes out more than a spec could without an approval.
        let fewer = scale(3)
        try await fixture.command { try await $0.scale(fewer, by: "bob") }
        await fixture.rounds(10)
        #expect(edges(fixture) == 3 && fixture.live.snapshot.plan.held.isEmpty)
    }

    @Test
    func
        `a group that came paused and has a count by hand asks for an approval of what its end would bring, and keeps it`()
        async throws
    {
        func large(_ edges: Int) -> Spec {
            Sample.spec(Sample.edge(min: edges, max: 400)) { spec in
                var other = NodeGroupSpec(name: "other", provider: "lab")
                other.image = "image-1"
                other.regions = [RegionSpec(name: "us")]
                other.roles = [Sample.origin(min: 15, max: 15)]
                spec.groups.append(other)
            }
        }
        let fixture = try await LoopFixture(Spec(providers: spec.providers, groups: []))
        try await fixture.command { try await $0.pauseAhead("live", by: "ann") }
        await fixture.loop.use(large(12))
        await fixture.rounds(4)
        let twelve = scale(12)
        try await fixture.command { try await $0.scale(twelve, by: "ann") }
        await fixture.rounds(10)
        #expect(edges(fixture) == 12 && fixture.live.snapshot.fleet.nodes.count == 27)
        await fixture.loop.use(large(60))
        await fixture.rounds(2)
        let auto = scale(nil)
        try await fixture.command { try await $0.scale(auto, by: "ann") }
        try await fixture.command { try await $0.pause("live", false, by: "ann") }
        await fixture.rounds(8)
        let held = fixture.live.snapshot.plan.held
        #expect(edges(fixture) == 12 && held.map { $0.kind } == [.create] && held.first?.approval != nil, "\(held)")
        // With the numbers that it came with there is nothing to ask about.
        await fixture.loop.use(large(12))
        await fixture.rounds(8)
        #expect(edges(fixture) == 12 && fixture.live.snapshot.plan.held.isEmpty)
    }

    @Test func `what a person takes out in a paused group goes to its end also when the time of the count is over`()
        async throws
    {
        let large = Sample.spec(
            Sample.origin(min: 1),
            Sample.edge(min: 2, max: 20) { $0.disruption = [BudgetSpec(nodes: .count(1))] })
        let fixture = try await LoopFixture(large)
        await fixture.rounds(6)
        let ten = scale(10)
        try await fixture.command { try await $0.scale(ten, by: "ann") }
        await fixture.rounds(10)
        #expect(edges(fixture) == 10)
        try await fixture.command { try await $0.pause("live", true, by: "ann") }
        let three = scale(3, for: .seconds(3))
        try await fixture.command { try await $0.scale(three, by: "ann") }
        await fixture.round(after: 4)
        #expect(edges(fixture) > 3 && fixture.store.memory.load().scaling[Sample.edges]?.override == nil)
        for _ in 0..<60 { await fixture.round(after: 15) }
        let held = fixture.live.snapshot.plan.held
        #expect(edges(fixture) == 3 && held.isEmpty, "\(held)")
    }

    struct Stand: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var nodes: Int
        var schedule: ScheduleSpec?
        var desired: Int? = 4
        var parents: ParentCount?
        var want: Int
        var change: Int?
    }

    private static func window(_ change: (inout ScheduleSpec) -> Void) throws -> ScheduleSpec {
        var schedule = ScheduleSpec(
            name: "noon",
            window: ScheduleWindow(
                cron: try CronExpression(text: "* * * * *"), timezone: "UTC", duration: .seconds(3600)))
        change(&schedule)
        return schedule
    }

    @Test func `what stands still is within the bounds that are in force, and a change for the rate policies`() throws {
        let stands = [
            Stand(testDescription: "more", nodes: 7, want: 7, change: 3),
            Stand(testDescription: "as many", nodes: 4, want: 4),
            Stand(testDescription: "of a pool that nothing was decided of", nodes: 4, desired: nil, want: 4),
            Stand(
                testDescription: "under the min of an open schedule", nodes: 2,
                schedule: try Self.window { $0.min = 6 }, want: 6, change: 2),
            Stand(testDescription: "over max", nodes: 40, want: 10, change: 6),
            Stand(
                testDescription: "for each of three parents", nodes: 40, parents: ParentCount(role: "origin", nodes: 3),
                want: 30, change: 26),
        ]
        for stand in stands {
            var history = ScalingHistory()
            history.desired = stand.desired
            let role = Sample.edge(min: 2, max: 10) { role in
                role.scaling.rules = [.target(metric: Metric.subscribers, .average(10))]
                role.scaling.schedules = [stand.schedule].compactMap { $0 }
            }
            history.stand(at: stand.nodes, role, stand.parents, now: noon + .seconds(60))
            #expect(history.desired == stand.want, "\(stand.testDescription)")
            #expect(history.events.map(\.change) == [stand.change].compactMap { $0 }, "\(stand.testDescription)")
            #expect(
                history.bounds
                    == .init(min: 2, max: 10, parent: stand.parents?.role, parents: stand.parents?.nodes))
        }
    }

    @Test func `a second pause, an end of none and an unknown group are refused`() async throws {
        let fixture = try await settled()
        await #expect(throws: CommandFailure.conflict("'live' is not paused")) {
            try await fixture.command { try await $0.pause("live", false, by: "ann") }
        }
        try await fixture.command { try await $0.pause("live", true, by: "ann") }
        let since = fixture.time.now()
        await #expect(throws: CommandFailure.conflict("'live' is paused already, by ann since \(since)")) {
            try await fixture.command { try await $0.pause("live", true, by: "bob") }
        }
        await #expect(throws: CommandFailure.notFound("there is no node group 'lvie'; did you mean 'live'?")) {
            try await fixture.command { try await $0.pause("lvie", true, by: "ann") }
        }
        #expect(fixture.store.memory.load().pauses["live"]?.by == "ann")
    }

    @Test func `a group that was paused ahead comes without a node, not even those of min, until it is resumed`()
        async throws
    {
        let fixture = try await LoopFixture(Spec(providers: spec.providers, groups: []))
        try await fixture.command { try await $0.pauseAhead("live", by: "ann") }
        try await fixture.command { try await $0.pauseAhead("live", by: "bob") }
        #expect(fixture.store.memory.load().pauses["live"]?.by == "ann")
        await fixture.loop.use(spec)
        await fixture.rounds(6)
        #expect(fixture.live.snapshot.fleet.nodes.isEmpty)
        try await fixture.command { try await $0.pause("live", false, by: "ann") }
        await fixture.rounds(6)
        #expect(!fixture.live.snapshot.fleet.nodes.isEmpty)
    }

    @Test func `the pause of a group that left the spec can still be ended`() async throws {
        let fixture = try await settled()
        try await fixture.command { try await $0.pause("live", true, by: "ann") }
        await fixture.loop.use(Spec(providers: spec.providers, groups: []))
        await fixture.round()
        try await fixture.command { try await $0.pause("live", false, by: "ann") }
        #expect(fixture.store.memory.load().pauses.isEmpty)
    }

    @Test func `a count by hand is in the store for its region, also after a restart, until it is taken back`()
        async throws
    {
        let fixture = try await settled()
        let command = scale(4, for: .seconds(7200))
        let answer = Locked<[ScaleOutcome]>([])
        try await fixture.command { answer.replace(with: try await $0.scale(command, by: "ann")) }
        let override = ScalingHistory.Override(nodes: 4, until: fixture.time.now() + .seconds(7200), by: "ann")
        #expect(answer.current == [ScaleOutcome(region: "us", override: override)])
        try await fixture.restart(spec)
        await fixture.rounds(2)
        let stored = fixture.store.memory.load().scaling
        #expect(stored[Sample.edges]?.override == override)
        #expect(stored.values.count { $0.override != nil } == 1)
        #expect(fixture.live.snapshot.fleet.override(of: Sample.edges, at: fixture.time.now()) == override)

        let end = scale(nil, region: nil)
        try await fixture.command { answer.replace(with: try await $0.scale(end, by: "bob")) }
        #expect(answer.current.map(\.region) == ["us", "eu"] && answer.current.allSatisfy { $0.override == nil })
        #expect(fixture.store.memory.load().scaling.values.allSatisfy { $0.override == nil })
        let events = fixture.store.memory.events(after: 0, about: nil, limit: 1000)
        #expect(
            events.filter { ["ScaledByHand", "ScaleOverrideEnded"].contains($0.reason) }.map(\.message)
                == ["4 in us for 2h, by ann", "back to its rules, by bob"])
    }

    @Test func `without a region a count by hand is for every region`() async throws {
        let fixture = try await settled()
        let command = scale(3, region: nil)
        try await fixture.command { try await $0.scale(command, by: "ann") }
        let stored = fixture.store.memory.load().scaling
        #expect(stored.filter { $0.value.override?.nodes == 3 }.keys.map(\.region).sorted() == ["eu", "us"])
    }

    struct Refused: CustomTestStringConvertible, Sendable {
        var command: ScaleCommand
        var failure: CommandFailure
        var testDescription: String { failure.message }
    }

    static let refused = [
        Refused(
            command: ScaleCommand(group: "lvie", role: "edge", region: nil, nodes: 1, duration: nil),
            failure: .notFound("there is no node group 'lvie'; did you mean 'live'?")),
        Refused(
            command: ScaleCommand(group: "live", role: "egde", region: nil, nodes: 1, duration: nil),
            failure: .notFound("there is no role 'egde' in node group 'live'; did you mean 'edge'?")),
        Refused(
            command: ScaleCommand(group: "live", role: "edge", region: "mars", nodes: 1, duration: nil),
            failure: .notFound("there is no region 'mars' in node group 'live'; known are us, eu")),
        Refused(
            command: ScaleCommand(group: "live", role: "edge", region: "us", nodes: 5, duration: nil),
            failure: .conflict("'live/edge' in us may have 2 to 4 nodes by the spec, not 5")),
        Refused(
            command: ScaleCommand(group: "live", role: "edge", region: nil, nodes: -1, duration: nil),
            failure: .conflict("'live/edge' in us may have 2 to 4 nodes by the spec, not -1")),
    ]

    @Test(arguments: refused) func `a count that may not be is refused and changes nothing`(_ refused: Refused)
        async throws
    {
        let fixture = try await settled()
        await #expect(throws: refused.failure) { try await fixture.loop.scale(refused.command, by: "ann") }
        await fixture.round()
        #expect(fixture.store.memory.load().scaling.values.allSatisfy { $0.override == nil })
        #expect(!fixture.storedReasons.contains("ScaledByHand"))
    }

    @Test func `what the store does not take is not in force`() async throws {
        let fixture = try await settled()
        fixture.store.failure.replace(with: .failed("read-only"))
        let command = scale(4)
        await #expect(throws: CommandFailure.unavailable("read-only")) {
            try await fixture.command { try await $0.scale(command, by: "ann") }
        }
        await #expect(throws: CommandFailure.unavailable("read-only")) {
            try await fixture.command { try await $0.pause("live", true, by: "ann") }
        }
        #expect(fixture.live.snapshot.fleet.pauses.isEmpty)
        #expect(fixture.live.snapshot.fleet.scaling[Sample.edges]?.override == nil)
    }
}
