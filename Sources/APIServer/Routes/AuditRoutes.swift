internal import Reconciler

/// Who changed what, for admins.
struct AuditRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    private static let path = "/as/v1/audit"

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, Self.path, .roles(.admin), "The audit log, the newest first, in pages",
                .later { call async throws(Problem) in try await list(call) }
            )
            .in(.identity)
            .query(
                [
                    .text("user", "Of this user or token only."),
                    .time("since", "Since then.", example: "2026-11-22T12:00:00Z"),
                ]
                    + PageRequest.parameters(startingAt: "^[0-9]{1,18}$")
            )
            .answers(.list(of: APISchemas.reference("AuditEntry")), "The entries.", headers: [PageRequest.link])
        ]
    }

    private func list(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let fields = call.request.fields
        let page = try PageRequest(fields)
        let user = try fields.text("user")
        let since = try fields.text("since")
        // One more tells whether there is a next page.
        var query = AuditQuery(subject: user, limit: page.limit + 1)
        if let since {
            guard let time = Timestamp(since) else {
                throw .badRequest("the parameter 'since' is no time such as 2026-11-22T12:00:00Z")
            }
            query.since = time
        }
        if let after = page.after {
            guard let id = Int64(after) else { throw .badRequest("the parameter 'after' is no id of an entry") }
            query.before = id
        }
        let found: [AuditEntry]
        do throws(StoreFailure) {
            found = try await services.audit.entries(query)
        } catch {
            throw .unavailable("the audit log cannot be read: \(error.message)", retryAfter: .seconds(5))
        }
        let shown = found.prefix(page.limit)
        return page.answer(
            JSONWriter.list(shown, Self.write), at: Self.path, filters: [("user", user), ("since", since)],
            last: found.count > page.limit ? shown.last.map { "\($0.id)" } : nil)
    }

    private static func write(_ json: inout JSONWriter, _ entry: AuditEntry) {
        json.beginObject()
        json.field("id", entry.id)
        json.field("at", entry.at)
        json.field("user", entry.subject)
        json.field("role", entry.role)
        json.field("credential", entry.credential)
        json.field("method", entry.method)
        json.field("path", entry.path)
        json.field("change", entry.change)
        json.field("status", entry.status)
        json.field("requestId", entry.requestID)
        json.field("address", entry.address)
        json.endObject()
    }
}
