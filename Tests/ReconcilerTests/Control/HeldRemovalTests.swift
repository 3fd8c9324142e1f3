import Testing

@testable import Reconciler

/// Safety rule 7 from the viewers' side: what waits for an approval goes on serving.
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
        let events = fixture.store.memory.events(after: 0, limit: 1000).filter { $0.reason == "ApprovalNeeded" }
        #expect(events.count == 1)
    }
}
