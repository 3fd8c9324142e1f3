/// What a decision looked at on its way, for who asks for its reason (safety rule 10).
///
/// A decision that is traced is the decision itself, with the same draws from the same random source, except that it counts nobody
/// and promises nothing.
package final class RouteTrace {
    /// Two nodes of one place that were drawn, and which of them got the client.
    package struct Draw: Sendable, Equatable, Codable {
        package var nodeGroup: String
        /// Nil: all regions of the group together, for a client without a preference.
        package var region: String?
        package var first: String
        /// Nil: there is one node only.
        package var second: String?
        /// Nil: nobody in this place has room.
        package var winner: String?
        package var reason: Reason
        /// How many nodes were drawn from.
        package var of: Int
        /// Soft limits counted as limits; not, when no node in any region that the client may go to is below its own.
        package var withinSoftLimit: Bool
    }

    /// Why the winner of a draw is the winner.
    package enum Reason: String, Sendable, Equatable, Codable, CaseIterable {
        /// There is no other.
        case onlyOne
        /// Its role's `capacityRanking` is lower by more than a little.
        case lowerRank
        /// It has fewer clients in proportion to its limit.
        case lessLoaded
        /// It carries the stream already, and is not fuller than the better of the two by more than its role's `affinity`.
        case carries
        /// The better one is at its limit.
        case otherFull
        /// Its role packs: it is the fullest of those under their soft limits.
        case fullest
        /// Both are at their limits; it was found by looking through the others.
        case searched
        /// Nobody has room.
        case full
    }

    /// How a publisher came to a node without a draw.
    package enum Stickiness: String, Sendable, Equatable, Codable {
        /// The stream is live there.
        case live
        /// A publisher was sent there a moment ago.
        case promised
    }

    /// Draws in the order in which they were made; the last one decided, if any did.
    package private(set) var draws: [Draw] = []
    /// Groups that were looked at, in this order.
    package private(set) var groups: [String] = []
    /// Set where the stream's own node was the answer.
    package private(set) var stickiness: Stickiness?
    /// Set where a viewer was sent to the node that has the publisher, there being no other.
    package private(set) var isOwnSource = false

    /// Nothing was looked at so far.
    package init() {}

    private var place: String?

    func enter(_ group: String) { groups.append(group) }
    func enter(region: String?) { place = region }
    func stick(_ kind: Stickiness) { stickiness = kind }
    func fallBackToSource() { isOwnSource = true }

    func pack(_ candidate: Candidate, of count: Int) { draw(candidate, nil, of: count, candidate, .fullest, .soft) }

    func draw(
        _ first: Candidate, _ second: Candidate?, of count: Int, _ winner: Candidate?, _ reason: Reason,
        _ level: FillLevel
    ) {
        draws.append(
            Draw(
                nodeGroup: groups.last ?? "", region: place, first: first.node.rawValue, second: second?.node.rawValue,
                winner: winner?.node.rawValue, reason: reason, of: count,
                withinSoftLimit: level == .soft))
    }
}
