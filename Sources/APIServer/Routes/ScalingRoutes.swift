internal import Reconciler

/// Why the counts of a node group are as they are, and how a person sets them.
struct ScalingRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    /// A handful of short fields.
    private static let bodyLimit = 8192

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, "/as/v1/nodegroups/{name}/scaling", .roles(.readers),
                "Why the counts of a node group are as they are; of one 'role' or 'region' if named",
                .later { call async throws(Problem) in try show(call) }
            )
            .in(.nodeGroups).query(.text("role", "Of this role only."), .text("region", "In this region only."))
            .answers(APISchemas.reference("ScalingReport"), "The decisions of the last round.")
            .fails(404, "There is no such group, role or region."),
            Route(
                .post, "/as/v1/nodegroups/{name}/scale", .roles(.operators), "Sets the count of a role by hand",
                bodyLimit: Self.bodyLimit,
                .later { call async throws(Problem) in
                    try await scale(Self.command(inBody: call.request.body, group: Self.group(call)), call)
                }
            )
            .in(.nodeGroups).query()
            .body(APISchemas.reference("ScaleOrder"), example: ["role": "edge", "nodes": 5, "for": "2h"])
            .answers(APISchemas.reference("ScaleOutcome"), "What is in force then.")
            .fails(404, "There is no such group, role or region.").fails(
                409, "The bounds of the role do not allow it."),
            Route(
                .delete, "/as/v1/nodegroups/{name}/scale", .roles(.operators),
                "Gives the count of a 'role' back to its rules, in one 'region' if named",
                .later { call async throws(Problem) in
                    let fields = call.request.fields
                    guard let role = try fields.text("role") else {
                        throw .badRequest("the parameter 'role' is missing")
                    }
                    let command = ScaleCommand(
                        group: try Self.group(call), role: role, region: try fields.text("region"), nodes: nil,
                        duration: nil)
                    return try await scale(command, call)
                }
            )
            .in(.nodeGroups)
            .query(.text("role", "Whose count.", required: true, example: "edge"), .text("region", "Only there."))
            .answers(APISchemas.reference("ScaleOutcome"), "What is in force then.")
            .fails(404, "There is no such group, role or region."),
            Route(
                .post, "/as/v1/nodegroups/{name}/pause", .roles(.operators),
                "Lets the counts of a node group stand still",
                .later { call async throws(Problem) in try await pause(call, true) }
            )
            .in(.nodeGroups).query().answers(APISchemas.reference("Pause"), "Since when, and by whom.")
            .fails(404, "There is no such group.").fails(409, "It is paused already."),
            Route(
                .post, "/as/v1/nodegroups/{name}/resume", .roles(.operators),
                "Lets the counts of a node group follow their rules again",
                .later { call async throws(Problem) in try await pause(call, false) }
            )
            .in(.nodeGroups).query().answers(APISchemas.reference("Pause"), "Without a pause.")
            .fails(404, "There is no such group.").fails(409, "It is not paused."),
        ]
    }

    private static func group(_ call: RouteCall) throws(Problem) -> String {
        try call.capture(0, "name of the node group")
    }

    // MARK: - Why

    private func show(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let snapshot = services.live.snapshot
        let name = try Self.group(call)
        // Of a group that left the spec, what holds its nodes is to be seen.
        let present = snapshot.presentGroups.first { $0.name == name }
        let group = if let present { present } else { try snapshot.group(name) }
        let role = try call.request.fields.text("role")
        let region = try call.request.fields.text("region")
        try Self.check(role, "role", among: group.roles.map(\.name), of: group.name)
        try Self.check(region, "region", among: group.regions.map(\.name), of: group.name)
        let report = ScalingReport(
            group, in: snapshot.spec, role: role, region: region, fleet: snapshot.fleet, plan: snapshot.plan,
            at: snapshot.at)
        return try .encoded(report, "the decisions")
    }

    private static func check(
        _ name: String?, _ noun: String, among known: [String], of group: String
    ) throws(Problem) {
        guard let name, !known.contains(name) else { return }
        throw .notFound(Suggestion.noSuch(noun, name, in: "node group '\(group)'", among: known))
    }

    // MARK: - By hand

    private func pause(_ call: RouteCall, _ paused: Bool) async throws(Problem) -> HTTPResponse {
        let group = try Self.group(call)
        // A field such as a region would promise more than is done.
        try CommandBody.requireNothing(in: call.request.body, ", for it is about the whole node group")
        let pause: ScalingPause?
        do throws(CommandFailure) {
            pause = try await services.commands.pause(group, paused, by: call.caller)
        } catch {
            throw Problem(error)
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("nodeGroup", group)
        json.field("paused", pause)
        json.endObject()
        return .json(json.bytes)
    }

    private func scale(_ command: ScaleCommand, _ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let outcomes: [ScaleOutcome]
        do throws(CommandFailure) {
            outcomes = try await services.commands.scale(command, by: call.caller)
        } catch {
            throw Problem(error)
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("nodeGroup", command.group)
        json.field("role", command.role)
        // Without a count of its own, a pool of a paused group keeps that which it has.
        json.field("paused", services.live.snapshot.fleet.pauses[command.group])
        json.field("regions", each: outcomes) { json, outcome in
            json.beginObject()
            json.field("region", outcome.region)
            json.key("override")
            if let override = outcome.override {
                json.beginObject()
                json.fields(of: override)
                json.endObject()
            } else {
                json.value(String?.none)
            }
            json.endObject()
        }
        json.endObject()
        var response = HTTPResponse.json(json.bytes)
        response.change =
            "role=\(command.role)" + (command.region.map { " region=\($0)" } ?? "")
            + " nodes=\(command.nodes.map(String.init) ?? "auto")"
        return response
    }

    /// `{"role": "edge", "region": "us-east", "nodes": 5, "for": "2h"}`. Strict, since a field that is not understood could have
    /// narrowed what is scaled.
    private static func command(inBody body: [UInt8], group: String) throws(Problem) -> ScaleCommand {
        var role: String?
        var region: String?
        var nodes: Int??
        var durations: [Duration] = []
        var seen: Set<String> = []
        do {
            var reader = JSONReader(body)
            try reader.object { (reader, name) throws(JSONFault) in
                guard seen.insert(name).inserted else { throw reader.fault("the field '\(name)' is there twice") }
                switch name {
                case "role": role = try reader.string()
                case "region": region = try reader.null() ? nil : try reader.string()
                case "nodes":
                    nodes = .some(try reader.null() ? nil : try reader.integer())
                    if let count = nodes ?? nil, !(0...SpecLimits.nodes).contains(count) {
                        throw reader.fault("'nodes' is \(count), not 0 to \(SpecLimits.nodes)")
                    }
                case "for": durations += try reader.durationText(name).map { [$0] } ?? []
                case "forMs": durations += try reader.durationMilliseconds(name).map { [$0] } ?? []
                default:
                    throw reader.fault(
                        "unknown field '\(name)', expected one of \(Self.fields.joined(separator: ", "))")
                }
            }
            try reader.end()
        } catch {
            throw .badRequest("the body is no count of a role: \(error.message)")
        }
        guard let role else { throw .badRequest("the body needs 'role'") }
        guard let nodes else {
            throw .badRequest("the body needs 'nodes': a count, or null to go back to the rules")
        }
        guard durations.count < 2 else { throw .badRequest("the body has both 'for' and 'forMs'") }
        if let duration = durations.first, nodes == nil || duration == .zero {
            throw .badRequest(
                nodes == nil ? "a duration needs a count in 'nodes'" : "the duration must be longer than nothing")
        }
        return ScaleCommand(group: group, role: role, region: region, nodes: nodes, duration: durations.first)
    }

    private static let fields = ["role", "region", "nodes", "for", "forMs"]
}

extension FleetSnapshot {
    /// A node group of the spec; 404 when there is none of that name.
    func group(_ name: String) throws(Problem) -> NodeGroupSpec {
        guard let group = spec.group(name) else {
            throw .notFound(Suggestion.noSuch("node group", name, among: spec.groups.map(\.name)))
        }
        return group
    }
}

extension JSONWriter {
    /// A pause as a named object; `null` for none.
    mutating func field(_ name: String, _ pause: ScalingPause?) {
        key(name)
        guard let pause else { return value(String?.none) }
        beginObject()
        field("since", pause.since)
        field("by", pause.by)
        endObject()
    }

    /// The fields of a count that was set by hand.
    mutating func fields(of override: ScalingHistory.Override) {
        field("nodes", override.nodes)
        field("until", override.until)
        field("by", override.by)
    }
}
