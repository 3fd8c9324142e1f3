internal import Glibc
internal import Reconciler

/// The open connections, of which those that take too long are cut. The library's own timer counts inactivity only: a byte every few
/// seconds would hold a connection for ever (the "slowloris" attack).
final class ConnectionReaper: Sendable {
    /// The longest interval between two looks.
    static let interval: Duration = .seconds(1)

    /// An open connection.
    private struct Entry: Sendable {
        var descriptor: CInt
        var exchange: Exchange
    }

    private let connections = Locked<[ObjectIdentifier: Entry]>([:])

    /// Milliseconds of a clock of its own, which only goes on; right to some 4 ms, for a tenth of the price of an exact one.
    var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// A connection began.
    func add(_ exchange: Exchange, descriptor: CInt) {
        exchange.watch.advance(to: .opening, at: now)
        connections.with { $0[ObjectIdentifier(exchange)] = Entry(descriptor: descriptor, exchange: exchange) }
    }

    /// A connection is about to end: its descriptor is not ours any more when this returns.
    func remove(_ exchange: Exchange) {
        _ = connections.with { $0.removeValue(forKey: ObjectIdentifier(exchange)) }
    }

    /// How many of them have a request whose answer is not sent yet.
    var requests: Int { connections.with { $0.values.count { $0.exchange.watch.stage.isOfRequest } } }

    /// Hands every overdue connection's descriptor to `cut`, which must not block. No connection ends meanwhile, so each
    /// descriptor is still its own.
    func reap(at now: Int64, _ limits: ManagerSpec.API.Limits, _ cut: (CInt, Patience.Cut) -> Void) {
        connections.with { connections in
            for entry in connections.values {
                let watch = entry.exchange
                let stage = watch.watch.stage
                guard
                    let verdict = Patience.verdict(
                        stage, elapsed: now - watch.watch.since, received: watch.watch.received, limits)
                else { continue }
                // What was cut before and is still there was told, and did not go.
                guard stage == .cut || watch.watch.cut(at: stage) else { continue }
                cut(entry.descriptor, verdict)
            }
        }
    }

    /// Cuts overdue connections until the task is cancelled. Who began a request is told so first, where it can be read without TLS.
    func watch(_ rules: Published<ServingRules>, isTLS: Bool) -> Task<Void, Never> {
        Task(name: "http reaper") {
            while (try? await ContinuousClock().sleep(for: Self.interval)) != nil {
                reap(at: now, rules.current.limits) { descriptor, cut in
                    if cut == .told, !isTLS { RawAnswer.send(RawAnswer.tooSlow, to: descriptor) }
                    shutdown(descriptor, CInt(SHUT_RDWR))
                }
            }
        }
    }

    /// Gives up a connection that just began, with an answer if there is one.
    func turnAway(_ exchange: Exchange, _ descriptor: CInt, _ answer: [UInt8]?) {
        exchange.watch.advance(to: .cut, at: now)
        guard let answer else {
            shutdown(descriptor, CInt(SHUT_RDWR))
            return
        }
        RawAnswer.send(answer, to: descriptor)
        // What it sends is still read: to close with bytes unread would take the answer from it.
        shutdown(descriptor, CInt(SHUT_WR))
    }

    /// How many connections are open.
    var count: Int { connections.with { $0.count } }
}
