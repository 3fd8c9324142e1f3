internal import Reconciler

/// How webhooks do, and a test of one.
struct WebhookRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, "/as/v1/webhooks", .roles(.readers), "Where events are sent, and how that goes",
                .later { _ async throws(Problem) in await list() }
            )
            .in(.control).query().answers(.list(of: APISchemas.reference("Webhook")), "The webhooks of the spec."),
            Route(
                .post, "/as/v1/webhooks/{webhook}/test", .roles(.operators),
                "Sends a test delivery at once; one that is taken brings back a webhook that failed or is gone",
                bodyLimit: CommandBody.limit, .later { call async throws(Problem) in try await test(call) }
            )
            .in(.control).query()
            .answers(APISchemas.reference("WebhookTest"), "What came of it: also when the receiver did not take it.")
            .fails(404, "The spec has no such webhook."),
        ]
    }

    private func list() async -> HTTPResponse {
        let statuses = await services.webhooks?.statuses() ?? []
        return .json(
            JSONWriter.list(statuses) { json, status in
                json.beginObject()
                json.field("name", status.name)
                json.field("origin", status.origin)
                json.field("state", status.state.rawValue)
                json.field("backlog", status.backlog)
                json.field("lastSuccessAt", status.standing.lastSuccessAt)
                json.field("lastFailureAt", status.standing.lastFailureAt)
                json.field("lastFailure", status.standing.lastFailure)
                json.field("failingSince", status.standing.failingSince)
                json.field("retryAt", status.standing.retryAt)
                json.field("delivered", status.counts.delivered)
                json.field("failedAttempts", status.counts.failed)
                json.field("dropped", status.counts.lost.values.reduce(0, +))
                json.endObject()
            })
    }

    private func test(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let name = try call.capture(0, "webhook")
        guard let webhooks = services.webhooks else { throw .notFound("this manager has no webhooks") }
        let result: WebhookTest
        do throws(CommandFailure) {
            result = try await webhooks.test(name, by: call.caller)
        } catch {
            throw Problem(error)
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("id", result.id)
        json.field("delivered", result.isDelivered)
        json.key("status")
        if let status = result.status { json.value(status) } else { json.value(String?.none) }
        json.field("failure", result.failure)
        json.field("durationMs", result.duration.wholeMilliseconds)
        json.endObject()
        return .json(json.bytes)
    }
}
