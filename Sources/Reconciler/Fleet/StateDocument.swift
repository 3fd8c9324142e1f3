/// The State document (design.md section 5): the whole input of a decision beside the spec, as JSON. Unknown fields are errors.
package struct StateDocument: Sendable, Equatable {
    package static let apiVersion = "smreconcile/v1"
    package static let kind = "State"

    /// When it was taken; `plan --now` stands in for a document without it.
    package var takenAt: Timestamp?
    package var nodes: [NodeRecord]
    package var scaling: [ScalingRecord]
    /// Node groups whose counts stand still.
    package var pauses: [PauseRecord]
    /// Provider scopes whose list is not known; every other one counts as known.
    package var unknownScopes: [UnknownScope]
    package var approvals: [String]
    /// How rollouts stand, and what keeps pools from getting nodes.
    package var pools: [PoolRecord] = []
    /// What nodes of some revisions are made from.
    package var revisions: [RevisionRecord] = []
    package var observingSince: Timestamp?

    package init(
        takenAt: Timestamp?, nodes: [NodeRecord] = [], scaling: [ScalingRecord] = [],
        pauses: [PauseRecord] = [], unknownScopes: [UnknownScope] = [], approvals: [String] = [],
        observingSince: Timestamp? = nil
    ) {
        self.takenAt = takenAt
        self.nodes = nodes
        self.scaling = scaling
        self.pauses = pauses
        self.unknownScopes = unknownScopes
        self.approvals = approvals
        self.observingSince = observingSince
    }

    /// One node; all but id, nodeGroup, region, role and state are optional.
    package struct NodeRecord: Sendable, Equatable, Encodable {
        package var id: String
        package var nodeGroup: String
        package var region: String
        package var role: String
        package var state: NodeState
        package var provider: String?
        /// `current` stands for whatever the given spec hashes to.
        package var revision: String?
        package var instanceId: String?
        package var address: String?
        package var endpoints: [Endpoint]?
        package var since: Timestamp?
        package var requestedAt: Timestamp?
        package var createdAt: Timestamp?
        package var inServiceAt: Timestamp?
        /// Absent: heard just now.
        package var lastHeartbeatAt: Timestamp?
        package var metrics: [String: Double]?
        package var streams: [StreamReport]?
        package var cordoned: Bool?
        package var protectedUntil: Timestamp?
        /// Set while a complete list does not show it; absent: it is there.
        package var missingSince: Timestamp?
        /// Absent: its media server is ready.
        package var ready: Bool?
        package var attempts: Int?
        package var retryAt: Timestamp?
        package var reason: String?
        package var lastError: String?
        package var drainRequested: NodeMarks.DrainRequest?
        package var selfProtected: Bool?
        package var unreadySince: Timestamp?
        package var faults: [Timestamp]?
        package var quarantined: Bool?
        package var adopted: Bool?
        package var removalApproved: Bool?
        package var probes: [ProbeRecord?]?

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case id, nodeGroup, region, role, state, provider, revision, instanceId, address, endpoints, since
            case requestedAt, createdAt, inServiceAt, lastHeartbeatAt, metrics, streams, cordoned, protectedUntil
            case missingSince, ready
            case attempts, retryAt, reason, lastError
            case drainRequested, selfProtected, unreadySince, faults, quarantined, adopted, removalApproved, probes
        }
    }

    /// What the scaling of one pool remembers; all but nodeGroup, region and role are optional.
    package struct ScalingRecord: Sendable, Equatable, Encodable {
        package var nodeGroup: String
        package var region: String
        package var role: String
        package var desired: Int?
        /// In the order of their times, as all lists of this record.
        package var recommendations: [ScalingHistory.Recommendation]
        package var events: [ScalingHistory.Change]
        package var bounds: ScalingHistory.Bounds?
        package var override: ScalingHistory.Override?
        package var bootsMs: [Int]?
        package var averages: [ScalingHistory.Average]?
        package var approval: ApprovalLimits?
        package var unserved: Int?

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case nodeGroup, region, role, desired, recommendations, events, bounds, override, bootsMs, averages
            case approval, unserved
        }
    }

    package struct PauseRecord: Sendable, Equatable, Encodable {
        package var nodeGroup: String
        package var since: Timestamp
        package var by: String

        package enum CodingKeys: String, CodingKey, CaseIterable { case nodeGroup, since, by }
    }

    /// What one pool remembers beside its scaling; all but nodeGroup, region and role are optional.
    package struct PoolRecord: Sendable, Equatable, Encodable {
        package var nodeGroup: String
        package var region: String
        package var role: String
        package var rollout: Rollout?
        package var creates: Setback?
        package var starts: Setback?
        package var spilled: Int?

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case nodeGroup, region, role, rollout, creates, starts, spilled
        }
    }

    /// What nodes of one revision are made from, as far as it may be shown; all but revision are optional.
    package struct RevisionRecord: Sendable, Equatable, Encodable {
        package var revision: String
        package var image: String?
        package var instanceType: String?
        package var endpoints: [Endpoint]?
        /// Digests by name.
        package var settings: [String: String]?
        package var provider: String?

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case revision, image, instanceType, endpoints, settings, provider
        }
    }

    package struct UnknownScope: Sendable, Equatable, Encodable {
        package var provider: String
        package var region: String
        package var reason: String

        package enum CodingKeys: String, CodingKey, CaseIterable { case provider, region, reason }
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case apiVersion, kind, takenAt, observingSince, nodes, scaling, pauses, unknownScopes, approvals, pools
        case revisions
    }
}
