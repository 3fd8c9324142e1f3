/// Observe, decide, act, publish: the one place that changes the fleet.
///
///       results of calls, lists ──┐
///       heartbeats ───────────────┼─▶ observe ─▶ judge ─▶ plan ─▶ apply ─▶ commit ─▶ publish ─▶ calls
///       spec, commands ───────────┘                                          │
///                                                     on failure: nothing was decided, routing still learns
///
/// A round never waits for a provider. What it decides is in the store before any call is made (safety rule 3); which calls
/// to make follows from the nodes' states, so a restart goes on where a crash ended.
package actor ControlLoop {
    /// What a loop needs of its surroundings.
    package struct Environment: Sendable {
        package var store: any Store
        package var time: any TimeSource
        package var live: LiveState
        package var effects: any EffectRunner
        /// The exact owner tag.
        package var owner: String
        /// Makes the providers of a spec; called when a spec comes into force.
        package var providers: @Sendable (Spec) -> ProviderSet
        /// A node's own bearer token.
        package var credential: @Sendable (NodeID, Timestamp) -> String
        /// Where nodes reach the manager; asked for at each create.
        package var managerURL: @Sendable () -> String
        package var seed: UInt64
        package var log: @Sendable (Event) -> Void
        package var approveAll = false
        /// Creates and destroys under way at once, per region of a provider; nil: as the spec says.
        package var concurrency: Int?

        package init(
            store: any Store, time: any TimeSource, live: LiveState, effects: any EffectRunner, owner: String,
            providers: @escaping @Sendable (Spec) -> ProviderSet,
            credential: @escaping @Sendable (NodeID, Timestamp) -> String,
            managerURL: @escaping @Sendable () -> String, seed: UInt64, log: @escaping @Sendable (Event) -> Void
        ) {
            self.store = store
            self.time = time
            self.live = live
            self.effects = effects
            self.owner = owner
            self.providers = providers
            self.credential = credential
            self.managerURL = managerURL
            self.seed = seed
            self.log = log
        }
    }

    /// Pending assignments begin a new generation this often.
    private static let loadGeneration: Duration = StreamDirectory.claimLifetime
    /// A round that comes so much later than it is due means that we were not listening ourselves (SIGSTOP, suspend).
    private static let gap: Duration = .seconds(5)
    /// A busy machine is as late now and then.
    private static let shortestStandstill: Duration = .seconds(1)

    let environment: Environment
    private let inbox = Inbox()
    private var random: SeededRandom
    private var spec: Spec
    private var providers: ProviderSet
    private var fleet: Fleet
    private var inFlight: Set<NodeID> = []
    private var listing: Set<ProviderScope> = []
    private var lastListed: [ProviderScope: Timestamp] = [:]
    /// Lists under way since before the clock was set back: what they were asked after cannot be told any more.
    private var voidLists: Set<ProviderScope> = []
    /// The spec before this one, for pools that it no longer has and that are held for an approval: the machines are kept, and so
    /// is their service.
    private var former: Spec?
    /// The spec as routing and health go by: the present one and the held pools of ``former``.
    private var routed: Spec
    /// Takes force at the beginning of the next round, so that one round sees one spec.
    private var nextSpec: Spec?
    private var specTroubles: [String] = []
    private var lastRound: Timestamp?
    /// When the last round was done: from there on nothing but a wait is due, however slow the store is.
    private var lastWait: Timestamp?
    private var lastAge: Timestamp
    private var lastPlan = Plan()
    private var isStoreFailing = false
    /// Commands that wait for the next round; see ControlLoop+Commands.swift.
    var commandQueue: [QueuedCommand] = []
    /// Nothing more is decided: the daemon ends.
    var isClosed = false

    /// A loop that goes on from what the store holds.
    package init(_ environment: Environment, spec: Spec) async throws(StoreFailure) {
        self.environment = environment
        random = SeededRandom(seed: environment.seed)
        self.spec = spec
        routed = spec
        providers = environment.providers(spec)
        let now = environment.time.now()
        lastAge = now
        let stored = try await environment.store.load()
        environment.live.provisions.replace(with: stored.provisions)
        fleet = Fleet(
            nodes: stored.nodes, scaling: stored.scaling, pauses: stored.pauses, memories: stored.memories,
            templates: stored.templates, observingSince: now)
        fleet.setBack(to: now)
        fleet.resumeScaling(at: now)
        for node in fleet.nodes.values where node.state != .terminated {
            environment.live.telemetry.resume(node)
            let load = environment.live.loads.load(of: node)
            environment.live.streams.update(node: node.id, load: load, from: [], to: node.streams, at: now)
        }
        publish(at: now)
    }

    /// The spec that is in force, or about to be.
    var desiredSpec: Spec { nextSpec ?? spec }

    // MARK: - Inputs

    /// A new desired state; in force from the next round on.
    package func use(_ spec: Spec) {
        nextSpec = spec
        specTroubles = []
        environment.live.wake()
    }

    /// The files, or those of the newest commit, do not read: the last good spec stays in force (safety rule 7), and everyone is told.
    package func refuseSpec(because problems: [String], of commit: GitCommit? = nil) {
        let before = commit.map { "commit \($0.words): " } ?? ""
        let troubles = problems.map { before + $0 }
        let isNews = specTroubles != troubles
        specTroubles = troubles
        guard isNews, let first = troubles.first else { return }
        let more = problems.count > 1 ? " (and \(problems.count - 1) more)" : ""
        let stays = desiredSpec.origin.map { "commit \($0.commit.words)" } ?? "the last good spec"
        var event = Event(
            at: environment.time.now(), level: .error, reason: "SpecRefused", subject: "spec",
            message: "\(first)\(more); \(stays) stays in force")
        event.commit = commit?.mark
        inbox.add(event)
        environment.live.wake()
    }

    /// Something that happened beside the loop: kept with the other events.
    package func note(_ event: Event) {
        inbox.add(event)
        environment.live.wake()
    }

    // MARK: - One round

    package func round() async -> Report {
        let now = environment.time.now()
        if let next = nextSpec {
            former = routed
            spec = next
            nextSpec = nil
            providers = environment.providers(next)
        }
        noticeGap(now)
        age(now)
        let taken = inbox.take()
        for result in taken.results { settle(result) }
        let observation = Observation(
            listings: taken.results.compactMap(\.listing).filter { voidLists.remove($0.scope) == nil },
            outcomes: taken.results.compactMap(\.outcome),
            telemetry: environment.live.telemetry.snapshot(), probes: environment.live.probes.snapshot(),
            underWay: inFlight)
        var events = taken.events
        events += fleet.observe(observation, owner: environment.owner, now: now, using: &random)
        fleet.takeDemand(environment.live.demand.refused(at: now), spec: spec)
        routed = former.map { spec.keeping(poolsOf: fleet, from: $0) } ?? spec
        events += fleet.judge(spec: routed, now: now)
        // What was observed is true whether or not the store takes it; what is decided below is not, until it does.
        let observed = fleet
        let observedEvents = events
        let commands = commandQueue
        commandQueue = []
        let answers = commands.map { command in
            Result { () throws(CommandFailure) in try command.apply(&fleet, lastPlan, now) }
        }
        for case .success(let told) in answers { events += told }
        if environment.approveAll { fleet.approvals.insert(Fleet.approveAll) }
        let plan = Planner.plan(spec: spec, fleet: fleet, now: now)
        events += plan.news(since: lastPlan, at: now)
        events += fleet.apply(plan, spec: spec, now: now, using: &random)
        let operations = Operations.due(
            fleet, setAside: Set(spec.setAside.map(\.name)), inFlight: inFlight, concurrency: concurrency(of:), now: now
        )
        for operation in operations { begin(operation, now) }
        // A disk that stalls must not keep viewers on a node that is gone.
        if !fleet.changed.isEmpty { publishView(of: observed, at: now) }
        let mark = spec.origin?.commit.mark
        for index in events.indices where events[index].commit == nil { events[index].commit = mark }
        let failure = await commit(events)
        if failure != nil {
            fleet = observed
            inbox.restore(events: observedEvents)
        } else {
            events.forEach(environment.log)
        }
        noteStore(failure, now)
        lastPlan = plan
        publish(at: now, storeFailure: failure)
        // Answered after the snapshot is out: who asks right after a command sees what it did.
        for (command, answer) in zip(commands, answers) {
            command.finish(failure.map { .failure(.unavailable($0.message)) } ?? answer.map { _ in })
        }
        await act(failure == nil ? operations : [], now)
        lastWait = environment.time.now()
        return report(plan, failure)
    }

    private func concurrency(of provider: String) -> Int {
        environment.concurrency ?? spec.providers[provider]?.limits.concurrency ?? Operations.concurrency
    }

    /// A store that takes nothing cannot take the event that says so: it goes to the log alone, when it begins and when it ends.
    private func noteStore(_ failure: StoreFailure?, _ now: Timestamp) {
        guard (failure != nil) != isStoreFailing else { return }
        isStoreFailing = failure != nil
        let message =
            failure.map { "\($0.message); nothing is decided until it takes changes again" } ?? "it takes changes again"
        environment.log(
            Event(
                at: now, level: failure == nil ? .info : .error,
                reason: failure == nil ? "StoreRecovered" : "StoreFailed",
                subject: "store", message: message))
    }

    /// A create is `creating` in the store before the provider hears of it.
    private func begin(_ operation: Operation, _ now: Timestamp) {
        guard operation.kind == .create, let node = fleet.nodes[operation.node], node.state == .requested else {
            return
        }
        fleet.update(node.id) { node in
            node.state = .creating
            node.since = now
            node.reason = "the provider was asked to make it"
        }
    }

    private func commit(_ events: [Event]) async -> StoreFailure? {
        var change = fleet.unstored
        change.events = events
        if change.isEmpty { return nil }
        do throws(StoreFailure) {
            try await environment.store.commit(change)
            fleet.markStored()
            return nil
        } catch {
            return error
        }
    }

    private func act(_ operations: [Operation], _ now: Timestamp) async {
        var effects: [Effect] = []
        let lists = ListSchedule.due(spec, fleet, underWay: listing, lastListed: lastListed, now: now)
        for scope in lists {
            listing.insert(scope)
            lastListed[scope] = now
            effects.append(.list(scope, askedAt: now))
        }
        for operation in operations {
            guard let effect = effect(of: operation) else { continue }
            inFlight.insert(operation.node)
            effects.append(effect)
        }
        let inbox = inbox
        let live = environment.live
        let unknown = Set(listing.filter { fleet.scopes[$0]?.completeAt == nil })
        await environment.effects.run(effects, with: providers, owner: environment.owner) { result in
            inbox.add(result)
            switch result {
            case .operated: live.wake()
            case .listed(let report):
                if unknown.contains(report.scope) || live.snapshot.isSurprised(by: report) { live.wake() }
            }
        }
    }

    private func effect(of operation: Operation) -> Effect? {
        guard let node = fleet.nodes[operation.node] else { return nil }
        let tags = InstanceTags(
            owner: environment.owner, group: node.pool.group, region: node.pool.region, role: node.pool.role,
            node: node.id)
        switch operation.kind {
        case .destroy:
            return .destroy(
                node.id, provider: node.provider, InstanceReference(id: node.instanceID, tags: tags, token: node.token))
        case .create:
            // That of the node's own revision: the spec may have moved on, or the rollout back.
            guard let template = fleet.templates[node.revision] ?? spec.template(of: node.pool) else { return nil }
            return .create(
                node.id, provider: node.provider,
                CreateRequest(
                    tags: tags, token: node.token, revision: node.revision, template: template,
                    credential: environment.credential(node.id, node.requestedAt), managerURL: environment.managerURL())
            )
        }
    }

    private func settle(_ result: EffectResult) {
        switch result {
        case .listed(let report): listing.remove(report.scope)
        case .operated(let outcome): inFlight.remove(outcome.operation.node)
        }
    }

    // MARK: - Time

    /// Silence while we ourselves stood still is nobody's fault, and a clock that was set back must not stop time.
    private func noticeGap(_ now: Timestamp) {
        defer { lastRound = now }
        guard let lastRound else { return }
        let interval = spec.manager.interval
        if now - lastRound > interval + Self.gap || lastWait.map({ isStandstill(now - $0 - interval) }) == true {
            fleet.observingSince = now
        }
        guard now < lastRound else { return }
        fleet.setBack(to: now)
        environment.live.setBack(to: now)
        lastListed = [:]
        voidLists = listing
        lastAge = now
    }

    /// Whether a wait that was so much too long may make a node look suspect: half of the shortest `suspectAfter`, of which the
    /// age of a heartbeat takes the rest.
    private func isStandstill(_ delay: Duration) -> Bool {
        guard delay >= Self.shortestStandstill else { return false }
        return spec.effectiveRoles().values.contains { delay >= $0.health.suspectAfter / 2 }
    }

    private func age(_ now: Timestamp) {
        guard now - lastAge >= Self.loadGeneration else { return }
        lastAge = now
        environment.live.loads.age()
        environment.live.streams.expireClaims(at: now)
        environment.live.pulls.expire(at: now, environment.live.streams)
        // A heartbeat that came while its node was forgotten.
        let view = environment.live.view
        for node in environment.live.telemetry.nodes(where: { view.nodes[$0] == nil }) {
            environment.live.forget(node)
        }
        // Or a probe that ended then.
        for node in environment.live.probes.nodes(where: { view.nodes[$0] == nil }) {
            environment.live.probes.forget(node)
        }
    }

    // MARK: - Outputs

    private func publish(at now: Timestamp, storeFailure: StoreFailure? = nil) {
        let live = environment.live
        publishView(of: fleet, at: now)
        let scopes = spec.providerScopes()
        var troubles = specTroubles + spec.setAside.map(\.words)
        if let trouble = live.source?.trouble { troubles.append(trouble) }
        if let storeFailure { troubles.append("the store does not take changes: \(storeFailure.message)") }
        for scope in scopes.sorted() {
            let known = fleet.scopes[scope]
            if known?.isKnown != true { troubles.append("\(scope): \(known?.trouble?.message ?? "not listed yet")") }
        }
        live.publish(
            snapshot: FleetSnapshot(
                spec: spec, fleet: fleet, plan: lastPlan, at: now,
                isReady: storeFailure == nil && scopes.allSatisfy { fleet.scopes[$0]?.completeAt != nil },
                troubles: troubles, specProblems: specTroubles, storeProblem: storeFailure?.message))
    }

    private func publishView(of fleet: Fleet, at now: Timestamp) {
        let live = environment.live
        let view = RoutingView.build(
            spec: routed, fleet: fleet, now: now, heartbeatInterval: .seconds(1), loads: live.loads, before: live.view)
        live.publish(view: view)
        for node in view.gone { live.forget(node) }
        live.loads.forget(view.gone)
    }

    private func report(_ plan: Plan, _ failure: StoreFailure?) -> Report {
        let moving = fleet.nodes.values.filter { $0.state.isComing || $0.state.isLeaving || $0.state == .fault }
        // Nodes of what the spec has no more are looked for too: without that, their end would not even have begun.
        let left = fleet.nodes.values.filter { $0.state != .terminated && providers.provider($0.scope.provider) != nil }
        let known = spec.providerScopes().union(left.map(\.scope)).allSatisfy { fleet.scopes[$0]?.isKnown == true }
        return Report(
            plan: plan,
            isSettled: failure == nil && plan.actions.isEmpty && moving.isEmpty && inFlight.isEmpty && known
                && !plan.isWaitingToTry,
            isKnown: known, inService: fleet.nodes.values.count { $0.state == .inService },
            callsUnderWay: inFlight.count, moving: moving, storeFailure: failure, commit: spec.origin?.commit)
    }
}
