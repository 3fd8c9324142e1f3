/// One routing question, its answer, and why: which regions in which order, who could have got the client, what excludes the others,
/// and the draw. What `smreconcile route` prints and the API answers.
package struct RouteExplanation: Sendable, Equatable, Codable {
    package var scope: String
    package var name: String
    package var action: StreamAction
    /// The protocol that was asked for; nil: any.
    package var `protocol`: String?
    /// When the question was put.
    package var at: Timestamp
    /// Of the random source: the same question with the same seed draws the same nodes. Below 2^53, so that any JSON reader keeps it.
    package var seed: UInt64
    package var answer: Answer
    package var stream: Stream
    /// The draw that decided, where one did; else the last that found nobody.
    package var draw: RouteTrace.Draw?
    /// Groups that may answer, in the order in which they are asked.
    package var groups: [Group]
    /// Groups that may not, and why.
    package var otherGroups: [Other]

    /// What the client is told.
    package struct Answer: Sendable, Equatable, Codable {
        /// The HTTP status: 200, 404, 409 or 503.
        package var status: Int
        package var node: String?
        package var nodeGroup: String?
        package var region: String?
        package var address: String?
        package var port: Int?
        package var `protocol`: String?
        package var url: String?
        /// Why there is no node.
        package var detail: String?
        package var how: How?
        /// Further nodes, for a client that asked for several.
        package var others: [String]?
        /// Where the results go, for a stream that is to be transcoded.
        package var origin: String?
    }

    /// How the node of the answer was found.
    package enum How: String, Sendable, Equatable, Codable {
        /// By a draw among the nodes of a place.
        case drawn
        /// The stream is live there: its publisher is sent to no other.
        case live
        /// A publisher of the stream was sent there a moment ago.
        case promised
        /// The viewer is sent to the publisher's node: nobody else can play it.
        case source
    }

    /// What is known of the stream itself.
    package struct Stream: Sendable, Equatable, Codable {
        /// Where it is live.
        package var live: Place?
        /// Where its publisher was sent and has not shown up.
        package var promised: Place?
        /// How many nodes carry it.
        package var carriers: Int
    }

    /// A node that a stream is on, or is to be on.
    package struct Place: Sendable, Equatable, Codable {
        package var node: String
        package var since: Timestamp
        package var isServing: Bool
    }

    /// A node group that may answer.
    package struct Group: Sendable, Equatable, Codable {
        package var name: String
        /// Publishers or viewers on it, those on their way counted in.
        package var clients: Int
        /// Nil: no limit.
        package var limit: Int?
        /// It was asked; it is not when one before it had room, or the stream's own node is the answer.
        package var isAsked: Bool
        /// Those that are tried come first, in that order; then those that are not, by name.
        package var regions: [Region]
    }

    /// A group that may not answer.
    package struct Other: Sendable, Equatable, Codable {
        package var name: String
        package var reason: String
    }

    /// One region of a group.
    package struct Region: Sendable, Equatable, Codable {
        package var name: String
        package var zone: String?
        /// The client's place in it is the first, the second ...; nil: it has no preference, or does not allow this one.
        package var rank: Int?
        /// The region or zone of the client's list that brought it there.
        package var asked: String?
        /// From the client, where both places are known.
        package var distanceKm: Double?
        package var outcome: Outcome
        /// Those with room, the least loaded first.
        package var candidates: [Eligible]
        /// All other nodes of the group in this region, by reason and id.
        package var excluded: [Exclusion]
    }

    /// What became of a region.
    package enum Outcome: String, Sendable, Equatable, Codable {
        /// The node of the answer is in it.
        case chosen
        /// It was tried, and has no room.
        case noRoom
        /// It was tried, and every node that has room is at or over its soft limit.
        case overSoftLimit
        /// One before it had room.
        case notNeeded
        /// The client allows others only.
        case strict
        /// The stream is not allowed there.
        case barred
        /// The spec has no such region any more.
        case notInSpec
    }

    /// A node that may get the client.
    package struct Eligible: Sendable, Equatable, Codable {
        package var node: String
        package var role: String
        package var clients: Int
        /// Nil: no limit.
        package var limit: Int?
        /// Nil: none but the limit.
        package var softLimit: Int?
        /// By its role's `capacityRanking`; the lower, the better.
        package var ranking: Double?
    }

    /// A node that may not, and the first of the reasons that keep it from it.
    package struct Exclusion: Sendable, Equatable, Codable {
        package var node: String
        package var role: String
        package var reason: Reason
        /// The numbers.
        package var detail: String
    }

    /// What excludes a node, in the order in which it is looked for.
    package enum Reason: String, Sendable, Equatable, Codable, CaseIterable {
        case notInSpec, capability, state, missing, notReady, cordoned, noAddress, suspect, `protocol`, capacityLimit
        case atLimit, groupLimit, barred, strict
        /// The routing view does not have it yet: it will with the next round.
        case notYet
    }
}
