internal import Reconciler

/// The body of an answer that is written as it comes, for as long as the client stays: one producer, a task, and one consumer, the
/// server.
///
///     producer ─write─▶ [ buffer ] ─read─▶ server
///                          │ empty: the consumer is suspended, and resumed by the next write
package final class ResponseStream: Sendable {
    /// Bytes that wait for a client which reads slowly; one that lets more pile up is given up.
    static let maximumBuffer = 256 << 10

    /// What the consumer finds.
    enum Reading: Equatable {
        /// So many bytes were copied.
        case bytes(Int)
        /// Nothing is there: the consumer was suspended, and will be resumed.
        case wait
        /// Nothing more will come.
        case end
    }

    private struct State: Sendable {
        var buffer: [UInt8] = []
        var first = 0
        var isEnded = false
        /// The consumer waits, and is woken by this.
        var resume: (@Sendable () -> Void)?

        var waiting: Int { buffer.count - first }

        /// Under the stream's lock: when ``ResponseStream/end()`` has returned, nobody is suspended.
        mutating func wake() {
            resume?()
            resume = nil
        }
    }

    private let state = Locked(State())
    private let produce: @Sendable (ResponseStream) async -> Void

    /// A body that `produce` writes; it ends when that returns. Its task is cancelled when the client is gone.
    package init(_ produce: @escaping @Sendable (ResponseStream) async -> Void) { self.produce = produce }

    /// Runs the producer to its end.
    func run() async {
        await produce(self)
        end()
    }

    /// Takes in bytes. False when nobody will read them: the producer should end.
    package func write(_ bytes: some Sequence<UInt8> & Sendable) -> Bool {
        state.with { state in
            if state.isEnded { return false }
            state.buffer += bytes
            if state.waiting > Self.maximumBuffer {
                state.buffer = []
                state.first = 0
                state.isEnded = true
            }
            state.wake()
            return !state.isEnded
        }
    }

    /// Bytes that nobody has read yet.
    var waiting: Int { state.with { $0.waiting } }

    /// Nothing more comes, or nobody reads any more. What is in the buffer is still given out.
    package func end() {
        state.with { state in
            state.isEnded = true
            state.wake()
        }
    }

    /// Copies what is there. Where nothing is, `suspend` suspends the consumer and says how it is woken; it runs under the stream's lock,
    /// so that no write comes between.
    func read(
        into space: UnsafeMutableRawBufferPointer, orSuspend suspend: () -> @Sendable () -> Void
    ) -> Reading {
        state.with { state in
            let count = min(space.count, state.waiting)
            if count > 0 {
                unsafe space.copyBytes(from: state.buffer[state.first..<(state.first + count)])
                state.first += count
                if state.first == state.buffer.count {
                    state.buffer.removeAll(keepingCapacity: state.buffer.capacity <= 1 << 16)
                    state.first = 0
                }
                return .bytes(count)
            }
            if state.isEnded { return .end }
            state.resume = suspend()
            return .wait
        }
    }
}
