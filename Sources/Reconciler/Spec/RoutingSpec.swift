/// `routing: {strategy: pack, softLimit: 80%, affinity: 10%, onDuplicate: reject}` of a role: how clients are spread over its nodes.
package struct RoutingSpec: Sendable, Equatable {
    /// Which node of a region gets a client.
    package enum Strategy: String, Sendable, CaseIterable {
        /// The less loaded of two that were drawn.
        case spread
        /// The fullest that is under its soft limit, so that scale-in finds others empty.
        case pack
    }

    /// What a second publisher of a live stream gets.
    package enum OnDuplicate: String, Sendable, CaseIterable {
        /// The node on which the stream is live: a publisher that comes back finds its place.
        case sameNode
        /// A refusal, while the stream is live on a node that serves.
        case reject
    }

    package var strategy = Strategy.spread
    /// Whole percent of a node's capacity, 1 to 100: a region whose nodes are all there sends clients to the next one that has a node
    /// below it.
    package var softLimit = 100
    /// Whole percent of a node's capacity, 0 to 100, by which an edge that carries a stream already may be fuller than the one that
    /// was drawn and still get the stream's viewer. 0: it is not preferred. For ``Strategy/spread``.
    package var affinity = 10
    package var onDuplicate = OnDuplicate.sameNode

    /// The defaults.
    package init() {}

    /// So many of `limit` clients; at least one, where the limit is not less itself.
    func softLimit(of limit: Int) -> Int {
        if limit == .max || softLimit >= 100 { return limit }
        return min(limit, max(1, limit / 100 * softLimit + limit % 100 * softLimit / 100))
    }
}
