internal import Crypto
internal import Dispatch
internal import Reconciler
internal import Synchronization

/// Answers requests: finds the route, checks who calls, and renders what went wrong. It knows nothing of sockets.
package final class APIHandler: HTTPHandler {
    /// Every route.
    package let table: RouteTable
    private let services: APIServices
    private let meter: RequestMeter
    private let counter = Atomic<UInt64>(0)
    /// Four signs that tell this process's request ids from others'.
    private let prefix: [UInt8]
    private let seed: UInt64

    /// A handler with all routes.
    package init(services: APIServices) {
        self.services = services
        let routes = Self.routes(services)
        // One more: the metrics' own.
        let meter = RequestMeter(routes: routes.count + 1)
        let all = Locked<[Route]>([])
        table = RouteTable(routes + MetricsRoutes(services: services, meter: meter, table: { all.current }).routes)
        all.replace(with: table.routes)
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
            + ControlRoutes(services: services).routes + ScalingRoutes(services: services).routes
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
        case .route(let route, _): route.bodyLimit
        case .methodNotAllowed, .notFound: Route.standardBodyLimit
        }
    }

    /// The problem, rendered.
    package func refuse(_ problem: Problem, _ request: HTTPRequest) -> HTTPResponse {
        let response = problem.response(to: request)
        meter.answered(nil, response.status, nanoseconds: 0)
        return response
    }

    /// Routes the request: an answer, or what to await.
    package func begin(_ request: HTTPRequest) -> HTTPAnswer {
        let began = DispatchTime.now().uptimeNanoseconds
        var request = request
        if request.id.isEmpty { request.id = requestID(for: request.headers) }
        let match = table.match(request.method, request.target, request.path)
        let number: Int? = if case .route(let route, _) = match { route.number } else { nil }
        let answer: HTTPAnswer
        do {
            answer = try self.answer(match, request)
        } catch {
            answer = .now(error.response(to: request))
        }
        switch answer {
        case .now(let response):
            answered(number, response, since: began)
            return answer
        case .later(let work):
            return .later { [self] in
                let response = await work()
                answered(number, response, since: began)
                return response
            }
        }
    }

    private func answered(_ route: Int?, _ response: borrowing HTTPResponse, since began: UInt64) {
        meter.answered(route, response.status, nanoseconds: DispatchTime.now().uptimeNanoseconds &- began)
    }

    private func answer(_ match: RouteTable.Match, _ request: HTTPRequest) throws(Problem) -> HTTPAnswer {
        switch match {
        case .route(let route, let captures):
            // A browser asks before a request of another origin, and brings no token (Fetch, section 4.8): no route is run for it.
            if request.method == .options, request.headers.first(HTTPHeaders.Name.requestMethod) != nil {
                return .now(Self.finish(.empty(204, headers: [("Allow", "OPTIONS, POST")]), request))
            }
            return try run(route, captures, request)
        case .methodNotAllowed(let allow):
            if request.method == .options {
                return .now(Self.finish(.empty(204, headers: [("Allow", allow)]), request))
            }
            throw Problem(
                405, "\(request.method.rawValue) is not possible here; \(allow) are", headers: [("Allow", allow)])
        case .notFound:
            throw .notFound("there is nothing at '\(request.pathText)'")
        }
    }

    private func run(
        _ route: Route, _ captures: RouteTable.Captures, _ request: HTTPRequest
    ) throws(Problem) -> HTTPAnswer {
        guard request.body.count <= route.bodyLimit else { throw .tooLarge(route.bodyLimit) }
        let now = services.time.now()
        let call = RouteCall(
            request: request, captures: captures, principal: try principal(for: route, request, at: now), now: now,
            seed: nextSeed())
        switch route.answer {
        case .now(let answer): return .now(Self.finish(try answer(call), request))
        case .later(let answer):
            return .later {
                do throws(Problem) {
                    return Self.finish(try await answer(call), request)
                } catch {
                    return error.response(to: request)
                }
            }
        }
    }

    private static func finish(_ response: consuming HTTPResponse, _ request: HTTPRequest) -> HTTPResponse {
        response.requestID = request.id
        return response
    }

    private func principal(
        for route: Route, _ request: HTTPRequest, at now: Timestamp
    ) throws(Problem) -> Principal? {
        guard let roles = route.access.roles else { return nil }
        let verdict: TokenVerdict
        if let header = request.headers.first(HTTPHeaders.Name.authorization) {
            guard let token = Self.bearer(header) else {
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
                throw .forbidden("this needs one of the roles \(roles.names); the token has \(principal.roles.names)")
            }
            return principal
        }
    }

    /// The token of a `Bearer` field (RFC 6750 section 2.1); the scheme's case does not matter.
    private static func bearer(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard value.count > scheme.count, value.prefix(scheme.count).equalsIgnoringCase(scheme) else { return nil }
        return value.dropFirst(scheme.count)
    }

    private static let scheme = Array("bearer ".utf8)

    // MARK: - Request ids

    private static let signs = Array("0123456789abcdefghijklmnopqrstuv".utf8)
    /// A client's own id longer than this is replaced.
    private static let maximumIDLength = 64

    /// The client's own id if it is sane, else a new one of 15 signs.
    package func requestID(for headers: HTTPHeaders) -> String {
        if let own = headers.first(HTTPHeaders.Name.requestID), (1...Self.maximumIDLength).contains(own.count),
            own.allSatisfy(Self.mayBeInID)
        {
            return String(decoding: own, as: UTF8.self)
        }
        // 15 bytes: a String holds them without an allocation.
        var number = counter.add(1, ordering: .relaxed).newValue
        var id = prefix
        for _ in 0..<11 {
            id.append(Self.signs[Int(number & 31)])
            number >>= 5
        }
        id[4...].reverse()
        return String(decoding: id, as: UTF8.self)
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

extension Problem {
    /// 413: over the limit of a route's body.
    static func tooLarge(_ limit: Int) -> Problem {
        Problem(413, "the body is larger than \(limit) bytes, which is the limit here")
    }
}
