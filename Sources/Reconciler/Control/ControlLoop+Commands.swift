extension ControlLoop: ControlCommands {
    /// One command that waits for the next round, so that it is decided, stored and answered within the loop's own turn.
    struct QueuedCommand: Sendable {
        let apply: @Sendable (inout Fleet, Plan, Timestamp) -> Result<Event, CommandFailure>
        let finish: @Sendable (Result<Void, CommandFailure>) -> Void
    }

    package func approve(_ hash: String, by user: String) async throws(CommandFailure) {
        try await enqueue { fleet, plan, now in
            guard let hold = plan.held.first(where: { $0.approval == hash }) else {
                return .failure(
                    .notFound("nothing waits for the approval '\(hash)'; 'smreconcile plan' shows what does"))
            }
            fleet.approvals.insert(hash)
            return .success(
                Event(
                    at: now, reason: "Approved", subject: hash,
                    message: "\(user) approved: \(hold.reason)"))
        }
    }

    package func cordon(_ node: NodeID, _ cordoned: Bool, by user: String) async throws(CommandFailure) {
        try await enqueue { fleet, _, now in
            guard let known = fleet.nodes[node], known.state != .terminated else {
                return .failure(.notFound("there is no node '\(node)'"))
            }
            fleet.update(node) { $0.cordoned = cordoned }
            return .success(
                Event(
                    at: now, reason: cordoned ? "NodeCordoned" : "NodeUncordoned", subject: node.rawValue,
                    message: "by \(user)"))
        }
    }

    @discardableResult
    package func pause(
        _ group: String, _ paused: Bool, by user: String
    ) async throws(CommandFailure) -> ScalingPause? {
        let groups = desiredSpec.groups.map(\.name)
        let inForce = Locked<ScalingPause?>(nil)
        try await enqueue { fleet, _, now in
            // The pause of a group that left the spec can still be ended.
            guard groups.contains(group) || fleet.pauses[group] != nil else {
                return .failure(.notFound(Suggestion.noSuch("node group", group, among: groups)))
            }
            if let pause = fleet.pauses[group], paused {
                return .failure(.conflict("'\(group)' is paused already, by \(pause.by) since \(pause.since)"))
            }
            if fleet.pauses[group] == nil, !paused { return .failure(.conflict("'\(group)' is not paused")) }
            let pause = paused ? ScalingPause(since: now, by: user) : nil
            fleet.setPause(pause, of: group)
            inForce.replace(with: pause)
            return .success(
                Event(
                    at: now, reason: paused ? "ScalingPaused" : "ScalingResumed", subject: group, message: "by \(user)")
            )
        }
        return inForce.current
    }

    @discardableResult
    package func scale(_ command: ScaleCommand, by user: String) async throws(CommandFailure) -> [ScaleOutcome] {
        let pools = try pools(of: command)
        let inForce = Locked<ScalingHistory.Override?>(nil)
        try await enqueue { fleet, _, now in
            let override = command.nodes.map {
                ScalingHistory.Override(nodes: $0, until: command.duration.map { now + $0 }, by: user)
            }
            for pool in pools {
                var history = fleet.scaling[pool] ?? ScalingHistory()
                history.override = override
                fleet.setScaling(history, of: pool)
            }
            inForce.replace(with: override)
            let place = command.region.map { " in \($0)" } ?? ""
            let words =
                command.nodes.map { nodes in
                    "\(nodes)\(place)" + (command.duration.map { " for \($0.specText)" } ?? " until it is taken back")
                } ?? "back to its rules\(place)"
            return .success(
                Event(
                    at: now, reason: command.nodes == nil ? "ScaleOverrideEnded" : "ScaledByHand",
                    subject: "\(command.group)/\(command.role)", message: "\(words), by \(user)"))
        }
        return pools.map { ScaleOutcome(region: $0.region, override: inForce.current) }
    }

    /// The pools that a command is about, whose bounds allow it.
    private func pools(of command: ScaleCommand) throws(CommandFailure) -> [PoolKey] {
        guard let group = desiredSpec.group(command.group) else {
            throw .notFound(Suggestion.noSuch("node group", command.group, among: desiredSpec.groups.map(\.name)))
        }
        let place = "node group '\(command.group)'"
        guard group.role(command.role) != nil else {
            throw .notFound(Suggestion.noSuch("role", command.role, in: place, among: group.roles.map(\.name)))
        }
        let regions = command.region.map { [$0] } ?? group.regions.map(\.name)
        for region in regions {
            guard let role = group.effectiveRole(command.role, in: region) else {
                throw .notFound(Suggestion.noSuch("region", region, in: place, among: group.regions.map(\.name)))
            }
            guard let nodes = command.nodes else { continue }
            let ceiling = ([role.max] + role.scaling.schedules.compactMap(\.max)).max() ?? role.max
            guard (min(role.min, ceiling)...ceiling).contains(nodes) else {
                throw .conflict(
                    "'\(command.group)/\(command.role)' in \(region) may have \(role.min) to \(ceiling) nodes by the spec, "
                        + "not \(nodes)")
            }
        }
        return regions.map { PoolKey(group: command.group, region: $0, role: command.role) }
    }

    private func enqueue(
        _ apply: @escaping @Sendable (inout Fleet, Plan, Timestamp) -> Result<Event, CommandFailure>
    ) async throws(CommandFailure) {
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
