/// What routing knows: an immutable snapshot of the fleet, made by the control loop after each round that changed
/// something and swapped whole. Only the load counters it points to move.
package final class RoutingView: Sendable {
    package let groups: [GroupView]
    /// Every node that is not gone, serving or not.
    package let nodes: [NodeID: NodeEntry]
    /// Nodes of the view before that are gone.
    package let gone: [NodeID]
    /// What the next view may take over.
    let pools: [PoolKey: Pool]
    /// Whose word about a client's address counts.
    package let trustedProxies: AddressSet
    /// Which nodes pull from which.
    package let distribution: DistributionView

    init(
        groups: [GroupView], nodes: [NodeID: NodeEntry], gone: [NodeID] = [], pools: [PoolKey: Pool] = [:],
        trustedProxies: AddressSet = AddressSet(), distribution: DistributionView = .empty
    ) {
        self.distribution = distribution
        self.trustedProxies = trustedProxies
        self.groups = groups
        self.nodes = nodes
        self.gone = gone
        self.pools = pools
    }

    package static let empty = RoutingView(groups: [], nodes: [:])

    /// What all nodes of one pool have in common.
    struct Traits: Equatable {
        let pool: PoolKey
        let capabilities: Set<Capability>
        let endpoints: [Endpoint]
        /// Clients who may be sent to any of its nodes.
        let serves: Set<StreamAction>
        let publisherLimit: Int
        let subscriberLimit: Int
        /// How its role wants clients to be spread.
        let routing: RoutingSpec
        /// Its candidates have a rank, which moves with what they report.
        let isRanked: Bool
        let heartbeatInterval: Duration
        let parents: [String]
    }

    /// One pool of one view: the same object in the next as long as its traits are the same.
    final class Pool: Sendable {
        let traits: Traits
        init(_ traits: Traits) { self.traits = traits }
    }

    /// What the manager answers to one node, and where that node can be reached.
    ///
    /// An object, and the same in the next view while nothing of it changes: a view of thousands is made many times a minute.
    package final class NodeEntry: Sendable {
        let common: Pool
        package let state: NodeState
        /// In service, heard of lately, not cordoned.
        package let isServing: Bool
        /// It serves, and is below the `capacityLimit` of its role: it may get new clients. Who published to it before may come back
        /// as long as it serves.
        package let takesClients: Bool
        package let address: String?
        package let endpoints: [Endpoint]
        /// What clients are told, by endpoint; none without an address.
        package let answers: [RouteAnswerBytes]
        package let load: NodeLoad
        /// For publishers, if it takes any, at its default endpoint.
        package let publish: Candidate?
        /// For viewers, if it takes any, at its default endpoint.
        package let subscribe: Candidate?

        init(
            _ common: Pool, state: NodeState, isServing: Bool, takesClients: Bool, address: String?,
            endpoints: [Endpoint], answers: [RouteAnswerBytes], load: NodeLoad, publish: Candidate?,
            subscribe: Candidate?
        ) {
            self.common = common
            self.state = state
            self.isServing = isServing
            self.takesClients = takesClients
            self.address = address
            self.endpoints = endpoints
            self.answers = answers
            self.load = load
            self.publish = publish
            self.subscribe = subscribe
        }

        package var pool: PoolKey { common.traits.pool }
        package var capabilities: Set<Capability> { common.traits.capabilities }
        package var directive: Directive { state.directive }
        package var heartbeatInterval: Duration { common.traits.heartbeatInterval }
        /// Where it may pull from, its own region first.
        package var parents: [String] { common.traits.parents }
    }

    package struct GroupView: Sendable {
        package let name: String
        package let scopes: [String]
        /// Hard limits of the whole group; `Int.max`: none.
        package let publisherLimit: Int
        package let subscriberLimit: Int
        package let load: GroupLoad
        /// Over which protocols its roles take clients who may be sent to any of their nodes, whether or not there is a node yet.
        package let protocols: [StreamAction: Set<String>]
        /// For which clients it has serving nodes that get none for being at their `capacityLimit`.
        package let atLimit: Set<StreamAction>
        package let regions: [RegionView]
        /// Where these are and what they are called.
        let atlas: RegionAtlas
        /// All regions together, for clients without a preference.
        package let everywhere: Candidates

        package func serves(_ scope: String) -> Bool { scopes.isEmpty || scopes.contains(scope) }

        package func limit(_ action: StreamAction) -> Int {
            switch action {
            case .publish: publisherLimit
            case .subscribe: subscriberLimit
            }
        }
    }

    package struct RegionView: Sendable {
        package let name: String
        package let zone: String?
        package let location: GeoPoint?
        package let candidates: Candidates
        /// See ``GroupView/atLimit``.
        let atLimit: Set<StreamAction>
        /// The pools that its candidates are of, in the order of the spec.
        let pools: [Pool]
        /// Serving nodes of these.
        let serving: Int
        /// The same in the next view as long as its candidates are the same.
        let version: Version

        func isSame(as other: Self) -> Bool { version === other.version }
    }

    /// Tells one making of candidates from another.
    final class Version: Sendable {}

    /// The serving nodes of one place, by what they can do and by protocol.
    package struct Candidates: Sendable {
        package var publish: [Candidate] = []
        package var subscribe: [Candidate] = []
        /// Those that have an endpoint of a protocol, where it is asked for.
        package var publishByProtocol: [String: [Candidate]] = [:]
        package var subscribeByProtocol: [String: [Candidate]] = [:]
        private let publishMarks = CandidateMarks()
        private let subscribeMarks = CandidateMarks()
        private var publishMarksByProtocol: [String: CandidateMarks] = [:]
        private var subscribeMarksByProtocol: [String: CandidateMarks] = [:]
        /// For which clients some of them have a soft limit below their limit.
        private(set) var softActions: Set<StreamAction> = []
        /// For which clients some of them pack.
        private(set) var packedActions: Set<StreamAction> = []

        /// What is remembered of the list for this action and protocol.
        func marks(_ action: StreamAction, protocol wanted: String?) -> CandidateMarks? {
            switch (action, wanted) {
            case (.publish, nil): publishMarks
            case (.subscribe, nil): subscribeMarks
            case (.publish, let wanted?): publishMarksByProtocol[wanted]
            case (.subscribe, let wanted?): subscribeMarksByProtocol[wanted]
            }
        }

        /// To be called for each candidate that is added to a list.
        mutating func note(_ candidate: Candidate, _ action: StreamAction, protocol name: String) {
            if candidate.softLimit < candidate.limit { softActions.insert(action) }
            if candidate.packs { packedActions.insert(action) }
            switch action {
            case .publish where publishMarksByProtocol[name] == nil: publishMarksByProtocol[name] = CandidateMarks()
            case .subscribe where subscribeMarksByProtocol[name] == nil:
                subscribeMarksByProtocol[name] = CandidateMarks()
            case .publish, .subscribe: break
            }
        }

        /// The same for all of another place.
        mutating func noteAll(of other: Self) {
            softActions.formUnion(other.softActions)
            packedActions.formUnion(other.packedActions)
            for name in other.publishMarksByProtocol.keys where publishMarksByProtocol[name] == nil {
                publishMarksByProtocol[name] = CandidateMarks()
            }
            for name in other.subscribeMarksByProtocol.keys where subscribeMarksByProtocol[name] == nil {
                subscribeMarksByProtocol[name] = CandidateMarks()
            }
        }

        package func list(_ action: StreamAction, protocol wanted: String?) -> [Candidate] {
            switch (action, wanted) {
            case (.publish, nil): publish
            case (.subscribe, nil): subscribe
            case (.publish, let wanted?): publishByProtocol[wanted] ?? []
            case (.subscribe, let wanted?): subscribeByProtocol[wanted] ?? []
            }
        }
    }
}

/// One endpoint of one serving node, ready to be handed out.
package final class Candidate: Sendable {
    package let node: NodeID
    package let group: String
    package let region: String
    package let address: String
    package let endpoint: Endpoint
    /// Hard limit of clients of this kind; `Int.max`: none.
    package let limit: Int
    /// Beyond it, another region is preferred; its limit, where the role has no other.
    package let softLimit: Int
    /// It is filled before others get any, up to its soft limit.
    package let packs: Bool
    package let load: NodeLoad
    /// How its role wants clients to be spread.
    let routing: RoutingSpec
    /// What the role's `capacityRanking` says of it; nil: nothing, or nothing is known.
    package let ranking: Ranking?
    /// The parts of the JSON answer that do not depend on the stream.
    package let answer: RouteAnswerBytes

    init(
        node: NodeID, group: String, region: String, address: String, endpoint: Endpoint, limit: Int, load: NodeLoad,
        ranking: Ranking? = nil, routing: RoutingSpec = RoutingSpec(), answer known: RouteAnswerBytes? = nil
    ) {
        self.node = node
        self.group = group
        self.region = region
        self.address = address
        self.endpoint = endpoint
        self.limit = limit
        softLimit = routing.softLimit(of: limit)
        packs = routing.strategy == .pack && limit != .max
        self.routing = routing
        self.load = load
        self.ranking = ranking
        answer =
            known
            ?? RouteAnswerBytes(node: node, group: group, region: region, address: address, endpoint: endpoint)
    }

    /// The same node at another of its endpoints.
    func at(_ endpoint: Endpoint, _ answer: RouteAnswerBytes? = nil) -> Candidate {
        Candidate(
            node: node, group: group, region: region, address: address, endpoint: endpoint, limit: limit, load: load,
            ranking: ranking, routing: routing, answer: answer)
    }

    /// How many clients it takes at this level.
    func bound(_ level: FillLevel) -> Int { level == .hard ? limit : softLimit }
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
