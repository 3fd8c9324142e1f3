internal import Reconciler

extension APISchemas {
    /// How the cluster is.
    static let status: [SchemaValue.Member] = [
        member(
            "Status",
            .record(
                [
                    .time("at", "When the round was that this is of."), state, counts, remarks,
                    .list(
                        "nodeGroups", of: .record(groupFields), "Those of the spec in its order, then those that leave."
                    ),
                ], "How the cluster is: what is well in counts, what is not with its reason."))
    ]

    private static let state = SchemaField.word(
        "state", ClusterStatus.State.allCases.map(\.rawValue),
        "`held` waits for a person or stands as one set it; the worst of what is in it.")
    private static let counts = SchemaField.any(
        "nodes", .record([.integer("total"), .integer("inService"), .integer("desired")]))
    private static let remarks = SchemaField.list(
        "remarks",
        of: .record([state, .text("kind", "One word: `spec`, `provider`, `approval` and the like."), .text("message")]))

    private static let groupFields: [SchemaField] = [
        .text("name"), state, counts, remarks, .text("source", "File and line.").optional,
        .list(
            "regions",
            of: .record([
                .text("name"), state, counts, remarks,
                .list(
                    "roles",
                    of: .record([
                        .text("name"), state, counts, remarks,
                        .list("unwell", of: .record(nodeFields), "The nodes that are not well, the worst first."),
                        .integer("unlisted", "How many more are not well."),
                    ])),
            ])),
    ]

    private static let nodeFields: [SchemaField] = [
        .text("id"), state, .text("lifecycle", "`creating`, `fault` and the like."), .time("since"),
        .text("message", "Why, and what it waits for."),
    ]
}
