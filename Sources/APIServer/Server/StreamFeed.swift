internal import Reconciler

/// A body that is written as it comes, while the server's library sends it: runs its producer, and suspends the connection while there
/// is nothing to send.
final class StreamFeed: Sendable {
    /// What the library takes for the end: MHD_CONTENT_READER_END_OF_STREAM, a macro with a cast, which is not imported.
    static let end = -1

    private let stream: ResponseStream
    private let exchange: Exchange
    private let reaper: ConnectionReaper
    private let suspend: @Sendable () -> @Sendable () -> Void
    private let producer: Task<Void, Never>
    private let ending = Locked<(@Sendable () -> Void)?>(nil)

    /// A feed whose producer begins now. `suspend` suspends the connection and says how it is resumed, which may be done from any thread.
    init(
        _ stream: ResponseStream, _ exchange: Exchange, _ reaper: ConnectionReaper,
        suspend: @escaping @Sendable () -> @Sendable () -> Void
    ) {
        self.stream = stream
        self.exchange = exchange
        self.reaper = reaper
        self.suspend = suspend
        producer = Task(name: "http stream") { await stream.run() }
    }

    /// What is done when it is closed.
    func onEnd(_ work: @escaping @Sendable () -> Void) { ending.replace(with: work) }

    /// Gives out what is there, on the connection's own thread: a count, 0 for later, or ``end``.
    func read(into space: UnsafeMutableRawBufferPointer) -> Int {
        let reading = unsafe stream.read(into: space) {
            exchange.watch.advance(to: .waiting, at: reaper.now)
            return suspend()
        }
        switch reading {
        case .bytes(let count):
            // Each part has its own time: the client must read, however long the whole takes.
            return exchange.watch.advance(to: .answering, at: reaper.now) ? count : Self.end
        case .wait: return 0
        case .end: return Self.end
        }
    }

    /// Nobody reads any more.
    func close() {
        producer.cancel()
        stream.end()
        ending.current?()
    }
}
