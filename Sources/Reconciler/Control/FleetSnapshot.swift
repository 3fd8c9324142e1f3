/// What the API shows of the last round: immutable, swapped whole by the control loop.
package struct FleetSnapshot: Sendable {
    package var spec: Spec
    package var fleet: Fleet
    package var plan: Plan
    package var at: Timestamp
    /// The control loop has finished a round that knew every provider scope.
    package var isReady: Bool
    /// Why not, or what else is wrong, in words: a spec that does not read, a list that fails.
    package var troubles: [String]
    /// What is wrong with the newest spec, where an older one is in force: each with its place.
    package var specProblems: [String]
    /// Why the store takes no changes; nil while it does.
    package var storeProblem: String?

    package init(
        spec: Spec, fleet: Fleet, plan: Plan, at: Timestamp, isReady: Bool, troubles: [String],
        specProblems: [String] = [], storeProblem: String? = nil
    ) {
        self.spec = spec
        self.fleet = fleet
        self.plan = plan
        self.at = at
        self.isReady = isReady
        self.troubles = troubles
        self.specProblems = specProblems
        self.storeProblem = storeProblem
    }

    package static func empty(at now: Timestamp) -> FleetSnapshot {
        FleetSnapshot(
            spec: Spec(), fleet: Fleet(observingSince: now), plan: Plan(), at: now, isReady: false,
            troubles: ["the first round of the control loop is not finished"])
    }

    /// Whether a list shows that a node is gone to which clients may still be sent.
    func isSurprised(by report: ListingReport) -> Bool {
        guard case .success(let listing) = report.result, listing.complete else { return false }
        let listed = Set(listing.instances.lazy.map(\.tags.node))
        return fleet.nodes.values.contains { node in
            node.state == .inService && node.missingSince == nil && node.scope == report.scope
                && !listed.contains(node.id) && (node.createdAt ?? node.since) < report.askedAt
        }
    }
}
