internal import Reconciler

/// Tickets of nodes for what they pull from each other, kept for half of their life: heartbeats ask for them again and again, and
/// a signature takes as long as everything else of a heartbeat together.
final class PullTickets: Sendable {
    /// So many are kept; all are dropped when there are more.
    private static let limit = 50_000

    /// Who gets what from whom.
    struct Key: Hashable, Sendable {
        let stream: StreamKey
        let source: NodeID
        let child: NodeID
    }

    private struct Ticket: Sendable {
        let arguments: String
        let madeAt: Timestamp
    }

    private let tickets = Locked<[Key: Ticket]>([:])

    /// A ticket that is good for half of `lifetime` at least; `make` makes another.
    func arguments(_ key: Key, lifetime: Duration, at now: Timestamp, make: () -> String?) -> String? {
        let known = tickets.with { $0[key] }
        if let known, now >= known.madeAt, now - known.madeAt < lifetime / 2 { return known.arguments }
        // Outside of the lock: it takes tens of microseconds.
        guard let arguments = make() else { return nil }
        tickets.with { tickets in
            if tickets.count >= Self.limit { tickets.removeAll() }
            tickets[key] = Ticket(arguments: arguments, madeAt: now)
        }
        return arguments
    }
}
