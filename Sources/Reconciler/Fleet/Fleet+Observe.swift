/// Taking in what was observed. Facts only: no decision is made here.
extension Fleet {
    /// How long a tombstone is kept after the instance was last seen, against lists that lag.
    static let tombstoneLifetime: Duration = .seconds(600)

    /// Takes in lists, outcomes of calls and heartbeats; returns what is worth an event.
    package mutating func observe(
        _ observation: Observation, owner: String, now: Timestamp, using random: inout some RandomNumberGenerator
    ) -> [Event] {
        var events: [Event] = []
        for outcome in observation.outcomes { events += observe(outcome, now: now, using: &random) }
        for report in observation.listings {
            events += observe(report, owner: owner, underWay: observation.underWay, now: now)
        }
        observe(observation.telemetry)
        observe(probes: observation.probes)
        purgeTombstones(now: now)
        return events
    }

    // MARK: - Lists

    private mutating func observe(
        _ report: ListingReport, owner: String, underWay: Set<NodeID>, now: Timestamp
    ) -> [Event] {
        var knowledge = scopes[report.scope] ?? ScopeKnowledge()
        let listing: Listing
        switch report.result {
        case .failure(let failure):
            return noteTrouble(report.scope, &knowledge, failure.message, now: now)
        case .success(let found):
            listing = found
        }
        let ours = listing.instances.filter {
            $0.tags.owner == owner && $0.tags.region == report.scope.region && $0.state != .gone
        }
        var events: [Event] = noteGone(listing.instances, in: report.scope, owner: owner, now: now)
        var seen: Set<NodeID> = []
        lazy var ids = Set(ours.map(\.id))
        var duplicates: Set<String> = []
        seen.reserveCapacity(ours.count)
        for instance in ours {
            seen.insert(instance.tags.node)
            if let known = nodes[instance.tags.node]?.instanceID, known != instance.id,
                ids.contains(known) || !listing.complete
            {
                duplicates.insert(instance.id)
                if !knowledge.duplicates.contains(instance.id) {
                    events.append(duplicate(instance, beside: known, now))
                }
                continue
            }
            events += observe(instance, in: report.scope, now: now)
        }
        knowledge.duplicates = duplicates
        guard listing.complete else {
            let text =
                "the list was cut short after \(listing.instances.count) instances"
                + (listing.shortfall.map { ": \($0)" } ?? "")
            return events + noteTrouble(report.scope, &knowledge, text, now: now)
        }
        events += observeAbsence(besides: seen.union(underWay), in: report, now: now)
        if knowledge.trouble != nil {
            events.append(
                Event(
                    at: now, reason: "ListRecovered", subject: "\(report.scope)",
                    message: "the list is complete again"))
        }
        scopes[report.scope] = ScopeKnowledge(completeAt: report.askedAt, duplicates: duplicates)
        return events
    }

    /// What the provider itself says is gone is gone at once, whatever the node last said.
    private mutating func noteGone(
        _ instances: [Instance], in scope: ProviderScope, owner: String, now: Timestamp
    ) -> [Event] {
        var events: [Event] = []
        // A second instance of a node takes the place of one that is gone.
        lazy var living = Set(instances.filter { $0.state != .gone }.map(\.tags.node))
        for instance in instances
        where instance.state == .gone && instance.tags.owner == owner && instance.tags.region == scope.region {
            guard let node = nodes[instance.tags.node], node.scope == scope, node.instanceID == instance.id,
                node.state != .terminating, node.state != .terminated, !living.contains(node.id)
            else { continue }
            let reason = "the provider says that its instance '\(instance.id)' is gone"
            events.append(
                move(node.id, to: .terminated, at: now, because: reason, event: "NodeGone", level: .warning))
        }
        return events
    }

    /// It stays as it is while the node's own instance is there, and takes its place when that is gone.
    private func duplicate(_ instance: Instance, beside known: String, _ now: Timestamp) -> Event {
        Event(
            at: now, level: .error, reason: "DuplicateInstance", subject: instance.tags.node.rawValue,
            message: "the provider lists instance '\(instance.id)' beside '\(known)' for this node")
    }

    private mutating func noteTrouble(
        _ scope: ProviderScope, _ knowledge: inout ScopeKnowledge, _ message: String, now: Timestamp
    ) -> [Event] {
        let isNew = knowledge.trouble == nil
        knowledge.trouble = .init(since: knowledge.trouble?.since ?? now, message: message)
        scopes[scope] = knowledge
        guard isNew else { return [] }
        return [
            Event(
                at: now, level: .warning, reason: "ListFailed", subject: "\(scope)",
                message: "\(message); nothing is created or destroyed there until a list succeeds")
        ]
    }

    private mutating func observe(_ instance: Instance, in scope: ProviderScope, now: Timestamp) -> [Event] {
        let id = instance.tags.node
        guard let node = nodes[id] else { return [adopt(instance, in: scope, now: now)] }
        guard node.pool == instance.tags.pool, node.scope == scope else { return [] }
        if node.state == .terminated {
            return [
                move(
                    id, to: .terminating, at: now, because: "the provider lists it again: it is destroyed again",
                    event: "NodeReappeared", level: .warning)
            ]
        }
        var events: [Event] = []
        if node.state == .requested || node.state == .creating {
            // The answer to its create is out, or never came: what the list says of its state is all that is known.
            let has = instance.state == .pending ? "is making" : "made"
            events.append(markCreated(id, instance, "the provider \(has) it", now: now))
        } else if node.instanceID != instance.id || node.address != instance.address
            || node.endpoints != instance.endpoints
        {
            update(id) { $0.take(instance) }
        }
        if instance.state == .stopping, node.state != .terminating {
            if node.missingSince == nil { update(id) { $0.missingSince = now } }
        } else if node.missingSince != nil {
            update(id) { $0.missingSince = nil }
        }
        return events
    }

    private mutating func markCreated(_ id: NodeID, _ instance: Instance, _ what: String, now: Timestamp)
        -> Event
    {
        let place = instance.address.map { " at \($0)" } ?? ""
        let event = move(
            id, to: .created, at: now, because: "\(what) as '\(instance.id)'\(place)", event: "NodeCreated"
        )
        update(id) { node in
            node.createdAt = now
            node.take(instance)
        }
        if let pool = nodes[id]?.pool { noteCreated(in: pool) }
        return event
    }

    private mutating func adopt(_ instance: Instance, in scope: ProviderScope, now: Timestamp) -> Event {
        let reason = "instance '\(instance.id)' carries our tags and was not in the store: it is taken in"
        var node = Node(
            id: instance.tags.node, pool: instance.tags.pool, provider: scope.provider, token: instance.token,
            state: .created, since: now, revision: instance.revision, requestedAt: now, reason: reason)
        node.createdAt = now
        node.marks.isAdopted = true
        node.take(instance)
        insert(node)
        return Event(at: now, level: .warning, reason: "NodeAdopted", subject: node.id.rawValue, message: reason)
    }

    /// A complete list proves the absence of what was made before it was asked for.
    private mutating func observeAbsence(
        besides seen: Set<NodeID>, in report: ListingReport, now: Timestamp
    ) -> [Event] {
        var events: [Event] = []
        let scope = report.scope
        for node in nodes.values
        where node.pool.region == scope.region && node.provider == scope.provider && !seen.contains(node.id) {
            switch node.state {
            case .requested, .creating, .terminated:
                continue
            case .terminating where node.since < report.askedAt:
                events.append(
                    move(
                        node.id, to: .terminated, at: now, because: "destroyed: the provider no longer lists it",
                        event: "NodeDestroyed"))
            case .terminating:
                continue
            case .created, .started, .inService, .draining, .evicting, .fault:
                guard node.missingSince == nil, (node.createdAt ?? node.since) < report.askedAt else { continue }
                update(node.id) { $0.missingSince = now }
            }
        }
        return events.sorted { $0.subject < $1.subject }
    }

    private mutating func purgeTombstones(now: Timestamp) {
        for node in nodes.values where node.state == .terminated && now - node.since >= Self.tombstoneLifetime {
            remove(node.id)
        }
    }

    // MARK: - Outcomes of calls

    private mutating func observe(
        _ outcome: OperationOutcome, now: Timestamp, using random: inout some RandomNumberGenerator
    ) -> [Event] {
        let id = outcome.operation.node
        guard let node = nodes[id] else { return [] }
        switch (outcome.operation.kind, outcome.result) {
        case (.create, .success(let instance)):
            guard let instance else { return [] }
            if instance.state == .gone {
                let reason = "its instance '\(instance.id)' ended before the manager heard of it"
                return [move(id, to: .terminated, at: now, because: reason, event: "NodeGone", level: .warning)]
            }
            if node.state == .creating { return [markCreated(id, instance, "the provider made it", now: now)] }
            // Decided otherwise while the call was out: remember what is to be destroyed. A list may have known better already.
            update(id) { node in
                if node.instanceID == nil { node.take(instance) }
                // A list from before this answer does not prove that it is gone.
                if node.state == .terminating { node.since = now }
            }
            return []
        case (.destroy, .success):
            // Accepted. Whether it is really gone, the list will say; until then ask again now and then.
            update(id) { node in
                node.attempts = 0
                node.retryAt = now + Backoff.destroyRepeat
            }
            return []
        case (let kind, .failure(let failure)):
            let attempts = node.attempts + 1
            let wait = Backoff.delay(after: attempts, failure, using: &random)
            update(id) { node in
                node.attempts = attempts
                node.retryAt = now + wait
                node.lastError = failure.message
                if case .unknown = failure, kind == .create, node.state == .terminating { node.since = now }
            }
            if kind == .create { noteCreateFailure(of: node, failure, at: now) }
            return [
                Event(
                    at: now, level: .warning, reason: kind == .create ? "CreateFailed" : "DestroyFailed",
                    subject: id.rawValue, message: failure.message)
            ]
        }
    }

    // MARK: - Heartbeats

    private mutating func observe(_ telemetry: [NodeID: Telemetry]) {
        for (id, heard) in telemetry {
            guard let node = nodes[id], heard.receivedAt > node.lastHeartbeatAt ?? Timestamp(milliseconds: .min) else {
                continue
            }
            let heartbeat = heard.heartbeat
            // A beat alone is not worth a write; what a restart should know of is.
            let isNews =
                node.lastHeartbeatAt == nil || node.streams != heartbeat.streams
                || node.marks.protectsItself != (heartbeat.protected ?? false)
                || node.isReady != (heartbeat.ready ?? true)
            func take(_ node: inout Node) {
                node.lastHeartbeatAt = heard.receivedAt
                node.metrics = heartbeat.metrics
                node.streams = heartbeat.streams
                node.isReady = heartbeat.ready ?? true
                node.marks.protectsItself = heartbeat.protected ?? false
                node.marks.unreadySince = node.isReady ? nil : node.marks.unreadySince ?? heard.receivedAt
            }
            if isNews { update(id, take) } else { take(&nodes[id]!) }  // proven by the guard above
        }
    }
}

extension Fleet {
    /// Results are not stored: after a restart they are asked for anew.
    private mutating func observe(probes: [NodeID: [ProbeRecord?]]) {
        for node in nodes.values where node.probes != probes[node.id] ?? [] {
            nodes[node.id]?.probes = probes[node.id] ?? []
        }
    }
}

extension Node {
    fileprivate mutating func take(_ instance: Instance) {
        instanceID = instance.id
        address = instance.address
        endpoints = instance.endpoints
    }
}
