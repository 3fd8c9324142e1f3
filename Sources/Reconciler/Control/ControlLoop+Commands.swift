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
                    .notFound("no removal waits for the approval '\(hash)'; 'smreconcile plan' shows those that do"))
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
