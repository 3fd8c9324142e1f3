internal import CMicroHTTPD
internal import Glibc
internal import Reconciler
internal import Synchronization

/// An HTTP/1.1 server: libmicrohttpd's epoll threads in front of an ``HTTPHandler``. Nothing else imports the library.
///
/// Callbacks come on the library's threads. A request whose answer is there at once never leaves its thread; for any other
/// one the connection is suspended, the work done in a task, and the connection resumed.
package final class MicroHTTPServer: Sendable {
    /// The running daemon.
    ///
    /// `@unchecked Sendable`: the library's functions on a daemon may be called from any thread, and the pointer is taken
    /// out of its box before the daemon is stopped, so that it is stopped once.
    @safe
    private struct Daemon: @unchecked Sendable {
        let pointer: OpaquePointer
        let reaping: Task<Void, Never>
    }

    private let handler: any HTTPHandler
    private let limits: Limits
    private let daemon = Locked<Daemon?>(nil)
    private let rules: Published<ServingRules>
    private let ledger: ConnectionLedger
    private let keeper: TLSKeeper?
    private let reaper = ConnectionReaper()
    private let awaited = AwaitedAnswers()
    private let prepared = PreparedAnswers()
    private let streams = OpenStreams()
    let handshakes: HandshakeWaiter?
    private let inFlight = Atomic<Int>(0)
    /// New connections are closed, and each answer ends its connection.
    let isStopping = Atomic<Bool>(false)

    /// A server of plain HTTP with the standard rules that does not listen yet.
    package convenience init(handler: any HTTPHandler, limits: Limits = Limits()) {
        self.init(handler, limits, Published(ServingRules()), ConnectionLedger(), keeper: nil)
    }

    /// A server that does not listen yet.
    /// - Parameters:
    ///   - ledger: counts connections, together with other servers that share it.
    ///   - keeper: has the certificate; nil for plain HTTP.
    init(
        _ handler: any HTTPHandler, _ limits: Limits, _ rules: Published<ServingRules>, _ ledger: ConnectionLedger,
        keeper: TLSKeeper?
    ) {
        self.handler = handler
        self.limits = limits
        self.rules = rules
        self.ledger = ledger
        self.keeper = keeper
        handshakes = keeper == nil ? nil : HandshakeWaiter()
    }

    /// Requests whose head began and whose answer is not sent yet.
    package var requestsInFlight: Int { inFlight.load(ordering: .relaxed) }

    // MARK: - Start and stop

    /// Listens, and answers from now on. Returns the real port.
    package func start(on address: ListenAddress) throws(ListenFailure) -> Int {
        let socket = try ListenSocket.open(address)
        var options = unsafe smr_mhd_options()
        unsafe options.listen_socket = socket.descriptor
        unsafe options.threads = CUnsignedInt(limits.threads)
        unsafe options.connection_limit = CUnsignedInt(limits.connections)
        unsafe options.connection_memory = limits.connectionMemory
        unsafe options.is_tls = keeper == nil ? 0 : 1
        // Any will do: each session gets those of its certificate.
        unsafe options.priorities = UnsafePointer(Self.standardPriorities)
        // Held by the daemon until it is stopped: a server that is never stopped is never freed under its threads.
        let held = unsafe Unmanaged.passRetained(self)
        unsafe options.context = held.toOpaque()
        unsafe options.accept = { context, address, _ in
            guard let server = unsafe MicroHTTPServer.from(context), !server.isStopping.load(ordering: .relaxed) else {
                return .NO
            }
            let client = unsafe IPAddress(ListenSocket.text(of: address))
            return server.ledger.isFlooded(client, server.rules.current) ? .NO : .YES
        }
        unsafe options.handler = { context, connection, _, method, version, data, size, exchange in
            guard let context = unsafe context, let connection = unsafe connection, let size = unsafe size,
                let exchange = unsafe exchange?.pointee
            else { return .NO }
            return unsafe MicroHTTPServer.borrow(context, exchange) { server, exchange in
                unsafe server.handle(exchange, connection, method, version, data, size)
            }
        }
        unsafe options.target = { context, target, connection in
            guard let context = unsafe context, let connection = unsafe connection, let target = unsafe target,
                let exchange = unsafe smr_mhd_context(connection)
            else { return nil }
            unsafe MicroHTTPServer.borrow(context, exchange) { server, exchange in
                unsafe server.begin(exchange, target)
            }
            // The callbacks of this request get it.
            return unsafe exchange
        }
        unsafe options.completed = { context, _, exchange, _ in
            guard let context = unsafe context, let exchange = unsafe exchange?.pointee else { return }
            unsafe MicroHTTPServer.borrow(context, exchange) { server, exchange in server.completed(exchange) }
        }
        unsafe options.connection = { context, connection, exchange, code in
            guard let server = unsafe MicroHTTPServer.from(context), let connection = unsafe connection,
                let exchange = unsafe exchange
            else { return }
            unsafe server.changed(connection, exchange, code)
        }
        guard let started = unsafe smr_mhd_start(&options) else {
            let reason = unsafe String(cString: strerror(errno))
            close(socket.descriptor)
            unsafe held.release()
            throw ListenFailure(address, "the server does not start: \(reason)")
        }
        handshakes?.start()
        let reaping = reaper.watch(rules, isTLS: keeper != nil)
        unsafe daemon.replace(with: Daemon(pointer: started, reaping: reaping))
        return socket.port
    }

    /// Accepts no more connections, lets requests in flight end within `grace`, then closes everything. Safe to call twice.
    package func stop(grace: Duration = .seconds(3)) async {
        let running = daemon.with { daemon in
            defer { daemon = nil }
            return daemon
        }
        guard let running else { return }
        // New connections are closed at once. MHD_quiesce_daemon would refuse them, but its workers and it take the socket out of
        // each epoll set without a lock between them, and the one who comes second ends the process (seen in 0.9.75).
        isStopping.store(true, ordering: .relaxed)
        streams.close()
        await requestsEnd(within: grace)
        running.reaping.cancel()
        // Who still waits is told to come again; from now on no connection is suspended.
        awaited.close { handler.refuse(Self.stopping, $0) }
        handshakes?.close()
        await requestsEnd(within: Self.farewell)
        unsafe MHD_stop_daemon(running.pointer)
        for answer in prepared.empty() { unsafe MHD_destroy_response(answer.response) }
        unsafe Unmanaged.passUnretained(self).release()
    }

    /// For the last answers to leave.
    private static let farewell: Duration = .milliseconds(200)
    private static let stopping = Problem.unavailable("the server stops", retryAfter: .seconds(5))

    private func requestsEnd(within time: Duration) async {
        let end = ContinuousClock.now + time
        while requestsInFlight > 0, ContinuousClock.now < end {
            try? await ContinuousClock().sleep(for: .milliseconds(5))
        }
    }

    // MARK: - Callbacks

    /// The server that a callback's context is. It outlives the daemon, which holds it until ``stop(grace:)``.
    private static func from(_ context: UnsafeMutableRawPointer?) -> MicroHTTPServer? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<MicroHTTPServer>.fromOpaque(context).takeUnretainedValue()
    }

    /// The same, for the callbacks of each request, and the exchange of its connection, which ends between two callbacks, never in one: no
    /// reference is counted, which threads that count one together would wait for.
    private static func borrow<Result>(
        _ context: UnsafeMutableRawPointer, _ exchange: UnsafeMutableRawPointer,
        _ body: (MicroHTTPServer, Exchange) -> Result
    ) -> Result {
        unsafe Unmanaged<MicroHTTPServer>.fromOpaque(context)._withUnsafeGuaranteedRef { server in
            unsafe Unmanaged<Exchange>.fromOpaque(exchange)._withUnsafeGuaranteedRef { body(server, $0) }
        }
    }

    /// A connection began or ended.
    private func changed(
        _ connection: OpaquePointer, _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
        _ code: MHD_ConnectionNotificationCode
    ) {
        if code == .CONNECTION_NOTIFY_STARTED {
            let exchange = unsafe Exchange(
                remoteAddress: ListenSocket.text(of: smr_mhd_client(connection)), credentials: keeper?.current)
            unsafe context.pointee = Unmanaged.passRetained(exchange).toOpaque()
            let descriptor = unsafe smr_mhd_socket(connection)
            reaper.add(exchange, descriptor: descriptor)
            let verdict = ledger.enter(exchange.address, rules.current)
            if verdict != .taken {
                let answer = verdict == .full ? RawAnswer.full : RawAnswer.tooManyOfAddress
                reaper.turnAway(exchange, descriptor, keeper == nil ? answer : nil)
            } else if keeper != nil, unsafe !isSecured(connection, exchange) {
                reaper.turnAway(exchange, descriptor, nil)
            }
        } else if let known = unsafe context.pointee {
            let exchange = unsafe Unmanaged<Exchange>.fromOpaque(known).takeRetainedValue()
            unsafe context.pointee = nil
            takeBack(from: exchange)
            unsafe free(exchange.wire)
            reaper.remove(exchange)
            ledger.leave(exchange.address)
        }
    }

    /// The connection's handshake can begin.
    private func isSecured(_ connection: OpaquePointer, _ exchange: Exchange) -> Bool {
        guard let session = unsafe smr_mhd_session(connection), let credentials = exchange.credentials else {
            return false
        }
        guard unsafe credentials.begin(session) else { return false }
        // The server outlives the connection, see `from`.
        unsafe exchange.wire = TLSCredentials.watchHandshake(
            of: session, socket: smr_mhd_socket(connection), connection,
            { context, connection in
                guard let server = unsafe MicroHTTPServer.from(context), let connection = unsafe connection else {
                    return
                }
                unsafe server.handshakeWaits(OpaquePointer(connection))
            }, Unmanaged.passUnretained(self).toOpaque())
        return unsafe exchange.wire != nil
    }

    /// The client of a handshake has sent no more for now.
    private func handshakeWaits(_ connection: OpaquePointer) {
        let suspended = unsafe Suspended(pointer: connection)
        handshakes?.wait(for: unsafe smr_mhd_socket(connection)) {
            unsafe MHD_suspend_connection(suspended.pointer)
            return { unsafe MHD_resume_connection(suspended.pointer) }
        }
    }

    /// A request line came.
    private func begin(_ exchange: Exchange, _ target: UnsafePointer<CChar>) {
        let length = unsafe strlen(target)
        unsafe target.withMemoryRebound(to: UInt8.self, capacity: length) { bytes in
            unsafe exchange.begin(target: UnsafeBufferPointer(start: bytes, count: length))
        }
        // The time of a connection's first head counts from the connection's start.
        exchange.watch.advance(to: .head, at: exchange.watch.stage == .opening ? nil : reaper.now)
        inFlight.add(1, ordering: .relaxed)
    }

    /// The answer was sent, or the connection broke.
    private func completed(_ exchange: Exchange) {
        guard exchange.phase != .idle else { return }
        exchange.phase = .idle
        takeBack(from: exchange)
        exchange.watch.advance(to: .idle, at: reaper.now)
        inFlight.subtract(1, ordering: .relaxed)
    }

    /// The head is there, a part of the body, its end, or an awaited answer.
    private func handle(
        _ exchange: Exchange, _ connection: OpaquePointer, _ method: UnsafePointer<CChar>?,
        _ version: UnsafePointer<CChar>?, _ data: UnsafePointer<CChar>?, _ size: UnsafeMutablePointer<Int>
    ) -> MHD_Result {
        switch exchange.phase {
        case .idle, .answered: return .NO
        case .head: return unsafe head(exchange, connection, method, version)
        case .body:
            if unsafe size.pointee > 0, let data = unsafe data {
                let count = unsafe size.pointee
                unsafe data.withMemoryRebound(to: UInt8.self, capacity: count) { bytes in
                    unsafe exchange.append(UnsafeBufferPointer(start: bytes, count: count))
                }
                unsafe size.pointee = 0
                return exchange.received > exchange.bodyLimit + Self.toleratedExcess ? .NO : .YES
            }
            return unsafe answer(exchange, connection)
        case .waiting:
            guard let response = exchange.takeLate() else { return .YES }
            return unsafe queue(response, exchange, connection, at: reaper.now)
        }
    }

    /// The library's parser before 0.9.77 cuts values at a NUL and drops lines that it does not understand without a word.
    private static let checksLayout: Bool = {
        guard let text = unsafe MHD_get_version() else { return true }
        let parts = unsafe String(cString: text).split(separator: ".").prefix(3).map { Int($0) ?? 0 }
        return parts.lexicographicallyPrecedes([0, 9, 77])
    }()

    /// Judges the head. An answer that is queued here ends the connection: nothing of a body is read.
    private func head(
        _ exchange: Exchange, _ connection: OpaquePointer, _ method: UnsafePointer<CChar>?,
        _ version: UnsafePointer<CChar>?
    ) -> MHD_Result {
        unsafe MHD_get_connection_values_n(
            connection, .HEADER_KIND, appendField, Unmanaged.passUnretained(exchange).toOpaque())
        exchange.request.id = handler.requestID(for: exchange.request.headers)
        if Self.checksLayout, let version = unsafe version {
            unsafe exchange.layout.end(
                headSize: smr_mhd_head_size(connection), method: method, targetSize: exchange.request.target.count,
                version: version)
        }
        // Nearly all are GET, and a literal need not be read again.
        let head = unsafe HeadJudge.Head(
            method: method.map { unsafe strcmp($0, "GET") == 0 ? "GET" : String(cString: $0) } ?? "",
            isHTTP11: version.map { unsafe strcmp($0, "HTTP/1.1") == 0 } ?? false,
            size: smr_mhd_head_size(connection))
        do throws(Problem) {
            try HeadJudge.judge(head, exchange, rules.current.limits, handler)
            // Without a body the answer is asked for at once.
            if exchange.hasBody, !exchange.watch.advance(to: .body, at: reaper.now) { return .NO }
            exchange.phase = .body
            return .YES
        } catch {
            return unsafe queue(handler.refuse(error, exchange.request), exchange, connection, at: reaper.now)
        }
    }

    /// The request is whole.
    private func answer(_ exchange: Exchange, _ connection: OpaquePointer) -> MHD_Result {
        let now = reaper.now
        // One that was cut was told that it is not served: it must not be.
        guard exchange.watch.advance(to: .waiting, at: now) else { return .NO }
        if exchange.received > exchange.bodyLimit {
            let problem = Problem.tooLarge(exchange.bodyLimit)
            return unsafe queue(handler.refuse(problem, exchange.request), exchange, connection, at: now)
        }
        switch handler.begin(exchange.request) {
        case .now(let response): return unsafe queue(response, exchange, connection, at: now)
        case .later(let work): return unsafe suspend(connection, exchange, until: work)
        }
    }

    // MARK: - Awaited answers

    /// A suspended connection.
    ///
    /// `@unchecked Sendable`: it is only ever resumed, which may be done from any thread, and once: see ``Exchange/settle(_:)``.
    /// A suspended connection is not freed.
    @safe
    private struct Suspended: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private func suspend(
        _ connection: OpaquePointer, _ exchange: Exchange, until work: @escaping @Sendable () async -> HTTPResponse
    ) -> MHD_Result {
        let suspended = unsafe Suspended(pointer: connection)
        let isTaken = awaited.begin(exchange, work) {
            unsafe MHD_suspend_connection(suspended.pointer)
            return { unsafe MHD_resume_connection(suspended.pointer) }
        }
        if isTaken { return .YES }
        return unsafe queue(handler.refuse(Self.stopping, exchange.request), exchange, connection, at: reaper.now)
    }

    // MARK: - Answers

    /// `now` by the reaper's clock.
    private func queue(
        _ response: HTTPResponse, _ exchange: Exchange, _ connection: OpaquePointer, at now: Int64
    ) -> MHD_Result {
        guard exchange.watch.advance(to: .answering, at: now) else { return .NO }
        if let ready = prepared(for: response, exchange) {
            return unsafe MHD_queue_response(connection, CUnsignedInt(response.status), ready.response)
        }
        if let stream = response.stream { return unsafe queue(stream, of: response, exchange, connection) }
        let made = unsafe response.body.withUnsafeBytes { body in
            // The library copies the bytes at once; it wants no const pointer for the other modes' sake.
            unsafe MHD_create_response_from_buffer(
                body.count, UnsafeMutableRawPointer(mutating: body.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let made = unsafe made else { return .NO }
        return unsafe queue(made, response, exchange, connection)
    }

    /// Sends a made response with the fields of `response`; it is the library's from here on.
    private func queue(
        _ made: OpaquePointer, _ response: HTTPResponse, _ exchange: Exchange, _ connection: OpaquePointer
    ) -> MHD_Result {
        defer { unsafe MHD_destroy_response(made) }
        unsafe Self.addStanding(fieldsOf: response, to: made)
        for (name, value) in response.headers {
            unsafe name.withCString { unsafe Self.add($0, value, to: made) }
        }
        unsafe Self.add("X-Request-Id", response.requestID, to: made)
        if isStopping.load(ordering: .relaxed) { unsafe Self.add("Connection", "close", to: made) }
        exchange.phase = .answered
        return unsafe MHD_queue_response(connection, CUnsignedInt(response.status), made)
    }

    /// Adds what answers of one kind have in common.
    private static func addStanding(fieldsOf response: HTTPResponse, to made: OpaquePointer) {
        if let type = response.contentType { unsafe add("Content-Type", type, to: made) }
        let marks = response.marks
        for index in HTTPResponse.Marks.fields.indices where marks.contains(HTTPResponse.Marks.fields[index].mark) {
            let field = HTTPResponse.Marks.fields[index]
            unsafe text(field.value) { value in
                unsafe text(field.name) { _ = unsafe MHD_add_response_header(made, $0, value) }
            }
        }
    }

    /// A literal as C has it, which is where it is.
    private static func text(_ literal: StaticString, _ body: (UnsafePointer<CChar>) -> Void) {
        unsafe UnsafeRawPointer(literal.utf8Start).withMemoryRebound(
            to: CChar.self, capacity: literal.utf8CodeUnitCount + 1
        ) { unsafe body($0) }
    }

    private static func add(_ name: StaticString, _ value: String, to response: OpaquePointer) {
        unsafe text(name) { unsafe add($0, value, to: response) }
    }

    /// Adds a field. A String that is passed as a pointer is copied to the heap first; with `withCString` it need not be.
    private static func add(_ name: UnsafePointer<CChar>, _ value: String, to response: OpaquePointer) {
        _ = unsafe value.withCString { unsafe MHD_add_response_header(response, name, $0) }
    }
}

// MARK: - Prepared answers

extension MicroHTTPServer {
    /// A prepared answer with the body and the id of `response`, lent to the exchange; nil for answers of other kinds.
    private func prepared(for response: HTTPResponse, _ exchange: Exchange) -> PreparedAnswers.Answer? {
        let length = response.body.count
        let idLength = response.requestID.utf8.count
        guard response.isOrdinaryJSON, (1...PreparedAnswers.longest).contains(length), idLength > 0,
            !isStopping.load(ordering: .relaxed), exchange.lent == nil,
            var answer = prepared.take(length, id: idLength) ?? Self.prepare(response)
        else { return nil }
        answer.write(response.body, id: response.requestID, at: AnswerDate.now)
        exchange.lent = answer
        exchange.phase = .answered
        return answer
    }

    private static func prepare(_ response: HTTPResponse) -> PreparedAnswers.Answer? {
        let length = response.body.count
        // From malloc, since the library frees it with the response.
        guard let space = unsafe malloc(length) else { return nil }
        guard let made = unsafe MHD_create_response_from_buffer(length, space, .RESPMEM_MUST_FREE) else {
            unsafe free(space)
            return nil
        }
        unsafe addStanding(fieldsOf: response, to: made)
        guard let id = unsafe addSpace("X-Request-Id", response.requestID.utf8.count, to: made),
            let date = unsafe addSpace("Date", AnswerDate.length, to: made)
        else {
            unsafe MHD_destroy_response(made)
            return nil
        }
        return unsafe PreparedAnswers.Answer(
            response: made, body: UnsafeMutableRawBufferPointer(start: space, count: length), id: id, date: date)
    }

    /// Adds a field whose value is written later. The space is the library's own copy of the value, which lives as long as the response and
    /// is looked at when that is sent. To take a field out and put another in its place, as one may, takes six allocations and ends.
    ///
    /// After a `Date` no `Connection` may be added: that makes the library (0.9.75) forget the date, and write a second one.
    private static func addSpace(
        _ name: StaticString, _ length: Int, to response: OpaquePointer
    ) -> UnsafeMutableRawBufferPointer? {
        unsafe add(name, String(repeating: "-", count: length), to: response)
        var value: UnsafePointer<CChar>?
        unsafe text(name) { unsafe value = MHD_get_response_header(response, $0) }
        return unsafe value.map {
            unsafe UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(mutating: $0), count: length)
        }
    }

    /// The answer that was lent is sent, or its connection broke: the library looks at neither its fields nor its body any more.
    private func takeBack(from exchange: Exchange) {
        guard let answer = exchange.lent else { return }
        exchange.lent = nil
        answer.forget()
        if let left = prepared.give(answer) { unsafe MHD_destroy_response(left.response) }
    }
}

// MARK: - Streams

extension MicroHTTPServer {
    /// Bytes that the library asks for at once.
    private static let blockSize = 16 << 10

    /// Sends a body as it comes.
    private func queue(
        _ stream: ResponseStream, of response: HTTPResponse, _ exchange: Exchange, _ connection: OpaquePointer
    ) -> MHD_Result {
        let suspended = unsafe Suspended(pointer: connection)
        let feed = StreamFeed(stream, exchange, reaper) {
            unsafe MHD_suspend_connection(suspended.pointer)
            return { unsafe MHD_resume_connection(suspended.pointer) }
        }
        streams.add(stream)
        feed.onEnd { [streams] in streams.remove(stream) }
        // The response holds it until it is freed.
        let held = unsafe Unmanaged.passRetained(feed).toOpaque()
        let made = unsafe MHD_create_response_from_callback(
            UInt64.max, Self.blockSize,
            { context, _, space, size in
                guard let context = unsafe context, let space = unsafe space else { return StreamFeed.end }
                let feed = unsafe Unmanaged<StreamFeed>.fromOpaque(context).takeUnretainedValue()
                return unsafe feed.read(into: UnsafeMutableRawBufferPointer(start: space, count: size))
            }, held,
            { context in
                guard let context = unsafe context else { return }
                // The client is gone, or has it all.
                unsafe Unmanaged<StreamFeed>.fromOpaque(context).takeRetainedValue().close()
            })
        guard let made = unsafe made else {
            unsafe Unmanaged<StreamFeed>.fromOpaque(held).takeRetainedValue().close()
            return .NO
        }
        return unsafe queue(made, response, exchange, connection)
    }
}

/// Takes one header field into the request of the ``Exchange`` that `context` is.
private let appendField: MHD_KeyValueIteratorN = { context, _, name, nameSize, value, valueSize in
    guard let context = unsafe context, let name = unsafe name else { return .NO }
    let nameBytes = unsafe UnsafeRawBufferPointer(start: name, count: nameSize)
    let valueBytes = unsafe UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : valueSize)
    unsafe Unmanaged<Exchange>.fromOpaque(context)._withUnsafeGuaranteedRef { exchange in
        unsafe exchange.layout.field(name: nameBytes, value: valueBytes)
        unsafe exchange.request.headers.append(name: nameBytes, value: valueBytes)
    }
    return .YES
}
