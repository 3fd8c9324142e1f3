internal import Reconciler

/// Where to publish, where to subscribe, and what is live (reference/stream-manager-overview.txt).
struct StreamRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    private static let readers: RoleSet = [.admin, .operator, .viewer, .app]

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, "/as/v1/streams", .roles(Self.readers), "Lists the live streams",
                .later { call async throws(Problem) in try list(call) }),
            Route(
                .get, "/as/v1/streams/{scope}/{name...}/publish", .roles(.routers), "Gives the node to publish to",
                .now { call throws(Problem) in try route(.publish, call) }),
            Route(
                .get, "/as/v1/streams/{scope}/{name...}/subscribe", .roles(.routers), "Gives the node to subscribe at",
                .now { call throws(Problem) in try route(.subscribe, call) }),
            Route(
                .get, "/as/v1/streams/{scope}/{name...}/route", .roles(Self.readers.union(.node)),
                "Says where a node gets the stream from",
                .now { call throws(Problem) in try source(call) }),
            Route(
                .get, "/as/v1/streams/{scope}/{name...}/route/explain", .roles(Self.readers),
                "Says where a publisher or a viewer would be sent, and why; counts nobody",
                .later { call async throws(Problem) in try explain(call) }),
            Route(
                .get, "/as/v1/streams/{scope}/{name...}", .roles(Self.readers), "Shows one live stream",
                .now { call throws(Problem) in try show(call) }),
        ]
    }

    private static func stream(_ call: borrowing RouteCall) throws(Problem) -> StreamKey {
        let scope = try call.capture(0, "scope")
        let name = try call.capture(1, "stream name")
        guard StreamName.isValidScope(scope) else {
            throw .badRequest("the scope must have 1 to 64 bytes and no control characters")
        }
        guard StreamName.isValid(name) else {
            throw .badRequest("the stream name must have 1 to 256 bytes and no control characters")
        }
        return StreamKey(scope: scope, name: name)
    }

    // MARK: - Publish and subscribe

    private func route(_ action: StreamAction, _ call: borrowing RouteCall) throws(Problem) -> HTTPResponse {
        var query = RouteQuery(stream: try Self.stream(call), action: action)
        if !call.request.fields.isEmpty { try ClientPreference.read(call.request.fields, into: &query) }
        services.locate(call.request, for: &query)
        var random = SeededRandom(seed: call.seed)
        switch services.live.route(query, at: call.now, using: &random) {
        case .node(let candidate): return .json(candidate.answer.json(for: query.stream))
        case .notFound(let why): throw .notFound(why)
        case .unavailable(let why, let retryAfter): throw .unavailable(why, retryAfter: retryAfter)
        }
    }

    /// Parameters of a question that asks for its reasons.
    private static let explainFields = [
        "action", "protocol", "region", "zone", "subgroup", "strict", "lat", "lon", "seed",
    ]

    private func explain(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let fields = call.request.fields
        try fields.allow(only: Self.explainFields)
        let word = try fields.required("action")
        guard let action = StreamAction(rawValue: word) else {
            throw .badRequest("the parameter 'action' is '\(word)', neither publish nor subscribe")
        }
        var query = RouteQuery(stream: try Self.stream(call), action: action)
        try ClientPreference.read(fields, into: &query)
        let seeds = Int64(RouteExplanation.seedLimit)
        let seed = try fields.integer("seed", in: 0...(seeds - 1)).map { UInt64($0) }
        let snapshot = services.live.snapshot
        let explanation = RouteExplanation.make(
            query, router: Router(view: services.live.view, streams: services.live.streams), spec: snapshot.spec,
            fleet: snapshot.fleet, judgedAt: snapshot.at, at: call.now,
            seed: seed ?? call.seed % RouteExplanation.seedLimit)
        return try .encoded(explanation, "the explanation")
    }

    // MARK: - What is live

    private func list(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let scope = try call.request.fields.text("scope")
        let view = services.live.view
        let streams = services.live.streams.liveStreams().filter { scope == nil || $0.key.scope == scope }
        return .json(
            JSONWriter.list(streams) { json, stream in
                StreamAnswer.write(stream.key, stream.entry, view, into: &json)
            })
    }

    private func show(_ call: borrowing RouteCall) throws(Problem) -> HTTPResponse {
        let key = try Self.stream(call)
        guard let entry = services.live.streams.entry(key), entry.live != nil else {
            throw .notFound("the stream '\(key)' is not live")
        }
        var json = JSONWriter()
        StreamAnswer.write(key, entry, services.live.view, into: &json)
        return .json(json.bytes)
    }

    private func source(_ call: borrowing RouteCall) throws(Problem) -> HTTPResponse {
        let key = try Self.stream(call)
        let node = NodeID(try call.request.fields.required("node"))
        if let principal = call.principal, principal.roles == .node, principal.subject != node.rawValue {
            throw .forbidden("a node may ask for itself only")
        }
        guard services.live.view.nodes[node] != nil else { throw .notFound("there is no node '\(node)'") }
        var json = JSONWriter()
        json.beginObject()
        json.field("scope", key.scope)
        json.field("name", key.name)
        json.field("nodeId", node.rawValue)
        switch services.live.source(of: key, for: node, at: call.now) {
        case .notLive: throw .notFound("the stream '\(key)' is not live")
        case .noRoom: throw .noRoom(for: key)
        case .here: json.field("isSource", true)
        case .at(let path):
            json.field("isSource", false)
            json.field("sourceNodeId", path.source.rawValue)
            json.field("parentNodeId", path.parent.node.rawValue)
            json.field("url", key.url(under: path.parent.url))
            let view = services.live.view
            json.field("path", each: path.nodes) { json, node in
                json.beginObject()
                json.field("nodeId", node.rawValue)
                json.field("url", view.nodes[node]?.pullURL(over: nil).map(key.url(under:)))
                json.endObject()
            }
        }
        json.endObject()
        return .json(json.bytes)
    }
}
