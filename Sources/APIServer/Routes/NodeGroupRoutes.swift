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
}
