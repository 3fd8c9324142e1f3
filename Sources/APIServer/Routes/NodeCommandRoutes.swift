internal import Reconciler

/// What a person may tell one node. Each is answered by the node as the round that did it left it.
struct NodeCommandRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .post, "/as/v1/nodes/{id}/cordon", .roles(.operators), "No new assignments to a node",
                .later { call async throws(Problem) in try await cordon(call, true) }
            )
            .in(.nodes).query().answers(APISchemas.reference("Cordon"), "It gets none.").fails(
                404, "There is no such node."),
            Route(
                .post, "/as/v1/nodes/{id}/uncordon", .roles(.operators),
                "New assignments to a node again: takes back a drain that a person asked for, and ends a quarantine",
                .later { call async throws(Problem) in try await cordon(call, false) }
            )
            .in(.nodes).query().answers(APISchemas.reference("Cordon"), "It gets some.").fails(
                404, "There is no such node."
            )
            .fails(409, "Its clients were told to go already."),
            Route(
                .post, "/as/v1/nodes/{id}/drain", .roles(.operators),
                "Asks a node to go when its clients have left, as soon as enough others serve; with 'force' at once",
                bodyLimit: CommandBody.limit,
                .later { call async throws(Problem) in
                    try await tell(call, try Self.force(call)) { (node, force, user) throws(CommandFailure) in
                        try await services.commands.drain(node, force: force, by: user)
                    }
                }
            )
            .in(.nodes).query().body(Self.forceOrder, required: false, example: ["force": false])
            .answers(APISchemas.nodeAfterCommand, "The node, as the command left it.")
            .fails(404, "There is no such node.").fails(409, "It is not in service, or it is protected."),
            Route(
                .post, "/as/v1/nodes/{id}/terminate", .roles(.operators),
                "Destroys a node that serves nobody; with 'force' any node at once",
                bodyLimit: CommandBody.limit,
                .later { call async throws(Problem) in
                    try await tell(call, try Self.force(call)) { (node, force, user) throws(CommandFailure) in
                        try await services.commands.terminate(node, force: force, by: user)
                    }
                }
            )
            .in(.nodes).query().body(Self.forceOrder, required: false, example: ["force": false])
            .answers(APISchemas.nodeAfterCommand, "The node, as the command left it.")
            .fails(404, "There is no such node.").fails(
                409, "Clients would be cut off, or fewer than `min` would be left; `force` does it all the same."),
            Route(
                .post, "/as/v1/nodes/{id}/protect", .roles(.operators),
                "Keeps a node from being scaled in, replaced or evicted, for a time", bodyLimit: CommandBody.limit,
                .later { call async throws(Problem) in
                    try await tell(call, try Self.duration(call)) { (node, duration, user) throws(CommandFailure) in
                        try await services.commands.protect(node, for: duration, by: user)
                    }
                }
            )
            .in(.nodes).query().body(Self.protection, required: true, example: ["for": "2h"])
            .answers(APISchemas.nodeAfterCommand, "The node, as the command left it.")
            .fails(404, "There is no such node.").fails(409, "It is too long, or too late."),
            Route(
                .post, "/as/v1/nodes/{id}/unprotect", .roles(.operators), "Takes back the protection of a node",
                bodyLimit: CommandBody.limit,
                .later { call async throws(Problem) in
                    try CommandBody.requireNothing(in: call.request.body)
                    return try await tell(call, ()) { (node, _, user) throws(CommandFailure) in
                        try await services.commands.protect(node, for: nil, by: user)
                    }
                }
            )
            .in(.nodes).query().answers(APISchemas.nodeAfterCommand, "The node, as the command left it.")
            .fails(404, "There is no such node.").fails(409, "It is not protected."),
        ]
    }

    private static let forceOrder = SchemaValue.record(
        [.flag("force", "Whatever protects it, and whoever is on it.").optional], isClosed: true)
    private static let protection: SchemaValue = [
        "oneOf": [
            .record([.duration("for", "How long: `2h`.")], isClosed: true),
            .record([.milliseconds("forMs", "The same in milliseconds.")], isClosed: true),
        ]
    ]

    private func cordon(_ call: RouteCall, _ cordoned: Bool) async throws(Problem) -> HTTPResponse {
        let node = try call.capture(0, "node id")
        do throws(CommandFailure) {
            try await services.commands.cordon(NodeID(node), cordoned, by: call.caller)
        } catch {
            throw Problem(error)
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("id", node)
        json.field("cordoned", cordoned)
        json.endObject()
        return .json(json.bytes)
    }

    /// Gives a command with what its body says; the node as it is then.
    private func tell<Order>(
        _ call: RouteCall, _ order: Order,
        _ command: (NodeID, Order, String) async throws(CommandFailure) -> Void
    ) async throws(Problem) -> HTTPResponse {
        let id = NodeID(try call.capture(0, "node id"))
        do throws(CommandFailure) {
            try await command(id, order, call.caller)
        } catch {
            throw Problem(error)
        }
        let snapshot = services.live.snapshot
        var json = JSONWriter()
        // A round that came meanwhile may have struck it from the fleet.
        guard let node = snapshot.fleet.nodes[id] else {
            json.beginObject()
            json.field("id", id.rawValue)
            json.field("state", NodeState.terminated.rawValue)
            json.endObject()
            return .json(json.bytes)
        }
        for answer in snapshot.answers([node], services.live.telemetry.latest) { answer.write(into: &json) }
        return .json(json.bytes)
    }

    /// `{"force": true}`, `{}` or nothing.
    private static func force(_ call: RouteCall) throws(Problem) -> Bool {
        var force = false
        try CommandBody.read(call.request.body, fields: ["force"]) { (reader, _) throws(JSONFault) in
            force = try reader.bool()
        }
        return force
    }

    /// `{"for": "2h"}` or `{"forMs": 7200000}`.
    private static func duration(_ call: RouteCall) throws(Problem) -> Duration {
        var durations: [Duration] = []
        try CommandBody.read(call.request.body, fields: ["for", "forMs"]) { (reader, name) throws(JSONFault) in
            let duration = name == "for" ? try reader.durationText(name) : try reader.durationMilliseconds(name)
            durations += duration.map { [$0] } ?? []
        }
        guard let duration = durations.first, durations.count == 1, duration > .zero else {
            throw .badRequest(
                durations.count > 1
                    ? "the body has both 'for' and 'forMs'"
                    : "the body needs 'forMs' or 'for', how long the node is protected: \"2h\"")
        }
        return duration
    }
}
