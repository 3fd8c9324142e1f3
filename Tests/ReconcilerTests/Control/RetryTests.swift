import Testing

@testable import Reconciler

/// A person says that it is worth another try: halted rollouts, and what waits after failures.
@Suite struct RetryTests {
    private let spec = Sample.spec(Sample.edge(min: 1, max: 4), Sample.origin(min: 0), regions: ["us", "eu"])

    private static func setback(_ failures: Int) -> Setback {
        Setback(failures: failures, since: noon, at: noon, until: noon + .seconds(300), message: "no capacity")
    }

    @Test func `creates that wait are tried at once`() async throws {
        let fixture = try await LoopFixture(Sample.spec(Sample.edge(min: 1, max: 4), Sample.origin(min: 0)))
        fixture.provider.state.with { $0.nextCreate = .noCapacity("no capacity") }
        await fixture.rounds(3)
        let setback = try #require(fixture.live.snapshot.fleet.memories[Sample.edges]?.creates)
        _ = fixture.provider.takeCalls()
        try await fixture.command {
            try await $0.retry(RetryCommand(group: "live", role: "edge", region: "us"), by: "ann")
        }
        #expect(fixture.time.now() < setback.until && fixture.provider.takeCalls().count == 1)
        await fixture.rounds(2)
        #expect(fixture.live.snapshot.fleet.memories[Sample.edges]?.creates == nil)
        #expect(fixture.states == ["inService"] && fixture.storedReasons.contains("Retried"))
    }

    @Test func `a halt, failures and setbacks of the pools are forgotten, and calls are due again`() throws {
        let other = PoolKey(group: "live", region: "eu", role: "edge")
        var rollout = Rollout(revision: "new", since: noon - .seconds(900))
        rollout.failures = 3
        rollout.stable = "old"
        rollout.halt = .init(at: noon, reason: "3 nodes failed")
        var memory = PoolMemory()
        memory.rollout = rollout
        memory.creates = Self.setback(4)
        memory.starts = Self.setback(1)
        let waiting = Sample.node("w", .creating) {
            $0.attempts = 4
            $0.retryAt = noon + .seconds(60)
        }
        var fleet = Sample.fleet([waiting])
        fleet.setMemory(memory, of: Sample.edges)
        let found = try fleet.retry([Sample.edges, other], at: noon)
        #expect(found.map(\.pool) == [Sample.edges])
        #expect(
            found.first?.forgotten == [
                "the rollout to revision new, halted since \(noon): 3 nodes failed",
                "creates that failed 4 times since \(noon): no capacity",
                "new nodes that failed once since \(noon): no capacity",
            ])
        let after = try #require(fleet.memories[Sample.edges])
        #expect(after.creates == nil && after.starts == nil)
        #expect(after.rollout?.halt == nil && after.rollout?.failures == 0 && after.rollout?.stable == "old")
        #expect(fleet.nodes["w"]?.retryAt == nil && fleet.nodes["w"]?.attempts == 0)
    }

    @Test func `a rollout that was retried is not halted again by the node that failed before`() throws {
        let spec = Sample.spec(Sample.edge(min: 1, max: 4), Sample.origin(min: 0)) { $0.groups[0].image = "image-2" }
        let old = Sample.node("old")
        let failed = Sample.node("new", .fault, of: spec) {
            $0.inServiceAt = nil
            $0.lastHeartbeatAt = nil
            $0.since = noon - .seconds(5)
        }
        var rollout = Rollout(revision: failed.revision, since: noon - .seconds(900))
        rollout.failures = 1
        var fleet = Sample.fleet([old, failed])
        var memory = PoolMemory()
        memory.rollout = rollout
        fleet.setMemory(memory, of: Sample.edges)
        let plan = Planner.plan(spec: spec, fleet: fleet, now: noon)
        #expect(plan.conditions.map(\.status) == [.halted])
        var random = SeededRandom(seed: 1)
        _ = fleet.apply(plan, spec: spec, now: noon, using: &random)
        _ = try fleet.retry([Sample.edges], at: noon)
        let next = Planner.plan(spec: spec, fleet: fleet, now: noon + .seconds(1))
        #expect(next.conditions.map(\.status) == [.progressing])
        #expect(next.count(.replace) == 1)
        // One that fails after that halts it anew.
        fleet.update("new") { $0.since = noon + .seconds(1) }
        let third = Planner.plan(spec: spec, fleet: fleet, now: noon + .seconds(2))
        #expect(third.conditions.map(\.status) == [.halted])
    }

    struct Refused: CustomTestStringConvertible, Sendable {
        var command: RetryCommand
        var failure: CommandFailure
        var testDescription: String { failure.message }
    }

    static let refused = [
        Refused(
            command: RetryCommand(group: "lvie", role: "edge", region: nil),
            failure: .notFound("there is no node group 'lvie'; did you mean 'live'?")),
        Refused(
            command: RetryCommand(group: "live", role: "egde", region: nil),
            failure: .notFound("there is no role 'egde' in node group 'live'; did you mean 'edge'?")),
        Refused(
            command: RetryCommand(group: "live", role: "edge", region: "mars"),
            failure: .notFound("there is no region 'mars' in node group 'live'; known are us, eu")),
    ]

    @Test(arguments: refused) func `an unknown name is refused`(_ refused: Refused) async throws {
        let fixture = try await LoopFixture(spec)
        await #expect(throws: refused.failure) { try await fixture.loop.retry(refused.command, by: "ann") }
    }

    @Test func `where nothing waits there is nothing to retry`() async throws {
        let fixture = try await LoopFixture(spec)
        await fixture.rounds(4)
        let words =
            "there is nothing to retry in live/us/edge, live/eu/edge: no rollout is halted, and nothing waits after failures"
        await #expect(throws: CommandFailure.conflict(words)) {
            try await fixture.command {
                try await $0.retry(RetryCommand(group: "live", role: "edge", region: nil), by: "ann")
            }
        }
        #expect(!fixture.storedReasons.contains("Retried"))
    }
}
