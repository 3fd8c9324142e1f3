internal import Reconciler

/// Where to publish and to subscribe, and what is live, in the product's words: lists of nodes, within one node group
/// (reference/stream-manager-2.md section 2.5). Its clients send no token: `api.streams.auth` says whether one is needed.
struct ProductStreamRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    private static let path = "/as/v1/streams/stream/{group}"

    /// Their lines of the route table.
    var routes: [Route] {
        let live = services.live
        let routers = Route.Access.rolesUnless({ live.snapshot.spec.manager.api.areStreamsOpen }, .routers)
        let readers = Route.Access.rolesUnless(
            { live.snapshot.spec.manager.api.areStreamsOpen }, [.admin, .operator, .viewer, .app])
        return [
            Route(
                .get, Self.path, readers, "Lists the live streams of a node group",
                .later { call async throws(Problem) in try list(call) }),
            Route(
                .get, Self.path + "/stream/{streamGuid...}", readers, "Shows the nodes that carry a live stream",
                .later { call async throws(Problem) in try show(call) }),
            Route(
                .get, Self.path + "/publish/{streamGuid...}", routers, "Gives the nodes to publish to, the best first",
                .now { call throws(Problem) in try route(.publish, call) }),
            Route(
                .get, Self.path + "/subscribe/{streamGuid...}", routers,
                "Gives the nodes to subscribe at, the best first",
                .now { call throws(Problem) in try route(.subscribe, call) }),
        ]
    }

    private func route(_ action: StreamAction, _ call: borrowing RouteCall) throws(Problem) -> HTTPResponse {
        let group = try ProductGroupName.group(try call.capture(0, "name of the node group"), services)
        let guid = try call.capture(1, "name of the stream")
        let query = try ProductRouting.query(action, guid, in: group, call.request, services)
        let nodes = try ProductRouting.nodes(for: query, call, services)
        let view = services.live.view
        return .json(
            JSONWriter.list(nodes) { json, candidate in
                let entry = view.nodes[candidate.node]
                ProductStreamAnswer(
                    stream: query.stream, address: candidate.address, role: entry?.pool.role ?? "",
                    region: candidate.region, state: entry?.state ?? .inService,
                    subscribers: services.live.streams.entry(query.stream)?.carriers[candidate.node] ?? 0,
                    duration: nil
                ).write(into: &json)
            })
    }

    // MARK: - What is live

    /// `stats` is taken: the numbers are always there.
    private func list(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let group = try ProductGroupName.group(try call.capture(0, "name of the node group"), services)
        let fields = call.request.fields
        _ = try fields.flag("stats")
        let isWhole = try fields.flag("aggregate", absent: true)
        let view = services.live.view
        var window = PageWindow<StreamKey, StreamDirectory.Entry>(limit: Self.streamLimit, after: nil)
        services.live.streams.offer(&window) { _, entry in
            entry.live.flatMap { view.nodes[$0.node]?.pool.group } == group.name
        }
        let (members, _) = window.page()
        return .json(
            JSONWriter.list(
                members.flatMap { answers($0.key, $0.value, view, isWhole: isWhole, now: call.now) }
            ) { json, answer in answer.write(into: &json) })
    }

    /// The product knows no pages; nobody has so many streams in one group.
    private static let streamLimit = 1_000_000

    private func show(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let group = try ProductGroupName.group(try call.capture(0, "name of the node group"), services)
        let guid = try call.capture(1, "name of the stream")
        let isWhole = try call.request.fields.flag("aggregate", absent: true)
        let view = services.live.view
        for key in StreamKey.all(of: guid) {
            guard let entry = services.live.streams.entry(key), let live = entry.live,
                view.nodes[live.node]?.pool.group == group.name
            else { continue }
            let found = answers(key, entry, view, isWhole: isWhole, now: call.now)
            return .json(JSONWriter.list(found) { json, answer in answer.write(into: &json) })
        }
        throw .notFound("the stream '\(guid)' is not live in '\(group.productName)'")
    }

    /// The node that a stream is published to, with all viewers; or each node in service that carries it, with its own.
    private func answers(
        _ key: StreamKey, _ entry: StreamDirectory.Entry, _ view: RoutingView, isWhole: Bool, now: Timestamp
    ) -> [ProductStreamAnswer] {
        guard let live = entry.live else { return [] }
        func answer(_ id: NodeID, _ subscribers: Int) -> ProductStreamAnswer? {
            guard let node = view.nodes[id], node.state == .inService, let address = node.address else { return nil }
            return ProductStreamAnswer(
                stream: key, address: address, role: node.pool.role, region: node.pool.region, state: node.state,
                subscribers: subscribers, duration: now - live.since)
        }
        if isWhole { return [answer(live.node, entry.carriers.values.reduce(0, +))].compactMap { $0 } }
        var viewers = entry.carriers
        viewers[live.node] = viewers[live.node] ?? 0
        let others = viewers.keys.filter { $0 != live.node }.sorted()
        return ([live.node] + others).compactMap { answer($0, viewers[$0] ?? 0) }
    }
}

/// A stream on a node, as the product has it.
struct ProductStreamAnswer {
    /// Its scope and name are its guid.
    let stream: StreamKey
    /// Of the node.
    let address: String
    /// Of the node.
    let role: String
    /// Of the node.
    let region: String
    /// Of the node.
    let state: NodeState
    /// Viewers.
    let subscribers: Int
    /// Since it is live; nil: it is not known to be.
    let duration: Duration?

    /// Writes one object.
    func write(into json: inout JSONWriter) {
        json.beginObject()
        json.field("streamGuid", stream.description)
        json.field("serverAddress", address)
        json.field("nodeRole", role)
        json.field("subGroup", region)
        json.field("nodeState", state.wireName)
        json.field("subscribers", subscribers)
        if let duration { json.field("durationMs", max(0, duration.wholeMilliseconds)) }
        json.endObject()
    }
}
