internal import Reconciler

extension APISchemas {
    /// Node groups, and their counts.
    static let groups: [SchemaValue.Member] = [
        member("NodeGroup", .record(groupFields, "A node group: what should be, what is, and whether the two agree.")),
        member(
            "NodeGroupRecord",
            .record(
                [.text("name"), .text("createdBy"), .time("createdAt"), .text("changedBy"), .time("changedAt")],
                "A node group that was made over the API.")),
        member(
            "ScalingReport",
            .record(
                [
                    .text("nodeGroup"), .time("at"), .any("paused", pause).optional,
                    .list("scaling", of: ["type": "object"], "The decisions, with every number that led to them."),
                    .list("pools", of: ["type": "object"]), .list("held", of: ["type": "object"]),
                    .list("conditions", of: ["type": "object"]),
                ], "Why the counts are as they are.")),
        member(
            "ScaleOrder",
            .record(
                [
                    .text("role"), .text("region", "Only there; else in each.").orNull.optional,
                    .any(
                        "nodes",
                        ["type": ["integer", "null"], "minimum": 0, "maximum": .integer(SpecLimits.nodes)],
                        "The count; null: back to the rules."),
                    .duration("for", "How long, as in `2h`; else until it is taken back.").orNull.optional,
                    .milliseconds("forMs").orNull.optional,
                ], "A count set by hand.", isClosed: true
            ).with([
                "not": bothDurations,
                // Back to the rules is for good.
                "if": ["properties": ["nodes": ["type": "null"]]],
                "then": ["properties": ["for": ["type": "null"], "forMs": ["type": "null"]]],
            ])),
        member(
            "ScaleOutcome",
            .record([
                .text("nodeGroup"), .text("role"), .any("paused", pause).orNull,
                .list("regions", of: .record([.text("region"), .any("override", .record(overrideFields)).orNull])),
            ])),
        member("Pause", .record([.text("nodeGroup"), .any("paused", pause).orNull])),
        member(
            "RetryOrder",
            .record([.text("role"), .text("region").orNull.optional], "What is to be tried again.", isClosed: true)),
        member(
            "RetryOutcome",
            .record([
                .text("nodeGroup"), .text("role"),
                .list("retried", of: .record([.text("region"), .texts("forgotten")])),
            ])),
    ]

    private static let pause = SchemaValue.record([.time("since"), .text("by")])

    private static let overrideFields: [SchemaField] = [.integer("nodes"), .time("until").orNull, .text("by")]

    private static let groupFields: [SchemaField] = [
        .text("name"), .text("provider"), .texts("scopes"), .texts("regions"),
        .list(
            "roles",
            of: .record([.text("name"), .integer("desired"), .integer("ready"), .integer("total")])),
        .integer("nodesTotal"), .number("costPerHour").optional, .integer("nodesUnpriced").optional,
        .word("state", ["ok", "held", "progressing", "degraded"]), .any("paused", pause).orNull,
        .list(
            "overrides",
            of: .record([.text("region"), .text("role")] + overrideFields + [.integer("bounded").optional])),
        .list("approvals", of: .record([.text("hash"), .integer("held")])),
        .list(
            "conditions",
            of: .record([
                .text("type"), .text("status"), .text("nodeGroup"), .text("region"), .text("role"), .text("message"),
            ])),
        .text("source", "File and line, or `api:` and its name.").orNull,
        .list("setAside", of: .text, "What is wrong with its document, where that keeps it out of force.").optional,
        .any("commit", reference("Commit"), "That changed its file last, where a git repository is followed.").optional,
        .list("nodes", of: reference("Node"), "Of one group alone.").optional,
    ]
}
