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
            nodes: try values.decodeIfPresent([NodeRecord].self, forKey: .nodes) ?? [],
            scaling: try values.decodeIfPresent([ScalingRecord].self, forKey: .scaling) ?? [],
            unknownScopes: try values.decodeIfPresent([UnknownScope].self, forKey: .unknownScopes) ?? [],
            approvals: try values.decodeIfPresent([String].self, forKey: .approvals) ?? [],
            observingSince: try values.decodeIfPresent(Timestamp.self, forKey: .observingSince))
        try refuseTwins(decoder.codingPath)
    }

    /// Two records of one node cannot both be true.
    private func refuseTwins(_ path: [any CodingKey]) throws {
        var ids: Set<String> = []
        for (index, node) in nodes.enumerated() where !ids.insert(node.id).inserted {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: path + [CodingKeys.nodes, AnyKey(intValue: index), NodeRecord.CodingKeys.id],
                    debugDescription: "there is a node '\(node.id)' already"))
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
        if !unknownScopes.isEmpty { try values.encode(unknownScopes, forKey: .unknownScopes) }
        if !approvals.isEmpty { try values.encode(approvals, forKey: .approvals) }
    }

    /// Reads a State document; the error says where in the document it is wrong.
    package static func read(_ data: Data) throws(StateDocumentError) -> StateDocument {
        do {
            return try JSONDecoder().decode(StateDocument.self, from: data)
        } catch let error as DecodingError {
            throw notJSON(data) ?? StateDocumentError(error)
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

    init(_ error: DecodingError) {
        func place(_ path: [any CodingKey]) -> String {
            path.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }.joined()
                .trimmingCharacters(in: ["."])
        }
        switch error {
        case .keyNotFound(let key, let context):
            message = "'\(place(context.codingPath + [key]))' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            let position = place(context.codingPath)
            message = position.isEmpty ? context.debugDescription : "'\(position)': \(context.debugDescription)"
        @unknown default:
            message = "\(error)"
        }
    }
}

extension StateDocument.NodeRecord: Decodable {
    package init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(of: CodingKeys.self)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.decode(String.self, forKey: .id)
        nodeGroup = try values.decode(String.self, forKey: .nodeGroup)
        region = try values.decode(String.self, forKey: .region)
        role = try values.decode(String.self, forKey: .role)
        state = try values.decode(NodeState.self, forKey: .state)
        provider = try values.decodeIfPresent(String.self, forKey: .provider)
        revision = try values.decodeIfPresent(String.self, forKey: .revision)
        instanceId = try values.decodeIfPresent(String.self, forKey: .instanceId)
        address = try values.decodeIfPresent(String.self, forKey: .address)
        endpoints = try values.decodeIfPresent([Strict<Endpoint>].self, forKey: .endpoints)?.map(\.value)
        since = try values.decodeIfPresent(Timestamp.self, forKey: .since)
        requestedAt = try values.decodeIfPresent(Timestamp.self, forKey: .requestedAt)
        createdAt = try values.decodeIfPresent(Timestamp.self, forKey: .createdAt)
        inServiceAt = try values.decodeIfPresent(Timestamp.self, forKey: .inServiceAt)
        lastHeartbeatAt = try values.decodeIfPresent(Timestamp.self, forKey: .lastHeartbeatAt)
        metrics = try values.decodeIfPresent([String: Double].self, forKey: .metrics)
        streams = try values.decodeIfPresent([Strict<StreamReport>].self, forKey: .streams)?.map(\.value)
        cordoned = try values.decodeIfPresent(Bool.self, forKey: .cordoned)
        protectedUntil = try values.decodeIfPresent(Timestamp.self, forKey: .protectedUntil)
        missingSince = try values.decodeIfPresent(Timestamp.self, forKey: .missingSince)
        ready = try values.decodeIfPresent(Bool.self, forKey: .ready)
        attempts = try values.decodeIfPresent(Int.self, forKey: .attempts)
        retryAt = try values.decodeIfPresent(Timestamp.self, forKey: .retryAt)
        reason = try values.decodeIfPresent(String.self, forKey: .reason)
        lastError = try values.decodeIfPresent(String.self, forKey: .lastError)
    }
}

extension StateDocument.ScalingRecord: Decodable {
    package init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(of: CodingKeys.self)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        nodeGroup = try values.decode(String.self, forKey: .nodeGroup)
        region = try values.decode(String.self, forKey: .region)
        role = try values.decode(String.self, forKey: .role)
        recommendations =
            try values.decodeIfPresent([Strict<ScalingHistory.Recommendation>].self, forKey: .recommendations)?
            .map(\.value) ?? []
        events = try values.decodeIfPresent([Strict<ScalingHistory.Change>].self, forKey: .events)?.map(\.value) ?? []
    }
}

extension StateDocument.UnknownScope: Decodable {
    package init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(of: CodingKeys.self)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        provider = try values.decode(String.self, forKey: .provider)
        region = try values.decode(String.self, forKey: .region)
        reason = try values.decode(String.self, forKey: .reason)
    }
}

extension Decoder {
    /// Throws for the first key of this object that `Keys` does not name.
    fileprivate func refuseUnknownKeys<Keys: CodingKey & CaseIterable>(of type: Keys.Type) throws {
        try refuseKeys(besides: Set(Keys.allCases.map(\.stringValue)))
    }

    fileprivate func refuseKeys(besides known: Set<String>) throws {
        let found = try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
        guard let unknown = found.first(where: { !known.contains($0) }) else { return }
        throw DecodingError.dataCorrupted(
            .init(
                codingPath: codingPath,
                debugDescription: "unknown field '\(unknown)'; known are \(known.sorted().joined(separator: ", "))"))
    }
}

/// A value whose fields are named, so that others are errors.
private protocol Strictly: Decodable {
    static var fields: Set<String> { get }
}

extension Endpoint: Strictly {
    fileprivate static var fields: Set<String> { ["protocol", "port"] }
}

extension StreamReport: Strictly {
    fileprivate static var fields: Set<String> { ["scope", "name", "role", "subscribers"] }
}

extension ScalingHistory.Recommendation: Strictly {
    fileprivate static var fields: Set<String> { ["at", "nodes"] }
}

extension ScalingHistory.Change: Strictly {
    fileprivate static var fields: Set<String> { ["at", "change"] }
}

private struct Strict<Value: Strictly>: Decodable {
    let value: Value

    init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(besides: Value.fields)
        value = try Value(from: decoder)
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int?
    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }
    init(intValue: Int) {
        stringValue = "\(intValue)"
        self.intValue = intValue
    }
}
