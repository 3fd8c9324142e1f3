internal import Reconciler

/// What the product asks of its cloud: machines that there are, and the places, images and sizes that the spec names. Each by platform, which
/// is the provider's name in capital letters, and region.
struct ProductCatalogRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    private static let path = "/as/v1/admin/terraform"

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, Self.path + "/node", .roles(.readers), "Lists the ids of nodes by platform and region",
                .later { call async throws(Problem) in
                    let nodes = services.live.snapshot.fleet.nodes.values
                    return try answer(
                        call,
                        nodes.filter { $0.instanceID != nil && $0.state != .terminated }.map {
                            ($0.provider, $0.pool.region, $0.id.rawValue)
                        })
                }),
            Route(
                .get, Self.path + "/region", .roles(.readers), "Lists the regions of the spec by platform",
                .later { call async throws(Problem) in
                    var regions: [String: Set<String>] = [:]
                    for group in services.live.snapshot.spec.groups {
                        regions[group.provider.uppercased(), default: []].formUnion(group.regions.map(\.name))
                    }
                    var json = JSONWriter()
                    json.beginObject()
                    for (platform, names) in regions.sorted(by: { $0.key < $1.key }) {
                        json.field(platform, names.sorted())
                    }
                    json.endObject()
                    return .json(json.bytes)
                }),
            Route(
                .get, Self.path + "/image", .roles(.readers), "Lists the images of the spec by platform and region",
                .later { call async throws(Problem) in
                    try answer(call, used { group, role in role.image ?? group.image })
                }),
            Route(
                .get, Self.path + "/instanceType", .roles(.readers),
                "Lists the instance types of the spec by platform and region",
                .later { call async throws(Problem) in try answer(call, used { _, role in role.instanceType }) }),
        ]
    }

    /// What the roles of every group have in each of its regions.
    private func used(
        _ value: (NodeGroupSpec, RoleSpec) -> String?
    ) -> [(provider: String, region: String, value: String)] {
        services.live.snapshot.spec.groups.flatMap { group in
            group.regions.flatMap { region in
                group.roles.compactMap { role in value(group, role).map { (group.provider, region.name, $0) } }
            }
        }
    }

    private func answer(
        _ call: RouteCall, _ entries: [(provider: String, region: String, value: String)]
    ) throws(Problem) -> HTTPResponse {
        var tree: [String: [String: Set<String>]] = [:]
        for entry in entries {
            tree[entry.provider.uppercased(), default: [:]][entry.region, default: []].insert(entry.value)
        }
        var json = JSONWriter()
        json.beginObject()
        for (platform, regions) in tree.sorted(by: { $0.key < $1.key }) {
            json.key(platform)
            json.beginObject()
            for (region, values) in regions.sorted(by: { $0.key < $1.key }) { json.field(region, values.sorted()) }
            json.endObject()
        }
        json.endObject()
        return .json(json.bytes)
    }
}
