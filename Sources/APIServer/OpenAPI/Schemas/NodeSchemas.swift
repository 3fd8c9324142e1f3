internal import Reconciler

extension APISchemas {
    /// Nodes and what they report.
    static let nodes: [SchemaValue.Member] = [
        member("Node", .record(nodeFields, "A media node.")),
        member(
            "NodeReport",
            .record(
                [
                    .text("id"), .text("nodeGroup"), .text("region"), .text("role"), .time("at"), states("state"),
                    .time("since"), .text("reason"), .texts("waiting", "What it waits for, and until when."),
                    .any("times", ["type": "object"]), .any("place", ["type": "object"]),
                    .integer("clients").optional, .integer("streams"), .any("revision", ["type": "object"]),
                    .any("health", ["type": "object"]), .any("marks", ["type": "object"]), .integer("attempts"),
                    .time("retryAt").optional, .text("lastError").optional,
                    .list("history", of: ["type": "object"], "The newest events about it, oldest first.").optional,
                ], "Why a node is as it is.")),
        member(
            "Cordon", .record([.text("id"), .flag("cordoned")], "Whether a node gets new assignments.")),
        member(
            "Heartbeat",
            .record(
                [
                    .any("sequence", ["type": "integer", "minimum": 0], "Counts up with each."),
                    .any("metrics", ["type": "object", "additionalProperties": ["type": "number"]]).optional,
                    .list(
                        "streams",
                        of: .record([
                            .text("scope"), .text("name"), .word("role", ["source", "edge", "relay"]),
                            .any("subscribers", ["type": "integer", "minimum": 0]).optional,
                        ])
                    ).optional,
                    .flag("ready", "Its media server works.").orNull.optional,
                    .flag("protected", "It asks not to be ended now.").orNull.optional,
                ], "What a node says of itself.")),
        member(
            "HeartbeatAnswer",
            .record(
                [
                    .word("directive", ["serve", "drain", "evict", "stop"]), .integer("intervalMs", "Until the next."),
                    .texts("parents", "URLs of the nodes that it may pull from."),
                    .list(
                        "routes", of: .record([.text("scope"), .text("name"), .text("url")]),
                        "Where it gets the streams from that it asked for."),
                    .any(
                        "tickets",
                        .record([
                            .text("publish", "Whether publishers need a ticket."),
                            .text("subscribe", "Whether viewers need one."),
                        ])
                    ).optional,
                ], "What the node should do.")),
    ]

    /// A field with the state of a node.
    private static func states(_ name: String) -> SchemaField {
        .word(name, NodeState.allCases.map(\.rawValue), "See the life of a node.")
    }

    private static let nodeFields: [SchemaField] = [
        .text("id"), .text("nodeGroup"), .text("region"), .text("role"), states("state"), .text("address").orNull,
        .list("endpoints", of: .record([.text("protocol"), .integer("port")])), .text("instanceId").orNull,
        .text("revision", "What it was made from."), .time("since", "In its state."), .time("createdAt").orNull,
        .time("inServiceAt").orNull, .time("lastHeartbeatAt").orNull,
        .any("metrics", ["type": "object", "additionalProperties": ["type": "number"]]), .integer("streams"),
        .text("suspect", "Why it gets no new clients.").orNull, .flag("cordoned"), .time("protectedUntil").orNull,
        .flag("selfProtected"), .any("drainRequested", .record([.time("at"), .text("by")])).orNull,
        .flag("quarantined"), .integer("attempts"), .time("retryAt").orNull, .text("lastError").orNull, .text("reason"),
        .text("waiting", "What it waits for.").orNull,
    ]

    /// A node as a command left it; of one that is gone meanwhile only its id and state.
    static let nodeAfterCommand: SchemaValue = [
        "anyOf": [
            reference("Node"), .record([.text("id"), .word("state", [NodeState.terminated.rawValue])]),
        ]
    ]
}
