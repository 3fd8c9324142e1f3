/// What the API may ask of the control loop; each is carried out within the loop's own turn and recorded as an event.
package protocol ControlCommands: Sendable {
    /// Releases what a plan holds under this hash (safety rule 7).
    /// Throws when no present hold has the hash.
    func approve(_ hash: String, by user: String) async throws(CommandFailure)
    /// No new assignments to a node, or an end of that. The end also takes back a request to drain, brings a node that drains by
    /// such a request back into service, and ends a quarantine: it is how a person trusts a node again.
    /// Throws ``CommandFailure/conflict(_:)`` for the end when its clients were told to go by such a request.
    func cordon(_ node: NodeID, _ cordoned: Bool, by user: String) async throws(CommandFailure)
    /// Asks a node in service to go: it drains as soon as enough others serve, or, with `force`, at once and whatever protects it.
    /// Throws ``CommandFailure/conflict(_:)`` for one that is not in service, and without `force` for one that is protected.
    func drain(_ node: NodeID, force: Bool, by user: String) async throws(CommandFailure)
    /// Destroys a node. Throws ``CommandFailure/conflict(_:)`` for one that is on its way out of the world already, and without
    /// `force` when that would cut clients off, take its pool under min, or is against a protection.
    func terminate(_ node: NodeID, force: Bool, by user: String) async throws(CommandFailure)
    /// Keeps a node from voluntary removal for `duration`, at most ``CommandLimits/protection``, or, for nil, no more.
    /// Throws ``CommandFailure/conflict(_:)`` when that is too long or too late, and when there is nothing to take back.
    func protect(_ node: NodeID, for duration: Duration?, by user: String) async throws(CommandFailure)
    /// Lets a halted rollout go on, and tries at once what waits after failures: of a role, in one region or in each.
    /// What was forgotten, by region in the order of the spec; regions where nothing was are left out.
    /// Throws ``CommandFailure/conflict(_:)`` when there is nothing to retry.
    @discardableResult
    func retry(_ command: RetryCommand, by user: String) async throws(CommandFailure) -> [RetryOutcome]
    /// Lets the counts of a node group stand still, or follow their rules again; the pause that is in force then.
    /// Throws ``CommandFailure/conflict(_:)`` when it is so already.
    @discardableResult
    func pause(_ group: String, _ paused: Bool, by user: String) async throws(CommandFailure) -> ScalingPause?
    /// Pauses a node group that need not be there yet: when it comes it has no node, not even those of `min`, until it is resumed. A pause
    /// that is in force stays as it is.
    func pauseAhead(_ group: String, by user: String) async throws(CommandFailure)
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

/// What is to be tried again.
package struct RetryCommand: Sendable, Equatable {
    package var group: String
    package var role: String
    /// Nil: every region of the group.
    package var region: String?
    package init(group: String, role: String, region: String?) {
        self.group = group
        self.role = role
        self.region = region
    }
}

/// What a ``RetryCommand`` made the manager forget in one region.
package struct RetryOutcome: Sendable, Equatable {
    package var region: String
    /// In words: a halted rollout, creates that failed, nodes that did not last.
    package var forgotten: [String]
    package init(region: String, forgotten: [String]) {
        self.region = region
        self.forgotten = forgotten
    }
}

/// How far the word of a person goes.
package enum CommandLimits {
    /// A protection is for a broadcast, not for ever: what never goes is never updated.
    package static let protection: Duration = .seconds(30 * 86_400)
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
