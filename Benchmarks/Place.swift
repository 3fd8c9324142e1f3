internal import Reconciler

/// One region with so many edges, and the origin of one stream that is watched there.
struct Place {
    private let router: Router
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
    }

    /// The choice of a node alone: no look-up of the stream, no order of regions.
    func pick(at now: Timestamp, _ random: inout SeededRandom) -> Candidate? {
        router.select(query, in: router.view.groups[0], at: now, using: &random)
    }

    /// Viewers of each edge.
    var totals: [Int] {
        router.view.groups[0].everywhere.list(for: query).candidates.map(\.clients)
    }
}
