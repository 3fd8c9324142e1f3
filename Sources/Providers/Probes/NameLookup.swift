internal import Reconciler

/// Looks names up without holding anybody up: the system's resolver blocks, for many seconds where a name server is dead.
///
/// A few threads do it. A name always goes to the same one, so that one that hangs delays only those few that share its thread.
struct NameLookup: Sendable {
    private static let threads = 8

    private let workers = (0..<threads).map { BlockingWorker("smreconcile.names.\($0)") }

    /// The addresses of a host; those of one that is given in numbers at once. Nil when the resolver did not answer in time.
    func addresses(
        of host: String, port: Int, until deadline: ContinuousClock.Instant
    ) async -> Result<[SocketAddress], SocketAddress.LookupFailure>? {
        if let address = SocketAddress.numeric(host, port: port) { return .success([address]) }
        let worker = workers[Int(UInt(bitPattern: host.hashValue) % UInt(Self.threads))]
        let left = ContinuousClock.now.duration(to: deadline)
        let outcome = await limited(to: left, MonotonicTime(), "look-up of a name") {
            await worker.run { () -> Result<[SocketAddress], SocketAddress.LookupFailure>? in
                // Nobody waits for it any more.
                if ContinuousClock.now >= deadline { return nil }
                return SocketAddress.look(up: host, port: port)
            }
        }
        if case .answered(let result) = outcome { return result }
        return nil
    }
}
