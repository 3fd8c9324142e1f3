internal import Reconciler

/// WHIP and WHEP for clients that cannot reach a media node by themselves: its nodes have no certificates (reference/stream-manager-2.md
/// sections 2.7 and 6.2). Requests go to nodes of the present view and nowhere else, without credentials of ours.
struct ProxyRoutes: Sendable {
    /// What they work with.
    let services: APIServices
    private let sessions: ProxySessions

    /// An SDP with a hundred candidates has some 20 KB.
    private static let bodyLimit = 64 << 10
    /// The product's own (R5AS_PROXY_HTTP_REQUEST_TIMEOUT_S).
    private static let timeout: Duration = .seconds(60)
    /// For what chooses a node: it is chosen without its ICE servers too.
    private static let optionsTimeout: Duration = .seconds(5)
    /// For the end of a session that nobody will know of: the client waits for its 502 meanwhile.
    private static let endTimeout: Duration = .seconds(5)
    /// No answer to an offer is longer; a node that sends more does not speak WHIP.
    private static let answerLimit = 256 << 10

    /// Routes that share the signing of sessions.
    init(services: APIServices) {
        self.services = services
        sessions = ProxySessions(services.store)
    }

    /// Their lines of the route table.
    var routes: [Route] {
        let live = services.live
        let access = Route.Access.rolesUnless({ live.snapshot.spec.manager.api.areStreamsOpen }, .routers)
        var routes: [Route] = []
        for kind in ProxyTarget.Kind.allCases {
            let (path, name) = ("/as/v1/proxy/\(kind.rawValue)/{streamGuid...}", kind.rawValue.uppercased())
            routes += [
                Route(
                    .options, path, access, "Chooses the node of a \(name) client, and passes on its ICE servers",
                    bodyLimit: 0,
                    .later { call async throws(Problem) in try await options(kind, call) }),
                Route(
                    .post, path, access, "Passes a \(name) offer on to a node, and its answer back",
                    bodyLimit: Self.bodyLimit,
                    .later { call async throws(Problem) in try await post(kind, call) }),
            ]
        }
        for method in [HTTPMethod.patch, .delete] {
            routes.append(
                Route(
                    method, "/as/v1/proxy/session/{session}", access,
                    method == .patch ? "Passes candidates or an answer on to a session" : "Ends a session",
                    bodyLimit: Self.bodyLimit,
                    .later { call async throws(Problem) in try await inSession(method, call) }))
        }
        return routes
    }

    // MARK: - Methods

    private func options(_ kind: ProxyTarget.Kind, _ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let (target, stream) = try choose(kind, call)
        let answer: GatewayAnswer
        do throws(Problem) {
            answer = try await ask(.options, target, try url(target, kind, stream, call), call, body: [])
        } catch {
            // The node is chosen all the same: its ICE servers are all that is missing.
            if error.status == 504 || error.status == 503 { throw error }
            return .empty(204, headers: Self.head(target, [:], nil, in: services.live))
        }
        // A node that knows no OPTIONS has no ICE servers to name.
        let links = (200...299).contains(answer.status) ? answer.headers.filter { $0.key == "link" } : [:]
        return .empty(204, headers: Self.head(target, links, nil, in: services.live))
    }

    private func post(_ kind: ProxyTarget.Kind, _ call: RouteCall) async throws(Problem) -> HTTPResponse {
        guard !call.request.body.isEmpty else { throw .badRequest("the body is an SDP offer, and it is empty") }
        let (target, stream) = try choose(kind, call)
        // Now, not after the answer: by then another machine may have the node's id.
        guard let machine = ProxyTarget.machine(of: target.node, in: services.live) else {
            throw .unavailable("the node '\(target.node)' is coming or going", retryAfter: .seconds(5))
        }
        let endpoint = try url(target, kind, stream, call)
        let answer: GatewayAnswer
        do throws(Refusal) {
            answer = try await exchange(.post, target, endpoint, call, body: call.request.body)
        } catch {
            if let head = error.head { await end(head, target, endpoint) }
            throw error.problem
        }
        // An error may name any place, and makes no session.
        guard (200...299).contains(answer.status), let own = answer.headers["location"] else {
            return Self.response(answer, target, nil, in: services.live)
        }
        guard let path = target.ownPath(own, from: endpoint) else {
            throw Problem(502, "the node '\(target.node)' names a session that is not on it")
        }
        let word: String
        do throws(Problem) {
            guard path.utf8.count <= ProxyTarget.pathLimit else {
                throw Problem(
                    502, "the node '\(target.node)' names a session with more than \(ProxyTarget.pathLimit) bytes")
            }
            word = try await sessions.word(
                for: .init(kind: kind, node: target.node, machine: machine, path: path), of: call.principal?.subject)
        } catch {
            await end(answer, target, endpoint)
            throw error
        }
        return Self.response(answer, target, "/as/v1/proxy/session/\(word)", in: services.live)
    }

    /// Ends a session that a node made and that its client will never hear of, since the node's answer is refused. Where that fails too
    /// there is nothing more to do: the node ends what no media arrives for.
    private func end(_ answer: GatewayAnswer, _ target: ProxyTarget, _ endpoint: String) async {
        guard let gateway = services.gateway, (200...299).contains(answer.status),
            let location = answer.headers["location"], let path = target.ownPath(location, from: endpoint)
        else { return }
        let request = GatewayRequest(
            .delete, target.authority + path, headers: [:], body: [], bodyLimit: nil, timeout: Self.endTimeout)
        // Also when the client is gone, with which this task ends.
        await Task(name: "end of a session") { _ = try? await gateway.send(request) }.value
    }

    private func inSession(_ method: HTTPMethod, _ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let live = services.live
        // Whoever runs the cluster ends what has to be ended; what else is said in a session is for its own client alone.
        let mayEndAny = call.principal.map { !$0.roles.isDisjoint(with: .operators) } ?? false
        let session = try await sessions.session(
            try call.capture(0, "session"), of: call.principal?.subject,
            // Where no token is needed, one that has run out must end no session.
            isAnyones: live.snapshot.spec.manager.api.areStreamsOpen || method == .delete && mayEndAny,
            machine: { node in ProxyTarget.machine(of: node, in: live) })
        guard let entry = services.live.view.nodes[session.node],
            let target = ProxyTarget(session.node, entry, session.kind)
        else {
            throw .notFound("the node of this session, '\(session.node)', is gone")
        }
        let answer = try await ask(
            method, target, target.authority + session.path, call, body: call.request.body)
        return Self.response(answer, target, nil, in: services.live)
    }

    // MARK: - Where to

    /// The node that the client names, or that routing picks.
    private func choose(
        _ kind: ProxyTarget.Kind, _ call: RouteCall
    ) throws(Problem) -> (target: ProxyTarget, stream: StreamKey) {
        let fields = call.request.fields
        // Of two hosts, one reader takes the first and the next one the last.
        try fields.refuseRepeated()
        let guid = try call.capture(0, "name of the stream")
        let name = try fields.text("nodeGroup")
        let host = try fields.text("host")
        guard let group = try name.map({ name throws(Problem) in try ProductGroupName.group(name, services) }) else {
            guard let host else {
                throw .badRequest("the parameter 'nodeGroup' is missing: which node group is to serve the client")
            }
            // A scope of dots would lead elsewhere on the node.
            guard let stream = StreamKey.all(of: guid).first, StreamName.isValidScope(stream.scope),
                StreamName.isValid(stream.name)
            else {
                throw .badRequest("the stream '\(guid.prefix(60))' needs a scope and a name, such as live/a")
            }
            return (try named(host, kind, stream, in: nil), stream)
        }
        var query = try ProductRouting.query(kind.action, guid, in: group, call.request, services)
        if let named = query.protocol, !ProtocolFamily.protocols(kind.family).contains(named) {
            throw .badRequest(
                "the parameter 'protocol' is '\(named)'; a client of \(kind.rawValue.uppercased()) is served over "
                    + ProtocolFamily.words(kind.family))
        }
        query.protocol = query.protocol ?? kind.family
        if let host { return (try named(host, kind, query.stream, in: group.name), query.stream) }
        guard let chosen = try ProductRouting.nodes(for: query, call, services).first,
            let entry = services.live.view.nodes[chosen.node]
        else { throw .notFound("there is no node for '\(query.stream)'") }
        guard let target = ProxyTarget(chosen.node, entry, kind) else {
            throw Problem(502, "the node '\(chosen.node)' has no endpoint for \(kind.rawValue.uppercased()) any more")
        }
        return (target, query.stream)
    }

    private func named(
        _ host: String, _ kind: ProxyTarget.Kind, _ stream: StreamKey, in group: String?
    ) throws(Problem) -> ProxyTarget {
        guard let target = ProxyTarget.named(host, kind, stream, in: group, services.live) else {
            throw .forbidden(
                "'\(host.prefix(60))' is no node in service that takes such clients; 'host' is the Session-Host of the answer to OPTIONS"
            )
        }
        return target
    }

    /// Parameters that are for the manager, and say nothing to a node.
    private static let ownFields: Set<String> = [
        "host", "nodeGroup", "subgroup", "subGroup", "region", "zone", "strict", "lat", "lon", "protocol", "endpoints",
        "capabilities",
    ]

    private func url(
        _ target: ProxyTarget, _ kind: ProxyTarget.Kind, _ stream: StreamKey, _ call: RouteCall
    ) throws(Problem) -> String {
        let paths = services.live.snapshot.spec.manager.api
        let path = ProxyTarget.path(kind == .whip ? paths.whipPath : paths.whepPath, stream)
        let rest = call.request.target[call.request.query].split(separator: UInt8(ascii: "&")).filter { field in
            !Self.ownFields.contains(String(decoding: field.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self))
        }
        let query = Array(rest.joined(separator: [UInt8(ascii: "&")]))
        guard query.allSatisfy(ProxyTarget.mayBeInTarget) else {
            throw .badRequest("a parameter has signs that must be percent-encoded")
        }
        return target.authority + path + (query.isEmpty ? "" : "?" + String(decoding: query, as: UTF8.self))
    }

    // MARK: - The node

    /// Why an answer is not passed on.
    private struct Refusal: Error {
        /// What the client is told instead.
        var problem: Problem
        /// What came of the answer, if anything did: the node may have done what it was asked for.
        var head: GatewayAnswer?

        init(_ problem: Problem, _ head: GatewayAnswer? = nil) {
            self.problem = problem
            self.head = head
        }
    }

    private func ask(
        _ method: HTTPMethod, _ target: ProxyTarget, _ url: String, _ call: RouteCall, body: [UInt8]
    ) async throws(Problem) -> GatewayAnswer {
        do throws(Refusal) {
            return try await exchange(method, target, url, call, body: body)
        } catch {
            throw error.problem
        }
    }

    private func exchange(
        _ method: HTTPMethod, _ target: ProxyTarget, _ url: String, _ call: RouteCall, body: [UInt8]
    ) async throws(Refusal) -> GatewayAnswer {
        guard let gateway = services.gateway else {
            throw Refusal(Problem(501, "this manager asks no media nodes"))
        }
        var headers: [String: String] = [:]
        for (name, field) in [
            ("Content-Type", HTTPHeaders.Name.contentType), ("Accept", HTTPHeaders.Name.accept),
            ("If-Match", HTTPHeaders.Name.ifMatch),
        ] {
            headers[name] = call.request.headers.first(field).map { String(decoding: $0, as: UTF8.self) }
        }
        let answer: GatewayAnswer
        do throws(GatewayFailure) {
            answer = try await gateway.send(
                GatewayRequest(
                    method, url, headers: headers, body: body,
                    bodyLimit: method == .options ? nil : Self.answerLimit,
                    timeout: method == .options ? Self.optionsTimeout : Self.timeout))
        } catch {
            switch error {
            case .failed(let text):
                throw Refusal(Problem(502, "the node '\(target.node)' does not answer: \(text)"))
            case .busy(let text):
                throw Refusal(
                    .unavailable("the node '\(target.node)' is not asked: \(text)", retryAfter: .seconds(5)))
            case .timedOut(let text):
                throw Refusal(Problem(504, "the node '\(target.node)' does not answer: \(text)"))
            case .brokenOff(let head, isLate: let isLate, let text):
                throw Refusal(
                    Problem(isLate ? 504 : 502, "the node '\(target.node)' does not answer in full: \(text)"), head)
            }
        }
        guard (200...299).contains(answer.status) || (400...599).contains(answer.status) else {
            throw Refusal(
                Problem(
                    502, "the node '\(target.node)' answers with status \(answer.status), which is not followed"),
                answer)
        }
        // A gateway that took more than it was to take.
        guard method == .options || answer.body.count <= Self.answerLimit else {
            throw Refusal(
                Problem(502, "the answer of the node '\(target.node)' is longer than \(Self.answerLimit) bytes"),
                answer)
        }
        return answer
    }

    /// What is passed on of an answer beside its body: all else is the node's and ours.
    private static let passed: [(field: String, name: String)] = [
        ("link", "Link"), ("etag", "ETag"), ("accept-patch", "Accept-Patch"), ("retry-after", "Retry-After"),
    ]

    /// What a node may send: nothing that a browser would run as of our origin.
    private static let contentTypes: Set<String> = [
        "application/sdp", "application/trickle-ice-sdpfrag", "application/json", "application/problem+json",
        "text/plain",
    ]

    private static func head(
        _ target: ProxyTarget, _ answered: [String: String], _ location: String?, in live: LiveState
    ) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        for (field, name) in passed {
            guard let value = answered[field], value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { continue }
            headers.append((name, value))
        }
        if let location { headers.append(("Location", location)) }
        headers.append(("Session-Host", sessionHost(target, in: live)))
        headers.append(("Access-Control-Expose-Headers", "Link, Location, Session-Host, ETag"))
        return headers
    }

    /// The node's address, as clients of the product know it; its id where several nodes share one address.
    private static func sessionHost(_ target: ProxyTarget, in live: LiveState) -> String {
        let sharing = live.view.nodes.values.lazy.filter { $0.address == target.address }.prefix(2)
        return Array(sharing).count > 1 ? target.node.rawValue : target.address
    }

    private static func response(
        _ answer: GatewayAnswer, _ target: ProxyTarget, _ location: String?, in live: LiveState
    ) -> HTTPResponse {
        let type = answer.headers["content-type"]?.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        let known = type.flatMap { contentTypes.contains($0) ? $0 : nil } ?? "application/octet-stream"
        return HTTPResponse(
            status: answer.status, contentType: answer.body.isEmpty ? nil : known,
            headers: head(target, answer.headers, location, in: live), body: answer.body, marks: .noStore)
    }
}
