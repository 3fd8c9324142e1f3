internal import Reconciler

/// Where to publish, where to subscribe, and what is live (reference/stream-manager-overview.txt).
struct StreamRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    /// Who sees what is live. Nodes and limits of the cluster are for ``RoleSet/readers`` alone.
    private static let listeners: RoleSet = [.admin, .operator, .viewer, .app]

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, "/as/v1/streams", .roles(Self.listeners), "Lists the live streams",
                .later { call async throws(Problem) in try list(call) }
            )
            .in(.streams).query(StreamListing.parameters)
            .answers(
                .list(of: APISchemas.reference("Stream")), "The streams, in the order of scope and name.",
                headers: [PageRequest.link]),
            Route(
                .get, "/as/v1/streams/{scope}/{name...}/publish", .roles(.routers), "Gives the node to publish to",
                .now { call throws(Problem) in try route(.publish, call) }
            )
            .in(.streams).query(
                bearingUnknown: ClientPreference.parameters(.publish) + [ClientPreference.transcode]
                    + ClientPreference.ticketParameters
            )
            .answers(
                APISchemas.reference("Place"), "The node; with `endpoints` a list of nodes.",
                example: APISchemas.endpointExample
            )
            .fails(404, "No node group serves the scope, or no role can do what is asked for.")
            .fails(409, "The stream is published already, and its role rejects another publisher.")
            .fails(503, "No node has room; try again after `Retry-After`."),
            Route(
                .get, "/as/v1/streams/{scope}/{name...}/subscribe", .roles(.routers), "Gives the node to subscribe at",
                .now { call throws(Problem) in try route(.subscribe, call) }
            )
            .in(.streams).query(
                bearingUnknown: ClientPreference.parameters(.subscribe) + ClientPreference.ticketParameters
            )
            .answers(
                APISchemas.reference("Place"), "The node; with `endpoints` a list of nodes.",
                example: APISchemas.endpointExample
            )
            .fails(404, "The stream is not live, or no role can do what is asked for.")
            .fails(503, "No node has room; try again after `Retry-After`."),
            Route(
                .get, "/as/v1/streams/{scope}/{name...}/route", .roles(.readers.union(.node)),
                "Says where a node gets the stream from",
                .now { call throws(Problem) in try source(call) }
            )
            .in(.streams)
            .query(
                .text("node", "The id of the node that asks.", required: true, example: "live-edge-1", lengths: 1...256)
            )
            .answers(APISchemas.reference("Source"), "From where, by which path.")
            .fails(404, "The stream is not live, or there is no such node."),
            Route(
                .get, "/as/v1/streams/{scope}/{name...}/route/explain", .roles(.readers),
                "Says where a publisher or a viewer would be sent, and why; counts nobody",
                .later { call async throws(Problem) in try explain(call) }
            )
            .in(.streams).query(Self.explainParameters)
            .answers(APISchemas.reference("RouteExplanation"), "The answer with its reasons."),
            Route(
                .get, "/as/v1/streams/{scope}/{name...}", .roles(Self.listeners), "Shows one live stream",
                .now { call throws(Problem) in try show(call) }
            )
            .in(.streams).query().answers(APISchemas.reference("Stream"), "The stream.")
            .fails(404, "It is not live."),
        ]
    }

    private static func stream(_ call: borrowing RouteCall) throws(Problem) -> StreamKey {
        if let path = call.path { return path.stream }
        return try StreamName.read(call.request.target, call.captures)
    }

    // MARK: - Publish and subscribe

    private func route(_ action: StreamAction, _ call: borrowing RouteCall) throws(Problem) -> HTTPResponse {
        let stream = try Self.stream(call)
        let fields = call.request.fields
        try fields.refuseRepeated()
        let router = services.live.router
        let query = try query(action, stream, fields, router.view, call)
        let wish = try APIServices.TicketWish(fields)
        var random = SeededRandom(seed: call.seed)
        switch services.live.route(query, by: router, at: call.now, using: &random) {
        case .node(let candidate):
            let json = try answer(candidate, query, wish, router.view, call)
            // Who asks for a number gets a list, whatever the number.
            return .json(try fields.text("endpoints") == nil ? json : Self.list([json]))
        case .nodes(let candidates):
            var answers: [[UInt8]] = []
            for candidate in candidates { answers.append(try answer(candidate, query, wish, router.view, call)) }
            return .json(Self.list(answers))
        case .transcoder(let candidate, let origin):
            var json = try answer(candidate, query, wish, router.view, call)
            json.removeLast()
            json += ",\"origin\":".utf8
            json += try answer(origin, query, wish, router.view, call)
            json.append(UInt8(ascii: "}"))
            return .json(json)
        case .notFound(let why), .impossible(let why): throw .notFound(why)
        case .conflict(let why): throw Problem(409, why)
        case .unavailable(let why, let retryAfter): throw .unavailable(why, retryAfter: retryAfter)
        }
    }

    private func query(
        _ action: StreamAction, _ stream: StreamKey, _ fields: FormFields, _ view: RoutingView,
        _ call: borrowing RouteCall
    ) throws(Problem) -> RouteQuery {
        var query = RouteQuery(stream: stream, action: action)
        if !fields.isEmpty { try ClientPreference.read(fields, into: &query) }
        services.locate(call.request, for: &query, in: view)
        if !services.live.provisions.isEmpty { try honourProvisions(in: &query, fields) }
        return query
    }

    /// What the provision of the stream says counts where the request does not say it itself.
    private func honourProvisions(in query: inout RouteQuery, _ fields: FormFields) throws(Problem) {
        let own = [try fields.text("capabilities"), try fields.text("transcode")]
        services.live.honourProvisions(in: &query, hasOwnCapabilities: own.contains { $0 != nil })
    }

    /// A JSON array of texts that are JSON already.
    private static func list(_ answers: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + answers.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }

    /// One node, with its own ticket if there is to be one.
    private func answer(
        _ candidate: Candidate, _ query: RouteQuery, _ wish: APIServices.TicketWish, _ view: RoutingView,
        _ call: borrowing RouteCall
    ) throws(Problem) -> [UInt8] {
        var json = candidate.answer.json(for: query.stream)
        try services.addTicket(wish, for: query, at: candidate, in: view, call.principal, now: call.now, to: &json)
        return json
    }

    /// Parameters of a question that asks for its reasons.
    private static let explainParameters =
        [.word("action", ["publish", "subscribe"], "What the client wants.", required: true)]
        + ClientPreference.parameters(.publish) + [
            ClientPreference.transcode,
            .integer("seed", 0...Int64(RouteExplanation.seedLimit - 1), "Gives the same answer again."),
        ]

    private func explain(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let fields = call.request.fields
        let word = try fields.required("action")
        guard let action = StreamAction(rawValue: word) else {
            throw .badRequest("the parameter 'action' is '\(word)', neither publish nor subscribe")
        }
        var query = RouteQuery(stream: try Self.stream(call), action: action)
        try ClientPreference.read(fields, into: &query)
        try honourProvisions(in: &query, fields)
        let seeds = Int64(RouteExplanation.seedLimit)
        let seed = try fields.integer("seed", in: 0...(seeds - 1)).map { UInt64($0) }
        let snapshot = services.live.snapshot
        let explanation = RouteExplanation.make(
            query, router: services.live.router, spec: snapshot.spec,
            fleet: snapshot.fleet, judgedAt: snapshot.at, at: call.now,
            seed: seed ?? call.seed % RouteExplanation.seedLimit)
        return try .encoded(explanation, "the explanation")
    }

    // MARK: - What is live

    private func list(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        try StreamListing(call.request.fields).answer(services.live.streams, services.live.view)
    }

    private func show(_ call: borrowing RouteCall) throws(Problem) -> HTTPResponse {
        let key = try Self.stream(call)
        guard let entry = services.live.streams.entry(key), entry.live != nil else {
            throw .notFound("the stream '\(key)' is not live")
        }
        var json = JSONWriter()
        StreamAnswer.write(key, entry, services.live.view, inDetail: true, into: &json)
        return .json(json.bytes)
    }

    private func source(_ call: borrowing RouteCall) throws(Problem) -> HTTPResponse {
        let key = try Self.stream(call)
        let node = NodeID(try call.request.fields.required("node"))
        if let principal = call.principal, principal.roles == .node, principal.subject != node.rawValue {
            throw .forbidden("a node may ask for itself only")
        }
        guard services.live.view.nodes[node] != nil else { throw .notFound("there is no node '\(node)'") }
        // The answer is a promise: who only looks gets what was promised, and takes no place from anybody.
        if let principal = call.principal, principal.roles.isDisjoint(with: [.node, .admin, .operator]),
            services.live.pulls.parent(of: node, for: key) == nil, services.live.streams.entry(key)?.live?.node != node
        {
            throw .notFound("the node '\(node)' has not asked where '\(key)' comes from")
        }
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
            let whole = key.url(under: path.parent.url)
            // Only the node itself gets the ticket to go with it.
            let isItself = call.principal?.roles == .node
            json.field(
                "url",
                isItself
                    ? services.pullURL(whole, of: key, from: path.parent.node, by: node, now: call.now) : whole)
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
