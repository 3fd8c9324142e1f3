internal import Reconciler

/// One manager, its clouds and its clients on virtual time.
///
///     each step:  clouds ─▶ clients leave, come, ask ─▶ heartbeats, directives ─▶ round ─▶ record
///                                                                                  ▲ └─▶ provider calls
///                                                                                  └── their results, a moment later
final class SimulationEngine {
    /// Between a round that was answered by providers and the next one, as the daemon has it.
    private static let shortestGap: Duration = .milliseconds(100)

    private let trace: LoadTrace
    private let options: SimulationOptions
    private let step: Duration
    private let pools: [PoolKey]
    private let time: VirtualTime
    private let live: LiveState
    private let loop: ControlLoop
    /// Times that the loop was asked for a round.
    private let wakes = Locked(0)
    /// Rounds between two steps, while provider calls are answered.
    private let extraRounds: Int
    private var estate: Estate
    private var audience: Audience
    private var broadcast: Broadcast
    private var recorder: Recorder
    private var random: SeededRandom
    /// By pool: clients on machines that are told to serve.
    private var viewers: [Int]
    private var publishers: [Int]

    init(spec: Spec, trace: LoadTrace, options: SimulationOptions) async throws(StoreFailure) {
        self.trace = trace
        self.options = options
        step = options.step ?? Simulator.step(for: trace)
        var spec = spec
        // A round per step is what the manager expects, so that it takes no step for a gap in its listening.
        spec.manager.interval = step
        pools = spec.poolOrder()
        time = VirtualTime(trace.start - Simulator.warmup)
        random = SeededRandom(seed: options.seed ^ 0x51a7)
        estate = Estate(spec: spec, pools: pools, boot: options.boot, seed: options.seed, time: time)
        audience = Audience(trace)
        broadcast = Broadcast(audience)
        let steps = Int((trace.end - trace.start).wholeMilliseconds / step.wholeMilliseconds) + 1
        recorder = Recorder(spec: spec, pools: pools, audience: audience, step: step, steps: steps)
        viewers = pools.map { _ in 0 }
        publishers = viewers
        // Heartbeats come once per step: no round between may find a node silent.
        let patience = spec.groups.flatMap(\.roles).map(\.health.suspectAfter).min() ?? HealthSpec().suspectAfter
        let window = min(step.wholeMilliseconds, patience.wholeMilliseconds / 2)
        extraRounds = Int(max(window - 1, 0) / Self.shortestGap.wholeMilliseconds)
        let wakes = wakes
        live = LiveState(startedAt: time.now(), wake: { wakes.with { $0 += 1 } })
        let providers = estate.providers
        var environment = ControlLoop.Environment(
            store: MemoryStore(), time: time, live: live, effects: OrderedEffects(), owner: "simulation",
            providers: { _ in providers }, credential: { _, _ in "" }, managerURL: { "" }, seed: options.seed,
            log: { _ in })
        // Nobody is there to approve a removal.
        environment.approveAll = true
        // Calls are answered at once: fewer of them at a time would only make for more rounds.
        environment.concurrency = .max
        loop = try await ControlLoop(environment, spec: spec)
    }

    func run(_ progress: @Sendable (Double) -> Void) async throws -> SimulationResult {
        let length = (trace.end - trace.start).wholeMilliseconds
        var now = time.now()
        var told = 0
        while now <= trace.end {
            try Task.checkCancellation()
            await take(now, isWarmup: now < trace.start)
            let share = Int((now.milliseconds - trace.start.milliseconds) * 100 / max(length, 1))
            if share > told {
                told = share
                progress(Double(share) / 100)
            }
            // The trace's first moment is a step, however long one is.
            let next = now + step
            now = now < trace.start ? min(next, trace.start) : next
        }
        return recorder.result(named: options.name, seed: options.seed, trace: trace, prices: options.prices)
    }

    private func take(_ now: Timestamp, isWarmup: Bool) async {
        time.set(now)
        release(estate.look(at: now))
        // A trace begins in the middle of life: by its first moment those who watch then are there.
        let share = isWarmup ? Simulator.warmupShare(at: Simulator.warmup - (trace.start - now)) : 1
        if share > 0 {
            audience.want(at: isWarmup ? trace.start : now, share: share)
            broadcast.move(audience, in: &estate, asking: live, at: now, using: &random)
            audience.move(in: &estate, asking: live, at: now, using: &random)
        }
        beat(now)
        let plan = await rounds(from: now, isWarmup: isWarmup)
        guard !isWarmup else {
            audience.moved = 0
            return
        }
        recorder.record(
            Recorder.Step(
                at: now, decisions: plan.scaling, billed: estate.billed, viewers: viewers, publishers: publishers,
                publishersArrived: broadcast.arrived, publishersConnected: broadcast.connected,
                publishersRefused: broadcast.refused, moved: audience.moved),
            audience)
        audience.moved = 0
    }

    /// Their clients are without a node, and ask again at the next step.
    private func release(_ gone: [Int]) {
        guard !gone.isEmpty else { return }
        audience.drop(gone, in: estate)
        broadcast.drop(gone, in: estate)
        for machine in gone { estate.clear(machine) }
    }

    /// Every agent reports, and does as it is told.
    private func beat(_ now: Timestamp) {
        var evicted: [Int] = []
        for pool in pools.indices {
            viewers[pool] = 0
            publishers[pool] = 0
        }
        for index in estate.up {
            let heartbeat = estate.heartbeat(of: index)
            guard let answer = live.heartbeat(heartbeat, from: estate.machines[index].id, at: now) else { continue }
            let pool = estate.machines[index].pool
            switch answer.directive {
            case .serve:
                viewers[pool] += estate.machines[index].viewers
                publishers[pool] += estate.machines[index].sources.count
            case .drain: break
            case .evict: evicted.append(index)
            case .stop:
                estate.stop(index, at: now)
                evicted.append(index)
            }
        }
        release(evicted)
    }

    /// The round of this step, and those that the answers of providers ask for.
    private func rounds(from start: Timestamp, isWarmup: Bool) async -> Plan {
        var plan = Plan()
        for round in 0...extraRounds {
            let now = start + Self.shortestGap * round
            time.set(now)
            wakes.replace(with: 0)
            plan = await loop.round().plan
            recorder.decide(plan, at: now, isWarmup: isWarmup)
            if wakes.current == 0 { break }
        }
        return plan
    }
}
