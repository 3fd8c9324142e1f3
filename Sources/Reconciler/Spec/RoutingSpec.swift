/// `routing: {strategy: pack, softLimit: 80%}` of a role: how clients are spread over its nodes.
package struct RoutingSpec: Sendable, Equatable {
    /// Which node of a region gets a client.
    package enum Strategy: String, Sendable, CaseIterable {
        /// The less loaded of two that were drawn.
        case spread
        /// The fullest that is under its soft limit, so that scale-in finds others empty.
        case pack
    }

    package var strategy = Strategy.spread
    /// Whole percent of a node's capacity, 1 to 100: a region whose nodes are all there sends clients to the next one that has a node
    /// below it.
    package var softLimit = 100

    /// The defaults.
    package init() {}

    /// So many of `limit` clients; at least one, where the limit is not less itself.
    func softLimit(of limit: Int) -> Int {
        if limit == .max || softLimit >= 100 { return limit }
        return min(limit, max(1, limit / 100 * softLimit + limit % 100 * softLimit / 100))
    }
}
