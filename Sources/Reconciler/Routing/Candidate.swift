/// One endpoint of one serving node, ready to be handed out.
package final class Candidate: Sendable {
    package let node: NodeID
    package let group: String
    package let region: String
    package let address: String
    package let endpoint: Endpoint
    /// What its role can do.
    package let capabilities: Set<Capability>
    /// Which clients it is for.
    let action: StreamAction
    /// Hard limit of clients of this kind; `Int.max`: none.
    package let limit: Int
    /// Beyond it, another region is preferred; its limit, where the role has no other.
    package let softLimit: Int
    /// It is filled before others get any, up to its soft limit.
    package let packs: Bool
    package let load: NodeLoad
    /// How its role wants clients to be spread.
    let routing: RoutingSpec
    /// Its role has a `capacityRanking`.
    let isRanked: Bool
    /// The parts of the JSON answer that do not depend on the stream.
    package let answer: RouteAnswerBytes

    init(
        node: NodeID, group: String, region: String, address: String, endpoint: Endpoint, for action: StreamAction,
        capabilities: Set<Capability> = [], limit: Int, load: NodeLoad, isRanked: Bool = false,
        routing: RoutingSpec = RoutingSpec(), answer known: RouteAnswerBytes? = nil
    ) {
        self.node = node
        self.group = group
        self.region = region
        self.address = address
        self.endpoint = endpoint
        self.action = action
        self.capabilities = capabilities
        self.limit = limit
        softLimit = routing.softLimit(of: limit)
        packs = routing.strategy == .pack && limit != .max
        self.routing = routing
        self.load = load
        self.isRanked = isRanked
        answer =
            known
            ?? RouteAnswerBytes(node: node, group: group, region: region, address: address, endpoint: endpoint)
    }

    /// The same node at another of its endpoints.
    func at(_ endpoint: Endpoint, _ answer: RouteAnswerBytes? = nil) -> Candidate {
        Candidate(
            node: node, group: group, region: region, address: address, endpoint: endpoint, for: action,
            capabilities: capabilities, limit: limit, load: load, isRanked: isRanked, routing: routing, answer: answer)
    }

    /// How many clients it takes at this level.
    func bound(_ level: FillLevel) -> Int { level == .hard ? limit : softLimit }

    /// Clients of this kind, those on their way counted in.
    package var clients: Int { load.total(action) }

    /// What the role's `capacityRanking` says of it; nil: nothing, or nothing is known.
    package var ranking: Ranking? { isRanked ? load.ranking(action) : nil }
}

extension Candidate {
    /// A node's place among others, by its role's `capacityRanking`, when the view was made.
    package struct Ranking: Sendable, Equatable {
        /// Finite; the lower, the better.
        package let value: Double
        /// Clients of this kind on it at that moment, those on their way counted in.
        package let clients: Int

        package init(value: Double, clients: Int) {
            self.value = value
            self.clients = clients
        }
    }
}
