internal import Reconciler

extension TerraformRound {
    /// The resources that each node had before.
    typealias Present = [String: Set<TerraformAddress>]

    /// A plan that may be applied. The intent loses what cannot be made or is gone. Nothing is changed when this throws.
    ///
    /// First all is planned. Where an error about a node that exists keeps that from being done, or a part of a node that is to go is gone
    /// already, the nodes of this round are planned alone. What such a plan may do is no more than what any may.
    func agree(
        on intent: inout TerraformIntent, _ calls: [TerraformCall], _ present: Present,
        until deadline: ContinuousClock.Instant
    ) async throws(ProviderFailure) -> TerraformMessages {
        for _ in 0..<Self.plans {
            try await workspace.begin(intent.record)
            let run = try await workspace.run(.plan(targets: []), until: deadline, hiding: hidden(intent))
            let plan = run.messages
            guard run.isDone else {
                if leaveOut(ofNoUse: run, &intent, calls, present) { continue }
                guard TerraformPlanCheck.isAboutExisting(run, intent, present: present) else { throw run.failure }
                postpone(those: run, &intent, calls)
                guard intent.isWork, let own = try await ownPlan(intent, present, until: deadline) else {
                    throw run.failure
                }
                return own
            }
            guard plan.isWhole else { throw notUnderstood }
            let check = TerraformPlanCheck(plan, intent, present: present)
            if let doubt = check.doubt { throw .retryable(doubt) }
            if check.isHeldByLeaving {
                if let own = try await ownPlan(intent, present, until: deadline) { return own }
                intent.destroyDeferred()
                continue
            }
            if let refusal = check.refusal(workspace.files.directory) { throw .terminal(refusal) }
            if check.vanished.isEmpty { return plan }
            intent.forget(check.vanished)
        }
        throw .retryable(
            "the workspace '\(workspace.files.directory)' gave another plan each time; nothing was applied")
    }

    private var notUnderstood: ProviderFailure {
        .retryable(
            "the plan of the workspace '\(workspace.files.directory)' is not understood: it counts other changes than "
                + "it lists; nothing was applied")
    }

    /// An error about one new node must not keep the others from being made: those that a failed plan accuses are answered and left out.
    /// False: there are none, or nothing would be left to do.
    private func leaveOut(
        ofNoUse run: TerraformRun, _ intent: inout TerraformIntent, _ calls: [TerraformCall], _ present: Present
    ) -> Bool {
        let culprits = intent.creates.filter { name in
            present[name] == nil && run.messages.accuses(name)
        }
        guard !run.messages.isLocked, !culprits.isEmpty,
            culprits.count < intent.creates.count + intent.removals.count
        else { return false }
        for call in calls where call.wish.isCreate && culprits.contains(call.wish.node) {
            call.end(.failure(.retryable(run.words(about: call.wish.node))))
        }
        intent.leaveOut(culprits)
        return true
    }

    /// Nodes that are half made, and that a failed plan accuses, stay as they are for now.
    private func postpone(those run: TerraformRun, _ intent: inout TerraformIntent, _ calls: [TerraformCall]) {
        let culprits = intent.creates.filter(run.messages.accuses)
        for call in calls where call.wish.isCreate && culprits.contains(call.wish.node) {
            call.end(.failure(.unknown(run.words(about: call.wish.node))))
        }
        intent.postpone(culprits)
    }

    /// A plan for the nodes of the intent alone, which asks the cloud about no other; nil when it is none that may be applied.
    ///
    /// What is destroyed is named by the state, what is made by the configuration, for no state knows it yet.
    func ownPlan(
        _ intent: TerraformIntent, _ present: Present, until deadline: ContinuousClock.Instant
    ) async throws(ProviderFailure) -> TerraformMessages? {
        var targets = intent.removals.keys.flatMap { present[$0] ?? [] }.map(\.description).sorted()
        if !intent.creates.isEmpty {
            let graph = try await workspace.run(.graph, until: deadline)
            guard graph.isDone else { return nil }
            targets += await workspace.graph(graph).targets(of: intent.creates)
        }
        guard !targets.isEmpty, targets.count <= TerraformGraph.maximumTargets else { return nil }
        let run = try await workspace.run(.plan(targets: targets), until: deadline, hiding: hidden(intent))
        guard run.isDone, run.messages.isWhole else { return nil }
        let check = TerraformPlanCheck(run.messages, intent, present: present)
        guard check.offences.isEmpty, check.vanished.isEmpty, check.doubt == nil else { return nil }
        return run.messages
    }
}
