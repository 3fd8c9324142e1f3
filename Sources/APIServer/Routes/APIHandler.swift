internal import Crypto
internal import Glibc
internal import Reconciler
internal import Synchronization

/// Answers requests: finds the route, checks who calls, and renders what went wrong. It knows nothing of sockets.
package final class APIHandler: HTTPHandler {
    /// Every route.
    package let table: RouteTable
    private let services: APIServices
    private let meter: RequestMeter
    /// Which answers get a line of the log.
    package let answerLog: AnswerLog
    private let refusals = Locked(RefusalBudget())
    /// What came of changes that were sent with a key.
    private let changes = Locked(IdempotencyBook())
    private let paths = StreamPaths()
    private let counter = Atomic<UInt64>(0)
    /// Four signs that tell this process's request ids from others'.
    private let prefix: [UInt8]
    private let seed: UInt64

    /// A handler with all routes.
    package init(services: APIServices) {
        self.services = services
        answerLog = AnswerLog(write: services.logAnswer)
        let routes = Self.routes(services)
        // Three more: of the metrics and of the documentation, which are about all of them.
        let meter = RequestMeter(routes: routes.count + 3)
        let all = Locked<[Route]>([])
        table = RouteTable(
            routes + MetricsRoutes(services: services, meter: meter, table: { all.current }).routes
                + DocumentRoutes(services: services, table: { all.current }).routes)
        all.replace(with: table.routes)
        services.reserved.learn(from: table.routes)
        self.meter = meter
        let random = SecureRandom.bytes(16)
        prefix = random.prefix(4).map { Self.signs[Int($0 & 31)] }
        seed = random.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The route table: the one list of what this API has.
    private static func routes(_ services: APIServices) -> [Route] {
        HealthRoutes(services: services).routes + AuthRoutes(services: services).routes
            + StreamRoutes(services: services).routes + NodeGroupRoutes(services: services).routes
            + NodeRoutes(services: services).routes + NodeCommandRoutes(services: services).routes
            + CallbackRoutes(services: services).routes + ProvisionRoutes(services: services).routes
            + ControlRoutes(services: services).routes + SourceRoutes(services: services).routes
            + ScalingRoutes(services: services).routes
            + SessionRoutes(services: services).routes + UserRoutes(services: services).routes
            + APITokenRoutes(services: services).routes + KeyRoutes(services: services).routes
            + AuditRoutes(services: services).routes + WebhookRoutes(services: services).routes
            + StatusRoutes(services: services).routes
            + productRoutes(services)
    }

    /// The answer, awaited if need be.
    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        switch begin(request) {
        case .now(let response): response
        case .later(let work): await work()
        }
    }

    /// The answer of a route that never waits; nil for one that does.
    package func respondNow(to request: HTTPRequest) -> HTTPResponse? {
        switch begin(request) {
        case .now(let response): response
        case .later: nil
        }
    }

    /// The limit of the route that would answer.
    package func bodyLimit(for request: HTTPRequest) -> Int {
        switch table.match(request.method, request.target, request.path) {
        // A body has no meaning there (RFC 9110 section 9.3.1), and some clients send one.
        case .route(let entry, _) where [.get, .options].contains(entry.route.method):
            min(entry.route.bodyLimit, BodyBudget.small)
        case .route(let entry, _): entry.route.bodyLimit
        case .methodNotAllowed, .notFound: BodyBudget.small
        }
    }

    /// A body of some size is kept for those alone who may send it where they send it.
    package func admit(largeBodyOf request: HTTPRequest) throws(Problem) -> BodySender {
        let match = table.match(request.method, request.target, request.path)
        guard case .route(let entry, _) = match else {
            _ = try answer(match, request, nil)
            return .stranger
        }
        return try principal(for: entry.route, request, at: services.time.now()) == nil ? .stranger : .known
    }

    /// The methods of a request's path, as in `Allow`; nil when there is nothing.
    func methods(of request: HTTPRequest) -> String? { table.methods(request.target, request.path) }

    /// The problem, rendered.
    package func refuse(_ problem: Problem, _ request: HTTPRequest) -> HTTPResponse {
        let response = problem.response(to: request)
        note(request, response)
        return response
    }

    /// Counts an answer that no route gave.
    func note(_ request: HTTPRequest, _ response: HTTPResponse) {
        answered(nil, request, response, nanoseconds: 0)
    }

    /// Routes the request: an answer, or what to await.
    package func begin(_ request: HTTPRequest) -> HTTPAnswer {
        if !request.id.isEmpty { return routed(request) }
        var named = request
        named.id = requestID(for: request.headers)
        return routed(named)
    }

    /// The same, for a request that has its id.
    private func routed(_ request: HTTPRequest) -> HTTPAnswer {
        let began = Self.nanoseconds
        let known = paths.find(request)
        let match =
            known.map { .route($0.entry, $0.captures) } ?? table.match(request.method, request.target, request.path)
        let number: Int? = if case .route(let entry, _) = match { entry.route.number } else { nil }
        let answer: HTTPAnswer
        do throws(Problem) {
            answer = try self.answer(match, request, known)
        } catch {
            answer = .now(error.response(to: request))
        }
        switch answer {
        case .now(let response):
            answered(number, request, response, since: began)
            return .now(response)
        case .later(let work):
            return .later { [self] in
                await RequestScope.$current.withValue(request.scope) {
                    let response = await work()
                    answered(number, request, response, since: began)
                    return response
                }
            }
        }
    }

    /// Of a clock that only goes on.
    private static var nanoseconds: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    private func answered(
        _ route: Int?, _ request: borrowing HTTPRequest, _ response: borrowing HTTPResponse, since began: UInt64
    ) {
        answered(route, request, response, nanoseconds: Self.nanoseconds &- began)
    }

    private func answered(
        _ route: Int?, _ request: borrowing HTTPRequest, _ response: borrowing HTTPResponse, nanoseconds: UInt64
    ) {
        meter.answered(route, response.status, nanoseconds: nanoseconds)
        answerLog.note(request, response, nanoseconds: nanoseconds)
    }

    /// - Parameter path: that of the request, where it names a stream and is understood already.
    private func answer(
        _ match: RouteTable.Match, _ request: HTTPRequest, _ path: StreamPath?
    ) throws(Problem) -> HTTPAnswer {
        switch match {
        case .route(let entry, let captures):
            // A browser asks before a request of another origin, and brings no token (Fetch, section 4.8): no route is run for it.
            if request.method == .options, request.headers.first(.requestMethod) != nil {
                return .now(Self.finish(.empty(204, headers: [("Allow", "OPTIONS, POST")]), request))
            }
            return try run(entry, captures, request, path)
        case .methodNotAllowed(let allow):
            if request.method == .options {
                return .now(Self.finish(.empty(204, headers: [("Allow", allow)]), request))
            }
            let method = request.method == .other ? "this method" : request.method.rawValue
            throw Problem(
                405, "\(method) is not possible here; \(allow) are", headers: [("Allow", allow)])
        case .notFound:
            throw .notFound("there is nothing at '\(request.pathText)'")
        }
    }

    private func run(
        _ entry: RouteTable.Entry, _ captures: RouteTable.Captures, _ request: HTTPRequest, _ path: StreamPath?
    ) throws(Problem) -> HTTPAnswer {
        guard request.body.count <= entry.route.bodyLimit else { throw .tooLarge(entry.route.bodyLimit) }
        let now = services.time.now()
        let principal = try principal(for: entry.route, request, at: now)
        // Not before: strangers must not push out what many want.
        let path = path ?? paths.remember(request, entry, captures)
        let call = RouteCall(
            request: request, captures: captures, path: path, principal: principal, now: now, seed: nextSeed())
        switch entry.route.answer {
        case .now(let answer):
            // Of those that are in the audit log none is here, where nobody may wait for the store: a test holds that.
            try entry.route.check(call)
            return .now(Self.finish(try answer(call), request))
        case .later(let answer):
            let key = try idempotencyKey(of: request, entry.route, principal)
            return .later { [self] in
                if let key, let earlier = begin(key, request, at: now) {
                    if let principal, isWorthALine(principal, of: earlier.isMinor ? .minor : .refused, at: now) {
                        await auditDurably(principal, earlier, request)
                    }
                    return earlier
                }
                let result: Result<HTTPResponse, Problem>
                do throws(Problem) {
                    try entry.route.check(call)
                    result = .success(try await answer(call))
                } catch {
                    result = .failure(error)
                }
                let response = Self.rendered(result, request)
                if entry.route.isAudited, let caller = principal ?? response.caller {
                    // What failed for a reason of ours may have been done; what came when there was no time for it was not.
                    let isDone =
                        (200...299).contains(response.status) || response.status >= 500 && response.status != 503
                        || response.change != nil
                    if isDone && !response.isMinor
                        || isWorthALine(caller, of: response.isMinor ? .minor : .refused, at: now)
                    {
                        await auditDurably(caller, response, request)
                    }
                }
                if let key { changes.with { $0.finish(key, response) } }
                return response
            }
        }
    }

    /// The key of a change; looks need none.
    private func idempotencyKey(
        of request: HTTPRequest, _ route: Route, _ principal: Principal?
    ) throws(Problem) -> IdempotencyKey? {
        guard route.isAudited, let principal else { return nil }
        // Of a user who was made anew, or a login that is not the same, keys are others.
        let caller = "\(principal.subject) \(principal.credential?.text ?? "")"
        return try IdempotencyKey.read(request.headers, subject: caller)
    }

    /// The answer to a change that was sent before with the same key; nil: it is to be made now.
    private func begin(_ key: IdempotencyKey, _ request: HTTPRequest, at now: Timestamp) -> HTTPResponse? {
        switch changes.with({ $0.begin(key, IdempotencyKey.fingerprint(of: request), at: now) }) {
        case .new: return nil
        case .done(var response):
            response.headers.append(("Idempotent-Replayed", "true"))
            (response.change, response.isMinor) = ("replayed=true", true)
            return Self.finish(response, request)
        case .underWay:
            return Problem(409, "the same change with this Idempotency-Key is under way; ask again soon")
                .response(to: request)
        case .tooMany:
            return Problem(
                429,
                "\(IdempotencyBook.maximumOfCaller) changes with an Idempotency-Key are remembered of this session; send this one without"
            ).response(to: request)
        case .differs:
            return Problem(422, "this Idempotency-Key was sent with another change; draw a new one")
                .response(to: request)
        }
    }

    private static func rendered(_ result: Result<HTTPResponse, Problem>, _ request: HTTPRequest) -> HTTPResponse {
        switch result {
        case .success(let response): finish(response, request)
        case .failure(let problem): problem.response(to: request)
        }
    }

    /// A line of the audit log, in the store before the answer goes out: the one place where calls get there. Calls of nobody known change
    /// nothing, and are in the log of refused logins at most: strangers must not push out what counts.
    private func auditDurably(_ caller: Principal, _ response: HTTPResponse, _ request: HTTPRequest) async {
        await services.audit.recordDurably(
            entry(caller, response.status, response.change ?? "", request), services.time)
    }

    /// Whether a call that changed nothing gets a line: nobody may push out what was done by what was not.
    private func isWorthALine(_ caller: Principal, of kind: RefusalBudget.Kind, at now: Timestamp) -> Bool {
        refusals.with { $0.take(caller.subject, of: kind, at: now) }
    }

    private func entry(
        _ caller: Principal, _ status: Int, _ change: String, _ request: HTTPRequest
    ) -> AuditEntry {
        AuditEntry(
            at: services.time.now(), subject: caller.subject, role: caller.roles.names,
            credential: caller.credential?.text ?? "", method: request.method.rawValue,
            path: String(request.pathText.prefix(Self.maximumPathLength)), status: status, requestID: request.id,
            address: services.address(of: request), change: change)
    }

    /// Of a path in the audit log: no name of ours makes a longer one.
    private static let maximumPathLength = 512

    private static func finish(_ response: consuming HTTPResponse, _ request: HTTPRequest) -> HTTPResponse {
        response.requestID = request.id
        return response
    }

    private func principal(
        for route: Route, _ request: HTTPRequest, at now: Timestamp
    ) throws(Problem) -> Principal? {
        guard let roles = route.access.roles else {
            // Where anyone is let in, a good token says who comes all the same.
            guard case .rolesUnless = route.access,
                let token = request.headers.first(.authorization).flatMap({ BearerToken.of($0) }),
                case .valid(let principal) = services.tokens.verify(token, at: now)
            else { return nil }
            return principal
        }
        let verdict: TokenVerdict
        if let header = request.headers.first(.authorization) {
            guard let token = BearerToken.of(header) else {
                throw .unauthorized("the Authorization field must be 'Bearer' and a token from /as/v1/auth/login")
            }
            verdict = services.tokens.verify(token, at: now)
        } else if route.tokenInQuery, let token = try request.fields.text("token") {
            verdict = services.tokens.verify(Array(token.utf8)[...], at: now)
        } else {
            throw .unauthorized(
                "a token is needed: get one from /as/v1/auth/login and send it as 'Authorization: Bearer'")
        }
        switch verdict {
        case .refused(let reason): throw .unauthorized(reason)
        case .valid(let principal):
            guard !principal.roles.isDisjoint(with: roles) else {
                // Who tries what its role does not let it do, is worth a line too.
                if route.isAudited, principal.roles != .node, isWorthALine(principal, of: .refused, at: now) {
                    // It changed nothing: nobody waits for its line.
                    services.audit.record(entry(principal, 403, "", request))
                }
                throw .forbidden("this needs one of the roles \(roles.names); the token has \(principal.roles.names)")
            }
            return principal
        }
    }

    // MARK: - Request ids

    private static let signs = Array("0123456789abcdefghijklmnopqrstuv".utf8)
    /// A client's own id longer than this is replaced.
    private static let maximumIDLength = 64

    /// The client's own id if it is sane, else a new one of 15 signs.
    package func requestID(for headers: borrowing HTTPHeaders) -> String {
        if let own = headers.first(.requestID), (1...Self.maximumIDLength).contains(own.count),
            own.allSatisfy(Self.mayBeInID)
        {
            return String(decoding: own, as: UTF8.self)
        }
        // 15 bytes: a String holds them without an allocation.
        let number = counter.add(1, ordering: .relaxed).newValue
        return unsafe String(unsafeUninitializedCapacity: 15) { bytes in
            for (index, sign) in prefix.enumerated() { unsafe bytes[index] = sign }
            for index in 0..<11 { unsafe bytes[14 - index] = Self.signs[Int(number >> UInt64(5 * index)) & 31] }
            return 15
        }
    }

    private static func mayBeInID(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// Seeds in steps of an odd number, so that no two of 2^64 are equal; the generator mixes them.
    private func nextSeed() -> UInt64 {
        seed &+ counter.add(1, ordering: .relaxed).newValue &* 0x9e37_79b9_7f4a_7c15
    }
}
