internal import Reconciler

/// What the documentation says of the product's routes: their shapes are the product's, and docs/product-api.md tells them.
enum ProductDocuments {
    private static let object: SchemaValue = ["type": "object"]
    private static let text: SchemaValue = ["type": "string"]
    private static let some: SchemaValue = ["type": "string", "minLength": 1]
    private static let trial = SchemaValue.record([
        .word("expression", "As in a role's rules."),
        .any("metrics", APISchemas.reference("MetricTrees")),
    ])
    /// Of names that are, in letters and digits, names here too.
    private static let parts: SchemaValue = [
        "type": "object", "additionalProperties": object, "minProperties": 1,
        "propertyNames": ["pattern": "[A-Za-z0-9]"],
    ]
    private static let configuration = SchemaValue.record([
        .word("name"), .word("cloudPlatform"), .any("roles", parts), .any("groups", parts).optional,
        .any("subGroups", parts, "The same as `groups`.").optional,
    ]).with(["oneOf": [["required": ["groups"]], ["required": ["subGroups"]]]])
    private static let metrics: SchemaValue = [
        "name": "connections",
        "children": [["name": "subscriber", "value": 120, "sum": 360, "min": 80, "max": 160, "count": 3]],
    ]
    private static let configured: SchemaValue = [
        "name": "sport", "cloudPlatform": "LAB",
        "images": ["edge_image": ["name": "edge_image", "image": "media-node-11"]],
        "roles": ["edge": ["name": "edge", "imageName": "edge_image", "capabilities": ["SUBSCRIBE"]]],
        "groups": [
            "us-east": [
                "nodeGroupName": "sport", "subGroupName": "us-east", "groupType": "main",
                "rulesByRole": ["edge": configuredRule],
            ]
        ],
    ]
    private static let configuredRule: SchemaValue = [
        "nodeGroupName": "sport", "subGroupName": "us-east", "nodeRoleName": "edge", "min": 1, "max": 2, "increment": 1,
        "outExpression": "avg(connections.subscriber) > 120", "inExpression": "avg(connections.subscriber) < 20",
        "capacityRankingExpression": "connections.subscriber", "capacityLimitExpression": "200",
    ]
    private static let offer: SchemaValue = .string(
        "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n"
    )
    private static let names = SchemaValue.list(of: text)
    private static let objects = SchemaValue.list(of: object)
    private static let admin = "/as/v1/admin/nodegroup"

    /// The metrics that an expression is tried on, by name.
    static let components: [SchemaValue.Member] = [
        APISchemas.member(
            "MetricTrees",
            [
                "description": "A tree of metrics, or a list of them; not deeper than 16.",
                "anyOf": [APISchemas.reference("MetricTree"), .list(of: APISchemas.reference("MetricTree"))],
            ]),
        APISchemas.member(
            "MetricTree",
            .record(
                [
                    .text("name", "Of one part: `connections` of `connections.publisher`.").orNull.optional,
                    .number("value", "Of one node.").orNull.optional,
                    .number("sum", "Of many nodes.").orNull.optional, .number("min").orNull.optional,
                    .number("max").orNull.optional, .number("count", "Of nodes.").orNull.optional,
                    .any("children", APISchemas.reference("MetricTrees"), "What is under the name.").orNull.optional,
                ], "A metric, and those under its name.")),
    ]

    /// The route with its document.
    static func documented(_ route: Route) -> Route {
        let own = withParameters(route.in(.product))
        if route.pattern.hasPrefix("/as/v1/proxy/") { return proxied(own) }
        if route.pattern.hasPrefix("/as/v1/streams/") {
            return own.answers(objects, "Nodes with their stream, the best first.")
                .fails(404, "There is no such group, the stream is not live, or no role can do what is asked for.")
                .fails(503, "Nothing has room.")
        }
        if route.pattern.hasPrefix("/as/v1/admin/evaluate/") {
            let expression: SchemaValue =
                route.pattern.contains("/capacity")
                ? "connections.subscriber / 200" : "avg(connections.subscriber) > 150"
            let body =
                route.pattern.contains("{")
                ? own.body(some, ["text/plain"], example: expression)
                : own.body(trial, example: ["expression": expression, "metrics": metrics])
            return
                body
                .answers(object, "What the expression comes to.").fails(400, "It does not read, or has no value.")
        }
        if route.pattern.hasPrefix("/as/v1/admin/terraform/") {
            return own.answers(object, "By platform, which is the provider's name in capitals.")
        }
        return ofGroups(own)
    }

    /// The parameters of the query, as the product has them.
    private static func withParameters(_ route: Route) -> Route {
        let path = route.pattern
        if path.hasPrefix("/as/v1/proxy/session/") { return route.query(bearingUnknown: []) }
        let action: StreamAction = path.contains("/whip/") || path.contains("/publish/") ? .publish : .subscribe
        if path.hasPrefix("/as/v1/proxy/") {
            let kind: ProxyTarget.Kind = action == .publish ? .whip : .whep
            let own = RouteDocument.Parameter.word(
                "protocol", ProtocolFamily.protocols(kind.family), "Of the node's endpoint; any of them if not said.")
            return route.query(
                bearingUnknown: proxyParameters + [own] + placeParameters(action).filter { $0.name != own.name })
        }
        if path.hasSuffix("/publish/{streamGuid...}") || path.hasSuffix("/subscribe/{streamGuid...}") {
            return route.query(bearingUnknown: placeParameters(action))
        }
        return route.query(
            parameters[path.replacing(admin, with: "").replacing("/as/v1/streams/stream/{group}", with: "streams")]
                ?? [])
    }

    private static func placeParameters(_ action: StreamAction) -> [RouteDocument.Parameter] {
        // A viewer who asks for a transcoder is refused.
        let own: [RouteDocument.Parameter] = action == .publish ? [ClientPreference.transcode] : []
        return ClientPreference.parameters(action) + own + [.text("subGroup", "The same as `region`.")]
    }

    private static let proxyParameters: [RouteDocument.Parameter] = [
        .text(
            "nodeGroup", "Which node group is to serve the client; needed where `host` is not there.", example: "live"),
        .text("host", "The `Session-Host` of the answer to OPTIONS."),
    ]

    private static let parameters: [String: [RouteDocument.Parameter]] = [
        "streams": [
            .flag("stats", "Is taken: the numbers are always there."),
            .flag("aggregate", "One entry for each stream, at its source; true if not said.", default: true),
        ],
        "streams/stream/{streamGuid...}": [
            .flag("aggregate", "One entry, at its source; true if not said.", default: true)
        ],
        "/{group}": [.flag("isEffective", "Is taken: no overlay ever stands in for a group.")],
        "/status/{group}": [
            .text("subGroup", "In this sub group only."), .text("role", "Of this role only."),
            .text("state", "In this state only, in the product's word.", example: "INSERVICE"),
            .flag("metrics", "With the metrics of each node."),
            .flag("includeScaling", "With `scalingEvent`; true if not said.", default: true),
            .flag("includeNode", "With `nodeEvent`; true if not said.", default: true),
        ],
        "/{group}/pause": [.flag("resume", "Ends the pause.")],
        "/{group}/{subGroup}/{role}/manualscale": [
            .integer("nodeCount", 0...Int64(SpecLimits.nodes), "How many there are to be.", required: true, example: 3)
        ],
        "/{group}/{node}/manualscale": [
            .text(
                "currentState", "The state that it must be in.", required: true, example: "INSERVICE", lengths: 1...64),
            .text(
                "desiredState", "The state that it is to be in.", required: true, example: "SOFT_SUNSET",
                lengths: 1...64),
        ],
    ]

    private static func ofGroups(_ route: Route) -> Route {
        let known = route.fails(404, "There is no such group.")
        switch (route.method, route.pattern) {
        case (.post, admin):
            return route.body(configuration, example: configured).answers(
                object, "It is made; what is not carried over is in `notes`."
            )
            .fails(409, "There is one of that name.")
        case (.put, admin):
            return known.body(configuration, example: configured).answers(object, "It is changed.").fails(
                409, "It comes from a file.")
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
        let living =
            route.pattern.contains("/whip/")
            ? failing.fails(409, "The stream is live on a node that does not serve the client.") : failing
        switch route.method {
        case .options:
            return living.answersEmpty(204, "The node is in `Session-Host`, its ICE servers are in `Link`.")
                .fails(403, "`host` is no node.")
        case .post:
            return living.body(some, ["application/sdp"], example: offer)
                .answers(text, "The node's answer.", status: 201, contentType: "application/sdp")
                .fails(403, "`host` is no node.")
        case .patch:
            return failing.body(
                text, ["application/trickle-ice-sdpfrag", "application/sdp"], example: "a=end-of-candidates\r\n"
            )
            .answersEmpty(204, "It is passed on.").fails(404, "There is no such session.")
        default: return failing.answersEmpty(200, "It is ended.").fails(404, "There is no such session.")
        }
    }
}
