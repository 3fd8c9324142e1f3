/// The State document (design.md section 5): the whole input of a decision beside the spec, as JSON. Unknown fields are errors.
package struct StateDocument: Sendable, Equatable {
    package static let apiVersion = "smreconcile/v1"
    package static let kind = "State"

    /// When it was taken; `plan --now` stands in for a document without it.
    package var takenAt: Timestamp?
    package var nodes: [NodeRecord]
    package var scaling: [ScalingRecord]
    /// Provider scopes whose list is not known; every other one counts as known.
    package var unknownScopes: [UnknownScope]
    package var approvals: [String]
    package var observingSince: Timestamp?

    package init(
        takenAt: Timestamp?, nodes: [NodeRecord] = [], scaling: [ScalingRecord] = [],
        unknownScopes: [UnknownScope] = [], approvals: [String] = [], observingSince: Timestamp? = nil
    ) {
        self.takenAt = takenAt
        self.nodes = nodes
        self.scaling = scaling
        self.unknownScopes = unknownScopes
        self.approvals = approvals
        self.observingSince = observingSince
    }

    /// One node; all but id, nodeGroup, region, role and state are optional.
    package struct NodeRecord: Sendable, Equatable, Encodable {
        package var id: String
        package var nodeGroup: String
        package var region: String
        package var role: String
        package var state: NodeState
        package var provider: String?
        /// `current` stands for whatever the given spec hashes to.
        package var revision: String?
        package var instanceId: String?
        package var address: String?
        package var endpoints: [Endpoint]?
        package var since: Timestamp?
        package var requestedAt: Timestamp?
        package var createdAt: Timestamp?
        package var inServiceAt: Timestamp?
        /// Absent: heard just now.
        package var lastHeartbeatAt: Timestamp?
        package var metrics: [String: Double]?
        package var streams: [StreamReport]?
        package var cordoned: Bool?
        package var protectedUntil: Timestamp?
        /// Set while a complete list does not show it; absent: it is there.
        package var missingSince: Timestamp?
        /// Absent: its media server is ready.
        package var ready: Bool?
        package var attempts: Int?
        package var retryAt: Timestamp?
        package var reason: String?
        package var lastError: String?

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case id, nodeGroup, region, role, state, provider, revision, instanceId, address, endpoints, since
            case requestedAt, createdAt, inServiceAt, lastHeartbeatAt, metrics, streams, cordoned, protectedUntil
            case missingSince, ready
            case attempts, retryAt, reason, lastError
        }
    }

    package struct ScalingRecord: Sendable, Equatable, Encodable {
        package var nodeGroup: String
        package var region: String
        package var role: String
        package var recommendations: [ScalingHistory.Recommendation]
        package var events: [ScalingHistory.Change]

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case nodeGroup, region, role, recommendations, events
        }
    }

    package struct UnknownScope: Sendable, Equatable, Encodable {
        package var provider: String
        package var region: String
        package var reason: String

        package enum CodingKeys: String, CodingKey, CaseIterable { case provider, region, reason }
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case apiVersion, kind, takenAt, observingSince, nodes, scaling, unknownScopes, approvals
    }
}

// MARK: - To and from the fleet

extension StateDocument {
    package init(_ fleet: Fleet, at now: Timestamp) {
        self.init(takenAt: now)
        observingSince = fleet.observingSince
        nodes = fleet.nodes.values.sorted { $0.id < $1.id }.map(NodeRecord.init)
        scaling = fleet.scaling.sorted { $0.key < $1.key }.map { key, history in
            ScalingRecord(
                nodeGroup: key.group, region: key.region, role: key.role, recommendations: history.recommendations,
                events: history.events)
        }
        unknownScopes = fleet.scopes.sorted { $0.key < $1.key }.filter { !$0.value.isKnown }.map { scope, knowledge in
            UnknownScope(
                provider: scope.provider, region: scope.region,
                reason: knowledge.trouble?.message ?? "not listed yet")
        }
        approvals = fleet.approvals.sorted()
    }

    /// The fleet it describes, under the spec that it is to be planned with.
    package func fleet(for spec: Spec, now: Timestamp) -> Fleet {
        let made = nodes.map { $0.node(for: spec, now: now) }
        var fleet = Fleet(
            nodes: made, observingSince: observingSince ?? Timestamp(milliseconds: 0), approvals: Set(approvals))
        for record in scaling {
            fleet.setScaling(
                ScalingHistory(recommendations: record.recommendations, events: record.events),
                of: PoolKey(group: record.nodeGroup, region: record.region, role: record.role))
        }
        let scopes = spec.providerScopes().union(made.map(\.scope))
        for scope in scopes { fleet.scopes[scope] = ScopeKnowledge(completeAt: now) }
        for unknown in unknownScopes {
            fleet.scopes[ProviderScope(provider: unknown.provider, region: unknown.region)] =
                ScopeKnowledge(trouble: .init(since: takenAt ?? now, message: unknown.reason))
        }
        return fleet
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
        ready = node.isReady ? nil : false
        attempts = node.attempts == 0 ? nil : node.attempts
        retryAt = node.retryAt
        reason = node.reason
        lastError = node.lastError
    }

    func node(for spec: Spec, now: Timestamp) -> Node {
        let pool = PoolKey(group: nodeGroup, region: region, role: role)
        let began = since ?? inServiceAt ?? createdAt ?? requestedAt ?? now
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
        node.inServiceAt = inServiceAt ?? (state == .inService || state.isLeaving ? began : nil)
        node.lastHeartbeatAt = lastHeartbeatAt ?? (state.isComing && state != .started ? nil : missingSince ?? now)
        node.metrics = metrics ?? [:]
        node.streams = streams ?? []
        node.cordoned = cordoned ?? false
        node.protectedUntil = protectedUntil
        node.missingSince = missingSince
        node.isReady = ready ?? true
        node.attempts = attempts ?? 0
        node.retryAt = retryAt
        node.lastError = lastError
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
