internal import Dispatch
internal import Glibc

/// The signals that a daemon answers to, as a stream.
enum Signals {
    /// HUP, INT and TERM as they come. A second INT or TERM ends the process at once, with the shell's code for it.
    static func stream() -> AsyncStream<Int32> {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        let watch = Watch { continuation.yield($0) }
        // The sources live as long as somebody reads the stream.
        continuation.onTermination = { _ in watch.end() }
        return stream
    }

    /// Sendable by its queue: the sources are made before anyone else sees it and ended once; `endings` is touched on the queue
    /// alone.
    private final class Watch: @unchecked Sendable {
        private let queue = DispatchQueue(label: "signals")
        private var sources: [any DispatchSourceSignal] = []
        private var endings = 0

        init(deliver: @escaping @Sendable (Int32) -> Void) {
            for number in [SIGHUP, SIGINT, SIGTERM] {
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
                source.setEventHandler { [unowned self] in
                    if number != SIGHUP { endings += 1 }
                    if endings > 1 { _exit(128 + number) }
                    deliver(number)
                }
                sources.append(source)
            }
            for source in sources { source.activate() }
        }

        func end() {
            for source in sources { source.cancel() }
            // Whoever does not listen any more can be ended by anybody.
            for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        }
    }
}
