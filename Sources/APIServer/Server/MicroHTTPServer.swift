internal import Glibc
internal import Reconciler
internal import Synchronization

/// An HTTP/1.1 server: libmicrohttpd's epoll threads in front of an ``HTTPHandler``.
///
/// Callbacks come on the library's threads. A request whose answer is there at once never leaves its thread; for any other
/// one the connection is suspended, the work done in a task, and the connection resumed.
package final class MicroHTTPServer: Sendable {
    private let handler: any HTTPHandler
    private let limits: Limits
    private let running = Locked<(daemon: MicroHTTPD.Daemon, reaping: Task<Void, Never>)?>(nil)
    private let rules: Published<ServingRules>
    private let ledger: ConnectionLedger
    private let keeper: TLSKeeper?
    private let reaper = ConnectionReaper()
    private let awaited = AwaitedAnswers()
    private let prepared = PreparedAnswers()
    private let streams = OpenStreams()
    let handshakes: HandshakeWaiter?
    private let bodies = BodyBudget(BodyBudget.known)
    private let strangersBodies = BodyBudget(BodyBudget.strangers)
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

    /// Requests whose head began and whose answer is not sent yet, but for those that were cut.
    package var requestsInFlight: Int { reaper.requests }

    // MARK: - Start and stop

    /// Listens, and answers from now on. Returns the real port.
    package func start(on address: ListenAddress) throws(ListenFailure) -> Int {
        let socket = try ListenSocket.open(address)
        let started: MicroHTTPD.Daemon
        do throws(MicroHTTPD.StartFailure) {
            started = try MicroHTTPD.Daemon(self, on: socket.descriptor, limits, isTLS: keeper != nil)
        } catch {
            close(socket.descriptor)
            throw ListenFailure(address, "the server does not start: \(error.reason)")
        }
        handshakes?.start()
        running.replace(with: (started, reaper.watch(rules, isTLS: keeper != nil)))
        return socket.port
    }

    /// Accepts no more connections, lets requests in flight end within `grace`, then closes everything. Safe to call twice.
    package func stop(grace: Duration = .seconds(3)) async {
        // Taken out first, so that it is stopped once.
        let running = running.with { running in
            defer { running = nil }
            return running
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
        running.daemon.stop()
        for answer in prepared.empty() { answer.response.end() }
    }

    /// For the last answers to leave.
    private static let farewell: Duration = .milliseconds(200)
    private static let stopping = Problem.unavailable("the server stops", retryAfter: .seconds(5))
    private static let full = Problem.unavailable("too much is being sent at once; try again", retryAfter: .seconds(5))

    private func requestsEnd(within time: Duration) async {
        let end = ContinuousClock.now + time
        while requestsInFlight > 0, ContinuousClock.now < end {
            try? await ContinuousClock().sleep(for: .milliseconds(5))
        }
    }

    // MARK: - Callbacks

    /// Whether a connection is taken at all.
    func accepts(_ remoteAddress: String) -> MicroHTTPD.Verdict {
        guard !isStopping.load(ordering: .relaxed) else { return .close }
        return ledger.isFlooded(IPAddress(remoteAddress), rules.current) ? .close : .proceed
    }

    /// A connection began: its exchange.
    func opened(_ connection: MicroHTTPD.Connection) -> Exchange {
        let rules = rules.current
        let exchange = Exchange(
            remoteAddress: connection.remoteAddress, credentials: keeper?.current,
            headLimits: (rules.limits.headerBytes, rules.limits.headers))
        let descriptor = connection.socket
        reaper.add(exchange, descriptor: descriptor)
        let verdict = ledger.enter(exchange.address, rules)
        if verdict != .taken {
            let answer = verdict == .full ? RawAnswer.full : RawAnswer.tooManyOfAddress
            reaper.turnAway(exchange, descriptor, keeper == nil ? answer : nil)
        } else if keeper != nil, !isSecured(connection, exchange) {
            reaper.turnAway(exchange, descriptor, nil)
        }
        return exchange
    }

    /// It ended, between two callbacks of its requests.
    func closed(_ exchange: Exchange) {
        takeBack(from: exchange)
        releaseBody(of: exchange)
        unsafe free(exchange.wire)
        reaper.remove(exchange)
        ledger.leave(exchange.address)
    }

    /// The connection's handshake can begin.
    private func isSecured(_ connection: MicroHTTPD.Connection, _ exchange: Exchange) -> Bool {
        guard let session = unsafe connection.session, let credentials = exchange.credentials else { return false }
        guard unsafe credentials.begin(session) else { return false }
        // The server outlives the connection: the daemon holds it.
        unsafe exchange.wire = TLSCredentials.watchHandshake(
            of: session, socket: connection.socket, connection.pointer,
            { context, connection in
                guard let context = unsafe context, let connection = unsafe MicroHTTPD.Connection(context: connection)
                else { return }
                unsafe Unmanaged<MicroHTTPServer>.fromOpaque(context).takeUnretainedValue().handshakeWaits(connection)
            }, Unmanaged.passUnretained(self).toOpaque())
        return unsafe exchange.wire != nil
    }

    /// The client of a handshake has sent no more for now.
    private func handshakeWaits(_ connection: MicroHTTPD.Connection) {
        handshakes?.wait(for: connection.socket) { connection.suspend() }
    }

    /// A request line came.
    func begin(_ exchange: Exchange, _ target: UnsafePointer<CChar>) {
        let length = unsafe strlen(target)
        unsafe target.withMemoryRebound(to: UInt8.self, capacity: length) { bytes in
            unsafe exchange.begin(target: UnsafeBufferPointer(start: bytes, count: length))
        }
        // The time of a connection's first head counts from the connection's start.
        exchange.watch.advance(to: .head, at: exchange.watch.isOpening ? nil : reaper.now)
    }

    /// The answer was sent, or the connection broke.
    func completed(_ exchange: Exchange) {
        guard exchange.phase != .idle else { return }
        exchange.phase = .idle
        forgetLent(of: exchange)
        releaseBody(of: exchange)
        exchange.watch.advance(to: .idle, at: reaper.now)
    }

    /// The request is over, and so is its body.
    private func releaseBody(of exchange: Exchange) {
        exchange.dropBody()
        guard exchange.reserved > 0 else { return }
        switch exchange.sender {
        case .known: bodies.give(exchange.reserved)
        case .stranger: strangersBodies.give(exchange.reserved)
        }
        exchange.reserved = 0
    }

    /// Takes room for what has come of a body; without any nothing of it is kept.
    private func makeRoom(for exchange: Exchange) {
        let bytes = exchange.missingRoom
        if bytes == 0 { return }
        let isThere =
            switch exchange.sender {
            case .known: bodies.take(bytes)
            case .stranger: strangersBodies.take(bytes)
            }
        if isThere {
            exchange.reserved += bytes
        } else {
            exchange.refusal = Self.full
            exchange.request.body = []
        }
    }

    /// The head is there, a part of the body, its end, or an awaited answer.
    func handle(
        _ exchange: Exchange, _ connection: MicroHTTPD.Connection, _ method: UnsafePointer<CChar>?,
        _ version: UnsafePointer<CChar>?, _ data: UnsafePointer<CChar>?, _ size: UnsafeMutablePointer<Int>
    ) -> MicroHTTPD.Verdict {
        switch exchange.phase {
        case .idle, .answered: return .close
        case .head: return unsafe head(exchange, connection, method, version)
        case .body:
            if unsafe size.pointee > 0, let data = unsafe data {
                let count = unsafe size.pointee
                unsafe data.withMemoryRebound(to: UInt8.self, capacity: count) { bytes in
                    unsafe exchange.append(UnsafeBufferPointer(start: bytes, count: count))
                }
                unsafe size.pointee = 0
                makeRoom(for: exchange)
                return exchange.received > exchange.bodyLimit + Self.toleratedExcess ? .close : .proceed
            }
            return answer(exchange, connection)
        case .waiting:
            guard let response = exchange.takeLate() else { return .proceed }
            return queue(response, exchange, connection, at: reaper.now)
        }
    }

    /// Judges the head. An answer that is queued here ends the connection: nothing of a body is read.
    private func head(
        _ exchange: Exchange, _ connection: MicroHTTPD.Connection, _ method: UnsafePointer<CChar>?,
        _ version: UnsafePointer<CChar>?
    ) -> MicroHTTPD.Verdict {
        connection.readFields(into: exchange)
        exchange.request.id = handler.requestID(for: exchange.request.headers)
        let size = connection.headSize
        if MicroHTTPD.checksLayout, let version = unsafe version {
            unsafe exchange.layout.end(
                headSize: size, method: method, targetSize: exchange.request.target.count,
                version: version)
        }
        // Nearly all are GET, and a literal need not be read again.
        let head = unsafe HeadJudge.Head(
            method: method.map { unsafe strcmp($0, "GET") == 0 ? "GET" : String(cString: $0) } ?? "",
            isHTTP11: version.map { unsafe strcmp($0, "HTTP/1.1") == 0 } ?? false,
            size: size)
        do throws(Problem) {
            try HeadJudge.judge(head, exchange, handler)
            // Without a body the answer is asked for at once.
            if exchange.hasBody, !exchange.watch.advance(to: .body, at: reaper.now) { return .close }
            exchange.phase = .body
            return .proceed
        } catch {
            return queue(handler.refuse(error, exchange.request), exchange, connection, at: reaper.now)
        }
    }

    /// The request is whole.
    private func answer(_ exchange: Exchange, _ connection: MicroHTTPD.Connection) -> MicroHTTPD.Verdict {
        let now = reaper.now
        // One that was cut was told that it is not served: it must not be.
        guard exchange.watch.advance(to: .waiting, at: now) else { return .close }
        if exchange.received > exchange.bodyLimit, exchange.refusal?.isOfPath != true {
            let problem = Problem.tooLarge(exchange.bodyLimit)
            return queue(handler.refuse(problem, exchange.request), exchange, connection, at: now)
        }
        if let refusal = exchange.refusal {
            return queue(handler.refuse(refusal, exchange.request), exchange, connection, at: now)
        }
        switch handler.begin(exchange.request) {
        case .now(let response): return queue(response, exchange, connection, at: now)
        case .later(let work): return suspend(connection, exchange, until: work)
        }
    }

    // MARK: - Awaited answers

    private func suspend(
        _ connection: MicroHTTPD.Connection, _ exchange: Exchange,
        until work: @escaping @Sendable () async -> HTTPResponse
    ) -> MicroHTTPD.Verdict {
        if awaited.begin(exchange, work, suspend: { connection.suspend() }) { return .proceed }
        return queue(handler.refuse(Self.stopping, exchange.request), exchange, connection, at: reaper.now)
    }

    // MARK: - Answers

    /// `now` by the reaper's clock.
    private func queue(
        _ response: HTTPResponse, _ exchange: Exchange, _ connection: MicroHTTPD.Connection, at now: Int64
    ) -> MicroHTTPD.Verdict {
        guard exchange.watch.advance(to: .answering, at: now) else { return .close }
        if let ready = prepared(for: response, exchange) {
            return connection.queue(ready.response, status: response.status)
        }
        let stream = response.stream.map { feed($0, exchange, connection) }
        guard let made = stream.map(MicroHTTPD.Response.init(reading:)) ?? .init(copying: response.body) else {
            return .close
        }
        // It is the library's from here on.
        defer { made.end() }
        Self.addStanding(fieldsOf: response, to: made)
        for (name, value) in response.headers { made.add(name, value) }
        made.add("X-Request-Id", response.requestID)
        // The library reads chunks and trailers more leniently than others: where two readers differ, nothing may follow.
        if isStopping.load(ordering: .relaxed) || exchange.isChunked { made.add("Connection", "close") }
        exchange.phase = .answered
        return connection.queue(made, status: response.status)
    }

    /// Adds what answers of one kind have in common.
    private static func addStanding(fieldsOf response: HTTPResponse, to made: MicroHTTPD.Response) {
        if let type = response.contentType { made.add("Content-Type", type) }
        let marks = response.marks
        for index in HTTPResponse.Marks.fields.indices where marks.contains(HTTPResponse.Marks.fields[index].mark) {
            let field = HTTPResponse.Marks.fields[index]
            made.add(field.name, field.value)
        }
    }

    /// A body that is sent as it comes.
    private func feed(
        _ stream: ResponseStream, _ exchange: Exchange, _ connection: MicroHTTPD.Connection
    ) -> StreamFeed {
        let feed = StreamFeed(stream, exchange, reaper) { connection.suspend() }
        streams.add(stream)
        feed.onEnd { [streams] in streams.remove(stream) }
        return feed
    }

    // MARK: - Prepared answers

    /// A prepared answer with the body and the id of `response`, lent to the exchange; nil for answers of other kinds.
    private func prepared(for response: HTTPResponse, _ exchange: Exchange) -> PreparedAnswers.Answer? {
        let length = response.body.count
        let idLength = response.requestID.utf8.count
        guard response.isOrdinaryJSON, (1...PreparedAnswers.longest).contains(length), idLength > 0,
            !isStopping.load(ordering: .relaxed), !exchange.isChunked, !exchange.isLentInUse,
            var answer = lend(length, id: idLength, to: exchange) ?? Self.prepare(response)
        else { return nil }
        answer.write(response.body, id: response.requestID, at: AnswerDate.now)
        exchange.lent = answer
        exchange.isLentInUse = true
        exchange.phase = .answered
        return answer
    }

    /// The one that the connection had last, if it fits, else one that is idle.
    private func lend(_ length: Int, id idLength: Int, to exchange: Exchange) -> PreparedAnswers.Answer? {
        if let last = exchange.lent, last.fits(length, id: idLength) { return last }
        takeBack(from: exchange)
        return prepared.take(length, id: idLength)
    }

    private static func prepare(_ response: HTTPResponse) -> PreparedAnswers.Answer? {
        guard let (made, body) = unsafe MicroHTTPD.Response.withSpace(response.body.count) else { return nil }
        addStanding(fieldsOf: response, to: made)
        guard let id = unsafe made.addSpace("X-Request-Id", response.requestID.utf8.count),
            let date = unsafe made.addSpace("Date", AnswerDate.length)
        else {
            made.end()
            return nil
        }
        return unsafe PreparedAnswers.Answer(response: made, body: body, id: id, date: date)
    }

    /// The answer that was lent is sent, or its connection broke: the library looks at neither its fields nor its body any more.
    private func forgetLent(of exchange: Exchange) {
        guard exchange.isLentInUse else { return }
        exchange.isLentInUse = false
        exchange.lent?.forget()
    }

    /// What was lent is for others again.
    private func takeBack(from exchange: Exchange) {
        forgetLent(of: exchange)
        guard let answer = exchange.lent else { return }
        exchange.lent = nil
        if let left = prepared.give(answer) { left.response.end() }
    }
}
