/// What keeps pools from getting nodes, learned from calls that fail and from nodes that die young. Facts only; what follows from
/// them is the planner's.
extension Fleet {
    /// A node becomes faulty or is gone: it is remembered, and one that served too short to count speaks against what it was made
    /// from.
    mutating func noteEnd(of id: NodeID, in state: NodeState, at now: Timestamp, because reason: String) {
        guard let node = nodes[id], node.state != .fault, !node.state.isLeaving, node.state != .terminated else {
            return
        }
        if state == .fault { update(id) { $0.marks.noteFault(at: now) } }
        let isYoung = node.state.isComing || node.inServiceAt.map { now - $0 < Setback.provenAfter } ?? false
        guard isYoung else { return }
        var memory = memories[node.pool] ?? PoolMemory()
        let message = "\(id) \(node.inServiceAt == nil ? "did not come into service" : "did not last"): \(reason)"
        let last = memory.starts.flatMap { $0.revision == node.revision ? $0 : nil }
        memory.starts = Setback.after(last, at: now, message, salt: id.rawValue, delay: Backoff.start)
        memory.starts?.revision = node.revision
        if memory.rollout?.revision == node.revision {
            if node.inServiceAt == nil { memory.rollout?.failures += 1 } else { memory.rollout?.deaths += 1 }
        }
        setMemory(memory, of: node.pool)
    }

    /// A create failed at the provider: the pool waits before it tries again.
    mutating func noteCreateFailure(of node: Node, _ failure: ProviderFailure, at now: Timestamp) {
        var memory = memories[node.pool] ?? PoolMemory()
        memory.creates = Setback.after(
            memory.creates, at: now, failure.message, isShortage: failure.isShortage, salt: node.id.rawValue,
            delay: Backoff.create)
        // What the provider refuses for good will not come into service.
        if case .terminal = failure, memory.rollout?.revision == node.revision { memory.rollout?.failures += 1 }
        setMemory(memory, of: node.pool)
    }

    /// The provider made a node: it can.
    mutating func noteCreated(in pool: PoolKey) {
        guard var memory = memories[pool], memory.creates != nil else { return }
        memory.creates = nil
        setMemory(memory, of: pool)
    }

    /// A run that no failure has gone on with for so long that the next one begins another is over, whoever else could have ended it: the
    /// nodes that came beside those that failed, or a person who wants fewer.
    private mutating func forgetOldSetbacks(at now: Timestamp) {
        for (pool, known) in memories {
            var memory = known
            if memory.creates?.isOver(at: now) == true { memory.creates = nil }
            if memory.starts?.isOver(at: now) == true { memory.starts = nil }
            if memory != known { setMemory(memory, of: pool) }
        }
    }

    /// A node that served for a while ends a run of failed starts, and proves its revision.
    mutating func noteProven(at now: Timestamp) {
        forgetOldSetbacks(at: now)
        let open = memories.filter { $0.value.isOpen }
        guard !open.isEmpty else { return }
        for node in nodes.values where node.state == .inService {
            guard var memory = open[node.pool] == nil ? nil : memories[node.pool], let began = node.inServiceAt,
                now - began >= Setback.provenAfter
            else { continue }
            if let starts = memory.starts, node.requestedAt > starts.at { memory.starts = nil }
            if var rollout = memory.rollout, rollout.revision == node.revision {
                rollout.isProven = true
                rollout.failures = 0
                rollout.deaths = 0
                rollout.halt = nil
                rollout.stable = rollout.revision
                memory.rollout = rollout
            }
            setMemory(memory, of: node.pool)
        }
    }
}

extension PoolMemory {
    /// Whether a node that serves for a while has something to say.
    fileprivate var isOpen: Bool {
        starts != nil
            || rollout.map { !$0.isProven || $0.failures + $0.deaths > 0 || $0.halt != nil || $0.stable != $0.revision }
                == true
    }

    /// The clock was set back to `now`: nothing was later than that, and nothing waits longer than it may.
    func setBack(to now: Timestamp) -> PoolMemory {
        var result = self
        result.rollout?.since = min(rollout?.since ?? now, now)
        result.rollout?.halt?.at = min(rollout?.halt?.at ?? now, now)
        result.creates = creates?.setBack(to: now)
        result.starts = starts?.setBack(to: now)
        return result
    }

    /// Nothing new of a revision is asked for before then: the later of its setbacks.
    package func blockedUntil(_ now: Timestamp, making revision: String?) -> Setback? {
        [creates, starts(of: revision)].compactMap { $0 }.filter { $0.until > now }.max { $0.until < $1.until }
    }

    /// One node of a revision at a time may be tried: the last try failed.
    package func caution(making revision: String?) -> Setback? {
        creates ?? starts(of: revision).flatMap { $0.failures > 1 ? $0 : nil }
    }

    /// Nodes of another revision that die young say nothing of this one.
    private func starts(of revision: String?) -> Setback? {
        starts.flatMap { $0.revision == nil || $0.revision == revision ? $0 : nil }
    }
}

extension Setback {
    /// A failure so long after the last one begins a new run.
    private static let memory: Duration = .seconds(900)

    /// The next failure is none of this run.
    func isOver(at now: Timestamp) -> Bool { now - at >= Self.memory && now >= until }

    /// The run of failures with one more. What fails while nothing should be tried was begun before that: it makes the wait no
    /// longer.
    static func after(
        _ last: Setback?, at now: Timestamp, _ message: String, isShortage: Bool = false, salt: String,
        delay: (Int, String) -> Duration
    ) -> Setback {
        guard var next = last, now - next.at < memory else {
            return Setback(
                failures: 1, since: now, at: now, until: now + delay(1, salt), message: message, isShortage: isShortage)
        }
        next.message = message
        next.isShortage = next.isShortage || isShortage
        if now < next.until { return next }
        next.failures += 1
        next.at = now
        next.until = now + delay(next.failures, salt)
        return next
    }

    fileprivate func setBack(to now: Timestamp) -> Setback {
        var result = self
        result.since = min(since, now)
        result.at = min(at, now)
        result.until = min(until, now + Backoff.longest)
        return result
    }
}

extension ProviderFailure {
    /// No capacity or quota there now.
    var isShortage: Bool {
        if case .noCapacity = self { return true }
        return false
    }
}
