/// What came in since the last round.
package struct Observation: Sendable {
    package var listings: [ListingReport]
    package var outcomes: [OperationOutcome]
    package var telemetry: [NodeID: Telemetry]
    /// How the probes of each node stand, in the order of its role's `health.probes`.
    package var probes: [NodeID: [ProbeRecord?]]
    /// Nodes with a call under way, which may reach the provider after a list did.
    package var underWay: Set<NodeID>

    package init(
        listings: [ListingReport] = [], outcomes: [OperationOutcome] = [], telemetry: [NodeID: Telemetry] = [:],
        probes: [NodeID: [ProbeRecord?]] = [:],
        underWay: Set<NodeID> = []
    ) {
        self.underWay = underWay
        self.listings = listings
        self.outcomes = outcomes
        self.telemetry = telemetry
        self.probes = probes
    }
}

/// The answer to one list call.
package struct ListingReport: Sendable {
    package var scope: ProviderScope
    /// When the provider was asked: it proves nothing about what was made later.
    package var askedAt: Timestamp
    package var result: Result<Listing, ProviderFailure>

    package init(scope: ProviderScope, askedAt: Timestamp, result: Result<Listing, ProviderFailure>) {
        self.scope = scope
        self.askedAt = askedAt
        self.result = result
    }
}

/// A provider call that a node's state asks for.
package struct Operation: Sendable, Equatable {
    package enum Kind: String, Sendable, Equatable { case create, destroy }
    package var kind: Kind
    package var node: NodeID

    package init(_ kind: Kind, _ node: NodeID) {
        self.kind = kind
        self.node = node
    }
}

/// How a provider call ended.
package struct OperationOutcome: Sendable {
    package var operation: Operation
    /// The instance after a create, nil after a destroy.
    package var result: Result<Instance?, ProviderFailure>

    package init(_ operation: Operation, _ result: Result<Instance?, ProviderFailure>) {
        self.operation = operation
        self.result = result
    }
}
