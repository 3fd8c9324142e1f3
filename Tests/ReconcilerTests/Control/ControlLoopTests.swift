import Testing

@testable import Reconciler

@Suite struct ControlLoopTests {
    private let spec = Sample.spec(Sample.origin(min: 1), Sample.edge(min: 2))

    private func settled(_ spec: Spec? = nil) async throws -> LoopFixture {
        let fixture = try await LoopFixture(spec ?? self.spec)
        await fixture.rounds(6)
        _ = fixture.provider.takeCalls()
        return fixture
    }

    @Test func `an empty cloud becomes what the spec says, and stays so`() async throws {
        let fixture = try await LoopFixture(spec)
        #expect(await fixture.round().plan.heldWords == ["create unknown", "create unknown"])
        await fixture.rounds(5)
        #expect(fixture.states == ["inService", "inService", "inService"])
        #expect(fixture.provider.takeCalls().count == 3)
        for _ in 0..<10 { #expect(await fixture.round().isSettled) }
        #expect(fixture.provider.takeCalls() == [])
        #expect(fixture.live.snapshot.isReady && fixture.live.snapshot.troubles == [])
    }

    // MARK: - The store

    @Test func `a store that takes nothing: nothing is decided or called, and routing still learns`() async throws {
        let fixture = try await settled()
        let victim = try #require(fixture.live.view.nodes.first { $0.value.capabilities == [.publish] }?.key)
        fixture.store.failure.replace(with: .full("no space left on device"))
        fixture.provider.state.with { state in
            for (token, instance) in state.instances where instance.tags.node == victim { state.instances[token] = nil }
        }
        // It is listed for the last time, and that is nothing to store.
        await fixture.round()
        for _ in 0..<5 {
            let report = await fixture.round()
            #expect(report.storeFailure == .full("no space left on device") && !report.isSettled)
        }
        #expect(fixture.provider.takeCalls() == [])
        #expect(fixture.live.view.nodes[victim]?.isServing == false)
        #expect(!fixture.live.snapshot.isReady)
        #expect(fixture.live.snapshot.troubles.contains { $0.contains("no space left on device") })
        #expect(fixture.store.memory.load().nodes.count == 3)

        fixture.store.failure.replace(with: nil)
        await fixture.rounds(4)
        #expect(fixture.provider.takeCalls().count == 1)
        // What was decided and taken back is not told as if it had happened.
        let requested = fixture.storedReasons.count { $0 == "NodeRequested" }
        #expect(requested == 4)
        #expect(fixture.storedReasons.count { $0 == "NodeGone" } == 1)
    }

    // MARK: - The spec

    @Test func `a spec that is refused changes nothing, and is told once`() async throws {
        let fixture = try await settled()
        for _ in 0..<3 { await fixture.loop.refuseSpec(because: ["live.yaml:3:1: no such key", "more"]) }
        await fixture.rounds(2)
        #expect(fixture.states.count == 3 && fixture.provider.takeCalls() == [])
        #expect(fixture.storedReasons.count { $0 == "SpecRefused" } == 1)
        #expect(fixture.live.snapshot.troubles == ["live.yaml:3:1: no such key", "more"])
        await fixture.loop.use(spec)
        await fixture.round()
        #expect(fixture.live.snapshot.troubles == [])
    }

    @Test func `a node whose template changes while its create is out is given up and made anew`() async throws {
        let fixture = try await LoopFixture(Sample.spec(Sample.edge(min: 1)))
        await fixture.round()
        fixture.effects.hold()
        await fixture.round()
        #expect(fixture.states == ["creating"])
        await fixture.loop.use(Sample.spec(Sample.edge(min: 1)) { $0.groups[0].image = "image-2" })
        await fixture.round()
        fixture.effects.release()
        await fixture.rounds(12)
        #expect(fixture.states.filter { $0 != "terminated" } == ["inService"])
        let made = fixture.provider.state.current.instances.values
        #expect(made.count == 1)
        #expect(made.first?.revision == fixture.live.snapshot.spec.revision(of: Sample.edges))
    }

    // MARK: - Commands

    @Test func `a removal waits for its approval`() async throws {
        let fixture = try await settled()
        await fixture.loop.use(Sample.spec(Sample.origin(min: 1)))
        let hash = try #require(await fixture.round().plan.held.first?.approval)
        await fixture.rounds(3)
        #expect(fixture.states.count == 3)
        let refusal =
            "nothing waits for the approval '000000000000'; what waits now waits for '\(hash)' (2 nodes): look at the plan again"
        await #expect(throws: CommandFailure.notFound(refusal)) {
            try await fixture.command { try await $0.approve("000000000000", by: "eve") }
        }
        #expect(fixture.live.snapshot.fleet.nodes.count == 3)
        try await fixture.command { try await $0.approve(hash, by: "ann") }
        #expect(fixture.states == ["draining", "draining", "inService"])
        let told = try #require(fixture.store.memory.events(after: 0, about: hash, limit: 10).last)
        #expect(told.reason == "Approved" && told.message.hasPrefix("ann approved: the spec has no live/"))
        #expect(!told.message.contains("approve with"), "it is no news any more")
    }

    @Test func `a cordoned node gets nobody until it is uncordoned`() async throws {
        let fixture = try await settled()
        let node = try #require(fixture.live.view.nodes.first { $0.value.capabilities == [.publish] }?.key)
        try await fixture.command { try await $0.cordon(node, true, by: "ann") }
        #expect(fixture.live.view.nodes[node]?.isServing == false)
        #expect(fixture.store.memory.load().nodes.first { $0.id == node }?.cordoned == true)
        try await fixture.command { try await $0.cordon(node, false, by: "ann") }
        #expect(fixture.live.view.nodes[node]?.isServing == true)
        #expect(fixture.provider.takeCalls() == [])
    }

    @Test func `a command for a node that is not there is refused`() async throws {
        let fixture = try await settled()
        let known = fixture.live.view.nodes.keys.map(\.rawValue).sorted().joined(separator: ", ")
        await #expect(throws: CommandFailure.notFound("there is no node 'nobody'; known are \(known)")) {
            try await fixture.command { try await $0.cordon("nobody", true, by: "ann") }
        }
    }

    @Test func `a command that the store does not take is refused and does nothing`() async throws {
        let fixture = try await settled()
        let node = try #require(fixture.live.view.nodes.keys.min())
        fixture.store.failure.replace(with: .failed("read-only"))
        await #expect(throws: CommandFailure.unavailable("read-only")) {
            try await fixture.command { try await $0.cordon(node, true, by: "ann") }
        }
        fixture.store.failure.replace(with: nil)
        await fixture.rounds(2)
        #expect(fixture.live.snapshot.fleet.nodes[node]?.cordoned == false)
        #expect(!fixture.storedReasons.contains("NodeCordoned"))
    }
}
