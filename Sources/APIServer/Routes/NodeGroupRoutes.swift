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
                    let status = ClusterStatus(snapshot, now: snapshot.at)
                    return .json(
                        JSONWriter.list(snapshot.presentGroups) { json, group in
                            NodeGroupAnswer(group, in: snapshot, status).write(into: &json)
                        })
                }
            )
            .in(.nodeGroups).query()
            .answers(
                .list(of: APISchemas.reference("NodeGroup")),
                "The groups, in the order of the spec; then those that left it and still have nodes."),
            Route(
                .post, "/as/v1/nodegroups", .roles(.operators),
                "Makes a node group of a document in YAML or JSON; with 'dryRun=true' only plans it",
                bodyLimit: StoredGroupLimits.documentBytes,
                .later { call async throws(Problem) in try await GroupChange(services, call).create() }
            )
            .in(.nodeGroups).query(GroupChange.dryRun)
            .body(APISchemas.reference("NodeGroupDocument"), GroupChange.contentTypes, example: GroupChange.example)
            .answers(APISchemas.reference("Plan"), "With `dryRun`: what it would change.")
            .answers(
                APISchemas.reference("NodeGroupRecord"), "It is made.", status: 201,
                headers: [GroupChange.tag, ("Location", "Its path.")]
            )
            .fails(409, "The name is taken.")
            .fails(422, "The document does not read with the rest of the spec; `troubles` has every error."),
            Route(
                .put, "/as/v1/nodegroups/{name}", .roles(.operators),
                "Puts a document in the place of that of a node group, or makes it; with 'dryRun=true' only plans it",
                bodyLimit: StoredGroupLimits.documentBytes,
                .later { call async throws(Problem) in try await GroupChange(services, call).replace() }
            )
            .in(.nodeGroups).query(GroupChange.dryRun)
            .body(APISchemas.reference("NodeGroupDocument"), GroupChange.contentTypes, example: GroupChange.example)
            .answers(
                ["anyOf": [APISchemas.reference("NodeGroupRecord"), APISchemas.reference("Plan")]],
                "It is changed; with `dryRun`: what that would change.", headers: [GroupChange.tag]
            )
            .answers(APISchemas.reference("NodeGroupRecord"), "It is made.", status: 201, headers: [GroupChange.tag])
            .fails(409, "It comes from a file.").fails(412, "It is not as `If-Match` says.")
            .fails(422, "The document does not read with the rest of the spec; `troubles` has every error."),
            Route(
                .delete, "/as/v1/nodegroups/{name}", .roles(.operators),
                "Deletes a node group that was made over the API; its nodes drain and go",
                bodyLimit: CommandBody.limit,
                .later { call async throws(Problem) in try await GroupChange(services, call).delete() }
            )
            .in(.nodeGroups).query(GroupChange.dryRun)
            .answers(APISchemas.reference("Plan"), "With `dryRun`: what it would change.")
            .answersEmpty(204, "Its nodes drain and go.")
            .fails(404, "There is none of that name.").fails(409, "It comes from a file.")
            .fails(412, "It is not as `If-Match` says."),
            Route(
                .get, "/as/v1/nodegroups/{name}", .roles(.readers),
                "Shows one node group with its nodes, or with 'format=yaml' its document",
                .later { call async throws(Problem) in try show(call) }
            )
            .in(.nodeGroups).query(.word("format", ["json", "yaml"], "What to show; the document for `yaml`."))
            .answers(APISchemas.reference("NodeGroup"), "The group with its nodes.", headers: [GroupChange.tag])
            .alsoAnswers(
                "application/yaml",
                [
                    "type": "object",
                    "description":
                        "The document as it was written: a `NodeGroupDocument`, or one of a file, whose probes may be by `command`.",
                ]
            )
            .fails(404, "There is none of that name."),
            Route(
                .post, "/as/v1/nodegroups/{name}/retry", .roles(.operators),
                "Lets a halted rollout of a 'role' go on, and tries at once what waits after failures",
                bodyLimit: CommandBody.limit,
                .later { call async throws(Problem) in try await retry(call) }
            )
            .in(.nodeGroups).query().body(APISchemas.reference("RetryOrder"), example: ["role": "edge"])
            .answers(APISchemas.reference("RetryOutcome"), "What was forgotten, by region.")
            .fails(404, "There is no such group or role.").fails(409, "There is nothing to try again."),
        ]
    }

    private func show(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let snapshot = services.live.snapshot
        let name = try call.capture(0, "name of the node group")
        let format = try call.request.fields.text("format") ?? "json"
        if format == "yaml" { return try document(of: name) }
        guard format == "json" else { throw .badRequest("'format' is '\(format)', expected json or yaml") }
        let present = snapshot.presentGroups.first { $0.name == name }
        // One that was just made is in the parts before the loop's next round has it.
        let made = services.groups.parts
        let group =
            if let present { present } else if made.stored.group(name) != nil, let own = made.read().spec?.group(name) {
                own
            } else { try snapshot.group(name) }
        let answer = NodeGroupAnswer(group, in: snapshot, ClusterStatus(snapshot, now: snapshot.at))
        var json = JSONWriter()
        answer.write(with: snapshot.answers(answer.nodes, services.live.telemetry.latest), into: &json)
        var response = HTTPResponse.json(json.bytes)
        // That of what is shown: the document may be a newer one, which the loop's next round has.
        if let tag = group.entityTag ?? made.stored.group(name)?.entityTag
            ?? made.text(of: group).map({ StoredGroup.entityTag(of: $0) })
        {
            response.setEntityTag(tag)
        }
        return response
    }

    private func document(of name: String) throws(Problem) -> HTTPResponse {
        let parts = services.groups.parts
        // A group that was just made is in the parts before the loop's next round has it.
        let group = services.live.snapshot.spec.group(name)
        guard let text = parts.stored.group(name)?.text ?? group.flatMap({ parts.text(of: $0) }) else {
            let names = services.live.snapshot.spec.groups.map(\.name) + parts.stored.groups.map(\.name)
            throw .notFound(Suggestion.noSuch("node group", name, among: names))
        }
        var response = HTTPResponse(
            status: 200, contentType: "application/yaml", body: Array(text.utf8), marks: .noStore)
        response.setEntityTag(parts.stored.group(name)?.entityTag ?? StoredGroup.entityTag(of: text))
        return response
    }

    private func retry(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let group = try call.capture(0, "name of the node group")
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
