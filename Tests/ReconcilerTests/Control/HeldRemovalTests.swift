import Testing

@testable import Reconciler

/// Safety rules 7 and 8 from the viewers' side: what waits for an approval goes on serving, what says it cannot serve does not.
@Suite struct HeldRemovalTests {
    private let spec = Sample.spec(Sample.edge(min: 2), regions: ["us"])

    private func settled() async throws -> LoopFixture {
        let fixture = try await LoopFixture(spec)
        await fixture.rounds(6)
        return fixture
    }

    private func serving(_ fixture: LoopFixture) -> Int {
        fixture.live.view.nodes.values.count { $0.isServing }
    }

    @Test func `a group that left the spec serves until its removal is approved`() async throws {
        let fixture = try await settled()
        #expect(serving(fixture) == 2)
        await fixture.loop.use(Spec(providers: spec.providers, groups: []))
        await fixture.rounds(3)
        #expect(serving(fixture) == 2)
        #expect(fixture.live.view.groups.map(\.name) == ["live"])
        #expect(fixture.live.snapshot.plan.held.map(\.limit) == ["approval"])
    }

    @Test func `a role that left the spec serves until its removal is approved, and the others are not touched`()
        async throws
    {
        let fixture = try await settled()
        await fixture.loop.use(Sample.spec(Sample.origin(min: 0)))
        await fixture.rounds(3)
        #expect(serving(fixture) == 2)
        #expect(fixture.live.view.groups.count == 1)
    }

    @Test func `that an approval is needed is an event, once`() async throws {
        let fixture = try await settled()
        await fixture.loop.use(Spec(providers: spec.providers, groups: []))
        await fixture.rounds(5)
        let events = fixture.store.memory.events(after: 0, about: nil, limit: 1000)
            .filter { $0.reason == "ApprovalNeeded" }
        #expect(events.count == 1)
    }

    @Test
    func
        `a group that is set aside at a restart keeps its nodes, asks them for tickets as before, and drains none by hand`()
        async throws
    {
        let fixture = try await settled()
        var next = Spec(providers: spec.providers, groups: [])
        let document = SpecSource(name: "api:live", text: "spec: {provider: lab, tickets: {subscribe: required}}")
        next.setAside = [SetAsideGroup(name: "live", problems: [], document: document)]
        try await fixture.restart(next)
        let before = fixture.live.snapshot.fleet.nodes.mapValues(\.state)
        // Nobody is heard of for an hour.
        for _ in 0..<60 { await fixture.round(after: 60, heard: false) }
        #expect(fixture.live.snapshot.fleet.nodes.mapValues(\.state) == before && before.count == 2)
        #expect(fixture.live.view.ticketPolicies["live"] == TicketPolicy(publish: .open, subscribe: .required))
        let node = try #require(before.keys.min())
        await #expect(throws: CommandFailure.self) {
            try await fixture.command { try await $0.drain(node, force: true, by: "ann") }
        }
        await #expect(throws: CommandFailure.self) {
            try await fixture.command { try await $0.terminate(node, force: false, by: "ann") }
        }
        #expect(fixture.live.snapshot.fleet.nodes[node]?.state == .inService)
        try await fixture.command { try await $0.terminate(node, force: true, by: "ann") }
        await fixture.rounds(2)
        #expect(fixture.live.snapshot.fleet.nodes[node]?.state == .terminated)
        // Put right, it is as it should be again.
        await fixture.loop.use(spec)
        await fixture.rounds(8)
        #expect(serving(fixture) == 2)
    }

    @Test func `a node in service that says it is not ready gets nobody`() async throws {
        let fixture = try await settled()
        let node = try #require(fixture.live.view.nodes.keys.min())
        let beat = Heartbeat(sequence: 1000, metrics: [:], streams: [], ready: false)
        fixture.time.advance(.seconds(1))
        _ = fixture.live.heartbeat(beat, from: node, at: fixture.time.now())
        _ = await fixture.loop.round()
        #expect(fixture.live.view.nodes[node]?.state == .inService)
        #expect(fixture.live.view.nodes[node]?.isServing == false)
    }

    @Test func `a node that takes no publishers is never the source of a stream, whatever it says`() async throws {
        let fixture = try await settled()
        let node = try #require(fixture.live.view.nodes.keys.min())
        let report = StreamReport(scope: "live", name: "a", role: .source, subscribers: 0)
        let beat = Heartbeat(sequence: 1000, metrics: [:], streams: [report])
        _ = fixture.live.heartbeat(beat, from: node, at: fixture.time.now())
        #expect(fixture.live.streams.entry(report.key)?.live == nil)
        #expect(fixture.live.streams.entry(report.key)?.carriers[node] == 0)
    }
}
