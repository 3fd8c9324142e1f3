internal import Reconciler

/// One region with so many edges, and the origin of one stream that is watched there.
struct Place {
    private let router: Router
    private let list: CandidateList
    private let selection: Selection
    private let query = RouteQuery(stream: StreamKey(scope: "live", name: "a"), action: .subscribe)

    /// Edges that take `limit` viewers each.
    init(nodes count: Int, limit: Int, _ strategy: RoutingSpec.Strategy) {
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let cluster = Cluster(nodes: count, regions: 1) { edge in
            edge.capacity = [Metric.subscribers: Double(limit)]
            edge.routing.strategy = strategy
        }
        router = Router(rehearsing: cluster.spec, fleet: cluster.fleet, at: now)
        router.streams.markLive(query.stream, on: cluster.origin, at: now)
        let group = router.view.groups[0]
        list = group.everywhere.list(for: query)
        selection = Selection(for: .subscribe, in: group.load)
    }

    /// The choice of a node alone, counted: no look-up of the stream, no order of regions. Its index.
    func pick(_ random: inout SeededRandom) -> Int? { selection.pick(from: list, using: &random) }

    /// The same as a decision makes it.
    func route(at now: Timestamp, _ random: inout SeededRandom) -> RouteAnswer {
        router.route(query, at: now, using: &random)
    }

    /// Viewers of each edge.
    var totals: [Int] {
        list.candidates.map(\.clients)
    }
}
