/// What people tell of nodes and pools, carried out in the records. Pure: each changes the fleet and returns the events that say so,
/// or refuses, in words that say what to do, and changes nothing.
extension Fleet {
    /// No new assignments to a node, or an end of that and of all that keeps it from being trusted.
    mutating func cordon(
        _ id: NodeID, _ cordoned: Bool, by user: String, at now: Timestamp
    ) throws(CommandFailure) -> [Event] {
        let node = try known(id)
        guard node.state != .terminated else { throw .notFound("there is no node '\(id)' any more: \(node.reason)") }
        guard !cordoned else {
            update(id) { $0.cordoned = true }
            return [told("NodeCordoned", id, "by \(user)", now)]
        }
        if node.state == .evicting, node.marks.drainRequest != nil {
            throw .conflict("the clients of '\(id)' were told to go since \(node.since): it cannot be taken back")
        }
        update(id) { node in
            node.cordoned = false
            node.marks.drainRequest = nil
            if node.marks.isQuarantined {
                node.marks.isQuarantined = false
                node.marks.faults = []
            }
        }
        var events = [told("NodeUncordoned", id, "by \(user)", now)]
        if node.state == .draining, node.marks.drainRequest != nil || node.marks.isQuarantined {
            events.append(move(id, to: .inService, at: now, because: "by \(user)", event: "NodeUndrained"))
        }
        return events
    }

    /// Asks a node in service to go, or, with force, lets it drain at once.
    mutating func drain(
        _ id: NodeID, force: Bool, by user: String, at now: Timestamp
    ) throws(CommandFailure) -> [Event] {
        let node = try known(id)
        switch node.state {
        case .inService: break
        case .requested, .creating, .created, .started:
            throw .conflict(
                "'\(id)' is \(node.state.rawValue) and serves nobody yet; end it with 'smreconcile terminate \(id)'")
        case .draining, .evicting:
            throw .conflict("'\(id)' is \(node.state.rawValue) already, since \(node.since): \(node.reason)")
        case .fault:
            throw .conflict("'\(id)' is faulty: \(node.reason); end it with 'smreconcile terminate \(id)'")
        case .terminating, .terminated: throw .conflict("'\(id)' is \(node.state.rawValue): \(node.reason)")
        }
        if !force {
            if let request = node.marks.drainRequest {
                throw .conflict(
                    "'\(id)' is to drain already: \(request.by) asked for it at \(request.at); --force drains it at once"
                )
            }
            if let why = protection(of: node, at: now) { throw .conflict("\(why), or drain it with --force") }
        }
        let request = NodeMarks.DrainRequest(at: now, by: user)
        update(id) { $0.marks.drainRequest = request }
        if !force { return [told("DrainRequested", id, "by \(user)", now)] }
        return [move(id, to: .draining, at: now, because: "asked for with force, by \(user)", event: "NodeDraining")]
    }

    /// Destroys a node.
    /// - Parameters:
    ///   - role: what its pool is by the spec.
    ///   - least: nodes that must serve beside it.
    ///   - assigned: clients that are on it or were sent there.
    mutating func terminate(
        _ id: NodeID, force: Bool, by user: String, role: RoleSpec, least: Int, assigned: Int, at now: Timestamp
    ) throws(CommandFailure) -> [Event] {
        let node = try known(id)
        if node.state == .terminating || node.state == .terminated {
            throw .conflict("'\(id)' is \(node.state.rawValue) already: \(node.reason)")
        }
        if !force {
            if let why = protection(of: node, at: now) { throw .conflict("\(why), or end it with --force") }
            if let why = cutOff(by: node, assigned) { throw .conflict(why) }
            let others = nodes.values.count {
                $0.pool == node.pool && $0.id != id && $0.state == .inService && !$0.cordoned
                    && isFresh($0, role.health, at: now)
            }
            if node.state == .inService, others < least {
                throw .conflict(
                    "\(others) would serve in \(node.pool) without '\(id)', and \(least) must; 'smreconcile drain \(id)' waits "
                        + "for another, --force does not")
            }
        }
        let reason = "asked for\(force ? " with force" : ""), by \(user)"
        return [move(id, to: .terminating, at: now, because: reason, event: "NodeTerminating")]
    }

    /// Keeps a node from voluntary removal, or no more for nil.
    mutating func protect(
        _ id: NodeID, for duration: Duration?, by user: String, at now: Timestamp
    ) throws(CommandFailure) -> [Event] {
        let node = try known(id)
        guard let duration else {
            guard node.protectedUntil.map({ $0 > now }) ?? false else {
                throw .conflict(
                    node.marks.protectsItself
                        ? "'\(id)' protects itself by its heartbeats: nobody else can take that back"
                        : "'\(id)' is not protected")
            }
            update(id) { $0.protectedUntil = nil }
            return [told("NodeUnprotected", id, "by \(user)", now)]
        }
        guard duration > .zero, duration <= CommandLimits.protection else {
            throw .conflict(
                "a protection lasts at most \(CommandLimits.protection.specText), not \(duration.specText); it may be "
                    + "prolonged while it lasts")
        }
        switch node.state {
        case .terminating, .terminated, .evicting:
            throw .conflict("it is too late to protect '\(id)': it is \(node.state.rawValue), \(node.reason)")
        default: break
        }
        let end = now + duration
        update(id) { $0.protectedUntil = end }
        return [told("NodeProtected", id, "until \(end), by \(user)", now)]
    }

    /// Forgets what halts rollouts and makes creates wait; what that was, by pool.
    mutating func retry(
        _ pools: [PoolKey], at now: Timestamp
    ) throws(CommandFailure) -> [(pool: PoolKey, forgotten: [String])] {
        let found = pools.compactMap { pool in memories[pool].map { (pool: pool, forgotten: $0.setbacks) } }
            .filter { !$0.forgotten.isEmpty }
        guard !found.isEmpty else {
            let names = pools.map { "\($0)" }.joined(separator: ", ")
            throw .conflict(
                "there is nothing to retry in \(names): no rollout is halted, and nothing waits after failures")
        }
        for (pool, _) in found {
            guard var memory = memories[pool] else { continue }
            memory.rollout?.halt = nil
            memory.rollout?.failures = 0
            memory.rollout?.deaths = 0
            memory.rollout?.since = now
            memory.creates = nil
            memory.starts = nil
            setMemory(memory, of: pool)
        }
        let retried = Set(found.map(\.pool))
        for node in nodes.values
        where retried.contains(node.pool) && (node.state == .requested || node.state == .creating)
            && node.retryAt != nil
        {
            update(node.id) { node in
                node.attempts = 0
                node.retryAt = nil
            }
        }
        return found
    }

    // MARK: - Words

    /// The node of an id; when there is none, the error has the nearest.
    private func known(_ id: NodeID) throws(CommandFailure) -> Node {
        if let node = nodes[id] { return node }
        throw .notFound(noSuchNode(id))
    }

    /// That there is no such node, and which may be meant.
    package func noSuchNode(_ id: NodeID) -> String {
        Suggestion.noSuch(
            "node", id.rawValue, among: nodes.values.filter { $0.state != .terminated }.map(\.id.rawValue).sorted())
    }

    private func told(_ reason: String, _ id: NodeID, _ message: String, _ now: Timestamp) -> Event {
        Event(at: now, reason: reason, subject: id.rawValue, message: message)
    }

    /// What protects a node, and what to do about it; nil for nothing.
    private func protection(of node: Node, at now: Timestamp) -> String? {
        if let end = node.protectedUntil, end > now {
            return "'\(node.id)' is protected until \(end); take that back with 'smreconcile protect \(node.id) --off'"
        }
        guard node.marks.protectsItself else { return nil }
        return "'\(node.id)' protects itself by its heartbeats; wait until it no longer does"
    }

    /// Who would be cut off if a node were destroyed, and what to do; nil for nobody.
    private func cutOff(by node: Node, _ assigned: Int) -> String? {
        let clients = max(node.clients, assigned)
        if node.state == .fault, clients > 0 {
            return
                "'\(node.id)' is faulty, and had \(clients) client\(clients == 1 ? "" : "s") when it was heard last; wait for "
                + "its faultTimeout, or end them with --force"
        }
        guard [.inService, .draining, .evicting].contains(node.state) else { return nil }
        if node.isEmpty, clients == 0 { return nil }
        let advice =
            node.state == .inService
            ? "drain it first, or end them with --force" : "wait for them, or end them with --force"
        let has = node.state == .inService ? "has" : "still has"
        if clients > 0 { return "'\(node.id)' \(has) \(clients) client\(clients == 1 ? "" : "s"); \(advice)" }
        if !node.tellsClients { return "how many clients '\(node.id)' has is not known; \(advice)" }
        return "other nodes pull their streams from '\(node.id)'; \(advice)"
    }
}

extension PoolMemory {
    /// What a person may make the manager forget, in words.
    fileprivate var setbacks: [String] {
        var words: [String] = []
        if let rollout, let halt = rollout.halt {
            words.append("the rollout to revision \(rollout.revision), halted since \(halt.at): \(halt.reason)")
        } else if let rollout, rollout.failures + rollout.deaths > 0 {
            let count = rollout.failures + rollout.deaths
            words.append("\(count) node\(count == 1 ? "" : "s") of revision \(rollout.revision) that failed")
        }
        if let creates {
            words.append("creates that failed \(creates.times) since \(creates.since): \(creates.message)")
        }
        if let starts { words.append("new nodes that failed \(starts.times) since \(starts.since): \(starts.message)") }
        return words
    }
}

extension Setback {
    /// `once`, `4 times`.
    package var times: String { failures == 1 ? "once" : "\(failures) times" }
}
