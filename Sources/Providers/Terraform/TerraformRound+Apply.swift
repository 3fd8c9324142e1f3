internal import Reconciler

extension TerraformRound {
    /// Applies the plan, and answers the calls when what became of it is written down.
    func carryOut(
        _ intent: TerraformIntent, _ plan: TerraformMessages, _ calls: [TerraformCall], _ before: TerraformState,
        until deadline: ContinuousClock.Instant
    ) async throws(ProviderFailure) {
        let present = before.addresses(of: intent.names)
        guard !plan.isEmpty else {
            return try await conclude(
                aftermath(intent, plan, nil, before), calls, words: { "\($0): there was nothing to apply" })
        }
        let run = try await apply(intent, until: deadline)
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

    /// Applies the plan that was checked. When it makes nothing, and somebody waits for a node, it has less time: Terraform is interrupted,
    /// and what is left is destroyed after that node is made.
    private func apply(
        _ intent: TerraformIntent, until deadline: ContinuousClock.Instant
    ) async throws(ProviderFailure) -> TerraformRun {
        let work = Task(name: "an apply in a Terraform workspace") {
            do throws(ProviderFailure) {
                return Result<TerraformRun, ProviderFailure>.success(
                    try await workspace.run(.apply, until: deadline, hiding: hidden(intent)))
            } catch {
                return .failure(error)
            }
        }
        guard intent.creates.isEmpty else { return try await work.value.get() }
        let end = ContinuousClock.now + min(workspace.spec.timeout / Self.patiencePart, Self.longestPatience)
        let watch = Task(name: "the patience with a destroy in a Terraform workspace") {
            try await Task.sleep(until: end, clock: .continuous)
            while !(await isAwaited()) { try await Task.sleep(for: .seconds(1)) }
            work.cancel()
        }
        defer { watch.cancel() }
        return try await work.value.get()
    }

    /// Undoes what is half made after an apply that failed, which also renews the output for the rest; nil: it cannot be done now.
    private func settle(
        _ first: TerraformAftermath, since present: Present, until deadline: ContinuousClock.Instant
    ) async -> TerraformAftermath? {
        let intent = first.intent.settling(undoing: first.failed, keeping: first.intact(since: present))
        do throws(ProviderFailure) {
            try await workspace.begin(intent.record)
            let now = first.state.addresses(of: intent.names)
            guard let plan = try await settlement(intent, now, until: deadline) else { return nil }
            guard !plan.isEmpty else { return aftermath(intent, plan, nil, first.state) }
            let run = try await workspace.run(.apply, until: deadline, hiding: hidden(intent))
            return aftermath(intent, plan, run, try await stateAfter(run))
        } catch {
            return nil
        }
    }

    private func settlement(
        _ intent: TerraformIntent, _ now: Present, until deadline: ContinuousClock.Instant
    ) async throws(ProviderFailure) -> TerraformMessages? {
        let run = try await workspace.run(.plan(targets: []), until: deadline, hiding: hidden(intent))
        let check = TerraformPlanCheck(run.messages, intent, present: now)
        if run.isDone, run.messages.isWhole, check.offences.isEmpty, check.vanished.isEmpty, check.doubt == nil {
            return run.messages
        }
        guard run.isDone ? check.isHeldByLeaving : TerraformPlanCheck.isAboutExisting(run, intent, present: now)
        else { return nil }
        return try await ownPlan(intent, now, until: deadline)
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
}
