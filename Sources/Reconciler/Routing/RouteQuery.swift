/// One routing question.
package struct RouteQuery: Sendable, Equatable {
    package var stream: StreamKey
    package var action: StreamAction
    /// The node group that is asked; nil: any that serves the scope.
    package var group: String?
    /// Nil: the node's first endpoint.
    package var `protocol`: String?
    /// Regions or zones, the most wanted first.
    package var regions: [String]
    /// No region but those in `regions`.
    package var strict: Bool
    package var place: GeoPoint?
    /// Where the stream may be served at all; nil: everywhere.
    package var regionRule: RegionRule?
    /// What the node's role must be capable of beside the action itself.
    package var capabilities: Set<Capability> = []
    /// Publish to a node that transcodes and passes what comes of it on to an origin.
    package var transcode = false
    /// So many nodes are named at most, 1 or more, the best first; the client is counted on the first.
    package var endpoints = 1
    /// Nodes that were picked for the publisher ahead of time: the first of them that takes publishers and has room gets it.
    package var promised: [NodeID] = []

    /// Whether a node group is one that is asked.
    func asks(_ group: RoutingView.GroupView) -> Bool {
        group.serves(stream.scope) && (self.group == nil || self.group == group.name)
    }

    /// What the node's role must be capable of beside the action itself.
    var needs: Set<Capability> { transcode ? capabilities.union([.transcode]) : capabilities }

    /// Whether a node of a group is capable of what is asked for, and where the stream is allowed.
    func suits(_ candidate: Candidate, in group: RoutingView.GroupView) -> Bool {
        guard candidate.capabilities.isSuperset(of: capabilities),
            !transcode || candidate.capabilities.contains(.transcode)
        else { return false }
        guard let regionRule else { return true }
        guard let region = group.regions.first(where: { $0.name == candidate.region }) else { return false }
        return regionRule.allows(region: region.name, zone: region.zone)
    }

    /// The same, and where this client wants it, if it allows no other place.
    func accepts(_ candidate: Candidate, in group: RoutingView.GroupView) -> Bool {
        guard suits(candidate, in: group) else { return false }
        if !strict || regions.isEmpty { return true }
        guard let region = group.regions.first(where: { $0.name == candidate.region }) else { return false }
        return regions.contains(region.name) || region.zone.map(regions.contains) == true
    }
}

extension RouteQuery {
    /// A question with these wishes.
    package init(
        stream: StreamKey, action: StreamAction, protocol: String? = nil, regions: [String] = [], strict: Bool = false,
        place: GeoPoint? = nil
    ) {
        // All at once: one part after the other, the compiler makes the value and then a copy of it.
        self.init(
            stream: stream, action: action, group: nil, protocol: `protocol`, regions: regions, strict: strict,
            place: place, regionRule: nil, capabilities: [], transcode: false, endpoints: 1, promised: [])
    }
}

/// The answer to one routing question.
package enum RouteAnswer: Sendable {
    case node(Candidate)
    /// Several, the best first, to whom it asked for more than one: it is counted on the first, and the others would do.
    case nodes([Candidate])
    /// The node that transcodes what is published to it, and the one that gets what comes of it.
    case transcoder(Candidate, origin: Candidate)
    /// The stream is live, and its role rejects a second publisher: 409, in words.
    case conflict(String)
    /// Nothing to be sent to: 404, in words.
    case notFound(String)
    /// No role can do what is asked for, however many nodes there were: 404, in words.
    case impossible(String)
    /// Nothing has room: 503, in words.
    case unavailable(String, retryAfter: Duration)

    /// After which time a client that found no room is told to ask again.
    package static let retryAfter: Duration = .seconds(2)
}
