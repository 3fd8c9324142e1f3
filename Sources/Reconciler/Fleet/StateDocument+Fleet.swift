extension StateDocument {
    package init(_ fleet: Fleet, at now: Timestamp) {
        self.init(takenAt: now)
        observingSince = fleet.observingSince
        nodes = fleet.nodes.values.sorted { $0.id < $1.id }.map(NodeRecord.init)
        scaling = Set(fleet.scaling.keys).union(fleet.unserved.filter { $0.value > 0 }.keys).sorted().map { pool in
            ScalingRecord(fleet.scaling[pool] ?? ScalingHistory(), of: pool, unserved: fleet.unserved[pool] ?? 0)
        }
        pauses = fleet.pauses.sorted { $0.key < $1.key }.map { group, pause in
            PauseRecord(nodeGroup: group, since: pause.since, by: pause.by)
        }
        unknownScopes = fleet.scopes.sorted { $0.key < $1.key }.filter { !$0.value.isKnown }.map { scope, knowledge in
            UnknownScope(
                provider: scope.provider, region: scope.region,
                reason: knowledge.trouble?.message ?? "not listed yet")
        }
        approvals = fleet.approvals.sorted()
        pools = fleet.memories.sorted { $0.key < $1.key }.map(PoolRecord.init)
        let outlines = fleet.templates.mapValues(TemplateOutline.init).merging(fleet.outlines) { own, _ in own }
        revisions = outlines.sorted { $0.key < $1.key }.map(RevisionRecord.init)
    }

    /// The fleet it describes, under the spec that it is to be planned with.
    package func fleet(for spec: Spec, now: Timestamp) -> Fleet {
        let made = nodes.map { $0.node(for: spec, now: now) }
        var fleet = Fleet(
            nodes: made,
            pauses: Dictionary(pauses.map { ($0.nodeGroup, ScalingPause(since: $0.since, by: $0.by)) }) { $1 },
            memories: Dictionary(pools.map { ($0.pool, $0.memory(for: spec)) }) { $1 },
            observingSince: observingSince ?? Timestamp(milliseconds: 0), approvals: Set(approvals))
        for record in scaling {
            fleet.setScaling(record.history, of: record.pool)
            if let unserved = record.unserved, unserved > 0 { fleet.unserved[record.pool] = unserved }
        }
        for record in revisions { fleet.outlines[record.revision] = record.outline }
        let scopes = spec.providerScopes().union(made.map(\.scope))
        for scope in scopes { fleet.scopes[scope] = ScopeKnowledge(completeAt: now) }
        for unknown in unknownScopes {
            fleet.scopes[ProviderScope(provider: unknown.provider, region: unknown.region)] =
                ScopeKnowledge(trouble: .init(since: takenAt ?? now, message: unknown.reason))
        }
        return fleet
    }
}

extension StateDocument.PoolRecord {
    init(_ pool: PoolKey, _ memory: PoolMemory) {
        nodeGroup = pool.group
        region = pool.region
        role = pool.role
        rollout = memory.rollout
        creates = memory.creates
        starts = memory.starts
        spilled = memory.spilled == 0 ? nil : memory.spilled
    }

    var pool: PoolKey { PoolKey(group: nodeGroup, region: region, role: role) }

    /// `current` stands for what the spec hashes to, as it does for nodes.
    func memory(for spec: Spec) -> PoolMemory {
        var memory = PoolMemory()
        memory.rollout = rollout
        if rollout?.revision == "current" { memory.rollout?.revision = spec.revision(of: pool) ?? "" }
        memory.creates = creates
        memory.starts = starts
        memory.spilled = spilled ?? 0
        return memory
    }
}

extension StateDocument.RevisionRecord {
    init(_ revision: String, _ outline: TemplateOutline) {
        self.revision = revision
        image = outline.image
        instanceType = outline.instanceType
        endpoints = outline.endpoints.isEmpty ? nil : outline.endpoints
        settings = outline.settings.isEmpty ? nil : outline.settings
        provider = outline.provider.isEmpty ? nil : outline.provider
    }

    var outline: TemplateOutline {
        TemplateOutline(
            image: image, instanceType: instanceType, endpoints: endpoints ?? [], settings: settings ?? [:],
            provider: provider ?? "")
    }
}

extension StateDocument.ScalingRecord {
    init(_ history: ScalingHistory, of pool: PoolKey, unserved: Int) {
        nodeGroup = pool.group
        region = pool.region
        role = pool.role
        desired = history.desired
        recommendations = history.recommendations
        events = history.events
        bounds = history.bounds
        override = history.override
        bootsMs = history.boots.isEmpty ? nil : history.boots
        averages = history.averages.isEmpty ? nil : history.averages
        approval = history.approval
        self.unserved = unserved > 0 ? unserved : nil
    }

    var pool: PoolKey { PoolKey(group: nodeGroup, region: region, role: role) }

    var history: ScalingHistory {
        ScalingHistory(
            recommendations: recommendations, events: events, desired: desired, bounds: bounds, override: override,
            boots: bootsMs ?? [], averages: averages ?? [], approval: approval)
    }
}

extension StateDocument.NodeRecord {
    init(_ node: Node) {
        id = node.id.rawValue
        nodeGroup = node.pool.group
        region = node.pool.region
        role = node.pool.role
        state = node.state
        provider = node.provider
        revision = node.revision
        instanceId = node.instanceID
        address = node.address
        endpoints = node.endpoints.isEmpty ? nil : node.endpoints
        since = node.since
        requestedAt = node.requestedAt
        createdAt = node.createdAt
        inServiceAt = node.inServiceAt
        lastHeartbeatAt = node.lastHeartbeatAt
        metrics = node.metrics.isEmpty ? nil : node.metrics
        streams = node.streams.isEmpty ? nil : node.streams
        cordoned = node.cordoned
        protectedUntil = node.protectedUntil
        missingSince = node.missingSince
        ready = node.isReady == Self.isReady(node.state) ? nil : node.isReady
        attempts = node.attempts == 0 ? nil : node.attempts
        retryAt = node.retryAt
        reason = node.reason
        lastError = node.lastError
        drainRequested = node.marks.drainRequest
        selfProtected = node.marks.protectsItself ? true : nil
        unreadySince = node.marks.unreadySince
        faults = node.marks.faults.isEmpty ? nil : node.marks.faults
        quarantined = node.marks.isQuarantined ? true : nil
        adopted = node.marks.isAdopted ? true : nil
        removalApproved = node.marks.isRemovalApproved ? true : nil
        probes = node.probes.isEmpty ? nil : node.probes
    }

    /// What a document without `ready` says: a node that was heard of and does not serve yet is not ready.
    private static func isReady(_ state: NodeState) -> Bool { state != .started }

    func node(for spec: Spec, now: Timestamp) -> Node {
        let pool = PoolKey(group: nodeGroup, region: region, role: role)
        // A fault began after its last heartbeat, whenever its service did.
        let served = state == .fault ? [inServiceAt, lastHeartbeatAt].compactMap { $0 }.max() : inServiceAt
        let began = since ?? served ?? createdAt ?? requestedAt ?? now
        var node = Node(
            id: NodeID(id), pool: pool, provider: provider ?? spec.group(nodeGroup)?.provider ?? "", token: id,
            state: state, since: began,
            revision: revision == nil || revision == "current" ? spec.revision(of: pool) ?? "" : revision ?? "",
            requestedAt: requestedAt ?? createdAt ?? began, reason: reason ?? "as given")
        let exists = state != .requested && state != .creating
        node.instanceID = instanceId ?? (exists ? id : nil)
        node.address = address
        node.endpoints = endpoints ?? []
        node.createdAt = createdAt ?? (exists ? node.requestedAt : nil)
        // Without any time it is not known how long it serves: nobody takes it for young.
        let isDated = since != nil || served != nil || createdAt != nil || requestedAt != nil
        let serves = state == .inService || state.isLeaving
        node.inServiceAt = inServiceAt ?? (serves && isDated ? min(began, lastHeartbeatAt ?? began) : nil)
        // A fault is one since it was not heard; one that healed has a heartbeat.
        let isSilent = state.isComing && state != .started || state == .fault
        node.lastHeartbeatAt = lastHeartbeatAt ?? (isSilent ? nil : missingSince ?? now)
        node.metrics = metrics ?? [:]
        node.streams = streams ?? []
        node.cordoned = cordoned ?? false
        node.protectedUntil = protectedUntil
        node.missingSince = missingSince
        node.isReady = ready ?? Self.isReady(state)
        node.attempts = attempts ?? 0
        node.retryAt = retryAt
        node.lastError = lastError
        node.marks.drainRequest = drainRequested
        node.marks.protectsItself = selfProtected ?? false
        node.marks.unreadySince = unreadySince ?? (ready == false ? node.lastHeartbeatAt : nil)
        node.marks.faults = faults ?? []
        node.marks.isQuarantined = quarantined ?? false
        node.marks.isAdopted = adopted ?? false
        node.marks.isRemovalApproved = removalApproved ?? false
        node.probes = probes ?? []
        return node
    }
}

extension Spec {
    /// Where providers must be asked for lists.
    package func providerScopes() -> Set<ProviderScope> {
        var result: Set<ProviderScope> = []
        for group in groups {
            for region in group.regions {
                result.insert(ProviderScope(provider: group.provider, region: region.name))
            }
        }
        return result
    }
}
