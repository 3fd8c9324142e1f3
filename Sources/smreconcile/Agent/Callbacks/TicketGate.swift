internal import APIServer
internal import Crypto
internal import Reconciler

/// Who is let in by a node on its own, while the manager is away: what it knows of tickets, without I/O.
///
/// It fails closed: where tickets may be needed and nobody said so yet, or no key to verify them has come, nobody gets in.
struct TicketGate: Sendable {
    /// Between two looks at the manager's keys; the manager lets them be kept as long.
    static let keyPeriod: Duration = .seconds(300)
    /// After a look that failed.
    static let retryDelay: Duration = .seconds(10)

    private let node: NodeID
    /// Nil until the manager has said it.
    private var policy: TicketPolicy?
    private var verifier: TicketVerifier?
    private var lookAt: ContinuousClock.Instant?

    /// The gate of a node that has heard nothing yet.
    init(node: NodeID) { self.node = node }

    /// The manager's word; nil is that nobody needs a ticket.
    mutating func heard(_ policy: TicketPolicy?) { self.policy = policy ?? TicketPolicy() }

    /// Whether the keys are to be fetched now; the next look is due later then.
    mutating func mayLook(at now: ContinuousClock.Instant) -> Bool {
        guard let policy, !policy.isOpen, lookAt.map({ now >= $0 }) ?? true else { return false }
        lookAt = now + Self.retryDelay
        return true
    }

    /// The manager's keys; those of before are no longer good.
    mutating func learn(_ keys: [P256PublicKey], at now: ContinuousClock.Instant) {
        verifier = TicketVerifier(keys: keys)
        lookAt = now + Self.keyPeriod
    }

    /// Why a client is turned away; nil for one that is let in, and for calls that only tell.
    func refusal(_ call: MediaCall, _ presented: PresentedTicket, on date: Timestamp) -> MediaAnswer? {
        switch call {
        case .publish(let stream): check(presented, .publish, stream, on: date)
        case .play(let stream): check(presented, .subscribe, stream, on: date)
        // nginx-rtmp tells of the end of those alone who were let in.
        case .unpublish, .ownPull, .other: nil
        }
    }

    private func check(
        _ presented: PresentedTicket, _ action: StreamAction, _ stream: StreamKey, on date: Timestamp
    ) -> MediaAnswer? {
        guard let policy else {
            return .refused(503, "the manager is away, and has not said yet who needs a ticket here")
        }
        guard policy.isRequired(for: action) else { return nil }
        guard let verifier else {
            return .refused(503, "the manager is away, and its keys for tickets have not been heard yet")
        }
        let verdict = verifier.verify(
            presented, for: TicketVerifier.actions(action), stream, at: node, now: date)
        guard case .refused(let reason) = verdict else { return nil }
        return .refused(403, reason)
    }
}
