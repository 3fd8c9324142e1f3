/// What routing knows: an immutable snapshot of the fleet, made by the control loop after each round that changed
/// something and swapped whole. Only the load counters it points to move.
package final class RoutingView: Sendable {
    package let groups: [GroupView]
    private let groupsByName: [String: GroupView]
    /// Every node that is not gone, serving or not.
    package let nodes: [NodeID: NodeEntry]
    /// Nodes of the view before that are gone.
    package let gone: [NodeID]
    /// What the next view may take over.
    let pools: [PoolKey: Pool]
    /// Whose word about a client's address counts.
    package let trustedProxies: AddressSet
    /// What node groups ask of clients, by name; those that let everybody in are not there.
    package let ticketPolicies: [String: TicketPolicy]
    /// How long a ticket lasts.
    package let ticketLifetime: Duration
    /// Which nodes pull from which.
    package let distribution: DistributionView

    init(
        groups: [GroupView], nodes: [NodeID: NodeEntry], gone: [NodeID] = [], pools: [PoolKey: Pool] = [:],
        trustedProxies: AddressSet = AddressSet(), ticketPolicies: [String: TicketPolicy] = [:],
        ticketLifetime: Duration = ManagerSpec.Tickets().lifetime, distribution: DistributionView = .empty
    ) {
        self.distribution = distribution
        self.ticketPolicies = ticketPolicies
        self.ticketLifetime = ticketLifetime
        self.trustedProxies = trustedProxies
        self.groups = groups
        groupsByName = Dictionary(groups.map { ($0.name, $0) }) { first, _ in first }
        self.nodes = nodes
        self.gone = gone
        self.pools = pools
    }

    package static let empty = RoutingView(groups: [], nodes: [:])

    func group(_ name: String) -> GroupView? {
        // Of a few, to look at each is less than to hash the name.
        if groups.count > Self.few { return groupsByName[name] }
        for index in groups.indices where groups[index].name == name { return groups[index] }
        return nil
    }

    private static let few = 8

    /// Whether a node group wants a ticket of such clients.
    package func needsTicket(_ group: String, _ action: StreamAction) -> Bool {
        if ticketPolicies.isEmpty { return false }
        return ticketPolicies[group]?.isRequired(for: action) ?? false
    }

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
        /// Its nodes have a rank, which moves with what they report.
        let isRanked: Bool
        let heartbeatInterval: Duration
        let parents: [String]

        var takesPublishers: Bool { capabilities.contains(.publish) || capabilities.contains(.transcode) }
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
        /// For publishers, if it takes any or transcodes, at its default endpoint.
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
        /// What a second publisher of a stream gets that is live here.
        var onDuplicate: RoutingSpec.OnDuplicate { common.traits.routing.onDuplicate }
        /// Any viewer may be sent to it, not only those of streams that are published there.
        var servesViewers: Bool { common.traits.serves.contains(.subscribe) }
        /// It may be the source of a stream.
        package var takesPublishers: Bool { common.traits.takesPublishers }
        package var directive: Directive { state.directive }
        package var heartbeatInterval: Duration { common.traits.heartbeatInterval }
        /// Where it may pull from, its own region first.
        package var parents: [String] { common.traits.parents }
    }

    /// Which clients may be sent to the nodes of a role.
    struct Offer: Sendable {
        let role: RoleSpec
        let protocols: Set<String>

        func suits(_ query: RouteQuery) -> Bool { role.serves(query.action, query.needs) && speaks(query) }

        /// Whether a node of the role could ever be the answer, if only for what was published to itself.
        func isCapable(of query: RouteQuery) -> Bool {
            let needs = query.transcode ? query.needs : query.needs.union([query.action.capability])
            return role.capabilities.isSuperset(of: needs) && speaks(query)
        }

        private func speaks(_ query: RouteQuery) -> Bool {
            query.protocol.map(protocols.contains) ?? !protocols.isEmpty
        }
    }

    package final class GroupView: Sendable {
        package let name: String
        package let scopes: [String]
        /// Hard limits of the whole group; `Int.max`: none.
        package let publisherLimit: Int
        package let subscriberLimit: Int
        package let load: GroupLoad
        /// What its roles take clients for, whether or not there is a node yet.
        let offers: [Offer]
        /// For which clients it has serving nodes that get none for being at their `capacityLimit`.
        package let atLimit: Set<StreamAction>
        package let regions: [RegionView]
        /// Where these are and what they are called.
        let atlas: RegionAtlas
        /// All regions together, for clients without a preference.
        package let everywhere: Candidates
        /// Regions together that rules allow: the same in the next view as long as the regions are.
        let ruled: Locked<[RegionRule: Candidates]>

        init(
            name: String, scopes: [String], publisherLimit: Int, subscriberLimit: Int, load: GroupLoad,
            offers: [Offer], atLimit: Set<StreamAction>, regions: [RegionView],
            atlas: RegionAtlas, everywhere: Candidates, ruled: Locked<[RegionRule: Candidates]> = Locked([:])
        ) {
            self.ruled = ruled
            self.name = name
            self.scopes = scopes
            self.publisherLimit = publisherLimit
            self.subscriberLimit = subscriberLimit
            self.load = load
            self.offers = offers
            self.atLimit = atLimit
            self.regions = regions
            self.atlas = atlas
            self.everywhere = everywhere
        }

        package func serves(_ scope: String) -> Bool { scopes.isEmpty || scopes.contains(scope) }

        package func limit(_ action: StreamAction) -> Int {
            switch action {
            case .publish: publisherLimit
            case .subscribe: subscriberLimit
            }
        }

        /// Rules whose regions are remembered together; a fleet has a handful.
        private static let rememberedRules = 64

        /// All regions together that a rule allows.
        func everywhere(under rule: RegionRule?) -> Candidates {
            guard let rule else { return everywhere }
            if let known = ruled.with({ $0[rule] }) { return known }
            let made = Candidates(
                joining: regions.filter { rule.allows(region: $0.name, zone: $0.zone) }.map(\.candidates))
            ruled.with { known in
                if known.count >= Self.rememberedRules { known.removeAll() }
                known[rule] = made
            }
            return made
        }
    }

    package final class RegionView: Sendable {
        package let name: String
        package let zone: String?
        package let location: GeoPoint?
        /// See ``LoadRegistry/place(of:in:)``.
        let place: Int
        /// The same object in the next view as long as they are the same.
        package let candidates: Candidates
        /// See ``GroupView/atLimit``.
        let atLimit: Set<StreamAction>
        /// The pools that its candidates are of, in the order of the spec.
        let pools: [Pool]
        /// Serving nodes of these.
        let serving: Int

        init(
            name: String, zone: String?, location: GeoPoint?, place: Int, candidates: Candidates,
            atLimit: Set<StreamAction>, pools: [Pool], serving: Int
        ) {
            self.name = name
            self.zone = zone
            self.location = location
            self.place = place
            self.candidates = candidates
            self.atLimit = atLimit
            self.pools = pools
            self.serving = serving
        }
    }
}
