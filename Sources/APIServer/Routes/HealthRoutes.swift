internal import Reconciler

/// Whether the process lives, whether it is ready, and by which key its tokens are verified.
struct HealthRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, "/healthz", .anyone, "Answers 200 while the process lives",
                .now { _ throws(Problem) in .text("ok\n") }
            )
            .query(bearingUnknown: []).answers(.text, "It lives.", contentType: HTTPResponse.plainText),
            Route(
                .get, "/as/v1/admin/healthz", .anyone, "The same, where the reference product has it",
                .now { _ throws(Problem) in .text("ok\n") }
            )
            .in(.product).query(bearingUnknown: [])
            .answers(.text, "It lives.", contentType: HTTPResponse.plainText),
            Route(
                .get, "/readyz", .anyone, "Answers 200 once the cluster is known, else 503 with the troubles",
                .now { _ throws(Problem) in try ready() }
            )
            .query(bearingUnknown: []).answers(APISchemas.reference("Ready"), "It is known.")
            .fails(503, "Not yet, or not any more: `troubles` says why."),
            Route(
                .get, "/.well-known/jwks.json", .anyone, "The public keys that verify tokens, as a JSON Web Key Set",
                .now { _ throws(Problem) in
                    HTTPResponse(
                        status: 200, contentType: "application/json", headers: [("Cache-Control", "max-age=300")],
                        body: KeySet.json(services.tokens.publicKeys, [services.tickets.publicKey]))
                }
            )
            .query(bearingUnknown: []).answers(APISchemas.reference("KeySet"), "The keys."),
        ]
    }

    private func ready() throws(Problem) -> HTTPResponse {
        let snapshot = services.live.snapshot
        let troubles = snapshot.troubles + [services.locator?.trouble, services.audit.trouble].compactMap { $0 }
        guard snapshot.isReady else {
            throw .unavailable("not ready yet", retryAfter: .seconds(1), troubles: troubles)
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("ready", true)
        json.field("troubles", troubles)
        json.endObject()
        return .json(json.bytes)
    }
}
