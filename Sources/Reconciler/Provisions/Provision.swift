/// What was said about streams before they exist: who may publish them, where they may be served, what their nodes must be
/// capable of, and which streams are the levels of one ladder (the reference product's provision).
package struct Provision: Sendable, Equatable, Codable {
    /// The node group that it is for.
    package var group: String
    /// Its own name, which may be that of a stream too: 3 to 256 bytes, with slashes.
    package var guid: String
    /// What a publisher must bring; nil: nothing.
    package var credentials: PublishSecret?
    /// Where its streams may be served; nil: everywhere.
    package var geoRules: GeoRules?
    /// What the nodes that get its publishers must be capable of; nil: what its streams imply.
    package var capabilities: [Capability]?
    /// At least one, each under a name of its own.
    package var streams: [Stream]
    /// Where its publishers are to go; nil: that is decided when they come.
    package var distribution: Distribution?
    /// Fields that are only kept for who made it, by name, as JSON.
    package var extra: [String: String]

    package init(
        group: String, guid: String, credentials: PublishSecret? = nil, geoRules: GeoRules? = nil,
        capabilities: [Capability]? = nil, streams: [Stream], distribution: Distribution? = nil,
        extra: [String: String] = [:]
    ) {
        self.group = group
        self.guid = guid
        self.credentials = credentials
        self.geoRules = geoRules
        self.capabilities = capabilities
        self.streams = streams
        self.distribution = distribution
        self.extra = extra
    }

    /// Regions or zones in which its streams may be served, or may not.
    package struct GeoRules: Sendable, Equatable, Codable {
        /// At least one.
        package var regions: [String]
        /// True: nowhere in `regions`; false: nowhere else.
        package var restricted: Bool

        package init(regions: [String], restricted: Bool) {
            self.regions = regions
            self.restricted = restricted
        }

        /// The same for a routing question.
        package var rule: RegionRule { restricted ? .never(Set(regions)) : .only(Set(regions)) }
    }

    /// One stream, a level of the ladder.
    package struct Stream: Sendable, Equatable, Codable {
        /// Scope and name with a slash between them: 3 to 1024 bytes.
        package var guid: String
        /// The place in the ladder, 0 or more; the lowest is the best.
        package var abrLevel: Int
        package var qos: Int?
        /// Where the stream is to be sent on to; kept, not acted on.
        package var destination: String?
        /// `videoParams`, `camParams` and whatever else is kept for who made it, by name, as JSON.
        package var details: [String: String]

        package init(
            guid: String, abrLevel: Int = 1, qos: Int? = nil, destination: String? = nil,
            details: [String: String] = [:]
        ) {
            self.guid = guid
            self.abrLevel = abrLevel
            self.qos = qos
            self.destination = destination
            self.details = details
        }
    }

    /// Nodes that were picked ahead of time.
    package struct Distribution: Sendable, Equatable, Codable {
        /// In the order in which they are to be taken, at least one.
        package var nodes: [NodeID]
        /// When the last of them was picked.
        package var at: Timestamp
        /// What they had to be capable of beside publishing, in the order of the names: others that take their places must be, too.
        package var capabilities: [Capability]

        package init(nodes: [NodeID], at: Timestamp, capabilities: Set<Capability> = []) {
            self.nodes = nodes
            self.at = at
            self.capabilities = capabilities.sorted { $0.rawValue < $1.rawValue }
        }
    }

    /// What tells one from another.
    package struct Key: Hashable, Comparable, Sendable, CustomStringConvertible {
        package let group: String
        package let guid: String

        package init(group: String, guid: String) {
            self.group = group
            self.guid = guid
        }

        /// As the subject of events.
        package var description: String { "\(group)/\(guid)" }

        // By bytes, see ``ByteText``.

        package static func == (left: Self, right: Self) -> Bool {
            ByteText.isEqual(left.guid, right.guid) && ByteText.isEqual(left.group, right.group)
        }

        package static func < (left: Self, right: Self) -> Bool {
            ByteText.isEqual(left.group, right.group)
                ? ByteText.isLess(left.guid, right.guid) : ByteText.isLess(left.group, right.group)
        }

        package func hash(into hasher: inout Hasher) {
            ByteText.hash(group, into: &hasher)
            ByteText.hash(guid, into: &hasher)
        }
    }

    package var key: Key { Key(group: group, guid: guid) }

    /// The names of all streams that it speaks of, each once.
    package var guids: [String] { [guid] + streams.map(\.guid).filter { $0 != guid } }

    /// What the node of its publishers must be capable of beside publishing: as was said when it was distributed, else as it says
    /// itself, else what `videoParams` of a stream imply.
    package var wantedCapabilities: Set<Capability> {
        if let distribution { return Set(distribution.capabilities) }
        let implied: [Capability] = streams.contains { $0.details["videoParams"] != nil } ? [.transcode] : []
        return Set(capabilities ?? implied).subtracting([.publish])
    }
}

/// How much a provision may hold.
package enum ProvisionLimits {
    /// Bytes of a provision's name, as the product has it.
    package static let guid = 3...256
    /// Bytes of a stream's name with its scope, as the product has it.
    package static let streamGuid = 3...1024
    /// Levels of one ladder: nobody encodes as many.
    package static let streams = 64
    /// Provisions of one request, and so of one commit.
    package static let perRequest = 1000
    /// Bytes of one provision as it was sent: a hundred times what a usual one has.
    package static let bytes = 32 << 10
    /// Provisions of one node group: about ten megabytes of usual ones.
    package static let perGroup = 10_000
}

extension StreamKey {
    /// Every scope and name that a stream may have whose whole name is `guid`: applications of media servers may hold slashes.
    package static func all(of guid: String) -> [StreamKey] {
        let bytes = guid.utf8
        return bytes.indices.compactMap { index in
            guard bytes[index] == UInt8(ascii: "/"), index > bytes.startIndex else { return nil }
            let name = String(guid[guid.utf8.index(after: index)...])
            return name.isEmpty ? nil : StreamKey(scope: String(guid[..<index]), name: name)
        }
    }
}
