package import Reconciler

/// The audit log: takes in entries at once, writes them to the store and the log from a task of its own. An answer to a call that changed
/// something goes out when its entry is in the store, so that a crash loses no line of what a client was told; many that come at once are one
/// commit. While the store is away, entries wait in memory and calls go on, and the trouble is told; of too many the oldest go, counted.
package final class AuditTrail: Sendable {
    /// Entries that wait for the store at most: about 3 MB.
    package static let maximumWaiting = 10_000
    /// In one commit.
    private static let batch = 500
    /// Between two attempts while the store is away.
    private static let pause: Duration = .seconds(5)
    /// An answer waits so long at most: a store that hangs must not keep it from whoever asked.
    private static let patience: Duration = .seconds(2)

    /// What it did since the start.
    package struct Counts: Sendable, Equatable {
        /// Entries that the store has.
        package var written = 0
        /// Entries that it will never have: they are in the log alone.
        package var lost = 0
        /// Entries that wait.
        package var waiting = 0
    }

    private struct State: Sendable {
        /// Not logged yet.
        var fresh: [AuditEntry] = []
        /// Logged, not stored yet.
        var waiting: [AuditEntry] = []
        /// What the store is being given.
        var inFlight: [AuditEntry] = []
        var written = 0
        var lost = 0
        var trouble: String?
        /// How many entries ever came.
        var recorded = 0
        /// How many of those are stored, or known to wait for a store that is away.
        var settled = 0
        /// Those who wait for an entry, by its number.
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        /// Entries that nobody waits for any more.
        var abandoned: Set<Int> = []
    }

    private let store: any IdentityStore
    private let state = Locked(State())
    private let waker = Waker()
    private let log: @Sendable (AuditEntry) -> Void
    private let warn: @Sendable (String) -> Void

    /// - Parameters:
    ///   - log: writes an entry as a line of the log.
    ///   - warn: tells a trouble, or its end.
    package init(
        store: any IdentityStore, log: @escaping @Sendable (AuditEntry) -> Void,
        warn: @escaping @Sendable (String) -> Void
    ) {
        self.store = store
        self.log = log
        self.warn = warn
    }

    /// One more entry. It returns at once.
    package func record(_ entry: AuditEntry) { _ = add(entry) }

    /// One more entry; returns when it is in the store, or when the store does not take it in time. No thread is held meanwhile.
    package func recordDurably(_ entry: AuditEntry, _ time: any TimeSource) async {
        let number = add(entry)
        let timer = Task(name: "audit patience") {
            // Cancelled: nobody waits any more.
            try? await time.sleep(for: Self.patience)
            abandon(number)
        }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isOver: Bool = state.with { state in
                if state.settled >= number || state.abandoned.remove(number) != nil { return true }
                state.waiters[number] = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
        timer.cancel()
        await timer.value
        state.with { _ = $0.abandoned.remove(number) }
    }

    private func add(_ entry: AuditEntry) -> Int {
        let number = state.with { state in
            state.fresh.append(entry)
            // Too many only when the writer stands still altogether, in a store that hangs.
            state.lost += state.fresh.trim()
            state.recorded += 1
            return state.recorded
        }
        waker.wake()
        return number
    }

    private func abandon(_ number: Int) {
        let waiter: CheckedContinuation<Void, Never>? = state.with { state in
            if let waiter = state.waiters.removeValue(forKey: number) { return waiter }
            state.abandoned.insert(number)
            return nil
        }
        waiter?.resume()
    }

    /// Everything up to `number` is stored, or waits for a store that is away.
    private func settle(_ number: Int) {
        let waiters = state.with { state in
            state.settled = max(state.settled, number)
            let due = state.waiters.filter { $0.key <= number }
            for key in due.keys { state.waiters[key] = nil }
            return due.values.map(\.self)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// What it did.
    package var counts: Counts {
        state.with { state in
            Counts(
                written: state.written, lost: state.lost,
                waiting: state.fresh.count + state.waiting.count + state.inFlight.count)
        }
    }

    /// What keeps it from writing; nil when nothing does.
    package var trouble: String? { state.with { $0.trouble } }

    /// Entries of the store that fit.
    package func entries(_ query: AuditQuery) async throws(StoreFailure) -> [AuditEntry] {
        try await store.audit(query)
    }

    /// Writes what comes in, until cancelled. One task runs it.
    package func run(time: any TimeSource) async throws {
        for await _ in waker.calls {
            while await !flush() { try await time.sleep(for: Self.pause) }
        }
    }

    /// Writes all that waits; false when the store did not take it. Never while ``run(time:)`` runs: that calls it, and the end of the
    /// process does.
    @discardableResult
    package func flush() async -> Bool {
        while true {
            let (fresh, newest) = state.with { state in
                defer { state.fresh = [] }
                return (state.fresh, state.recorded)
            }
            for entry in fresh { log(entry) }
            let batch = state.with { state in
                state.waiting += fresh
                state.lost += state.waiting.trim()
                if state.inFlight.isEmpty {
                    state.inFlight = Array(state.waiting.prefix(Self.batch))
                    state.waiting.removeFirst(state.inFlight.count)
                }
                return state.inFlight
            }
            if batch.isEmpty {
                settle(newest)
                return true
            }
            do throws(StoreFailure) {
                try await store.record(batch)
                written(batch.count)
                if state.with({ $0.waiting.isEmpty }) { settle(newest) }
            } catch {
                failed(error)
                settle(newest)
                return false
            }
        }
    }

    private func written(_ count: Int) {
        let wasTroubled = state.with { state in
            defer { state.trouble = nil }
            state.inFlight = []
            state.written += count
            return state.trouble != nil
        }
        if wasTroubled { warn("the audit log is written again") }
    }

    private func failed(_ failure: StoreFailure) {
        let text = "the audit log cannot be written: \(failure.message)"
        let isNew = state.with { state in
            defer { state.trouble = text }
            return state.trouble != text
        }
        if isNew { warn("\(text); waiting in memory: \(counts.waiting); calls go on") }
    }
}

extension [AuditEntry] {
    /// Forgets the oldest of too many; how many these were.
    fileprivate mutating func trim() -> Int {
        let excess = Swift.max(0, count - AuditTrail.maximumWaiting)
        removeFirst(excess)
        return excess
    }
}
