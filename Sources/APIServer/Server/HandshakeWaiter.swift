internal import CEpoll
internal import Dispatch
internal import Glibc
internal import Reconciler

/// Connections whose TLS handshake goes on when their client has sent more.
///
/// libmicrohttpd (0.9.75, connection_https.c) takes a socket that a handshake has read empty for one that can be read, and asks it again
/// and again without a pause: a core is busy for as long as a client lets its handshake wait, be it for the way to another continent or on
/// purpose. So such a connection is suspended until its socket can be read.
///
///     handshake reads nothing ─▶ suspended, socket watched ─▶ bytes, or the end ─▶ resumed
final class HandshakeWaiter: Sendable {
    private struct State: Sendable {
        /// How each connection is resumed, by its socket.
        var waiting: [CInt: @Sendable () -> Void] = [:]
        /// The server stops: nothing more is suspended.
        var isClosed = false
    }

    /// Suspensions and resumptions are under one lock, as in ``AwaitedAnswers``: no connection may be suspended when the library stops.
    private let state = Locked(State())
    private let epoll = epoll_create1(CInt(EPOLL_CLOEXEC))
    /// Ends the thread.
    private let bell = eventfd(0, CInt(EFD_CLOEXEC))
    private static let eventsAtOnce = 64

    /// Connections that wait now.
    var count: Int { state.with { $0.waiting.count } }

    /// Begins to watch, on a thread of its own, until ``close()``.
    func start() {
        _ = watch(bell)
        DispatchQueue(label: "tls handshakes").async { self.run() }
    }

    /// Suspends a connection until its socket can be read or is closed by the other side. Does nothing when the server stops, or where the
    /// kernel has no room: then the library asks on as it did.
    /// - Parameter suspend: suspends it, and says how it is resumed, which may be done from any thread.
    func wait(for socket: CInt, suspend: () -> @Sendable () -> Void) {
        state.with { state in
            guard !state.isClosed, watch(socket) else { return }
            state.waiting[socket] = suspend()
        }
    }

    /// Suspends nothing from now on, and resumes whoever waits. A second time it does nothing: the bell's number may be somebody else's
    /// socket by then.
    func close() {
        state.with { state in
            guard !state.isClosed else { return }
            state.isClosed = true
            for socket in Array(state.waiting.keys) { resume(socket, &state) }
            // Under the lock: the thread closes the bell once it has seen, under the same, that this is over.
            var one: UInt64 = 1
            _ = unsafe write(bell, &one, MemoryLayout<UInt64>.size)
        }
    }

    private func watch(_ socket: CInt) -> Bool {
        var event = unsafe epoll_event()
        unsafe event.events = EPOLLIN.rawValue | EPOLLRDHUP.rawValue
        unsafe event.data.fd = socket
        return unsafe epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) == 0
    }

    private func resume(_ socket: CInt, _ state: inout State) {
        guard let resume = state.waiting.removeValue(forKey: socket) else { return }
        // Before the library may close it.
        epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nil)
        resume()
    }

    private func run() {
        var events = unsafe [epoll_event](repeating: epoll_event(), count: Self.eventsAtOnce)
        while true {
            let count = unsafe epoll_wait(epoll, &events, CInt(Self.eventsAtOnce), -1)
            if count < 0, errno != EINTR { return }
            let isOver = state.with { state in
                for index in 0..<max(0, Int(count)) { unsafe resume(events[index].data.fd, &state) }
                return state.isClosed
            }
            guard isOver else { continue }
            Glibc.close(epoll)
            Glibc.close(bell)
            return
        }
    }
}
