import Providers
import Reconciler

/// A manager, its store and its cloud on virtual time. The manager's parts are the real ones: planner, loop, live state and
/// store logic; only time, the cloud and the moment of death come from the seed.
final class World {
    static let owner = "us"
    static let strangers = ["us2", "them"]
    static let foreigners = 3
    /// Rounds of calm within which all must come to rest: a drain of half an hour and what follows it.
    private static let patience = 1100
    /// Rounds without anything to do that count as rest: more than the slowest call of the stormy time takes.
    private static let rest = 10

    let seed: UInt64
    let scenario: Scenario
    let violations = Violations()
    let time = VirtualTime(Timestamp(milliseconds: 1_800_000_000_000))
    private var random: SeededRandom
    private let crash = CrashPoint()
    private let store: SimulatedStore
    private let cloud: SimulatedProvider
    private let effects: SimulatedEffects
    private var spec: Spec
    private var live: LiveState?
    private var loop: ControlLoop?
    private var silent: [NodeID: Timestamp] = [:]
    /// When the present manager began, and last heard of each node.
    private var startedAt = Timestamp(milliseconds: 0)
    private var heard: [NodeID: Timestamp] = [:]
    private let wakes = Locked(0)
    private let shortages = Locked<[String: Timestamp]>([:])
    /// Whose removal someone approved, and which did not happen yet.
    private var approved: Set<PoolKey> = []
    /// When the rules last let a pool grow; forgotten when a person changed something.
    private var grown: [PoolKey: Timestamp] = [:]
    private var streamCount = 0
    private var downUntil: Timestamp?
    private(set) var crashes = 0
    private(set) var lastReport: ControlLoop.Report?

    init(seed: UInt64) async throws {
        self.seed = seed
        scenario = Scenario(seed: seed)
        random = SeededRandom(seed: seed ^ 0x5eed)
        spec = scenario.spec
        store = SimulatedStore(
            crash: crash,
            failures: Locked((probability: scenario.storeFailure, random: SeededRandom(seed: seed ^ 0xd15c))))
        var simulated = SimulatedSpec()
        simulated.seed = seed
        simulated.failures = scenario.failures
        cloud = SimulatedProvider(spec: simulated, time: time)
        effects = SimulatedEffects(
            seed: seed ^ 0xcafe, slowness: scenario.slowness, crash: crash, violations: violations)
        try await populateWithForeigners()
    }

    /// Someone else's instances in the same account, some of them with names like ours (safety rule 2).
    private func populateWithForeigners() async throws {
        for index in 0..<Self.foreigners {
            let tags = InstanceTags(
                owner: Self.strangers[min(index, 1)], group: "live", region: "us", role: "edge",
                node: NodeID("live-edge-foreign\(index)"))
            let request = CreateRequest(
                tags: tags, token: "foreign\(index)", revision: "x",
                template: NodeTemplate(
                    image: nil, instanceType: nil, endpoints: [], settings: [:], providerSettings: []),
                credential: "", managerURL: "")
            for _ in 0..<50 {
                if (try? await cloud.create(request)) != nil { break }
                time.advance(by: .milliseconds(1))
            }
        }
    }

    static func isForeign(_ node: NodeID) -> Bool { node.rawValue.hasPrefix("live-edge-foreign") }

    // MARK: - The manager's life

    private func start() async throws {
        crash.reset()
        let provider = WatchedProvider(
            cloud: cloud, crash: crash, store: store.durable, violations: violations, time: time,
            isSloppy: scenario.sloppyLists, shortages: shortages)
        let wakes = wakes
        startedAt = time.now()
        heard = [:]
        let live = LiveState(startedAt: startedAt, wake: { wakes.with { $0 += 1 } }) { [cloud] candidate, query, now in
            cloud.assigned(candidate.node, stream: query.stream, action: query.action, at: now)
        }
        let environment = ControlLoop.Environment(
            store: store, time: time, live: live, effects: effects, owner: Self.owner,
            providers: { _ in ProviderSet(["sim": provider]) }, credential: { node, _ in "credential-of-\(node)" },
            managerURL: { "http://manager" }, seed: random.next(), log: { _ in })
        self.live = live
        loop = try await ControlLoop(environment, spec: spec)
    }

    private func die() {
        crashes += 1
        live = nil
        loop = nil
        effects.forgetCallers()
        downUntil = time.now() + .seconds(Int(random.next() % 20))
    }

    // MARK: - Time passes

    /// One or, in calm weather, two seconds of the world.
    func step(withFaults: Bool) async throws {
        time.advance(by: .seconds(withFaults ? 1 : 2))
        violations.at("seed \(seed), \(time.now())")
        if loop == nil, time.now() >= downUntil ?? time.now() { try await start() }
        if withFaults { misfortunes() }
        deliverHeartbeats()
        if let live { clients(of: live) }
        guard !withFaults || time.now().milliseconds / 1000 % 2 == 0 else { return }
        await effects.tick()
        guard let loop, let live else { return }
        if withFaults { await operate(loop) }
        let known = effects.known
        let command = withFaults ? await giveCommand(to: loop) : nil
        let report = await loop.round()
        await command?.value
        lastReport = report
        if report.storeFailure == nil {
            Invariants.checkDecisions(
                report.plan, live.snapshot.fleet, spec, known: known, approved: approved, violations)
            Invariants.checkBudgets(report.plan, live.snapshot.fleet, spec, at: time.now(), violations)
            Invariants.checkSwing(
                report.plan, live.snapshot.fleet, spec, at: time.now(), grown: &grown, violations)
            approved.subtract(report.plan.actions.filter { $0.kind == .drain }.map(\.pool))
        }
        if crash.isDead { die() }
        check()
    }

    /// An operator's command, which the next round carries out; returns when it waits for that.
    private func giveCommand(to loop: ControlLoop) async -> Task<Void, Never>? {
        guard random.chance(scenario.command), let report = lastReport else { return nil }
        let before = wakes.current
        let task: Task<Void, Never>
        let holds = report.plan.held.filter { $0.approval != nil }
        if random.chance(0.5), let hash = holds.randomElement(using: &random)?.approval {
            for hold in holds where hold.approval == hash {
                approved.insert(PoolKey(group: hold.nodeGroup, region: hold.region, role: hold.role))
            }
            task = Task(name: "approve") { try? await loop.approve(hash, by: "operator") }
        } else if random.chance(0.3) {
            grown = [:]
            let isPaused = live?.snapshot.fleet.pauses["live"] != nil
            task = Task(name: "pause") { _ = try? await loop.pause("live", !isPaused, by: "operator") }
        } else if random.chance(0.3), let pool = spec.poolOrder().randomElement(using: &random),
            let group = spec.group(pool.group), let role = group.effectiveRole(pool.role, in: pool.region),
            !role.isFixed
        {
            grown = [:]
            let parents = live?.snapshot.fleet.parents(of: pool, in: group) ?? 1
            let range = (role.min * parents)...(role.max * parents)
            let nodes = random.chance(0.3) ? nil : Int.random(in: range, using: &random)
            let command = ScaleCommand(
                group: pool.group, role: pool.role, region: pool.region, nodes: nodes,
                duration: random.chance(0.5) ? .seconds(30) : nil)
            task = Task(name: "scale") { _ = try? await loop.scale(command, by: "operator") }
        } else {
            let nodes = store.durable.load().nodes
            guard let node = nodes.randomElement(using: &random) else { return nil }
            if random.chance(0.7) { return await tell(loop, about: node, before) }
            task = Task(name: "cordon") { try? await loop.cordon(node.id, !node.cordoned, by: "operator") }
        }
        while wakes.current == before { await Task.yield() }
        return task
    }

    /// An operator's word about one node or its pool.
    private func tell(_ loop: ControlLoop, about node: Node, _ wakesBefore: Int) async -> Task<Void, Never> {
        let id = node.id
        let retry = RetryCommand(group: node.pool.group, role: node.pool.role, region: nil)
        let time = Duration.seconds(1 + Int(random.next() % 40))
        let choice = random.next() % 5
        let isRefused = Locked(false)
        let task = Task(name: "node command") {
            do {
                switch choice {
                case 0: try await loop.drain(id, force: false, by: "operator")
                case 1: try await loop.terminate(id, force: false, by: "operator")
                case 2: try await loop.protect(id, for: time, by: "operator")
                case 3: try await loop.cordon(id, false, by: "operator")
                default: _ = try await loop.retry(retry, by: "operator")
                }
            } catch {
                // Refused before it waits for a round, or by the round.
                isRefused.replace(with: true)
            }
        }
        while wakes.current == wakesBefore, !isRefused.current { await Task.yield() }
        return task
    }

    /// From now on nothing new goes wrong.
    func calm() {
        var simulated = SimulatedSpec()
        simulated.seed = seed
        cloud.update(simulated)
        effects.calm()
        silent = [:]
        shortages.replace(with: [:])
        store.failures.with { $0.probability = 0 }
        crash.reset()
    }

    private func misfortunes() {
        let nodes = cloud.living.filter { $0.owner == Self.owner }.map(\.node)
        for node in nodes {
            if random.chance(scenario.kill) { cloud.kill(node, at: time.now()) }
            if random.chance(scenario.silence) { silent[node] = time.now() + .seconds(Int(random.next() % 40)) }
        }
        if random.chance(scenario.shortage), let region = Scenario.regions.randomElement(using: &random) {
            shortages.with { $0[region] = time.now() + .seconds(Int(random.next() % 60)) }
        }
        if random.chance(scenario.crash) { crash.arm(at: Int(random.next() % 6), happens: random.chance(0.5)) }
    }

    private func deliverHeartbeats() {
        let now = time.now()
        for (node, heartbeat) in cloud.heartbeats(at: now) {
            if let until = silent[node], now < until { continue }
            guard let answer = live?.heartbeat(heartbeat, from: node, at: now) else { continue }
            heard[node] = now
            if scenario.stubbornClients, answer.directive == .evict { continue }
            cloud.obey(node, answer.directive, at: now)
        }
    }

    private func operate(_ loop: ControlLoop) async {
        guard random.chance(scenario.specChange) else { return }
        if random.chance(0.3) {
            // A broken commit: the last good spec stays (safety rule 7).
            await loop.refuseSpec(because: ["live.yaml:1:1: simulated error"])
            return
        }
        spec = Scenario.edit(spec, &random)
        grown = [:]
        await loop.use(spec)
    }

    /// Publishers and viewers ask, and rule 8 is checked on each answer.
    private func clients(of live: LiveState) {
        for _ in 0..<scenario.clientsPerSecond {
            let action: StreamAction = random.chance(0.3) ? .publish : .subscribe
            if action == .publish { streamCount += 1 }
            let stream = StreamKey(
                scope: "live", name: "s\(action == .publish ? streamCount : Int(random.next() % 20))")
            let answer = live.route(RouteQuery(stream: stream, action: action), at: time.now(), using: &random)
            guard case .node(let candidate) = answer else { continue }
            Invariants.checkRouted(candidate, action, live, violations)
            let silence = time.now() - max(heard[candidate.node] ?? startedAt, startedAt)
            // A round in calm weather is two seconds.
            violations.require(
                silence < HealthSpec().suspectAfter + .seconds(2),
                "rule 8: \(action) was sent to \(candidate.node), not heard for \(silence)")
        }
    }

    /// What the store remembers having happened, for comparing runs.
    var history: [String] {
        store.durable.events(after: 0, about: nil, limit: 10_000).map {
            "\($0.at) \($0.count) \($0.reason) \($0.subject) \($0.message)"
        }
    }

    // MARK: - What must hold

    private func check() {
        Invariants.checkCloud(
            cloud.living, store.durable.load().nodes, spec, orphans: effects.orphans, violations)
        if let plan = lastReport?.plan { Invariants.checkReasons(plan, violations) }
    }

    /// In calm weather the plan becomes empty within a bounded time and stays so (safety rule 9), and the cloud is then
    /// exactly what the spec says.
    func settle() async throws -> Bool {
        calm()
        var settled = 0
        for _ in 0..<Self.patience where settled < Self.rest {
            try await step(withFaults: false)
            guard let report = lastReport, loop != nil else { continue }
            settled = isSettled(report) ? settled + 1 : 0
        }
        if settled >= Self.rest {
            let paused = live.map { Set($0.snapshot.fleet.pauses.keys) } ?? []
            Invariants.checkSettled(cloud.living, spec, lastReport?.plan ?? Plan(), paused: paused, violations)
        }
        return settled >= Self.rest
    }

    /// Removals that wait for an approval wait for ever here.
    private func isSettled(_ report: ControlLoop.Report) -> Bool {
        guard report.plan.actions.isEmpty, report.storeFailure == nil, !report.plan.isWaitingToTry else { return false }
        // Where too many nodes are faulty nothing more happens until someone acts (safety rule 6).
        let halted = Set(report.plan.conditions.filter { $0.type == .remediation }.map(\.pool))
        return report.moving.allSatisfy { $0.state == .fault && halted.contains($0.pool) }
    }
}
