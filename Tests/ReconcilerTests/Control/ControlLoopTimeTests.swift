import Testing

@testable import Reconciler

/// Restarts, gaps and clocks.
@Suite struct ControlLoopTimeTests {
    private let spec = Sample.spec(Sample.edge(min: 2) { $0.capabilities = [.publish, .subscribe] })
    private let stream = StreamReport(scope: "live", name: "a", role: .source, subscribers: 0)

    private func settled() async throws -> LoopFixture {
        let fixture = try await LoopFixture(spec)
        await fixture.rounds(6)
        _ = fixture.provider.takeCalls()
        return fixture
    }

    @Test func `a restart goes on with a create whose answer never came, by the same token`() async throws {
        let fixture = try await LoopFixture(Sample.spec(Sample.edge(min: 1)))
        fixture.provider.state.with { $0.nextCreate = .unknown("timeout") }
        await fixture.rounds(2)
        let first = fixture.provider.takeCalls()
        #expect(first.count == 1)
        try await fixture.restart(Sample.spec(Sample.edge(min: 1)))
        await fixture.rounds(5)
        #expect(fixture.provider.takeCalls() == first)
        #expect(fixture.states == ["inService"])
    }

    @Test func `a create that happened and was never answered is found, not repeated`() async throws {
        let fixture = try await LoopFixture(Sample.spec(Sample.edge(min: 1)))
        fixture.provider.state.with { $0.losesAnswer = true }
        await fixture.rounds(2)
        try await fixture.restart(Sample.spec(Sample.edge(min: 1)))
        _ = fixture.provider.takeCalls()
        await fixture.rounds(5)
        #expect(fixture.provider.takeCalls() == [])
        #expect(fixture.states == ["inService"] && fixture.provider.state.current.instances.count == 1)
    }

    @Test func `an empty store beside a running fleet adopts it`() async throws {
        let fixture = try await settled()
        fixture.store.memory.commit(StoreChange(deletes: fixture.store.memory.load().nodes.map(\.id)))
        try await fixture.restart(spec)
        await fixture.rounds(5)
        #expect(fixture.states == ["inService", "inService"] && fixture.provider.takeCalls() == [])
    }

    @Test func `silence during a gap between rounds is nobody's fault`() async throws {
        let fixture = try await settled()
        await fixture.round(after: 600, heard: false)
        #expect(fixture.states == ["inService", "inService"])
        for _ in 0..<7 { await fixture.round(heard: false) }
        #expect(fixture.states == ["inService", "inService"])
        await fixture.round(heard: false)
        #expect(fixture.states.filter { $0 == "fault" }.count == 2)
    }

    @Test func `standing still for longer than suspectAfter is nobody's fault either, and takes nobody out of routing`()
        async throws
    {
        let edge = Sample.edge(min: 2) { role in
            role.capabilities = [.publish, .subscribe]
            role.health.suspectAfter = .seconds(2)
            role.health.faultAfter = .seconds(3)
        }
        let fixture = try await LoopFixture(Sample.spec(edge))
        await fixture.rounds(6)
        for _ in 0..<3 {
            await fixture.round(after: 6, heard: false)
            #expect(fixture.live.view.nodes.values.map(\.isServing) == [true, true])
            await fixture.round()
        }
        // A round that comes in time believes its eyes.
        await fixture.round(heard: false)
        #expect(fixture.live.view.nodes.values.map(\.isServing) == [false, false])
        #expect(fixture.states == ["inService", "inService"])
    }

    @Test func `a scope is listed once per interval, however many rounds there are`() async throws {
        let fixture = try await LoopFixture(spec)
        for _ in 0..<41 {
            fixture.time.advance(.milliseconds(100))
            _ = await fixture.loop.round()
        }
        #expect(fixture.provider.state.current.calls.count { $0 == "list" } == 3)
    }

    @Test func `no second list is asked for while one is out`() async throws {
        let fixture = try await LoopFixture(spec)
        fixture.effects.hold()
        await fixture.rounds(5)
        #expect(fixture.provider.state.current.calls == ["list"])
    }

    @Test func `no second create is called while one is out`() async throws {
        let fixture = try await LoopFixture(spec)
        await fixture.round()
        fixture.effects.hold()
        await fixture.rounds(5)
        #expect(fixture.provider.takeCalls().count == 2)
    }

    @Test func `a stream that ended while the manager was down is not live after its restart`() async throws {
        let fixture = try await settled()
        await fixture.round(streams: [stream])
        #expect(fixture.live.streams.liveStreams().count == 1)
        try await fixture.restart(spec)
        #expect(fixture.live.streams.liveStreams().count == 1)
        await fixture.round(streams: [])
        #expect(fixture.live.streams.liveStreams().isEmpty)
    }

    @Test func `after the clock was set back lists go on, and silence is noticed`() async throws {
        let fixture = try await settled()
        fixture.time.advance(.seconds(-3600))
        fixture.provider.state.with { $0.calls = [] }
        for _ in 0..<7 { await fixture.round(heard: false) }
        #expect(fixture.provider.state.current.calls.count { $0 == "list" } == 7)
        #expect(fixture.states == ["inService", "inService"])
        await fixture.rounds(1)
        #expect(fixture.states == ["inService", "inService"])
        for _ in 0..<8 { await fixture.round(heard: false) }
        #expect(fixture.states.count { $0 == "fault" } == 2)
    }

    @Test func `a list that was out when the clock was set back proves nothing`() async throws {
        let fixture = try await LoopFixture(Sample.spec(Sample.edge(min: 1)))
        await fixture.rounds(4)
        fixture.effects.hold()
        let instances = fixture.provider.state.current.instances
        fixture.provider.state.with { $0.instances = [:] }
        _ = await fixture.loop.round()
        fixture.time.advance(.seconds(2))
        _ = await fixture.loop.round()
        fixture.provider.state.with { $0.instances = instances }
        fixture.time.advance(.seconds(-600))
        _ = await fixture.loop.round()
        fixture.effects.release()
        await fixture.round()
        #expect(fixture.states == ["inService"])
    }

    @Test func `a store of a later day does not stop time`() async throws {
        let tomorrow = Sample.node("a", of: spec) {
            $0.lastHeartbeatAt = noon + .seconds(86_400)
            $0.since = noon + .seconds(86_400)
        }
        let fixture = try await LoopFixture(Sample.spec(Sample.edge(min: 1)), stored: [tomorrow])
        for _ in 0..<8 { await fixture.round(heard: false) }
        #expect(fixture.live.snapshot.fleet.nodes["a"]?.state != .inService)
    }
}
