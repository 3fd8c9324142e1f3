/// What stabilisation and rate policies need to remember of one pool.
package struct ScalingHistory: Sendable, Equatable, Codable {
    /// What the rules recommended, before stabilisation.
    package struct Recommendation: Sendable, Equatable, Codable {
        package var at: Timestamp
        package var nodes: Int
        package init(at: Timestamp, nodes: Int) {
            self.at = at
            self.nodes = nodes
        }
    }

    /// A change of the count that was carried out; positive grows.
    package struct Change: Sendable, Equatable, Codable {
        package var at: Timestamp
        package var change: Int
        package init(at: Timestamp, change: Int) {
            self.at = at
            self.change = change
        }
    }

    package var recommendations: [Recommendation]
    package var events: [Change]

    package init(recommendations: [Recommendation] = [], events: [Change] = []) {
        self.recommendations = recommendations
        self.events = events
    }
}
