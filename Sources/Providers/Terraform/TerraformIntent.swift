internal import Reconciler

/// What a round of changes is to do: the nodes that there are to be, and by which calls they differ from what there is.
///
/// The variables hold what exists and what is asked for. A node that they name and the state does not is none: its making never began, or
/// it was taken out by hand; to leave it in would make it now, unasked.
struct TerraformIntent: Sendable, Equatable {
    /// As it was, without what is none; put back when the plan is refused.
    let before: TerraformRecord
    /// The nodes that there are to be.
    private(set) var desired: [String: TerraformNode]
    /// Those of them whose resources may be made: asked for now, or left unfinished.
    private(set) var creates: Set<String>
    /// Whose resources may be destroyed: asked for now, or left over from a destroy that did not come to its end.
    private(set) var removals: [String: TerraformNode]
    /// Nodes whose destroy was begun, and goes on after this: so long they stay in the variables, so that nothing of them is planned.
    private(set) var deferred: [String: TerraformNode] = [:]
    /// Nodes that are half made, and whose making cannot go on now.
    private(set) var postponed: Set<String> = []
    /// Nodes that the cloud lost: they go from the state, and nothing is destroyed for it.
    private(set) var forgotten: [String: TerraformNode] = [:]
    /// Nodes that were in the output before: they may be in use, and are never undone.
    let established: Set<String>
    /// Calls that are answered without a change, by their places.
    private(set) var answers: [Int: TerraformAnswer] = [:]

    /// Sorts the wishes into what the record and the state say there is.
    ///
    /// - Parameters:
    ///   - destroyed: nodes whose destroy is asked for at the same time, apart from this.
    ///   - isMaking: nothing is destroyed: what is left over from destroys, and makings of nodes that are to be destroyed, wait.
    init(
        _ record: TerraformRecord, _ state: TerraformState, _ wishes: [TerraformWish], destroyed: Set<String> = [],
        isMaking: Bool = false
    ) {
        let present = state.addresses(of: Set(record.nodes.keys))
        established = Set((state.nodes ?? [:]).keys)
        // A crash between the journal and the variables leaves a node in both: its destroy was asked for.
        let leaving = record.journal.leaving.filter { present[$0.key] != nil }
        // One that was about to be forgotten is looked at anew.
        let staying = record.variables.nodes.merging(record.journal.forgotten) { asked, _ in asked }
            .filter { present[$0.key] != nil && leaving[$0.key] == nil }
        var journal = record.journal
        journal.unfinished = record.journal.unfinished.intersection(staying.keys)
        journal.leaving = leaving
        journal.forgotten = [:]
        before = TerraformRecord(variables: TerraformVariables(nodes: staying), journal: journal)
        desired = staying
        creates = journal.unfinished
        removals = leaving
        if isMaking {
            for name in creates.intersection(destroyed) { deferred[name] = desired[name] }
            creates.subtract(destroyed)
            deferred.merge(leaving) { asked, _ in asked }
            desired.merge(leaving) { asked, _ in asked }
            removals = [:]
        }
        let destroyed = destroyed.union(wishes.filter { !$0.isCreate }.map(\.node))
        for (index, wish) in wishes.enumerated() {
            switch wish {
            case .create(let node): answers[index] = take(node, record, state, present, isDestroyed: destroyed)
            case .destroy(let reference): answers[index] = take(reference, state)
            }
        }
    }

    private mutating func take(
        _ node: TerraformNode, _ record: TerraformRecord, _ state: TerraformState,
        _ present: [String: Set<TerraformAddress>], isDestroyed: Set<String>
    ) -> TerraformAnswer? {
        let name = node.entry.node
        guard !isDestroyed.contains(name) else {
            return .failure(.retryable("\(name) is being destroyed at the same time"))
        }
        guard let known = desired[name] ?? removals[name] else {
            desired[name] = node
            creates.insert(name)
            return nil
        }
        guard known.entry.tags == node.entry.tags, known.entry.token == node.entry.token else {
            return .failure(
                .terminal(
                    "'\(name)' is in the workspace already, made by another request (owner '\(known.entry.owner)', region "
                        + "'\(known.entry.region)')"))
        }
        if removals[name] == nil, deferred[name] == nil, !creates.contains(name), let made = state.nodes?[name] {
            return .success(known.entry.instance(made))
        }
        removals[name] = nil
        deferred[name] = nil
        desired[name] = known
        creates.insert(name)
        return nil
    }

    private mutating func take(_ reference: InstanceReference, _ state: TerraformState) -> TerraformAnswer? {
        let name = reference.tags.node.rawValue
        guard let known = desired[name] ?? removals[name] else {
            // Without its entry it cannot be destroyed, and it is not gone.
            guard state.addresses(of: [name]).isEmpty else {
                return .failure(
                    .retryable(
                        "the state has resources of '\(name)', and nodes.auto.tfvars.json does not name it; put that file "
                            + "back, or destroy them yourself"))
            }
            return .success(nil)
        }
        guard known.entry.tags == reference.tags, known.entry.token == reference.token else {
            // Not the one that was meant.
            return .success(nil)
        }
        desired[name] = nil
        creates.remove(name)
        removals[name] = known
        return nil
    }

    /// Whether there is anything for Terraform to do.
    var isWork: Bool { !creates.isEmpty || !removals.isEmpty }

    /// What is written before the change.
    var record: TerraformRecord {
        var result = before
        result.variables.nodes = desired
        result.journal.unfinished = creates.union(postponed)
        result.journal.leaving = leaving
        result.journal.forgotten = forgotten
        return result
    }

    /// Nodes that go, now or after this.
    var leaving: [String: TerraformNode] { removals.merging(deferred) { now, _ in now } }

    /// All nodes that there may be, those that go and those that come too.
    var names: Set<String> { Set(before.nodes.keys).union(desired.keys).union(removals.keys) }

    /// Leaves out nodes that cannot be made as they are.
    mutating func leaveOut(_ nodes: Set<String>) {
        for name in nodes {
            creates.remove(name)
            desired[name] = nil
        }
    }

    /// Goes on with the making of these another time.
    mutating func postpone(_ nodes: Set<String>) {
        creates.subtract(nodes)
        postponed.formUnion(nodes)
    }

    /// Destroys now what was to wait: a node of which a part is gone may keep the others from being planned without it.
    mutating func destroyDeferred() {
        for name in deferred.keys { desired[name] = nil }
        removals.merge(deferred) { now, _ in now }
        deferred = [:]
    }

    /// Leaves out nodes that are gone already.
    mutating func forget(_ nodes: Set<String>) {
        for name in nodes {
            forgotten[name] = desired.removeValue(forKey: name)
            deferred[name] = nil
        }
    }

    /// After an apply that failed: nodes whose making failed go again, and a destroy that changed nothing is taken back, so that the
    /// rest comes to its end and the output is renewed.
    func settling(undoing failed: Set<String>, keeping intact: Set<String>) -> TerraformIntent {
        var result = self
        for name in failed {
            result.removals[name] = result.desired.removeValue(forKey: name)
            result.creates.remove(name)
        }
        for name in intact { result.desired[name] = result.removals.removeValue(forKey: name) }
        return result
    }
}

extension TerraformEntry {
    /// The node as the output tells it.
    func instance(_ made: TerraformState.Node) -> Instance {
        instance(made.id, made.state, address: made.address, endpoints: made.endpoints)
    }
}
