internal import Reconciler

/// The node groups of the spec, with what there is of them.
struct NodeGroupRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, "/as/v1/nodegroups", .roles(.readers), "Lists the node groups",
                .later { _ async throws(Problem) in
                    let snapshot = services.live.snapshot
                    return .json(
                        JSONWriter.list(snapshot.spec.groups) { json, group in
                            NodeGroupAnswer(group, in: snapshot).write(into: &json)
                        })
                }),
            Route(
                .get, "/as/v1/nodegroups/{name}", .roles(.readers), "Shows one node group with its nodes",
                .later { call async throws(Problem) in try show(call) }),
            Route(
                .post, "/as/v1/nodegroups/{name}/retry", .roles(.operators),
                "Lets a halted rollout of a 'role' go on, and tries at once what waits after failures",
                bodyLimit: CommandBody.limit,
                .later { call async throws(Problem) in try await retry(call) }),
        ]
    }

    private func show(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let snapshot = services.live.snapshot
        let group = try snapshot.group(try call.capture(0, "name of the node group"))
        let answer = NodeGroupAnswer(group, in: snapshot)
        var json = JSONWriter()
        answer.write(with: snapshot.answers(answer.nodes, services.live.telemetry.latest), into: &json)
        return .json(json.bytes)
    }

    private func retry(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let group = try call.capture(0, "name of the node group")
        try call.request.fields.allow(only: [])
        var role: String?
        var region: String?
        try CommandBody.read(call.request.body, fields: ["role", "region"]) { (reader, name) throws(JSONFault) in
            switch name {
            case "role": role = try reader.string()
            default: region = try reader.null() ? nil : try reader.string()
            }
        }
        guard let role else { throw .badRequest("the body needs 'role'") }
        let outcomes: [RetryOutcome]
        do throws(CommandFailure) {
            outcomes = try await services.commands.retry(
                RetryCommand(group: group, role: role, region: region), by: call.caller)
        } catch {
            throw Problem(error)
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("nodeGroup", group)
        json.field("role", role)
        json.field("retried", each: outcomes) { json, outcome in
            json.beginObject()
            json.field("region", outcome.region)
            json.field("forgotten", outcome.forgotten)
            json.endObject()
        }
        json.endObject()
        return .json(json.bytes)
    }
}
