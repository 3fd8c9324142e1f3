/// How a cluster is, from the whole down to each node that is not well: what `smreconcile status` shows.
///
/// What is well is counted, and what is not is there with its reason. A pure function of a snapshot makes it
/// (``init(_:remarks:now:)``), so that a cluster of ten thousand nodes that are well is an answer of a few lines.
package struct ClusterStatus: Sendable, Equatable, Codable {
    /// How something is, the worst last. What contains other things is as the worst of them.
    package enum State: String, Sendable, Codable, CaseIterable, Comparable {
        /// As the spec wants it.
        case ok
        /// On its way there by itself.
        case progressing
        /// Waits for a person, or stands as a person set it.
        case held
        /// Something is wrong.
        case degraded

        package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .ok: 0
            case .progressing: 1
            case .held: 2
            case .degraded: 3
            }
        }
    }

    /// Something to be said of the thing that it stands at.
    package struct Remark: Sendable, Equatable, Codable {
        /// What it makes of that thing.
        package var state: State
        /// One word for what it is about: `spec`, `provider`, `approval`, `rollout` and the like.
        package var kind: String
        /// A sentence, with the numbers in it and what to do.
        package var message: String

        package init(_ state: State, _ kind: String, _ message: String) {
            self.state = state
            self.kind = kind
            self.message = message
        }
    }

    /// How many nodes there are.
    package struct Counts: Sendable, Equatable, Codable {
        /// In any state but gone.
        package var total = 0
        /// In service.
        package var inService = 0
        /// What the spec and its rules want.
        package var desired = 0

        package init(total: Int = 0, inService: Int = 0, desired: Int = 0) {
            self.total = total
            self.inService = inService
            self.desired = desired
        }

        package static func + (left: Self, right: Self) -> Self {
            Counts(
                total: left.total + right.total, inService: left.inService + right.inService,
                desired: left.desired + right.desired)
        }
    }

    /// A node that is not well.
    package struct Node: Sendable, Equatable, Codable {
        package var id: String
        package var state: State
        /// Where it stands in its life: `creating`, `fault` and the like.
        package var lifecycle: NodeState
        /// Since when it does.
        package var since: Timestamp
        /// Why, and what it waits for.
        package var message: String
    }

    /// A role in a region.
    package struct Role: Sendable, Equatable, Codable {
        package var name: String
        package var state: State
        package var nodes: Counts
        package var remarks: [Remark]
        /// Those that are not well, the worst first; at most ``mostUnwell``.
        package var unwell: [Node]
        /// How many more are not well.
        package var unlisted: Int
    }

    /// A region of a node group.
    package struct Region: Sendable, Equatable, Codable {
        package var name: String
        package var state: State
        package var nodes: Counts
        package var remarks: [Remark]
        package var roles: [Role]
    }

    /// A node group.
    package struct Group: Sendable, Equatable, Codable {
        package var name: String
        package var state: State
        package var nodes: Counts
        package var remarks: [Remark]
        package var regions: [Region]
        /// File and line that it comes from.
        package var source: String?
    }

    /// When the round was that this is of.
    package var at: Timestamp
    package var state: State
    package var nodes: Counts
    package var remarks: [Remark]
    package var nodeGroups: [Group]

    /// So many nodes of a role are listed.
    package static let mostUnwell = 100
    /// So many errors of a spec are told; `validate` shows all.
    static let mostSpecProblems = 5
    /// A loop that made no round for so long stands still: its store or its disk does not answer.
    static let longestSilence: Duration = .seconds(30)
}
