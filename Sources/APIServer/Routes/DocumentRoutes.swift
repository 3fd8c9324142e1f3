internal import Reconciler

/// The API's description, for programs and for people.
struct DocumentRoutes: Sendable {
    /// What they work with.
    let services: APIServices
    /// All routes.
    let table: @Sendable () -> [Route]
    private let made = Locked<(description: [UInt8], page: [UInt8])?>(nil)

    /// The routes that describe `table`, which is asked for when the first of them is called.
    init(services: APIServices, table: @escaping @Sendable () -> [Route]) {
        self.services = services
        self.table = table
    }

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, "/as/v1/openapi.json", .anyone, "This description, in OpenAPI 3.1",
                .later { _ async throws(Problem) in
                    HTTPResponse(
                        status: 200, contentType: "application/json", headers: Self.cached, body: documents.description)
                }
            )
            .query(bearingUnknown: []).answers(["type": "object"], "The description."),
            Route(
                .get, "/docs", .anyone, "This description, as a page for people",
                .later { _ async throws(Problem) in
                    HTTPResponse(
                        status: 200, contentType: "text/html; charset=utf-8",
                        headers: Self.cached + [
                            (
                                "Content-Security-Policy",
                                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
                            )
                        ], body: documents.page)
                }
            )
            .query(bearingUnknown: []).answers(.text, "The page.", contentType: "text/html; charset=utf-8"),
        ]
    }

    private static let cached: [(name: String, value: String)] = [("Cache-Control", "max-age=300")]

    /// Made once: they change with the program only.
    private var documents: (description: [UInt8], page: [UInt8]) {
        if let made = made.current { return made }
        let routes = table()
        let new = (
            description: Array(OpenAPIDocument.json(routes, version: services.version).utf8),
            page: Array(ReferencePage.html(routes, version: services.version).utf8)
        )
        made.replace(with: new)
        return new
    }
}
