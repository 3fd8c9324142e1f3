internal import Crypto
internal import Reconciler

/// The keys that sign tokens, as admins see and change them; never their private halves.
struct KeyRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, "/as/v1/auth/keys", .roles(.admin), "The keys that sign tokens, and since when",
                .later { call async throws(Problem) in
                    return list(call.now)
                }
            )
            .in(.identity).query().answers(.list(of: APISchemas.reference("SigningKey")), "The keys."),
            Route(
                .post, "/as/v1/auth/keys", .roles(.admin),
                "Makes a new key that signs soon; with 'revoke' at once, and all that the old ones signed is over",
                bodyLimit: CommandBody.limit, .later { call async throws(Problem) in try await rotate(call) }
            )
            .in(.identity).query()
            .body(
                .record([.flag("revoke").optional, .word("use", ["api", "node"]).optional], isClosed: true).with([
                    // No living node could report any more.
                    "not": [
                        "required": ["use", "revoke"],
                        "properties": ["use": ["const": "node"], "revoke": ["const": true]],
                    ]
                ]),
                required: false, example: ["use": "api"]
            )
            .answers(.list(of: APISchemas.reference("SigningKey")), "The keys then."),
        ]
    }

    private func list(_ now: Timestamp) -> HTTPResponse {
        let keys = services.identities.snapshot.identity.keys.values
        let ordered = StoredKey.Use.allCases.flatMap { KeyRotation.ordered($0, keys) }
        return .json(
            JSONWriter.list(ordered) { json, key in
                json.beginObject()
                json.field("id", key.id)
                json.field("use", key.use.rawValue)
                let isSigner = KeyRotation.signer(key.use, keys, at: now)?.id == key.id
                json.field("state", isSigner ? "signs" : key.signsFrom > now ? "published" : "verifies")
                json.field("createdAt", key.createdAt)
                json.field("signsFrom", key.signsFrom)
                json.field("lastExpiry", key.lastExpiry)
                json.endObject()
            })
    }

    private func rotate(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        var (revoke, use) = (false, StoredKey.Use.api)
        try CommandBody.read(call.request.body, fields: ["revoke", "use"]) { (reader, field) throws(JSONFault) in
            if field == "revoke" {
                revoke = try reader.bool()
            } else {
                let name = try reader.string()
                guard let known = StoredKey.Use(rawValue: name) else {
                    throw reader.fault("'\(name.prefix(40))' is no use of a key, expected api or node")
                }
                use = known
            }
        }
        if revoke, use == .node {
            throw .badRequest(
                "the keys of nodes cannot be revoked: no living node could report any more; without 'revoke' the old key goes "
                    + "with the last node that was asked for before")
        }
        do throws(CommandFailure) {
            let key = try await services.identities.makeKey()
            // Nobody but this manager verifies what nodes show.
            let ahead: Duration = revoke || use == .node ? .zero : KeyRotation.publishedBefore
            let stored = KeyRotation.stored(key, use, at: call.now, signsFrom: call.now + ahead)
            try await services.identities.change { identity throws(CommandFailure) in
                try identity.requireStanding(call.principal)
                return identity.rotating(to: stored, revoking: revoke)
            }
        } catch {
            throw Problem(error)
        }
        var response = list(call.now)
        response.change = "use=\(use.rawValue) revoke=\(revoke)"
        return response
    }
}
