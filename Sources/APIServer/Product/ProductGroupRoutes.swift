internal import Reconciler

/// Node groups in the product's JSON: made, changed, read and deleted. What comes is kept as YAML of ours, which
/// `GET /as/v1/nodegroups/{name}?format=yaml` shows.
struct ProductGroupRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    private static let path = "/as/v1/admin/nodegroup"

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .post, Self.path, .roles(.operators), "Makes a node group of a NodeGroupConfig",
                bodyLimit: StoredGroupLimits.documentBytes,
                .later { call async throws(Problem) in try await create(call) }),
            Route(
                .put, Self.path, .roles(.operators), "Puts a NodeGroupConfig in the place of that of the same name",
                bodyLimit: StoredGroupLimits.documentBytes,
                .later { call async throws(Problem) in try await replace(call) }),
            Route(
                .get, Self.path, .roles(.readers), "Lists the names of the node groups",
                .later { call async throws(Problem) in try list(call) }),
            Route(
                .get, Self.path + "/{group}", .roles(.readers), "Shows a node group as a NodeGroupConfig",
                .later { call async throws(Problem) in try show(call) }),
            Route(
                .delete, Self.path + "/{group}", .roles(.operators),
                "Deletes a node group that was made over the API; its nodes drain and go",
                .later { call async throws(Problem) in try await delete(call) }),
            Route(
                .get, Self.path + "/scheduled", .roles(.readers), "Lists node groups that are there at times only",
                .later { call async throws(Problem) in
                    try call.request.fields.allow(only: [])
                    return .json(JSONWriter.list(scheduled()) { json, group in json.value(group.productName) })
                }),
            Route(
                .get, Self.path + "/scheduled/{base}", .roles(.readers),
                "Lists overlays of a node group: there are none, its roles have schedules",
                .later { call async throws(Problem) in
                    try call.request.fields.allow(only: [])
                    _ = try ProductGroupName.group(try call.capture(0, "name of the node group"), services)
                    return .json(Array("[]".utf8))
                }),
        ]
    }

    /// Groups without a node but while a schedule is open.
    private func scheduled() -> [NodeGroupSpec] {
        services.live.snapshot.spec.groups.filter { group in
            group.roles.contains { !$0.scaling.schedules.isEmpty }
                && group.regions.allSatisfy { region in
                    group.roles.allSatisfy { group.effectiveRole($0.name, in: region.name)?.max == 0 }
                }
        }
    }

    // MARK: - Changes

    private func create(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let group = try read(call)
        let taken = services.live.snapshot.spec.groups.first { $0.productName == group.productName }
        if taken != nil { throw Problem(409, "there is a node group '\(group.productName)' already") }
        let yaml = group.yaml
        let origin = group.document
        do throws(GroupFailure) {
            _ = try await services.groups.create(yaml, origin: origin, by: call.caller)
        } catch {
            throw Problem(error)
        }
        return try await answer(group, call)
    }

    private func replace(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let group = try read(call)
        if !ProductGroupName.isComing(group.productName, services) {
            // Not there, or from a file: the desk says which, by our name.
            _ = try ProductGroupName.group(group.productName, services)
        }
        do throws(GroupFailure) {
            _ = try await services.groups.replace(
                group.name, with: group.yaml, origin: group.document, by: call.caller)
        } catch {
            throw Problem(error)
        }
        return try await answer(group, call)
    }

    private func delete(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        try call.request.fields.allow(only: [])
        let name = try call.capture(0, "name of the node group")
        let own: String
        if ProductGroupName.isComing(name, services) {
            let stored = services.groups.parts.stored
            own = stored.group(name)?.name ?? ProductName.ours(name) ?? name
        } else {
            own = try ProductGroupName.group(name, services).name
        }
        do throws(GroupFailure) {
            try await services.groups.delete(own, by: call.caller)
        } catch {
            throw Problem(error)
        }
        return .empty(200)
    }

    /// The body as a group of ours; 400 with every error and its place when it is none.
    private func read(_ call: RouteCall) throws(Problem) -> ProductImport {
        try call.request.fields.allow(only: [])
        let providers = services.live.snapshot.spec.providers
        let reading = ProductImport.read(SpecSource(name: "body", bytes: call.request.body)) {
            platform throws(ProductImport.ProviderProblem) in try .of(platform, among: providers)
        }
        guard let group = reading.group else {
            let errors = reading.diagnostics.map(\.description)
            throw Problem(400, errors.first ?? "the body is no node group", troubles: errors)
        }
        if ProductGroupName.reserved.contains(group.productName) || ProductGroupName.reserved.contains(group.name) {
            throw .badRequest("the name '\(group.productName)' is reserved: the API has paths of that name")
        }
        return group
    }

    /// 200 as the product's own scripts want it, with what the person should know.
    private func answer(_ group: ProductImport, _ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let isPaused = services.live.snapshot.fleet.pauses[group.name] != nil
        if group.isScalingPaused != isPaused {
            do throws(CommandFailure) {
                try await services.commands.pause(group.name, group.isScalingPaused, by: call.caller)
            } catch .conflict {
                // Somebody was quicker, and it is as it should be.
            } catch {
                throw Problem(error)
            }
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("name", group.productName)
        json.field("nodeGroup", group.name)
        json.field("notes", group.notes)
        json.endObject()
        return .json(json.bytes)
    }

    // MARK: - Looks

    private func list(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        try call.request.fields.allow(only: [])
        let groups = services.live.snapshot.spec.groups
        return .json(JSONWriter.list(groups) { json, group in json.value(group.productName) })
    }

    /// `isEffective` is taken and changes nothing: no overlay ever stands in for a group.
    private func show(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        try call.request.fields.allow(only: ["isEffective"])
        _ = try call.request.fields.flag("isEffective")
        let group = try ProductGroupName.group(try call.capture(0, "name of the node group"), services)
        let isPaused = services.live.snapshot.fleet.pauses[group.name] != nil
        guard let origin = services.groups.parts.stored.group(group.name)?.origin else {
            return .json(Array(ProductDocument.exported(group, isPaused: isPaused).utf8))
        }
        return .json(Array(ProductDocument.answer(origin, isPaused: isPaused).utf8))
    }
}
