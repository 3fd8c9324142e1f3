internal import Reconciler

/// One round of changes: all that was asked for together, in one plan and one apply.
///
///     lock ─▶ read ─▶ intent ─▶ write ─▶ plan ─▶ check ─▶ apply ─▶ read ─▶ write ─▶ answers
///                        ▲                 │       │        │
///                        └─ without those ─┘       │        └─ failed: a second plan undoes what is half made
///                           that cannot be         └─ refused: put back, nothing is applied
struct TerraformRound: Sendable {
    /// A plan is made again without nodes that it cannot make or that are gone, so often.
    static let plans = 4
    /// After an apply the state is read within this, also when the round's time is up.
    static let closing: Duration = .seconds(60)

    let workspace: TerraformWorkspace

    /// Does what the calls ask for and answers each of them. No calls: brings what was interrupted to its end. Nil, or why it failed.
    @discardableResult
    func run(_ calls: [TerraformCall]) async -> ProviderFailure? {
        do throws(ProviderFailure) {
            try await attempt(calls)
            return nil
        } catch {
            for call in calls { call.end(.failure(error)) }
            return error
        }
    }

    private func attempt(_ calls: [TerraformCall]) async throws(ProviderFailure) {
        let deadline = ContinuousClock.now + workspace.spec.timeout
        let lock = try await workspace.lock(until: deadline)
        defer { lock.release() }
        try await workspace.prepare(until: deadline)
        let record = try await workspace.load()
        let state = try await workspace.state(until: deadline)
        if let problem = TerraformTrust.problem(state, record, workspace.files) { throw .retryable(problem) }
        var intent = TerraformIntent(record, state, calls.map(\.wish))
        for (index, answer) in intent.answers { calls[index].end(answer) }
        guard intent.isWork || calls.isEmpty else { return try await workspace.finish(intent.before) }
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

    // MARK: - The plan

    /// A plan that may be applied. The intent loses what cannot be made or is gone. Nothing is changed when this throws.
    private func agree(
        on intent: inout TerraformIntent, _ calls: [TerraformCall], _ present: [String: Set<TerraformAddress>],
        until deadline: ContinuousClock.Instant
    ) async throws(ProviderFailure) -> TerraformMessages {
        for _ in 0..<Self.plans {
            try await workspace.begin(intent.record)
            let run = try await workspace.run(.plan, until: deadline, hiding: hidden(intent))
            let plan = run.messages
            guard run.isDone else {
                // An error about one node must not keep the others from being made.
                let culprits = intent.creates.filter { name in
                    present[name] == nil && plan.complaints.contains { $0.address?.keys.contains(name) ?? false }
                }
                guard !plan.isLocked, !culprits.isEmpty, culprits.count < intent.creates.count + intent.removals.count
                else { throw run.failure }
                for call in calls where call.wish.isCreate && culprits.contains(call.wish.node) {
                    call.end(.failure(.retryable(run.words(about: call.wish.node))))
                }
                intent.leaveOut(culprits)
                continue
            }
            guard plan.isWhole else {
                throw .retryable(
                    "the plan of the workspace '\(workspace.files.directory)' is not understood: it counts other changes than "
                        + "it lists; nothing was applied")
            }
            let check = TerraformPlanCheck(plan, intent, present: present)
            if let doubt = check.doubt { throw .retryable(doubt) }
            if let refusal = check.refusal(workspace.files.directory) { throw .terminal(refusal) }
            if check.vanished.isEmpty { return plan }
            intent.forget(check.vanished)
        }
        throw .retryable(
            "the workspace '\(workspace.files.directory)' gave another plan each time; nothing was applied")
    }

    // MARK: - The apply

    private func carryOut(
        _ intent: TerraformIntent, _ plan: TerraformMessages, _ calls: [TerraformCall], _ before: TerraformState,
        until deadline: ContinuousClock.Instant
    ) async throws(ProviderFailure) {
        let present = before.addresses(of: intent.names)
        guard !plan.isEmpty else {
            return try await conclude(
                aftermath(intent, plan, nil, before), calls, words: { "\($0): there was nothing to apply" })
        }
        let run = try await workspace.run(.apply, until: deadline, hiding: hidden(intent))
        let after = try await stateAfter(run)
        if !run.isDone, after == before, run.wasNotBegun || run.messages.isLocked || run.messages.isStale {
            // A lock, or a state that changed since the plan: nothing was begun.
            try? await workspace.finish(intent.before)
            throw run.failure
        }
        let first = aftermath(intent, plan, run, after)
        guard !run.isDone, run.hasEndedItself else {
            return try await conclude(first, calls, words: { run.words(about: $0) })
        }
        let settled = await settle(first, since: present, until: deadline)
        try await conclude(settled ?? first, calls, words: { run.words(about: $0) })
    }

    /// Undoes what is half made after an apply that failed, which also renews the output for the rest; nil: it cannot be done now.
    private func settle(
        _ first: TerraformAftermath, since present: [String: Set<TerraformAddress>],
        until deadline: ContinuousClock.Instant
    ) async -> TerraformAftermath? {
        let intent = first.intent.settling(undoing: first.failed, keeping: first.intact(since: present))
        do throws(ProviderFailure) {
            try await workspace.begin(intent.record)
            let planning = try await workspace.run(.plan, until: deadline, hiding: hidden(intent))
            let plan = planning.messages
            let now = first.state.addresses(of: intent.names)
            let check = TerraformPlanCheck(plan, intent, present: now)
            guard planning.isDone, plan.isWhole, check.offences.isEmpty, check.vanished.isEmpty, check.doubt == nil
            else {
                return nil
            }
            guard !plan.isEmpty else { return aftermath(intent, plan, nil, first.state) }
            let run = try await workspace.run(.apply, until: deadline, hiding: hidden(intent))
            return aftermath(intent, plan, run, try await stateAfter(run))
        } catch {
            return nil
        }
    }

    /// The state is the truth about an apply; without it nothing is known.
    private func stateAfter(_ run: TerraformRun) async throws(ProviderFailure) -> TerraformState {
        do throws(ProviderFailure) {
            return try await workspace.state(until: .now + Self.closing)
        } catch {
            throw .unknown("\(run.words); afterwards the state could not be read: \(error.message)")
        }
    }

    private func conclude(
        _ end: TerraformAftermath, _ calls: [TerraformCall], words: (String) -> String
    ) async throws(ProviderFailure) {
        // Answered when it is written: who asks again then finds it.
        do throws(ProviderFailure) { try await workspace.finish(end.record) } catch { throw .unknown(error.message) }
        for call in calls { call.end(end.answer(call.wish, words)) }
    }

    private func aftermath(
        _ intent: TerraformIntent, _ plan: TerraformMessages, _ run: TerraformRun?, _ state: TerraformState
    ) -> TerraformAftermath {
        TerraformAftermath(
            intent: intent, state: state, plan: plan, run: run, isCertain: run?.hasEndedItself ?? true)
    }

    /// The tokens of the nodes that are written now.
    private func hidden(_ intent: TerraformIntent) -> [String] {
        intent.creates.compactMap { intent.desired[$0]?.nodeToken }
    }
}
