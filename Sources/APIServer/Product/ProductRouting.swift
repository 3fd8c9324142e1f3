internal import Reconciler

/// The product's routing questions as ours, and what becomes of them.
enum ProductRouting {
    /// The question in a request about a stream, with its parameters, provisions and place.
    static func query(
        _ action: StreamAction, _ guid: String, in group: NodeGroupSpec, _ request: borrowing HTTPRequest,
        _ services: APIServices
    ) throws(Problem) -> RouteQuery {
        var query = RouteQuery(stream: try stream(guid, action, in: group, services), action: action)
        query.group = group.name
        let fields = request.fields
        try fields.refuseRepeated()
        if !fields.isEmpty { try ClientPreference.read(fields, into: &query, bearsStrictAlone: true) }
        query.regions = ProductGroupName.places(query.regions, of: group)
        services.locate(request, for: &query, in: services.live.view)
        if !services.live.provisions.isEmpty {
            let own = [try fields.text("capabilities"), try fields.text("transcode")]
            services.live.honourProvisions(in: &query, hasOwnCapabilities: own.contains { $0 != nil })
        }
        return query
    }

    /// The nodes, the best first: with a transcoder its origin after it. The client is counted on the first.
    static func nodes(
        for query: RouteQuery, _ call: borrowing RouteCall, _ services: APIServices
    ) throws(Problem) -> [Candidate] {
        var random = SeededRandom(seed: call.seed)
        switch services.live.route(query, at: call.now, using: &random) {
        case .node(let candidate): return [candidate]
        case .nodes(let candidates): return candidates
        case .transcoder(let candidate, let origin): return [candidate, origin]
        case .notFound(let why), .impossible(let why): throw .notFound(why)
        case .conflict(let why): throw Problem(409, why)
        case .unavailable(let why, let retryAfter): throw .unavailable(why, retryAfter: retryAfter)
        }
    }

    /// The stream of a guid, `live/a` or `live/eu/a`: the one that is live there, else with the first word as the scope.
    private static func stream(
        _ guid: String, _ action: StreamAction, in group: NodeGroupSpec, _ services: APIServices
    ) throws(Problem) -> StreamKey {
        let readings = StreamKey.all(of: guid)
        guard let first = readings.first else {
            throw .badRequest(
                "the stream '\(guid.prefix(60))' needs a scope and a name with a slash between, such as live/a")
        }
        guard StreamName.isValidScope(first.scope) else { throw StreamName.problem("scope", StreamName.scopeLengths) }
        guard StreamName.isValid(first.name) else { throw StreamName.problem("stream name", StreamName.lengths) }
        if readings.count == 1 { return first }
        let served = readings.filter { group.serves(scope: $0.scope) }
        return served.first { services.live.streams.entry($0)?.live != nil } ?? served.first ?? first
    }
}
