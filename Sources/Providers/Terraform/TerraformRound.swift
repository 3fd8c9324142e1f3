internal import Reconciler

/// One round of changes: all that was asked for together. What is to be made has a plan and an apply of its own and comes first, so that a
/// destroy that fails or hangs holds up no node.
///
///     lock ─▶ making ─▶ destroying ─▶ release
///
///     each:  read ─▶ intent ─▶ write ─▶ plan ─▶ check ─▶ apply ─▶ read ─▶ write ─▶ answers
///                       ▲                 │       │        │
///                       └─ without those ─┘       │        └─ failed: a second plan undoes what is half made
///                          that cannot be         └─ refused: put back, nothing is applied
struct TerraformRound: Sendable {
    /// A plan is made again without nodes that it cannot make or that are gone, so often.
    static let plans = 4
    /// After an apply the state is read within this, also when the round's time is up.
    static let closing: Duration = .seconds(60)
    /// A destroy that somebody waits behind has this part of the round's time, and no more than ``longestPatience``.
    static let patiencePart = 4
    /// Clouds end a machine in less.
    static let longestPatience: Duration = .seconds(120)

    let workspace: TerraformWorkspace
    /// Whether somebody waits for a node to be made that this round does not make.
    let isAwaited: @Sendable () async -> Bool

    /// Does what the calls ask for and answers each of them. No calls: brings what was interrupted to its end. Nil, or why it failed.
    @discardableResult
    func run(_ calls: [TerraformCall]) async -> ProviderFailure? {
        let deadline = ContinuousClock.now + workspace.spec.timeout
        let lock: TerraformLock
        do throws(ProviderFailure) {
            lock = try await workspace.lock(until: deadline)
        } catch {
            for call in calls { call.end(.failure(error)) }
            return error
        }
        defer { lock.release() }
        let creates = calls.filter(\.wish.isCreate)
        let destroys = calls.filter { !$0.wish.isCreate }
        var failure: ProviderFailure?
        if !creates.isEmpty || calls.isEmpty {
            failure = await answering(creates) { () throws(ProviderFailure) in
                try await attempt(creates, destroyed: Set(destroys.map(\.wish.node)), isMaking: true, until: deadline)
            }
        }
        if !destroys.isEmpty || calls.isEmpty {
            failure =
                await answering(destroys) { () throws(ProviderFailure) in
                    guard ContinuousClock.now < deadline else {
                        throw .retryable(
                            "making nodes took all the time of the round in the workspace '\(workspace.files.directory)'"
                        )
                    }
                    try await attempt(destroys, isMaking: false, until: deadline)
                } ?? failure
        }
        return failure
    }

    private func answering(
        _ calls: [TerraformCall], _ body: () async throws(ProviderFailure) -> Void
    ) async -> ProviderFailure? {
        do throws(ProviderFailure) {
            try await body()
            return nil
        } catch {
            for call in calls { call.end(.failure(error)) }
            return error
        }
    }

    /// One plan and one apply. `destroyed` are nodes that are destroyed after it.
    private func attempt(
        _ calls: [TerraformCall], destroyed: Set<String> = [], isMaking: Bool, until deadline: ContinuousClock.Instant
    ) async throws(ProviderFailure) {
        try await workspace.prepare(until: deadline)
        let record = try await workspace.load()
        let state = try await workspace.state(until: deadline)
        if let problem = TerraformTrust.problem(state, record, workspace.files) { throw .retryable(problem) }
        if record.edit != nil { try await workspace.restore(record) }
        var intent = TerraformIntent(
            record, state, calls.map(\.wish), destroyed: destroyed, isMaking: isMaking)
        for (index, answer) in intent.answers { calls[index].end(answer) }
        // Without calls the second plan looks after all that is left, so also when there is nothing to make.
        guard intent.isWork || calls.isEmpty && !isMaking else { return try await workspace.finish(intent.before) }
        let present = state.addresses(of: intent.names)
        let plan: TerraformMessages
        do throws(ProviderFailure) {
            plan = try await agree(on: &intent, calls, present, until: deadline)
        } catch {
            // What could not be put back now is none to the next round either.
            try? await workspace.finish(intent.before)
            throw error
        }
        try await carryOut(intent, plan, calls, state, until: deadline)
    }

    /// The tokens of the nodes that are written now.
    func hidden(_ intent: TerraformIntent) -> [String] {
        intent.creates.compactMap { intent.desired[$0]?.nodeToken }
    }
}
