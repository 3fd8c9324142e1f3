/// What the API may ask of the control loop; each is carried out within the loop's own turn and recorded as an event.
package protocol ControlCommands: Sendable {
    /// Releases what a plan holds under this hash (safety rule 7).
    /// Throws when no present hold has the hash.
    func approve(_ hash: String, by user: String) async throws(CommandFailure)
    /// No new assignments to a node, or an end of that.
    func cordon(_ node: NodeID, _ cordoned: Bool, by user: String) async throws(CommandFailure)
    /// Lets the counts of a node group stand still, or follow their rules again; the pause that is in force then.
    /// Throws ``CommandFailure/conflict(_:)`` when it is so already.
    @discardableResult
    func pause(_ group: String, _ paused: Bool, by user: String) async throws(CommandFailure) -> ScalingPause?
    /// Sets the count of a role by hand, in one region or in each, until then or until it is taken back with nil.
    /// What is in force then, by region in the order of the spec.
    /// Throws ``CommandFailure/conflict(_:)`` for a count outside of the role's bounds.
    @discardableResult
    func scale(_ command: ScaleCommand, by user: String) async throws(CommandFailure) -> [ScaleOutcome]
}

/// A count set by hand.
package struct ScaleCommand: Sendable, Equatable {
    package var group: String
    package var role: String
    /// Nil: every region of the group.
    package var region: String?
    /// Nil: back to the rules.
    package var nodes: Int?
    /// How long; nil: until it is taken back.
    package var duration: Duration?
    package init(group: String, role: String, region: String?, nodes: Int?, duration: Duration?) {
        self.group = group
        self.role = role
        self.region = region
        self.nodes = nodes
        self.duration = duration
    }
}

/// What a ``ScaleCommand`` left in force in one region.
package struct ScaleOutcome: Sendable, Equatable {
    package var region: String
    /// Nil: the rules decide.
    package var override: ScalingHistory.Override?
    package init(region: String, override: ScalingHistory.Override?) {
        self.region = region
        self.override = override
    }
}

/// Why a command was refused.
package enum CommandFailure: Error, Equatable, Sendable {
    case notFound(String)
    case conflict(String)
    /// The store could not record it.
    case unavailable(String)

    package var message: String {
        switch self {
        case .notFound(let text), .conflict(let text), .unavailable(let text): text
        }
    }
}
