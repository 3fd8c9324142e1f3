internal import Reconciler

/// What is said about streams before they exist, in the product's words (reference/stream-manager-2.md section 2.6).
struct ProvisionRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    private static let path = "/as/v1/streams/provision/{group}"
    /// Nodes that one provision may be distributed to.
    private static let endpointLimit: Int64 = 64

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .post, Self.path, .roles(.operators), "Makes provisions: all of the list, or none",
                .later { call async throws(Problem) in try await create(call) }
            )
            .in(.provisions).query().body(Self.requests, example: Self.example)
            .answersEmpty(201, "They are made.").fails(404, "There is no such group.").fails(409, "A name is taken."),
            Route(
                .put, Self.path, .roles(.operators),
                "Changes provisions that are not distributed: all of the list, or none",
                .later { call async throws(Problem) in try await replace(call) }
            )
            .in(.provisions).query().body(Self.requests, example: Self.example)
            .answersEmpty(200, "They are changed.").fails(404, "There is no such group or provision.")
            .fails(409, "One is distributed already."),
            Route(
                .get, Self.path, .roles(.readers), "Lists the provisions of a node group",
                .later { call async throws(Problem) in try list(call) }
            )
            .in(.provisions).query()
            .answers(.list(of: APISchemas.reference("Provision")), "Without their secrets.")
            .fails(404, "There is no such group."),
            Route(
                .get, Self.path + "/{guid...}", .roles(.readers),
                "Shows one provision, or with 'status' where its streams are",
                .later { call async throws(Problem) in try show(call) }
            )
            .in(.provisions).query(.flag("status", "The nodes that carry its streams."))
            .answers(
                [
                    "anyOf": [
                        APISchemas.reference("Provision"), .list(of: APISchemas.reference("ProvisionPlace")),
                    ]
                ], "The provision; with `status` a list of nodes."
            )
            .fails(404, "There is no such group or provision."),
            Route(
                .delete, Self.path + "/{guid...}", .roles(.operators), "Forgets a provision",
                .later { call async throws(Problem) in try await delete(call) }
            )
            .in(.provisions).query().answersEmpty(200, "It is forgotten.")
            .fails(404, "There is no such group or provision."),
            Route(
                .post, Self.path + "/distribute/{guid...}", .roles(.operators),
                "Picks the nodes of a provision ahead of time", bodyLimit: CommandBody.limit,
                .later { call async throws(Problem) in try await distribute(call) }
            )
            .in(.provisions).query(Self.placement)
            .answers(.list(of: APISchemas.reference("ProvisionPlace")), "Where its streams are to be published.")
            .fails(404, "There is no such group or provision.").fails(422, "No node has room."),
        ]
    }

    private static let requests = SchemaValue.list(of: APISchemas.reference("ProvisionRequest"))
    private static let example: SchemaValue = [
        ["provisionGuid": "live/a", "streams": [["streamGuid": "live/a_1", "abrLevel": 1]]]
    ]
    private static let placement: [RouteDocument.Parameter] = [
        .text("region", "Regions or zones in the order of preference, with commas."),
        .text("subgroup", "The same as `region`."), .text("subGroup", "The same as `region`."),
        .flag("strict", "No other region than those, and no fewer nodes than asked for."),
        .integer("endpoints", 1...endpointLimit, "On so many nodes."),
        .words(
            "capabilities", Capability.allCases.map(\.wireName), "What the nodes must be capable of, with commas.",
            example: "PUBLISH"),
        .flag("transcode", "On transcoders."), .flag("blocking", "Changes nothing: the answer comes when it is done."),
        .init(name: "restream", schema: ["const": false], help: "Only false: no node fetches streams from elsewhere."),
    ]

    // MARK: - Changes

    private func create(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let items = try ProvisionReader(group: try spec(call)).read(call.request.body)
        if let item = items.first(where: \.keepsSecret) {
            throw .badRequest(
                "the credentials of '\(item.provision.guid)' are '\(ProvisionReader.mask)', which stands for a secret that is "
                    + "stored already; send the secret itself")
        }
        try await desk { (desk) async throws(ProvisionFailure) in
            try await desk.create(items.map(\.provision), by: call.caller, at: call.now)
        }
        return .empty(201)
    }

    private func replace(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let items = try ProvisionReader(group: try spec(call)).read(call.request.body)
        let kept = Dictionary(
            items.lazy.filter(\.keepsSecret).map { ($0.provision.key, $0.keptName) }, uniquingKeysWith: { $1 })
        try await desk { (desk) async throws(ProvisionFailure) in
            try await desk.replace(items.map(\.provision), keepsSecret: kept, by: call.caller, at: call.now)
        }
        return .empty(200)
    }

    private func delete(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let key = try key(call)
        try await desk { (desk) async throws(ProvisionFailure) in
            try await desk.delete(key, by: call.caller, at: call.now)
        }
        return .empty(200)
    }

    /// `blocking` is taken and changes nothing: the answer comes when it is done. Streams are not sent on by anybody here.
    private func distribute(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let fields = call.request.fields
        try CommandBody.requireNothing(in: call.request.body)
        if try fields.flag("restream") {
            throw .badRequest("'restream' is not possible: no node of a node group fetches streams from elsewhere")
        }
        _ = try fields.flag("blocking")
        var placement = ProvisionPlacement()
        for name in ["region", "subgroup", "subGroup"] { placement.regions += try fields.list(name) }
        placement.strict = try fields.flag("strict")
        placement.endpoints = Int(try fields.integer("endpoints", in: 1...Self.endpointLimit) ?? 1)
        if try fields.text("capabilities") != nil {
            var wanted: Set<Capability> = []
            for word in try fields.list("capabilities") {
                guard let capability = ProvisionReader.capability(word) else {
                    throw .badRequest(ProvisionReader.noCapability(word))
                }
                wanted.insert(capability)
            }
            placement.capabilities = wanted
        }
        if try fields.text("transcode") != nil { placement.transcode = try fields.flag("transcode") }
        let key = try key(call)
        // Of a group that left the spec no node is there to be chosen, whatever its regions were called.
        if let group = ProductGroupName.all(services).first(where: { $0.name == key.group }) {
            placement.regions = ProductGroupName.places(placement.regions, of: group)
        }
        let chosen = placement
        let provision = try await desk { (desk) async throws(ProvisionFailure) in
            try await desk.distribute(key, chosen, by: call.caller, at: call.now)
        }
        return .json(ProvisionAnswer.places(of: provision, in: services.live))
    }

    private func desk<Value>(
        _ work: (ProvisionDesk) async throws(ProvisionFailure) -> Value
    ) async throws(Problem) -> Value {
        do throws(ProvisionFailure) {
            return try await work(services.provisions)
        } catch {
            throw Problem(error)
        }
    }

    // MARK: - Looks

    private func list(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let provisions = services.live.provisions.table.provisions(of: try name(call))
        return .json(
            JSONWriter.list(provisions) { json, provision in
                ProvisionAnswer.write(provision, toWriter: call.mayWrite, into: &json)
            })
    }

    private func show(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let key = try key(call)
        let table = services.live.provisions.table
        guard let provision = table[key]?.provision else {
            throw .notFound(
                Suggestion.noSuch(
                    "provision", key.guid, in: "node group '\(key.group)'",
                    among: table.provisions(of: key.group).map(\.guid)))
        }
        if try call.request.fields.flag("status") {
            return .json(ProvisionAnswer.status(of: provision, in: services.live))
        }
        var json = JSONWriter()
        ProvisionAnswer.write(provision, toWriter: call.mayWrite, into: &json)
        return .json(json.bytes)
    }

    // MARK: - Names

    /// The group of a new provision: one of the spec.
    private func spec(_ call: RouteCall) throws(Problem) -> NodeGroupSpec {
        try ProductGroupName.known(try name(call), services)
    }

    /// The group of the path, by our name or the product's. One that left the spec still has its provisions, which can be looked at and deleted.
    private func name(_ call: RouteCall) throws(Problem) -> String {
        let name = try call.capture(0, "name of the node group")
        if services.live.provisions.read({ $0.count(of: name) }) > 0 { return name }
        return try ProductGroupName.known(name, services).name
    }

    private func key(_ call: RouteCall) throws(Problem) -> Provision.Key {
        Provision.Key(group: try name(call), guid: try call.capture(1, "name of the provision"))
    }
}

extension RouteCall {
    /// Whether the caller may change provisions, and so see what others may not.
    fileprivate var mayWrite: Bool { principal.map { !$0.roles.isDisjoint(with: .operators) } ?? false }
}

extension Problem {
    /// Nothing was done about a provision.
    fileprivate init(_ failure: ProvisionFailure) {
        switch failure {
        case .notFound(let text): self = .notFound(text)
        case .conflict(let text): self.init(409, text)
        case .noRoom(let text): self.init(422, text)
        case .unavailable(let text): self = .unavailable(text, retryAfter: .seconds(5))
        }
    }
}
