/// Sends events to webhooks: at least once, in their order for each webhook, and from a queue in the store, so that a crash loses none.
///
///     commit of events ─▶ log ─▶ wake ─▶ take: events after lookedThrough ─▶ filter ─▶ queue of each webhook (one transaction)
///                                                                                          │
///     receiver ◀─ POST, one at a time ◀─ worker of the webhook ◀──────────────────────────┘   2xx: removed from the queue
///
/// The control loop never waits for it. Each webhook has a worker of its own: one that hangs holds up nobody else.
package actor WebhookDesk {
    /// One webhook of the spec.
    struct Hook {
        var spec: WebhookSpec
        var lookedThrough: Int64
        var standing: WebhookStanding
        /// How many deliveries wait.
        var waiting: Int
        var counts = WebhookStatus.Counts()
        /// What was done and the store does not know yet: it is told before anything else is done.
        var unsaved: WebhookChange?
        /// When each kind of loss was told last.
        var lossesTold: [WebhookStatus.Loss: Timestamp] = [:]
        let waker = Waker()

        /// Whether its receiver wants no more.
        var isGone: Bool { standing.goneReceiver == spec.receiver }
    }

    /// Events that are looked at in one transaction.
    static let page = 500
    /// Between two attempts while the store is away.
    static let storePause: Duration = .seconds(5)
    /// A wait is slept in pieces, so that a change of the spec or a test that went well ends it.
    static let nap: Duration = .seconds(1)

    let store: any WebhookStore
    let time: any TimeSource
    let sender: any WebhookSender
    let live: LiveState
    /// Tells an event.
    let note: @Sendable (Event) async -> Void
    private let owner: String
    private let waker: Waker
    /// Those of the newest spec.
    private var wanted: [WebhookSpec] = []
    var hooks: [String: Hook] = [:]
    var random: SeededRandom
    private var workers: [String: Task<Void, Never>] = [:]
    private var isRunning = false

    /// - Parameters:
    ///   - owner: the owner tag of this manager, a part of every delivery's id: receivers of several managers can tell them apart.
    ///   - live: knows which node is of which group.
    ///   - waker: called whenever there are new events in the store.
    ///   - note: tells an event: a receiver that fails, events that are lost.
    package init(
        store: any WebhookStore, time: any TimeSource, sender: any WebhookSender, owner: String, live: LiveState,
        waker: Waker, seed: UInt64, note: @escaping @Sendable (Event) async -> Void
    ) {
        self.store = store
        self.time = time
        self.sender = sender
        self.owner = owner
        self.live = live
        self.note = note
        self.waker = waker
        random = SeededRandom(seed: seed)
    }

    /// The webhooks to begin with: a new one gets the events that come from now on. Before the control loop runs.
    package func start(_ specs: [WebhookSpec]) async throws(StoreFailure) {
        wanted = specs
        let stored = try await store.webhooks()
        for spec in specs {
            guard let kept = stored[spec.name] else { continue }
            hooks[spec.name] = Hook(
                spec: spec, lookedThrough: kept.lookedThrough, standing: kept.standing, waiting: kept.waiting)
        }
        try await settle(known: Set(stored.keys))
    }

    /// Those of a new spec. One that is no more is forgotten with all that waits for it; the others keep their queues.
    package func use(_ specs: [WebhookSpec]) {
        wanted = specs
        waker.wake()
    }

    /// Queues and sends what comes, until cancelled. One task runs it.
    package func run() async throws {
        isRunning = true
        for name in hooks.keys { employ(name) }
        waker.wake()
        for await _ in waker.calls {
            if Task.isCancelled { break }
            do throws(StoreFailure) {
                try await settle(known: Set(hooks.keys))
                try await take()
            } catch {
                // The loop tells of a store that takes nothing; the events are there when it is back.
                do { try await time.sleep(for: Self.storePause) } catch { break }
                waker.wake()
            }
        }
        isRunning = false
        let last = workers.values.map(\.self)
        workers = [:]
        for worker in last { worker.cancel() }
        // The store is closed after us.
        for worker in last { await worker.value }
    }

    /// How they do, in the order of the spec.
    package func statuses() -> [WebhookStatus] {
        wanted.compactMap { spec in
            guard let hook = hooks[spec.name] else { return nil }
            return WebhookStatus(
                name: spec.name, origin: spec.origin, state: hook.isGone ? .gone : hook.standing.state,
                backlog: max(hook.waiting, 0),
                standing: hook.standing, counts: hook.counts)
        }
    }

    // MARK: - Which webhooks there are

    /// Brings `hooks` and the store in line with what is wanted.
    private func settle(known: Set<String>) async throws(StoreFailure) {
        let specs = Dictionary(wanted.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var change = WebhookChange()
        change.forgotten = known.subtracting(specs.keys)
        let new = specs.keys.filter { hooks[$0] == nil }
        let newest = new.isEmpty ? 0 : try await store.newestEvent()
        for name in new { change.lookedThrough[name] = newest }
        for (name, spec) in specs {
            guard let hook = hooks[name], hook.spec != spec else { continue }
            // What is repaired is tried at once.
            var standing = hook.standing
            standing.retryAt = nil
            standing.attempts = 0
            change.standings[name] = standing
        }
        if change != WebhookChange() { try await store.commit(change) }
        for name in change.forgotten {
            hooks[name] = nil
            workers.removeValue(forKey: name)?.cancel()
        }
        for (name, spec) in specs {
            if let standing = change.standings[name] { hooks[name]?.standing = standing }
            if hooks[name] != nil {
                hooks[name]?.spec = spec
            } else {
                hooks[name] = Hook(spec: spec, lookedThrough: newest, standing: WebhookStanding(), waiting: 0)
            }
            if isRunning { employ(name) }
        }
    }

    private func employ(_ name: String) {
        hooks[name]?.waker.wake()
        guard workers[name] == nil, let waker = hooks[name]?.waker else { return }
        workers[name] = Task(name: "webhook \(name)") { await work(name, waker) }
    }

    // MARK: - What is queued

    /// Queues the events that came.
    private func take() async throws(StoreFailure) {
        while let from = hooks.values.map(\.lookedThrough).min() {
            let events = try await store.oldestEvents(after: from, limit: Self.page)
            guard let last = events.last else { return }
            var change = WebhookChange()
            var unwanted: [String: Int] = [:]
            let snapshot = live.snapshot
            for (name, hook) in hooks where hook.lookedThrough < last.id {
                change.lookedThrough[name] = last.id
                let deliveries = events.filter { $0.id > hook.lookedThrough }.compactMap {
                    delivery(of: $0, to: hook.spec, snapshot)
                }
                if hook.isGone { unwanted[name] = deliveries.count } else { change.added[name] = deliveries }
            }
            try await store.commit(change)
            for (name, id) in change.lookedThrough { hooks[name]?.lookedThrough = id }
            for (name, deliveries) in change.added where !deliveries.isEmpty {
                hooks[name]?.waiting += deliveries.count
                hooks[name]?.waker.wake()
            }
            for (name, count) in unwanted where count > 0 { hooks[name]?.counts.lost[.gone, default: 0] += count }
        }
    }

    private func delivery(of event: Event, to spec: WebhookSpec, _ snapshot: FleetSnapshot) -> WebhookDelivery? {
        let group = snapshot.nodeGroup(of: event.subject)
        guard spec.wants(event, about: group) else { return nil }
        return WebhookDelivery(
            event: event.id, at: event.at,
            body: WebhookBody.text(of: event, about: group, owner: owner, spec.format))
    }

    /// The `webhook-id` of an event: the same at each attempt, for receivers that take each event once.
    func identifier(of event: Int64) -> String { "\(owner)-\(event)" }

    /// A body that says it is a test.
    func testBody(_ spec: WebhookSpec, at now: Timestamp, by user: String) -> String {
        let event = Event(
            at: now, reason: WebhookBody.testType, subject: "\(WebhookSpec.subjectPrefix)\(spec.name)",
            message: "a test delivery, asked for by \(user)")
        return WebhookBody.text(of: event, about: nil, owner: owner, spec.format)
    }
}
