/// What people asked of a node, and what its past says of it: beside its state, and kept in the store.
package struct NodeMarks: Sendable, Equatable, Codable {
    /// A person's word that it is to go as soon as that leaves enough others.
    package struct DrainRequest: Sendable, Equatable, Codable {
        package var at: Timestamp
        package var by: String
        package init(at: Timestamp, by: String) {
            self.at = at
            self.by = by
        }
    }

    package var drainRequest: DrainRequest?
    /// Its own last heartbeat asks not to be removed.
    package var protectsItself = false
    /// Since when its heartbeats say that its media server takes no clients; nil: it does, or was never heard.
    package var unreadySince: Timestamp?
    /// When it became faulty, the newest ``rememberedFaults`` times, oldest first.
    package var faults: [Timestamp] = []
    /// It was faulty too often: it keeps the clients it has, gets no new ones and is not taken back.
    package var isQuarantined = false
    /// It carried our tags and was not in the store: it is given time to report before anyone counts it as too many.
    package var isAdopted = false
    /// A person approved that it goes, and what goes piece by piece has not come to it yet: it is not asked about again.
    package var isRemovalApproved = false

    /// More than any sensible `health.flapping.faults`.
    package static let rememberedFaults = 20

    package init() {}

    /// Remembers that it became faulty.
    package mutating func noteFault(at now: Timestamp) {
        faults.append(now)
        faults.removeFirst(max(faults.count - Self.rememberedFaults, 0))
    }

    private enum CodingKeys: String, CodingKey {
        case drainRequest, protectsItself, unreadySince, faults, isQuarantined, isAdopted, isRemovalApproved
    }

    /// Only what differs from a new node's marks is written, so that most rows have nothing to read.
    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(drainRequest, forKey: .drainRequest)
        if protectsItself { try values.encode(true, forKey: .protectsItself) }
        try values.encodeIfPresent(unreadySince, forKey: .unreadySince)
        if !faults.isEmpty { try values.encode(faults, forKey: .faults) }
        if isQuarantined { try values.encode(true, forKey: .isQuarantined) }
        if isAdopted { try values.encode(true, forKey: .isAdopted) }
        if isRemovalApproved { try values.encode(true, forKey: .isRemovalApproved) }
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        drainRequest = try values.decodeIfPresent(DrainRequest.self, forKey: .drainRequest)
        protectsItself = try values.decodeIfPresent(Bool.self, forKey: .protectsItself) ?? false
        unreadySince = try values.decodeIfPresent(Timestamp.self, forKey: .unreadySince)
        faults = try values.decodeIfPresent([Timestamp].self, forKey: .faults) ?? []
        isQuarantined = try values.decodeIfPresent(Bool.self, forKey: .isQuarantined) ?? false
        isAdopted = try values.decodeIfPresent(Bool.self, forKey: .isAdopted) ?? false
        isRemovalApproved = try values.decodeIfPresent(Bool.self, forKey: .isRemovalApproved) ?? false
    }
}
