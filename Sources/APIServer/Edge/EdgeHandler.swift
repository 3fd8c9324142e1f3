internal import Reconciler

/// What stands between a listening socket and the routes: fields that every answer has, pages of other origins, and the way from plain
/// HTTP to HTTPS.
struct EdgeHandler: HTTPHandler {
    /// The routes.
    let inner: APIHandler
    /// What holds now.
    let rules: Published<ServingRules>
    /// Whether its requests come by TLS.
    let isSecure: Bool
    /// The port of HTTPS; nil without TLS.
    let securePort: Int?

    func bodyLimit(for request: HTTPRequest) -> Int { inner.bodyLimit(for: request) }

    func admit(largeBodyOf request: HTTPRequest) throws(Problem) -> BodySender {
        // Who is led to HTTPS needs no token for that.
        if !isSecure, rules.current.plain == .redirect, securePort != nil { return .stranger }
        return try inner.admit(largeBodyOf: request)
    }

    func requestID(for headers: borrowing HTTPHeaders) -> String { inner.requestID(for: headers) }

    func refuse(_ problem: Problem, _ request: HTTPRequest) -> HTTPResponse {
        dressed(inner.refuse(problem, request), request, rules.current)
    }

    func begin(_ request: HTTPRequest) -> HTTPAnswer {
        let rules = rules.current
        do throws(Problem) {
            if let early = try redirect(request, rules) { return .now(early) }
            if let early = try preflight(request, rules) { return .now(early) }
        } catch {
            return .now(refuse(error, request))
        }
        switch inner.begin(request) {
        case .now(let response): return .now(dressed(response, request, rules))
        case .later(let work): return .later { dressed(await work(), request, rules) }
        }
    }

    // MARK: - To HTTPS

    /// Whoever looks after the process need not speak TLS.
    private static let plainPaths = ["/healthz", "/readyz"].map { Array($0.utf8) }

    private func redirect(_ request: HTTPRequest, _ rules: ServingRules) throws(Problem) -> HTTPResponse? {
        guard !isSecure, case .redirect = rules.plain, let securePort else { return nil }
        if Self.plainPaths.contains(where: { request.target[request.path].elementsEqual($0) }) { return nil }
        guard let host = request.headers.first(.host).flatMap(HostField.destination) else {
            throw .badRequest("plain HTTP leads to HTTPS here, and the Host field names no host to go to")
        }
        // Anything else would go on with the host's name, or make it a user's.
        guard request.target[request.path].first ?? UInt8(ascii: "/") == UInt8(ascii: "/") else {
            throw .badRequest("plain HTTP leads to HTTPS here, and the target does not begin with '/'")
        }
        let port = securePort == 443 ? "" : ":\(securePort)"
        let target = String(decoding: request.target[request.path.lowerBound...], as: UTF8.self)
        // RFC 9110 section 15.4.9: the method stays.
        let response = HTTPResponse.empty(
            308, headers: [("Location", "https://\(host)\(port)\(target)")], marks: .noStore)
        return noted(response, request, rules)
    }

    /// An answer that no route gave, counted as one.
    private func noted(_ response: consuming HTTPResponse, _ request: HTTPRequest, _ rules: ServingRules)
        -> HTTPResponse
    {
        response.requestID = request.id
        inner.note(request, response)
        return dressed(response, request, rules)
    }

    // MARK: - Other origins

    /// The answer to a browser that asks whether its page may send a request; no route sees it.
    private func preflight(_ request: HTTPRequest, _ rules: ServingRules) throws(Problem) -> HTTPResponse? {
        guard request.method == .options, !rules.cors.isOff,
            let origin = request.headers.first(.origin),
            request.headers.first(.requestMethod) != nil
        else { return nil }
        guard rules.cors.allows(origin) else {
            throw .forbidden(
                "pages of this origin may not call this API; add it to spec.api.cors.origins of the Manager")
        }
        guard let methods = inner.methods(of: request) else {
            throw .notFound("there is nothing at '\(request.pathText)'")
        }
        return noted(.empty(204, headers: rules.cors.preflightFields(methods: methods)), request, rules)
    }

    // MARK: - Fields

    /// A page of ours is nobody's frame and loads nothing but its own.
    private static let page: [(name: String, value: String)] = [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"),
    ]

    private func dressed(
        _ response: consuming HTTPResponse, _ request: HTTPRequest, _ rules: ServingRules
    ) -> HTTPResponse {
        response.marks.insert(.noSniffing)
        if isSecure, let hsts = rules.hsts { response.headers.append(("Strict-Transport-Security", hsts)) }
        if !rules.cors.isOff {
            response.headers += rules.cors.fields(for: request.headers.first(.origin))
        }
        if let type = response.contentType, type != MediaType.json, type.hasPrefix("text/html") {
            // A page that knows better what it needs says so itself.
            for field in Self.page where response.header(field.name) == nil { response.headers.append(field) }
        }
        return response
    }
}
