internal import Reconciler
internal import Synchronization

/// When a connection is cut, readable by any thread.
struct Deadline: ~Copyable, Sendable {
    private let milliseconds = Atomic<Int64>(.max)

    /// Sets it; `nil` for never.
    func set(_ instant: Int64?) { milliseconds.store(instant ?? .max, ordering: .relaxed) }

    /// Whether it is over.
    func isOver(_ now: Int64) -> Bool { milliseconds.load(ordering: .relaxed) <= now }
}

/// The connections whose request must be complete by some time. The library's own timer counts inactivity only: a byte
/// every few seconds would hold a connection for ever (the "slowloris" attack).
final class HeadReaper: Sendable {
    /// From the connection's start, or from the request line, to the end of the head.
    static let headTime: Int64 = 10_000
    /// From the end of the head to the end of the body.
    static let bodyTime: Int64 = 30_000
    /// From one answer to the end of the next request's head; above the library's inactivity time.
    static let idleTime: Int64 = 75_000
    /// The longest interval between two looks.
    static let interval: Duration = .seconds(1)

    /// An open connection.
    private struct Entry: Sendable {
        var descriptor: CInt
        var exchange: Exchange
    }

    private let connections = Locked<[ObjectIdentifier: Entry]>([:])
    private let start = ContinuousClock.now

    /// Milliseconds since this reaper was made.
    var now: Int64 { (ContinuousClock.now - start).wholeMilliseconds }

    /// A connection began.
    func add(_ exchange: Exchange, descriptor: CInt) {
        exchange.deadline.set(now + Self.headTime)
        connections.with { $0[ObjectIdentifier(exchange)] = Entry(descriptor: descriptor, exchange: exchange) }
    }

    /// A connection is about to end: its descriptor is not ours any more when this returns.
    func remove(_ exchange: Exchange) {
        _ = connections.with { $0.removeValue(forKey: ObjectIdentifier(exchange)) }
    }

    /// Hands every overdue connection's descriptor to `cut`, which must not block. No connection ends meanwhile, so each
    /// descriptor is still its own.
    func reap(at now: Int64, _ cut: (CInt) -> Void) {
        connections.with { connections in
            for entry in connections.values where entry.exchange.deadline.isOver(now) {
                entry.exchange.deadline.set(nil)
                cut(entry.descriptor)
            }
        }
    }

    /// How many connections are open.
    var count: Int { connections.with { $0.count } }
}
