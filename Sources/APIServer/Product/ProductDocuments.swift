internal import Reconciler

/// What the documentation says of the product's routes: their shapes are the product's, and docs/product-api.md tells them.
enum ProductDocuments {
    private static let object: SchemaValue = ["type": "object"]
    private static let text: SchemaValue = ["type": "string"]
    private static let names = SchemaValue.list(of: text)
    private static let objects = SchemaValue.list(of: object)
    private static let admin = "/as/v1/admin/nodegroup"

    /// The route with its document.
    static func documented(_ route: Route) -> Route {
        let own = route.in(.product)
        if route.pattern.hasPrefix("/as/v1/proxy/") { return proxied(own) }
        if route.pattern.hasPrefix("/as/v1/streams/") {
            return own.answers(objects, "Nodes with their stream, the best first.")
                .fails(404, "There is no such group, or the stream is not live.").fails(503, "Nothing has room.")
        }
        if route.pattern.hasPrefix("/as/v1/admin/evaluate/") {
            let takesText = route.pattern.contains("{")
            return own.body(takesText ? text : object, [takesText ? "text/plain" : "application/json"])
                .answers(object, "What the expression comes to.").fails(400, "It does not read, or has no value.")
        }
        if route.pattern.hasPrefix("/as/v1/admin/terraform/") {
            return own.answers(object, "By platform, which is the provider's name in capitals.")
        }
        return ofGroups(own)
    }

    private static func ofGroups(_ route: Route) -> Route {
        let known = route.fails(404, "There is no such group.")
        switch (route.method, route.pattern) {
        case (.post, admin):
            return route.body(object).answers(object, "It is made; what is not carried over is in `notes`.")
                .fails(409, "There is one of that name.")
        case (.put, admin):
            return known.body(object).answers(object, "It is changed.").fails(409, "It comes from a file.")
        case (.get, admin), (.get, admin + "/scheduled"): return route.answers(names, "Their names.")
        case (.get, admin + "/scheduled/{base}"): return known.answers(names, "There are none.")
        case (.get, admin + "/status/{group}"): return known.answers(objects, "Its nodes.")
        case (.get, admin + "/{group}/idle"): return known.answers(object, "In milliseconds.")
        case (.get, _): return known.answers(object, "As it was sent, without secrets.")
        case (.delete, _): return known.answersEmpty(200, "Its nodes drain and go.").fails(409, "It comes from a file.")
        default: return known.answersEmpty(200, "It is done.").fails(400, "It cannot be done now.")
        }
    }

    private static func proxied(_ route: Route) -> Route {
        let failing = route.fails(502, "The node does not answer as it should.").fails(504, "Nor in time.")
        switch route.method {
        case .options:
            return failing.answersEmpty(204, "The node is in `Session-Host`, its ICE servers are in `Link`.")
                .fails(403, "`host` is no node.")
        case .post:
            return failing.body(text, ["application/sdp"])
                .answers(text, "The node's answer.", status: 201, contentType: "application/sdp")
                .fails(403, "`host` is no node.")
        case .patch:
            return failing.body(text, ["application/trickle-ice-sdpfrag", "application/sdp"])
                .answersEmpty(204, "It is passed on.").fails(404, "There is no such session.")
        default: return failing.answersEmpty(200, "It is ended.").fails(404, "There is no such session.")
        }
    }
}
