import Testing

@testable import Reconciler

/// Creates that fail and nodes that die young make their pool wait, and no other.
@Suite struct SetbackTests {
    private let spec = Sample.spec(Sample.edge(min: 3, max: 6), Sample.origin(min: 2, max: 2))

    private func failure(_ node: NodeID, _ failure: ProviderFailure) -> Observation {
        Observation(outcomes: [OperationOutcome(Operation(.create, node), .failure(failure))])
    }

    private func observe(_ fleet: inout Fleet, _ observation: Observation, at now: Timestamp) {
        var random = SeededRandom(seed: 1)
        _ = fleet.observe(observation, owner: Sample.owner, now: now, using: &random)
    }

    @Test func `creates that fail wait 5 s, doubling to 5 min, a little less by chance`() {
        var fleet = Sample.fleet([Sample.node("a", .creating)])
        var now = noon
        var waits: [Duration] = []
        for _ in 0..<9 {
            observe(&fleet, failure("a", .noCapacity("no c6i.large left")), at: now)
            guard let setback = fleet.memories[Sample.edges]?.creates else { return }
            waits.append(setback.until - now)
            now = setback.until
        }
        let most = [5, 10, 20, 40, 80, 160, 300, 300, 300].map { Duration.seconds($0) }
        for (wait, most) in zip(waits, most) { #expect(wait <= most && wait >= most * 3 / 4, "\(waits)") }
        #expect(fleet.memories[Sample.edges]?.creates?.isShortage == true)
        #expect(fleet.memories[Sample.origins] == nil)
    }

    @Test func `calls that were out together are one failure`() {
        var fleet = Sample.fleet((0..<16).map { Sample.node("n\($0)", .creating) })
        for index in 0..<16 { observe(&fleet, failure(NodeID("n\(index)"), .retryable("quota")), at: noon) }
        #expect(fleet.memories[Sample.edges]?.creates?.failures == 1)
    }

    @Test func `a create that succeeds ends the wait`() {
        var fleet = Sample.fleet([Sample.node("a", .creating)])
        observe(&fleet, failure("a", .retryable("quota")), at: noon)
        let made = Observation(outcomes: [OperationOutcome(Operation(.create, "a"), .success(Sample.instance("a")))])
        observe(&fleet, made, at: noon + .seconds(9))
        #expect(fleet.memories[Sample.edges] == nil)
    }

    @Test func `nothing is planned or called while a pool waits, then one at a time, and other pools go on`() {
        var fleet = Sample.fleet([Sample.node("a", .creating), Sample.node("o", .requested, in: Sample.origins)])
        observe(&fleet, failure("a", .retryable("quota")), at: noon)
        let plan = Planner.plan(spec: spec, fleet: fleet, now: noon + .seconds(1))
        #expect(plan.actions.map(\.role) == ["origin"] && plan.heldWords == ["create setback"])
        #expect(plan.conditions.map(\.type) == [.setback])
        #expect(Operations.due(fleet, inFlight: [], now: noon + .seconds(3)).map(\.node) == ["o"])
        let later = noon + .seconds(6)
        #expect(Operations.due(fleet, inFlight: [], now: later).map(\.node) == ["a", "o"])
        #expect(Operations.due(fleet, inFlight: ["a"], now: later).map(\.node) == ["o"])
        // One is on its way: no second is asked for before it is known how that ends.
        #expect(Planner.plan(spec: spec, fleet: fleet, now: later).actions.map(\.role) == ["origin"])
    }

    @Test func `a pool that waits after its time has run out asks for one node`() {
        let fleet = Sample.fleet([]) { fleet in
            var memory = PoolMemory()
            memory.creates = Setback(
                failures: 3, since: noon - .seconds(60), at: noon - .seconds(20), until: noon, message: "quota")
            fleet.setMemory(memory, of: Sample.edges)
        }
        let plan = Planner.plan(spec: spec, fleet: fleet, now: noon)
        #expect(plan.actions.filter { $0.role == "edge" }.count == 1)
        #expect(plan.held.map(\.count) == [2])
    }

    // MARK: - Nodes that die young

    private func die(_ fleet: inout Fleet, _ id: NodeID, at now: Timestamp) {
        _ = fleet.move(id, to: .terminated, at: now, because: "it exited", event: "NodeGone")
    }

    @Test func `one node that dies young may be chance, the second makes the pool wait`() {
        var fleet = Sample.fleet([Sample.node("a", .created), Sample.node("b", .started)])
        die(&fleet, "a", at: noon)
        #expect(fleet.memories[Sample.edges]?.blockedUntil(noon, making: nil) == nil)
        #expect(Planner.plan(spec: spec, fleet: fleet, now: noon).conditions.isEmpty)
        die(&fleet, "b", at: noon + .seconds(2))
        let setback = fleet.memories[Sample.edges]?.blockedUntil(noon + .seconds(2), making: fleet.nodes["b"]?.revision)
        #expect(setback?.failures == 2 && setback?.message.contains("b did not come into service: it exited") == true)
    }

    @Test func `a node that served a minute does not count, nor does one that was sent away`() {
        var fleet = Sample.fleet([
            Sample.node("a") { $0.inServiceAt = noon - .seconds(60) }, Sample.node("b", .terminating),
            Sample.node("c", .draining) { $0.inServiceAt = noon - .seconds(5) },
        ])
        for id: NodeID in ["a", "b", "c"] { die(&fleet, id, at: noon) }
        #expect(fleet.memories[Sample.edges] == nil)
    }

    @Test func `a node made later that serves a minute ends the wait`() {
        var fleet = Sample.fleet([Sample.node("a", .created)])
        die(&fleet, "a", at: noon)
        let before = Sample.node("before") { $0.requestedAt = noon - .seconds(1) }
        fleet.insert(before)
        _ = fleet.judge(spec: spec, now: noon)
        #expect(fleet.memories[Sample.edges]?.starts != nil)
        let now = noon + .seconds(90)
        fleet.insert(
            Sample.node("after") {
                $0.requestedAt = noon + .seconds(1)
                $0.inServiceAt = now - .seconds(60)
                $0.lastHeartbeatAt = now
            })
        _ = fleet.judge(spec: spec, now: now)
        #expect(fleet.memories[Sample.edges]?.starts == nil)
    }

    @Test func `a clock that is set back makes no wait longer than it may be`() {
        var fleet = Sample.fleet([Sample.node("a", .creating)])
        observe(&fleet, failure("a", .retryable("quota")), at: noon + .seconds(86_400))
        fleet.setBack(to: noon)
        #expect(fleet.memories[Sample.edges]?.blockedUntil(noon + Backoff.longest, making: nil) == nil)
    }

    // MARK: - Fair turns

    @Test func `a pool whose calls hang leaves its neighbours a share, and another region all of its own`() {
        let spec = Sample.spec(Sample.edge(min: 40, max: 40), Sample.origin(min: 4, max: 4))
        let hanging = (0..<40).map { Sample.node("h\($0)", .creating, of: spec) }
        let others = (0..<4).map { Sample.node("o\($0)", .requested, in: Sample.origins, of: spec) }
        let far = PoolKey(group: "live", region: "eu", role: "edge")
        let fleet = Sample.fleet(hanging + others + [Sample.node("f", .requested, in: far)])
        let first = Operations.due(fleet, inFlight: [], now: noon).map(\.node)
        #expect(first.filter { $0.rawValue.hasPrefix("h") }.count == 12)
        let out = Set(first.filter { $0.rawValue.hasPrefix("h") })
        let next = Operations.due(fleet, inFlight: out, now: noon).map(\.node)
        #expect(Set(next) == ["o0", "o1", "o2", "o3", "f"])
    }

    @Test(arguments: [(899, true), (900, false)]) func `a run that no failure goes on with is forgotten`(
        _ seconds: Int, _ isKnown: Bool
    ) {
        // All that are wanted are there, made before one of their neighbours failed: none to come will end the run.
        var fleet = Sample.fleet((0..<3).map { Sample.node("n\($0)") }) { fleet in
            var memory = PoolMemory()
            memory.starts = Setback(
                failures: 3, since: noon - .seconds(60), at: noon, until: noon + .seconds(20), message: "silent")
            memory.creates = memory.starts
            fleet.setMemory(memory, of: Sample.edges)
        }
        _ = fleet.judge(spec: spec, now: noon + .seconds(seconds))
        let memory = fleet.memories[Sample.edges]
        #expect((memory?.starts != nil) == isKnown && (memory?.creates != nil) == isKnown)
    }
}
