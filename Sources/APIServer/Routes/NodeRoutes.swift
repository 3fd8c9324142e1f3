internal import Reconciler

/// The nodes, and what they say of themselves.
struct NodeRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    /// A heartbeat with 10,000 streams; many times what nodes send.
    private static let heartbeatLimit = 2 << 20

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, "/as/v1/nodes", .roles(.readers), "Lists the nodes",
                .later { call async throws(Problem) in try list(call) }
            )
            .in(.nodes).query(Self.listParameters)
            .answers(
                .list(of: APISchemas.reference("Node")), "The nodes, in the order of their ids.",
                headers: [PageRequest.link]),
            Route(
                .get, "/as/v1/nodes/{id}", .roles(.readers), "Shows one node",
                .later { call async throws(Problem) in try show(call) }
            )
            .in(.nodes).query().answers(APISchemas.reference("Node"), "The node.").fails(404, "There is no such node."),
            Route(
                .get, "/as/v1/nodes/{id}/explain", .roles(.readers),
                "Why one node is as it is, what it waits for, and its history",
                .later { call async throws(Problem) in try await explain(call) }
            )
            .in(.nodes).query().answers(APISchemas.reference("NodeReport"), "The node, with its reasons.")
            .fails(404, "There is no such node; the last of it is told where it is known."),
            Route(
                .post, "/as/v1/nodes/{id}/heartbeat", .roles(.node), "Takes in what a node says of itself",
                bodyLimit: Self.heartbeatLimit,
                .now { call throws(Problem) in try heartbeat(call) }
            )
            .in(.nodes).query(bearingUnknown: [])
            .body(
                APISchemas.reference("Heartbeat"),
                example: ["sequence": 12, "metrics": ["connections.publisher": 3, "cpu.system.load": 0.4]]
            )
            .answers(APISchemas.reference("HeartbeatAnswer"), "What the node should do.")
            .fails(404, "There is no such node any more."),
        ]
    }

    private static let listParameters: [RouteDocument.Parameter] =
        [
            .text("nodeGroup", "Of this group only."), .text("region", "In this region only."),
            .text("role", "Of this role only."),
            .word(
                "state", NodeState.allCases.map(\.rawValue),
                "In this state only; `terminated` shows those that are gone."),
        ] + PageRequest.parameters

    private func list(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let fields = call.request.fields
        let page = try PageRequest(fields)
        let group = try fields.text("nodeGroup")
        let region = try fields.text("region")
        let role = try fields.text("role")
        let state = try fields.text("state")
        if let state, NodeState(rawValue: state) == nil {
            let known = NodeState.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badRequest("the parameter 'state' is '\(state)', not one of \(known)")
        }
        let snapshot = services.live.snapshot
        var window = PageWindow<NodeID, Node>(limit: page.limit, after: page.after.map { NodeID($0) })
        for node in snapshot.fleet.nodes.values
        where (group == nil || node.pool.group == group) && (region == nil || node.pool.region == region)
            && (role == nil || node.pool.role == role)
            // A tombstone is a node that is no more: shown to those who ask for it.
            && (state.map { node.state.rawValue == $0 } ?? (node.state != .terminated)) && window.isAfterMark(node.id)
            && window.admits(node.id)
        {
            window.add(node.id, node)
        }
        let (members, hasMore) = window.page()
        let telemetry = services.live.telemetry.snapshot()
        let answers = snapshot.answers(members.map(\.value)) { telemetry[$0] }
        return page.answer(
            JSONWriter.list(answers) { json, answer in answer.write(into: &json) }, at: "/as/v1/nodes",
            filters: [("nodeGroup", group), ("region", region), ("role", role), ("state", state)],
            last: hasMore ? members.last?.key.rawValue : nil)
    }

    private func show(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let id = NodeID(try call.capture(0, "node id"))
        let snapshot = services.live.snapshot
        guard let node = snapshot.fleet.nodes[id] else { throw .notFound(snapshot.fleet.noSuchNode(id)) }
        var json = JSONWriter()
        for answer in snapshot.answers([node], services.live.telemetry.latest) { answer.write(into: &json) }
        return .json(json.bytes)
    }

    private func explain(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let id = NodeID(try call.capture(0, "node id"))
        let events: [Event]
        do throws(StoreFailure) {
            events = try await services.store.events(after: 0, about: id.rawValue, limit: NodeReport.historyLimit)
        } catch {
            throw .unavailable("the events cannot be read: \(error.message)", retryAfter: .seconds(5))
        }
        // After the events, which may tell of a round that came meanwhile.
        let snapshot = services.live.snapshot
        guard let node = snapshot.fleet.nodes[id] else {
            guard let last = events.last else { throw .notFound(snapshot.fleet.noSuchNode(id)) }
            throw .notFound(
                "there is no node '\(id)' any more; the last of it was \(last.reason) at \(last.at): \(last.message)")
        }
        let outlook = NodeOutlook(
            of: [node], spec: snapshot.spec, fleet: snapshot.fleet, plan: snapshot.plan, now: snapshot.at)
        return try .encoded(NodeReport(node, outlook, events: events), "the report")
    }

    // MARK: - Heartbeats

    private func heartbeat(_ call: borrowing RouteCall) throws(Problem) -> HTTPResponse {
        let node = try call.ownNode()
        let heartbeat: Heartbeat
        do {
            heartbeat = try HeartbeatReader.read(call.request.body)
        } catch {
            throw .badRequest("the body is no heartbeat: \(error.message)")
        }
        guard let answer = services.live.heartbeat(heartbeat, from: node, at: call.now) else {
            throw .notFound("there is no node '\(node)'")
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("directive", answer.directive.rawValue)
        json.field("intervalMs", answer.intervalMs)
        json.field("parents", answer.parents)
        json.field("routes", each: answer.routes) { json, route in
            json.beginObject()
            json.field("scope", route.scope)
            json.field("name", route.name)
            let url =
                route.parent.map { services.pullURL(route.url, of: route.stream, from: $0, by: node, now: call.now) }
            json.field("url", url ?? route.url)
            json.endObject()
        }
        if let tickets = answer.tickets {
            json.key("tickets")
            json.beginObject()
            json.field("publish", tickets.publish.rawValue)
            json.field("subscribe", tickets.subscribe.rawValue)
            json.endObject()
        }
        json.endObject()
        return .json(json.bytes)
    }
}

extension RouteCall {
    /// The node in the path, which must be the one that the token was made for.
    func ownNode() throws(Problem) -> NodeID {
        let id = try capture(0, "node id")
        guard let principal, principal.subject == id else {
            throw .forbidden("the token was made for another node than '\(id)'")
        }
        return NodeID(id)
    }
}
