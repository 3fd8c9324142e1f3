/// Where a node stands in its life.
///
///     requested ─▶ creating ─▶ created ─▶ started ─▶ inService ◀──▶ draining ─▶ evicting ─▶ terminating ─▶ terminated
///                     │           │          │        │   ▲            │            │           ▲
///                     └───────────┴──────────┴────────┴───┼─▶ fault ◀──┴────────────┘           │
///                                                         └────┘└──────────────────────────────┘
///
/// `requested` and `creating` are written to the store before a provider is called (intent first). `terminated` is a
/// tombstone, kept until a complete list shows that the provider has forgotten the instance too.
package enum NodeState: String, Codable, Sendable, CaseIterable {
    /// Decided and recorded, the provider was not called yet.
    case requested
    /// The provider was called at least once with the node's token; the answer is out or unknown.
    case creating
    /// The provider has it; its first heartbeat is awaited.
    case created
    /// Its first heartbeat came; it is not yet ready to serve.
    case started
    /// It gets publishers and viewers.
    case inService
    /// It gets no new streams and keeps what it has (the reference product's SOFT_SUNSET).
    case draining
    /// Its clients are told to go (HARD_SUNSET).
    case evicting
    /// To be destroyed, or the destroy is under way.
    case terminating
    /// Gone. A tombstone against lists that still show it.
    case terminated
    /// Unhealthy: out of routing, replaced, destroyed after its time-out or reinstated when it heals.
    case fault

    /// Not in service yet, but on its way.
    package var isComing: Bool {
        switch self {
        case .requested, .creating, .created, .started: true
        default: false
        }
    }

    /// On its way out by our decision.
    package var isLeaving: Bool {
        switch self {
        case .draining, .evicting, .terminating: true
        default: false
        }
    }
}
