extension ControlLoop: ControlCommands {
    /// One command that waits for the next round, so that it is decided, stored and answered within the loop's own turn.
    struct QueuedCommand: Sendable {
        /// What it changes, and the events that say so; when it throws, nothing was changed.
        let apply: Change
        let finish: @Sendable (Result<Void, CommandFailure>) -> Void

        /// A change of the fleet under the plan of the round before.
        typealias Change = @Sendable (inout Fleet, Plan, Timestamp) throws(CommandFailure) -> [Event]
    }

    package func approve(_ hash: String, by user: String) async throws(CommandFailure) {
        try await enqueue { (fleet, plan, now) throws(CommandFailure) in
            guard let hold = plan.held.first(where: { $0.approval == hash }) else {
                throw .notFound("nothing waits for the approval '\(hash)'\(plan.approvalsWords)")
            }
            fleet.approvals.insert(hash)
            return [
                Event(
                    at: now, reason: "Approved", subject: hash, message: "\(user) approved: \(hold.reasonWithoutAdvice)"
                )
            ]
        }
    }

    @discardableResult
    package func pause(
        _ group: String, _ paused: Bool, by user: String
    ) async throws(CommandFailure) -> ScalingPause? {
        let groups = desiredSpec.groups.map(\.name)
        let inForce = Locked<ScalingPause?>(nil)
        try await enqueue { (fleet, _, now) throws(CommandFailure) in
            // The pause of a group that left the spec can still be ended.
            guard groups.contains(group) || fleet.pauses[group] != nil else {
                throw .notFound(Suggestion.noSuch("node group", group, among: groups))
            }
            if let pause = fleet.pauses[group], paused {
                throw .conflict("'\(group)' is paused already, by \(pause.by) since \(pause.since)")
            }
            if fleet.pauses[group] == nil, !paused { throw .conflict("'\(group)' is not paused") }
            let pause = paused ? ScalingPause(since: now, by: user) : nil
            fleet.setPause(pause, of: group)
            inForce.replace(with: pause)
            return [
                Event(
                    at: now, reason: paused ? "ScalingPaused" : "ScalingResumed", subject: group, message: "by \(user)")
            ]
        }
        return inForce.current
    }

    package func pauseAhead(_ group: String, by user: String) async throws(CommandFailure) {
        try await enqueue { fleet, _, now in
            guard fleet.pauses[group] == nil else { return [] }
            fleet.setPause(ScalingPause(since: now, by: user), of: group)
            return [Event(at: now, reason: "ScalingPaused", subject: group, message: "by \(user)")]
        }
    }

    @discardableResult
    package func scale(_ command: ScaleCommand, by user: String) async throws(CommandFailure) -> [ScaleOutcome] {
        let pools = try pools(group: command.group, role: command.role, region: command.region)
        try check(command, in: pools)
        let group = desiredSpec.group(command.group)
        let inForce = Locked<ScalingHistory.Override?>(nil)
        try await enqueue { fleet, _, now in
            let override = command.nodes.map {
                ScalingHistory.Override(nodes: $0, until: command.duration.map { now + $0 }, by: user)
            }
            for pool in pools {
                var history = fleet.scaling[pool] ?? ScalingHistory()
                history.override = override
                if let nodes = command.nodes, let group, fleet.pauses[command.group] != nil,
                    let role = group.effectiveRole(pool.role, in: pool.region)
                {
                    let parents = group.multiplier(of: pool.role).map { name in
                        ParentCount(role: name, nodes: fleet.parents(of: pool, in: group))
                    }
                    history.stand(at: nodes, role, parents, now: now)
                }
                fleet.setScaling(history, of: pool)
            }
            inForce.replace(with: override)
            let place = command.region.map { " in \($0)" } ?? ""
            let words =
                command.nodes.map { nodes in
                    "\(nodes)\(place)" + (command.duration.map { " for \($0.specText)" } ?? " until it is taken back")
                } ?? "back to its rules\(place)"
            return [
                Event(
                    at: now, reason: command.nodes == nil ? "ScaleOverrideEnded" : "ScaledByHand",
                    subject: "\(command.group)/\(command.role)", message: "\(words), by \(user)")
            ]
        }
        return pools.map { ScaleOutcome(region: $0.region, override: inForce.current) }
    }

    @discardableResult
    package func retry(_ command: RetryCommand, by user: String) async throws(CommandFailure) -> [RetryOutcome] {
        let pools = try pools(group: command.group, role: command.role, region: command.region)
        let outcomes = Locked<[RetryOutcome]>([])
        try await enqueue { (fleet, _, now) throws(CommandFailure) in
            let retried = try fleet.retry(pools, at: now)
            outcomes.replace(with: retried.map { RetryOutcome(region: $0.pool.region, forgotten: $0.forgotten) })
            return retried.map { pool, forgotten in
                Event(
                    at: now, reason: "Retried", subject: "\(pool)",
                    message: "\(forgotten.joined(separator: "; ")): tried again, by \(user)")
            }
        }
        return outcomes.current
    }

    /// The pools of a role, in one region or in each.
    private func pools(group name: String, role: String, region: String?) throws(CommandFailure) -> [PoolKey] {
        guard let group = desiredSpec.group(name) else {
            throw .notFound(Suggestion.noSuch("node group", name, among: desiredSpec.groups.map(\.name)))
        }
        let place = "node group '\(name)'"
        guard group.role(role) != nil else {
            throw .notFound(Suggestion.noSuch("role", role, in: place, among: group.roles.map(\.name)))
        }
        if let region, group.region(region) == nil {
            throw .notFound(Suggestion.noSuch("region", region, in: place, among: group.regions.map(\.name)))
        }
        return (region.map { [$0] } ?? group.regions.map(\.name)).map { PoolKey(group: name, region: $0, role: role) }
    }

    /// Whether the bounds of these pools allow a count.
    private func check(_ command: ScaleCommand, in pools: [PoolKey]) throws(CommandFailure) {
        guard let nodes = command.nodes else { return }
        let fleet = environment.live.snapshot.fleet
        for pool in pools {
            guard let group = desiredSpec.group(pool.group),
                let role = group.effectiveRole(pool.role, in: pool.region)?.times(fleet.parents(of: pool, in: group))
            else { continue }
            let ceiling = ([role.max] + role.scaling.schedules.compactMap(\.max)).max() ?? role.max
            guard (min(role.min, ceiling)...ceiling).contains(nodes) else {
                throw .conflict(
                    "'\(pool.group)/\(pool.role)' in \(pool.region) may have \(role.min) to \(ceiling) nodes by the spec, "
                        + "not \(nodes)")
            }
        }
    }

    /// Lets a change wait for the next round, and waits for what came of it.
    func enqueue(_ apply: @escaping QueuedCommand.Change) async throws(CommandFailure) {
        if isClosed { throw .unavailable("the manager ends; ask again when it is back") }
        let result = await withCheckedContinuation { continuation in
            commandQueue.append(QueuedCommand(apply: apply) { continuation.resume(returning: $0) })
            environment.live.wake()
        }
        try result.get()
    }

    /// Answers every command that waits, and those that come later: the daemon ends, and no round will carry them out.
    package func close() {
        isClosed = true
        for command in commandQueue {
            command.finish(.failure(.unavailable("the manager ends; ask again when it is back")))
        }
        commandQueue = []
    }
}
