internal import Reconciler

extension APISchemas {
    /// Streams, and where they are published and watched.
    static let streams: [SchemaValue.Member] = [
        member("Endpoint", .record(endpointFields, "Where to connect to.")),
        member(
            "Place",
            ["oneOf": [placed, .list(of: placed)]]),
        member(
            "Stream",
            .record(
                [
                    .text("scope"), .text("name"), .text("state"),
                    .text("nodeId", "The node that it is published to.").orNull,
                    .text("nodeGroup").orNull, .text("region").orNull, .text("serverAddress").orNull,
                    .time("since").orNull, .integer("subscribers", "On all nodes together."),
                    .list("nodes", of: carrier, "Every node that carries it."),
                ], "A live stream.")),
        member(
            "Source",
            .record(
                [
                    .text("scope"), .text("name"), .text("nodeId"),
                    .flag("isSource", "The stream is published to this very node."),
                    .text("sourceNodeId").optional, .text("parentNodeId").optional,
                    .text("url", "Where the node gets it from.").optional,
                    .list(
                        "path", of: .record([.text("nodeId"), .text("url").orNull]),
                        "From the node's parent to the source."
                    ).optional,
                ], "Where a node gets a stream from.")),
        member(
            "RouteExplanation",
            .record(
                [
                    .text("scope"), .text("name"), .word("action", ["publish", "subscribe"]),
                    .text("protocol").optional,
                    .time("at"), .integer("seed", "Gives the same answer again."),
                    .any(
                        "answer",
                        .record([
                            .integer("status"), .text("node").optional, .text("nodeGroup").optional,
                            .text("region").optional, .text("address").optional, .integer("port").optional,
                            .text("protocol").optional, .text("url").optional, .text("detail").optional,
                        ]), "What the client would be told."),
                    .any("stream", ["type": "object"]), .any("draw", ["type": "object"]).optional,
                    .list("groups", of: ["type": "object"]), .list("otherGroups", of: ["type": "object"]),
                ], "Why a client would be sent where it would be sent.")),
    ]

    private static let endpointFields: [SchemaField] = [
        .text("serverAddress"), .text("scope"), .text("name"), .integer("port"), .text("protocol"),
        .text("nodeId"), .text("nodeGroup"), .text("region"), .text("url"),
        .text("ticket", "Lets the client in at the node; where it asks for one, or `ticket=true`.").optional,
        .time("ticketExpiresAt").optional, .text("ticketUrl", "`url` with the ticket in a short form.").optional,
    ]

    /// With `transcode=true` the node is a transcoder, and `origin` is the one that it sends to.
    private static let placed = SchemaValue.record(
        endpointFields + [.any("origin", reference("Endpoint")).optional])

    private static let carrier = SchemaValue.record([
        .text("nodeId"), .integer("subscribers"), .text("nodeGroup").orNull.optional, .text("role").orNull.optional,
        .text("region").orNull.optional, .text("serverAddress").orNull.optional,
    ])

    /// The example of publish and subscribe.
    static let endpointExample: SchemaValue = [
        "serverAddress": "198.18.0.1", "scope": "live", "name": "a", "port": 1935, "protocol": "rtmp",
        "nodeId": "live-origin-1", "nodeGroup": "live", "region": "us-east", "url": "rtmp://198.18.0.1:1935/live/a",
    ]
}
