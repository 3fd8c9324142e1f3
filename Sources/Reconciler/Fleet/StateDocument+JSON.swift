package import Foundation

extension StateDocument: Codable {
    package init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(of: CodingKeys.self)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let version = try values.decode(String.self, forKey: .apiVersion)
        let kind = try values.decode(String.self, forKey: .kind)
        guard version == Self.apiVersion, kind == Self.kind else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription:
                        "found apiVersion '\(version)' and kind '\(kind)', expected '\(Self.apiVersion)' and '\(Self.kind)'"
                ))
        }
        self.init(
            takenAt: try values.decodeIfPresent(Timestamp.self, forKey: .takenAt),
            nodes: try values.records(.nodes) ?? [],
            scaling: try values.records(.scaling) ?? [],
            pauses: try values.records(.pauses) ?? [],
            unknownScopes: try values.records(.unknownScopes) ?? [],
            approvals: try values.decodeIfPresent([String].self, forKey: .approvals) ?? [],
            observingSince: try values.decodeIfPresent(Timestamp.self, forKey: .observingSince))
        pools = try values.records(.pools) ?? []
        revisions = try values.records(.revisions) ?? []
        try refuseTwins(decoder.codingPath)
    }

    /// Two records of one thing cannot both be true.
    private func refuseTwins(_ path: [any CodingKey]) throws {
        try Self.refuse(twinsAmong: nodes.map { "node '\($0.id)'" }, path + [CodingKeys.nodes])
        try Self.refuse(twinsAmong: scaling.map { "record of \($0.pool)" }, path + [CodingKeys.scaling])
        try Self.refuse(twinsAmong: pools.map { "record of \($0.pool)" }, path + [CodingKeys.pools])
        try Self.refuse(
            twinsAmong: revisions.map { "record of revision '\($0.revision)'" }, path + [CodingKeys.revisions])
        try Self.refuse(twinsAmong: pauses.map { "pause of '\($0.nodeGroup)'" }, path + [CodingKeys.pauses])
        try Self.refuse(
            twinsAmong: unknownScopes.map { "record of \($0.provider)/\($0.region)" }, path + [CodingKeys.unknownScopes]
        )
    }

    private static func refuse(twinsAmong names: [String], _ path: [any CodingKey]) throws {
        var seen: Set<String> = []
        for (index, name) in names.enumerated() where !seen.insert(name).inserted {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: path + [AnyKey(intValue: index)], debugDescription: "there is a \(name) already"))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(Self.apiVersion, forKey: .apiVersion)
        try values.encode(Self.kind, forKey: .kind)
        try values.encodeIfPresent(takenAt, forKey: .takenAt)
        try values.encodeIfPresent(observingSince, forKey: .observingSince)
        try values.encode(nodes, forKey: .nodes)
        try values.encode(scaling, forKey: .scaling)
        if !pauses.isEmpty { try values.encode(pauses, forKey: .pauses) }
        if !unknownScopes.isEmpty { try values.encode(unknownScopes, forKey: .unknownScopes) }
        if !approvals.isEmpty { try values.encode(approvals, forKey: .approvals) }
        if !pools.isEmpty { try values.encode(pools, forKey: .pools) }
        if !revisions.isEmpty { try values.encode(revisions, forKey: .revisions) }
    }

    /// Reads a State document; the error says where in the document it is wrong.
    package static func read(_ data: Data) throws(StateDocumentError) -> StateDocument {
        do {
            return try JSONDecoder().decode(StateDocument.self, from: data)
        } catch let error as DecodingError {
            throw notJSON(data) ?? fault(data) ?? StateDocumentError(error)
        } catch {
            throw StateDocumentError(message: "\(error)")
        }
    }

    /// Foundation's decoder says no more than that it is no JSON; its other reader mostly says where.
    private static func notJSON(_ data: Data) -> StateDocumentError? {
        do {
            _ = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
            return nil
        } catch {
            let words = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String ?? ""
            let reason = (words.prefix(1).lowercased() + words.dropFirst()).trimmingCharacters(in: ["."])
            return StateDocumentError(message: "it is no JSON" + (reason.isEmpty ? "" : ": \(reason)"))
        }
    }

    private static func fault(_ data: Data) -> StateDocumentError? {
        guard let tree = try? JSONDecoder().decode(JSONTree.self, from: data) else { return nil }
        return StateFault.first(in: tree).map { StateDocumentError(message: $0) }
    }

    /// Pretty JSON with sorted keys: equal fleets give equal bytes.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}

/// Why a State document was refused.
package struct StateDocumentError: Error, Equatable, Sendable {
    package var message: String

    init(message: String) { self.message = message }

    /// What the tables of ``StateFault`` do not find: a document of another kind, two records of one thing.
    fileprivate init(_ error: DecodingError) {
        let context: DecodingError.Context
        switch error {
        case .keyNotFound(_, let found), .typeMismatch(_, let found), .valueNotFound(_, let found),
            .dataCorrupted(let found):
            context = found
        @unknown default:
            message = "\(error)"
            return
        }
        let place = context.codingPath.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }.joined()
            .trimmingCharacters(in: ["."])
        message = place.isEmpty ? context.debugDescription : "\(place): \(context.debugDescription)"
    }
}

extension StateDocument.NodeRecord: StateRecord {
    init(_ values: KeyedDecodingContainer<CodingKeys>) throws {
        id = try values.text(.id)
        nodeGroup = try values.text(.nodeGroup)
        region = try values.text(.region)
        role = try values.text(.role)
        state = try values.decode(NodeState.self, forKey: .state)
        provider = try values.decodeIfPresent(String.self, forKey: .provider)
        revision = try values.decodeIfPresent(String.self, forKey: .revision)
        instanceId = try values.decodeIfPresent(String.self, forKey: .instanceId)
        address = try values.decodeIfPresent(String.self, forKey: .address)
        endpoints = try values.records(.endpoints)
        since = try values.time(.since)
        requestedAt = try values.time(.requestedAt)
        createdAt = try values.time(.createdAt)
        inServiceAt = try values.time(.inServiceAt)
        lastHeartbeatAt = try values.time(.lastHeartbeatAt)
        metrics = try values.decodeIfPresent([String: Double].self, forKey: .metrics)
        streams = try values.records(.streams)
        cordoned = try values.decodeIfPresent(Bool.self, forKey: .cordoned)
        protectedUntil = try values.time(.protectedUntil)
        missingSince = try values.time(.missingSince)
        ready = try values.decodeIfPresent(Bool.self, forKey: .ready)
        attempts = try values.integer(.attempts)
        retryAt = try values.time(.retryAt)
        reason = try values.decodeIfPresent(String.self, forKey: .reason)
        lastError = try values.decodeIfPresent(String.self, forKey: .lastError)
        drainRequested = try values.record(.drainRequested)
        selfProtected = try values.decodeIfPresent(Bool.self, forKey: .selfProtected)
        unreadySince = try values.time(.unreadySince)
        faults = try values.decodeIfPresent([Timestamp].self, forKey: .faults)?.sorted()
        quarantined = try values.decodeIfPresent(Bool.self, forKey: .quarantined)
        adopted = try values.decodeIfPresent(Bool.self, forKey: .adopted)
        removalApproved = try values.decodeIfPresent(Bool.self, forKey: .removalApproved)
        probes = try values.decodeIfPresent([StrictRecord<ProbeRecord>?].self, forKey: .probes)?.map { $0?.record }
    }
}

extension StateDocument.PoolRecord: StateRecord {
    init(_ values: KeyedDecodingContainer<CodingKeys>) throws {
        nodeGroup = try values.text(.nodeGroup)
        region = try values.text(.region)
        role = try values.text(.role)
        rollout = try values.record(.rollout)
        creates = try values.record(.creates)
        starts = try values.record(.starts)
        spilled = try values.integer(.spilled)
    }
}

extension StateDocument.RevisionRecord: StateRecord {
    init(_ values: KeyedDecodingContainer<CodingKeys>) throws {
        revision = try values.text(.revision)
        image = try values.decodeIfPresent(String.self, forKey: .image)
        instanceType = try values.decodeIfPresent(String.self, forKey: .instanceType)
        endpoints = try values.records(.endpoints)
        settings = try values.decodeIfPresent([String: String].self, forKey: .settings)
        provider = try values.decodeIfPresent(String.self, forKey: .provider)
    }
}

extension Rollout: StateRecord {
    init(_ values: KeyedDecodingContainer<StateKeys.RolloutKey>) throws {
        self.init(
            revision: try values.text(.revision), since: try values.decode(Timestamp.self, forKey: .since))
        isProven = try values.decodeIfPresent(Bool.self, forKey: .proven) ?? false
        failures = try values.integer(.failures) ?? 0
        deaths = try values.integer(.deaths) ?? 0
        halt = try values.record(.halt)
        stable = try values.decodeIfPresent(String.self, forKey: .stable)
    }
}

extension Rollout.Halt: StateRecord {
    init(_ values: KeyedDecodingContainer<StateKeys.HaltKey>) throws {
        self.init(at: try values.decode(Timestamp.self, forKey: .at), reason: try values.text(.reason))
    }
}

extension Setback: StateRecord {
    init(_ values: KeyedDecodingContainer<StateKeys.SetbackKey>) throws {
        let at = try values.decode(Timestamp.self, forKey: .at)
        self.init(
            failures: try values.requiredInteger(.failures), since: try values.time(.since) ?? at, at: at,
            until: try values.time(.until) ?? at,
            message: try values.decodeIfPresent(String.self, forKey: .message) ?? "as given",
            isShortage: try values.decodeIfPresent(Bool.self, forKey: .shortage) ?? false)
        revision = try values.decodeIfPresent(String.self, forKey: .revision)
    }
}

extension NodeMarks.DrainRequest: StateRecord {
    init(_ values: KeyedDecodingContainer<StateKeys.DrainRequest>) throws {
        self.init(at: try values.decode(Timestamp.self, forKey: .at), by: try values.text(.by))
    }
}

extension ProbeRecord: StateRecord {
    init(_ values: KeyedDecodingContainer<StateKeys.Probe>) throws {
        self.init(
            failures: try values.requiredInteger(.failures), successes: try values.requiredInteger(.successes),
            at: try values.decode(Timestamp.self, forKey: .at),
            message: try values.decodeIfPresent(String.self, forKey: .message))
    }
}

extension StateDocument.ScalingRecord: StateRecord {
    /// Lists may come in any order; the fleet has them in the order of their times.
    init(_ values: KeyedDecodingContainer<CodingKeys>) throws {
        nodeGroup = try values.text(.nodeGroup)
        region = try values.text(.region)
        role = try values.text(.role)
        desired = try values.integer(.desired)
        recommendations = (try values.records(.recommendations) ?? []).sorted { $0.at < $1.at }
        events = (try values.records(.events) ?? []).sorted { $0.at < $1.at }
        bounds = try values.record(.bounds)
        override = try values.record(.override)
        bootsMs = try values.integers(.bootsMs)
        averages = try values.records(.averages)?.sorted { $0.at < $1.at }
        approval = try values.record(.approval)
        unserved = try values.integer(.unserved)
    }
}

extension StateDocument.PauseRecord: StateRecord {
    init(_ values: KeyedDecodingContainer<CodingKeys>) throws {
        nodeGroup = try values.text(.nodeGroup)
        since = try values.decode(Timestamp.self, forKey: .since)
        by = try values.text(.by)
    }
}

extension StateDocument.UnknownScope: StateRecord {
    init(_ values: KeyedDecodingContainer<CodingKeys>) throws {
        provider = try values.text(.provider)
        region = try values.text(.region)
        reason = try values.text(.reason)
    }
}

extension Endpoint: StateRecord {
    init(_ values: KeyedDecodingContainer<StateKeys.Endpoint>) throws {
        self.init(protocol: try values.text(.protocol), port: try values.requiredInteger(.port))
    }
}

extension StreamReport: StateRecord {
    init(_ values: KeyedDecodingContainer<StateKeys.Stream>) throws {
        self.init(
            scope: try values.text(.scope), name: try values.text(.name),
            role: try values.decode(Role.self, forKey: .role), subscribers: try values.requiredInteger(.subscribers))
    }
}

extension ScalingHistory.Recommendation: StateRecord {
    init(_ values: KeyedDecodingContainer<StateKeys.Recommendation>) throws {
        self.init(at: try values.decode(Timestamp.self, forKey: .at), nodes: try values.requiredInteger(.nodes))
    }
}

extension ScalingHistory.Change: StateRecord {
    init(_ values: KeyedDecodingContainer<StateKeys.Change>) throws {
        self.init(at: try values.decode(Timestamp.self, forKey: .at), change: try values.requiredInteger(.change))
    }
}

extension ScalingHistory.Bounds: StateRecord {
    init(_ values: KeyedDecodingContainer<StateKeys.Bounds>) throws {
        self.init(
            min: try values.requiredInteger(.min), max: try values.requiredInteger(.max),
            parent: try values.decodeIfPresent(String.self, forKey: .parent), parents: try values.integer(.parents))
    }
}

extension ApprovalLimits: StateRecord {
    init(_ values: KeyedDecodingContainer<StateKeys.Approval>) throws {
        self.init(share: try values.requiredInteger(.share), growth: try values.requiredInteger(.growth))
    }
}

extension ScalingHistory.Override: StateRecord {
    init(_ values: KeyedDecodingContainer<StateKeys.Override>) throws {
        self.init(nodes: try values.requiredInteger(.nodes), until: try values.time(.until), by: try values.text(.by))
    }
}

extension ScalingHistory.Average: StateRecord {
    init(_ values: KeyedDecodingContainer<StateKeys.Average>) throws {
        self.init(
            of: try values.text(.of), at: try values.decode(Timestamp.self, forKey: .at),
            sum: try values.decode(Double.self, forKey: .sum), count: try values.requiredInteger(.count))
    }
}
