internal import Dispatch
internal import Glibc
internal import Reconciler

/// Opens TCP connections and closes them again, any number at once and without a thread for each: the kernel is asked to connect, and
/// tells when it did.
final class Connector: Sendable {
    /// How an attempt ended.
    enum Outcome: Sendable, Equatable {
        case accepted
        /// The kernel's word.
        case failed(Int32)
        case timedOut
        case cancelled
    }

    private let queue = DispatchQueue(label: "smreconcile.connect")

    /// Nothing is open.
    init() {}

    /// Tries to connect, for no longer than `limit`.
    func connect(to address: SocketAddress, within limit: Duration) async -> Outcome {
        let attempt = Attempt(queue: queue)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.async {
                    attempt.begin(address, within: limit) { continuation.resume(returning: $0) }
                }
            }
        } onCancel: {
            queue.async { attempt.end(.cancelled) }
        }
    }
}

/// One connection on its way. Ends exactly once.
private final class Attempt: @unchecked Sendable {
    // Sendable: everything is touched on the queue alone.
    private let queue: DispatchQueue
    private var finish: ((Connector.Outcome) -> Void)?
    private var outcome: Connector.Outcome?
    private var source: (any DispatchSourceWrite)?

    init(queue: DispatchQueue) { self.queue = queue }

    func begin(
        _ address: SocketAddress, within limit: Duration, _ finish: @escaping (Connector.Outcome) -> Void
    ) {
        // Cancelled before it began.
        if let outcome { return finish(outcome) }
        self.finish = finish
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let file = socket(address.family, kind, 0)
        guard file >= 0 else { return end(.failed(errno)) }
        let begun = unsafe address.bytes.withUnsafeBytes { bytes in
            // An array of a sockaddr's bytes is not empty, and aligned for it.
            unsafe Glibc.connect(
                file, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        guard begun != 0, errno == EINPROGRESS else {
            let outcome: Connector.Outcome = begun == 0 ? .accepted : .failed(errno)
            close(file)
            return end(outcome)
        }
        let source = DispatchSource.makeWriteSource(fileDescriptor: file, queue: queue)
        source.setEventHandler { [self] in end(Self.outcome(of: file) ?? .timedOut) }
        // The descriptor must outlive the source's interest in it.
        source.setCancelHandler { close(file) }
        self.source = source
        source.activate()
        // The kernel's answer may be there though we did not get to see it: then it counts.
        queue.asyncAfter(deadline: .now() + .milliseconds(Int(max(0, limit.wholeMilliseconds)))) { [weak self] in
            guard let self, self.outcome == nil else { return }
            end(Self.outcome(of: file) ?? .timedOut)
        }
    }

    func end(_ outcome: Connector.Outcome) {
        guard self.outcome == nil else { return }
        self.outcome = outcome
        source?.cancel()
        source = nil
        finish?(outcome)
        finish = nil
    }

    /// How a connection stands; nil while the kernel still tries.
    private static func outcome(of file: Int32) -> Connector.Outcome? {
        var entry = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
        guard unsafe poll(&entry, 1, 0) > 0 else { return nil }
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(file, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return .failed(errno) }
        return code == 0 ? .accepted : .failed(code)
    }
}
