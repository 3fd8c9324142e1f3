import Testing

@testable import Reconciler

/// A prober that answers as it is told, at once or never.
private final class FakeProber: Prober {
    private struct State: Sendable {
        var calls: [ProbeCall] = []
        var failure: String?
        var hangs = false
    }

    private let state = Locked(State())

    var calls: [ProbeCall] { state.current.calls }
    func fail(_ failure: String?) { state.with { $0.failure = failure } }
    func hang() { state.with { $0.hangs = true } }
    func release() { state.with { $0.hangs = false } }

    func probe(_ call: ProbeCall) async -> ProbeOutcome {
        let now = state.with { state in
            state.calls.append(call)
            return state
        }
        if now.hangs {
            while state.current.hangs, !Task.isCancelled { await Task.yield() }
        }
        return now.failure.map { .failed($0) } ?? .well
    }
}

@Suite struct ProbeServiceTests {
    private let time = SteppedTime()
    private let prober = FakeProber()
    private let wakes = Locked(0)
    private let live: LiveState
    private let service: ProbeService

    init() {
        live = LiveState(startedAt: noon) { [wakes] in wakes.with { $0 += 1 } }
        service = ProbeService(live: live, prober: prober, time: time)
    }

    private func spec(_ probes: ProbeSpec...) -> Spec { Sample.spec(Sample.edge { $0.health.probes = probes }) }

    private let tcp: ProbeSpec = {
        var probe = ProbeSpec(check: .tcp(.endpoint(nil)))
        (probe.suspectThreshold, probe.faultThreshold) = (2, 3)
        return probe
    }()

    /// A round was made, and has this to show.
    private func publish(_ spec: Spec, _ nodes: Node...) {
        live.publish(
            snapshot: FleetSnapshot(
                spec: spec, fleet: Sample.fleet(nodes), plan: Plan(), at: time.now(), isReady: true, troubles: []))
    }

    /// Lets the service run and time pass until something holds.
    private func run(until condition: () -> Bool) async {
        let task = Task { try await service.run() }
        while !condition() {
            await time.waitForSleepers(1)
            time.advance(.milliseconds(100))
        }
        task.cancel()
        _ = await task.result
    }

    private func record(_ node: NodeID = "a", _ index: Int = 0) -> ProbeRecord? {
        let known = live.probes.snapshot()[node] ?? []
        return known.indices.contains(index) ? known[index] : nil
    }

    @Test func `results are written down, and those that change a standing ask for a round`() async {
        publish(spec(tcp), Sample.node("a"))
        prober.fail("connection refused")
        await run { record()?.failures == 6 }
        #expect(record()?.message == "connection refused")
        // Suspect at two, a fault at three.
        #expect(wakes.current == 2)
        prober.fail(nil)
        await run { record()?.successes == 3 }
        #expect(wakes.current == 3)
        #expect(prober.calls.allSatisfy { $0.node == "a" && $0.port == 1935 })
    }

    @Test func `each probe of a node has its own record`() async {
        publish(spec(tcp, ProbeSpec(check: .command(["x"]))), Sample.node("a"), Sample.node("b"))
        await run { ["a", "b"].allSatisfy { record($0, 0)?.successes == 2 && record($0, 1)?.successes ?? 0 >= 2 } }
        #expect(Set(prober.calls.map(\.node)) == ["a", "b"])
    }

    @Test func `nothing is asked where no role has probes`() async {
        publish(spec(), Sample.node("a"))
        let end = time.now() + .seconds(60)
        await run { time.now() >= end }
        #expect(prober.calls.isEmpty && live.probes.snapshot().isEmpty && wakes.current == 0)
    }

    @Test func `another check begins anew, and other thresholds do not`() async {
        publish(spec(tcp), Sample.node("a"))
        await run { record()?.successes == 3 }
        var stricter = tcp
        stricter.faultThreshold = 9
        time.advance(.milliseconds(1))
        publish(spec(stricter), Sample.node("a"))
        await run { record()?.successes == 4 }
        time.advance(.milliseconds(1))
        publish(spec(ProbeSpec(check: .tcp(.number(80)))), Sample.node("a"))
        await run { record()?.successes == 1 }
        #expect(prober.calls.last?.port == 80)
        time.advance(.milliseconds(1))
        publish(spec(), Sample.node("a"))
        await run { live.probes.snapshot().isEmpty }
    }

    @Test func `nodes of a pool that the spec dropped are probed as before`() async {
        publish(spec(tcp), Sample.node("a"))
        await run { record()?.successes == 1 }
        time.advance(.milliseconds(1))
        publish(Spec(), Sample.node("a"))
        await run { record()?.successes == 3 }
        time.advance(.milliseconds(1))
        publish(Spec())
        let (end, calls) = (time.now() + .seconds(60), prober.calls.count)
        await run { time.now() >= end }
        #expect(prober.calls.count == calls)
    }

    @Test func `it ends when it is cancelled, and a probe that was broken off leaves no result`() async {
        publish(spec(tcp), Sample.node("a"))
        prober.fail("the probe was cancelled")
        prober.hang()
        await run { prober.calls.count == 1 }
        #expect(live.probes.snapshot().isEmpty && time.sleepers == 0)
    }

    @Test func `a node that is gone when its probe ends leaves no result`() async {
        publish(spec(tcp), Sample.node("a"))
        prober.hang()
        let task = Task { try await service.run() }
        while prober.calls.isEmpty {
            await time.waitForSleepers(1)
            time.advance(.milliseconds(100))
        }
        publish(spec(tcp), Sample.node("b"))
        prober.release()
        while record("b")?.successes ?? 0 < 3 {
            await time.waitForSleepers(1)
            time.advance(.milliseconds(100))
        }
        task.cancel()
        _ = await task.result
        #expect(live.probes.snapshot().keys.sorted() == ["b"])
    }
}
