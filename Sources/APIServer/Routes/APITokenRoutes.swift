internal import Reconciler

/// Long-lived tokens of machines: Prometheus, a build server.
struct APITokenRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    /// How long a token is good where nobody says.
    private static let standardLifetime: Duration = .seconds(90 * 86_400)

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, "/as/v1/tokens", .roles(.admin), "The API tokens of machines, without their secrets",
                .later { call async throws(Problem) in try list(call) }
            )
            .in(.identity).query().answers(.list(of: APISchemas.reference("APIToken")), "The tokens."),
            Route(
                .post, "/as/v1/tokens", .roles(.admin), "Makes an API token, which is shown in this answer alone",
                bodyLimit: CommandBody.limit, .later { call async throws(Problem) in try await create(call) }
            )
            .in(.identity).query().body(
                APISchemas.reference("NewAPIToken"), example: ["name": "encoder-7", "role": "app", "for": "90d"]
            )
            .answers(APISchemas.reference("APIToken"), "The token, with its secret in `token`.", status: 201)
            .fails(409, "There is one of that name."),
            Route(
                .delete, "/as/v1/tokens/{name}", .roles(.admin), "Revokes an API token, by its name or id",
                .later { call async throws(Problem) in
                    let name = try call.capture(0, "token name")
                    return try await services.change(by: call.principal) { identity throws(CommandFailure) in
                        try identity.revokingToken(name)
                    }
                }
            )
            .in(.identity).query().answersEmpty(204, "It is good no more.").fails(404, "There is none."),
        ]
    }

    private func list(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let tokens = services.identities.snapshot.identity.tokens.values.sorted { $0.name < $1.name }
        return .json(
            JSONWriter.list(tokens) { json, token in
                json.beginObject()
                Self.write(token, into: &json)
                json.field("expired", token.expiresAt <= call.now)
                json.endObject()
            })
    }

    private static func write(_ token: StoredAPIToken, into json: inout JSONWriter) {
        json.field("id", token.id)
        json.field("name", token.name)
        json.field("role", token.role.rawValue)
        json.field("createdBy", token.createdBy)
        json.field("createdAt", token.createdAt)
        json.field("expiresAt", token.expiresAt)
    }

    private func create(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        var (name, role, lifetimes) = ("", StoredUser.Role?.none, [Duration]())
        try CommandBody.read(call.request.body, fields: ["name", "role", "for", "forMs"]) {
            (reader, field) throws(JSONFault) in
            switch field {
            case "name": name = try reader.string()
            case "role": role = try reader.role()
            case "for": lifetimes += try reader.durationText(field).map { [$0] } ?? []
            default: lifetimes += try reader.durationMilliseconds(field).map { [$0] } ?? []
            }
        }
        guard let role, !name.isEmpty else { throw .badRequest("the body needs 'name' and 'role'") }
        if lifetimes.count > 1 { throw .badRequest("the body has both 'for' and 'forMs'") }
        let lifetime = lifetimes.first ?? Self.standardLifetime
        guard lifetime > .zero else { throw .badRequest("a token that is good for no time is good for nothing") }
        if let fault = AccountName.fault(name) { throw .badRequest("the token's name \(fault)") }
        let (id, secret) = (OpaqueToken.newID(), OpaqueToken.newSecret())
        let token = StoredAPIToken(
            id: id, name: name, role: role, secretHash: OpaqueToken.hash(secret), createdBy: call.caller,
            createdAt: call.now, expiresAt: call.now + lifetime)
        _ = try await services.change(by: call.principal) { identity throws(CommandFailure) in
            try identity.creatingToken(token, at: call.now)
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("token", OpaqueToken.apiToken(id, secret))
        Self.write(token, into: &json)
        json.endObject()
        var response = HTTPResponse.json(json.bytes, status: 201)
        response.hasSecret = true
        response.change = "name=\(name) role=\(role.rawValue) expiresAt=\(token.expiresAt)"
        return response
    }
}

extension StoredIdentity {
    /// The names of the API tokens that a user made, and of those that were made with these.
    func tokens(madeBy user: String) -> [String] {
        var makers: Set<String> = [user]
        var names: Set<String> = []
        while true {
            let more = tokens.values.filter { makers.contains($0.createdBy) && !names.contains($0.name) }.map(\.name)
            if more.isEmpty { return names.sorted() }
            names.formUnion(more)
            makers.formUnion(more.map { "token:\($0)" })
        }
    }

    /// A new API token. One of the same name that is over makes way.
    func creatingToken(_ token: StoredAPIToken, at now: Timestamp) throws(CommandFailure) -> IdentityChange {
        var change = IdentityChange()
        for old in tokens.values where old.name == token.name {
            guard old.expiresAt <= now else {
                throw .conflict("there is an API token '\(token.name)' until \(old.expiresAt); revoke it first")
            }
            change.tokens[old.id] = StoredAPIToken?.none
        }
        guard tokens.count < Self.maximumTokens else {
            throw .conflict("there are \(tokens.count) API tokens, the most")
        }
        change.tokens[token.id] = token
        return change
    }

    /// Without an API token, which is known by its name or id.
    func revokingToken(_ name: String) throws(CommandFailure) -> IdentityChange {
        guard let token = tokens.values.first(where: { $0.name == name }) ?? tokens[name] else {
            throw .notFound("there is no API token '\(name)'")
        }
        var change = IdentityChange()
        change.tokens[token.id] = StoredAPIToken?.none
        return change
    }
}
