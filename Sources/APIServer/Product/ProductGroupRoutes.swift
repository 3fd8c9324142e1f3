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
                    return .json(JSONWriter.list(scheduled()) { json, group in json.value(group.productName) })
                }),
            Route(
                .get, Self.path + "/scheduled/{base}", .roles(.readers),
                "Lists overlays of a node group: there are none, its roles have schedules",
                .later { call async throws(Problem) in
                    _ = try ProductGroupName.known(try call.capture(0, "name of the node group"), services)
                    return .json(Array("[]".utf8))
                }),
        ]
    }

    /// Groups without a node but while a schedule is open.
    private func scheduled() -> [NodeGroupSpec] {
        ProductGroupName.all(services).filter { group in
            group.roles.contains { !$0.scaling.schedules.isEmpty }
                && group.regions.allSatisfy { region in
                    group.roles.allSatisfy { group.effectiveRole($0.name, in: region.name)?.max == 0 }
                }
        }
    }

    // MARK: - Changes

    private func create(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let group = try read(call)
        if ProductGroupName.all(services).contains(where: { $0.isCalled(group.productName) }) {
            throw Problem(409, "there is a node group '\(group.productName)' already")
        }
        let kept: StoredGroup
        do throws(GroupFailure) {
            kept = try await services.groups.create(
                group.yaml, origin: group.document, by: call.caller, before: pausing(group, call))
        } catch {
            throw Problem(error)
        }
        return try await answer(group, kept, call)
    }

    private func replace(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let group = try read(call)
        let own = try ProductGroupName.named(group.productName, services).name
        let precondition = try EntityTags.precondition(call.request.headers)
        let kept: StoredGroup
        do throws(GroupFailure) {
            kept = try await services.groups.replace(
                own, with: group.yaml, origin: group.document, if: precondition, by: call.caller,
                before: pausing(group, call))
        } catch {
            throw Problem(error)
        }
        return try await answer(group, kept, call)
    }

    private func delete(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let name = try call.capture(0, "name of the node group")
        let own = try ProductGroupName.named(name, services).name
        let precondition = try EntityTags.precondition(call.request.headers)
        do throws(GroupFailure) {
            try await services.groups.delete(own, if: precondition, by: call.caller)
        } catch {
            throw Problem(error)
        }
        return .empty(200)
    }

    /// The body as a group of ours; 400 with every error and its place when it is none.
    private func read(_ call: RouteCall) throws(Problem) -> ProductImport {
        let providers = services.live.snapshot.spec.providers
        // As they are stored, which may be newer than what is in force.
        let groups = services.groups.parts.read().spec?.groups ?? services.live.snapshot.spec.groups
        let reading = ProductImport.read(SpecSource(name: "body", bytes: call.request.body), keeping: groups) {
            platform throws(ProductImport.ProviderProblem) in try .of(platform, among: providers)
        }
        guard let group = reading.group else {
            let errors = reading.diagnostics.map(\.description)
            throw Problem(400, errors.first ?? "the body is no node group", troubles: errors)
        }
        for name in [group.productName, group.name] {
            if let problem = ProductGroupName.problem(name, services.reserved) { throw .badRequest(problem) }
        }
        return group
    }

    /// Pauses a group that comes paused before it is in force, so that no machine of it is started meanwhile.
    private func pausing(_ group: ProductImport, _ call: RouteCall) -> SpecDesk.Preparation {
        guard group.isScalingPaused else { return SpecDesk.nothing }
        let (commands, user) = (services.commands, call.caller)
        return { name throws(GroupFailure) in
            do throws(CommandFailure) {
                try await commands.pauseAhead(name, by: user)
            } catch {
                throw .unavailable("it cannot be paused, and was not kept: \(error.message)")
            }
        }
    }

    /// 200 as the product's own scripts want it, with what the person should know.
    private func answer(
        _ group: ProductImport, _ kept: StoredGroup, _ call: RouteCall
    ) async throws(Problem) -> HTTPResponse {
        if !group.isScalingPaused, services.live.snapshot.fleet.pauses[group.name] != nil {
            do throws(CommandFailure) {
                try await services.commands.pause(group.name, false, by: call.caller)
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
        // Over the API it is done, not left to a person.
        json.field("notes", group.notes.filter { $0 != ProductNote.pauseIsByHand })
        json.endObject()
        var response = HTTPResponse.json(json.bytes)
        response.setEntityTag(kept.entityTag)
        return response
    }

    // MARK: - Looks

    private func list(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        return .json(JSONWriter.list(ProductGroupName.all(services)) { json, group in json.value(group.productName) })
    }

    /// `isEffective` is taken and changes nothing: no overlay ever stands in for a group.
    private func show(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        _ = try call.request.fields.flag("isEffective")
        let group = try ProductGroupName.known(try call.capture(0, "name of the node group"), services)
        let isPaused = services.live.snapshot.fleet.pauses[group.name] != nil
        let stored = services.groups.parts.stored.group(group.name)
        let text =
            stored?.origin.map { ProductDocument.answer($0, isPaused: isPaused) }
            ?? ProductDocument.exported(group, isPaused: isPaused)
        var response = HTTPResponse.json(Array(text.utf8))
        // That of what is shown: what the product's clients sent is kept, and anything else is as it is in force.
        if let tag = stored?.origin == nil ? group.entityTag : stored?.entityTag { response.setEntityTag(tag) }
        return response
    }
}
