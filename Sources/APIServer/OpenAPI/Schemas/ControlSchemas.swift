internal import Reconciler

extension APISchemas {
    /// The plan, events and approvals.
    static let control: [SchemaValue.Member] = [
        member(
            "Plan",
            .record(
                [
                    .integer("changes", "How many actions there are."),
                    .list(
                        "actions",
                        of: .record([
                            .text("kind"), .text("nodeGroup"), .text("region"), .text("role"), .text("node").optional,
                            .text("reason"), .text("rule"),
                        ])),
                    .list("held", of: ["type": "object"], "What is not done, and which limit holds it."),
                    .list("scaling", of: ["type": "object"]), .list("conditions", of: ["type": "object"]),
                    .any("costs", ["type": "object"], "Where a provider has prices.").optional,
                    .any("commit", reference("Commit"), "Of the spec, where a git repository is followed.").optional,
                    .any("summary", ["type": "object", "additionalProperties": ["type": "integer"]]),
                ], "What would be done.")),
        member(
            "Event",
            .record(
                [
                    .integer("id", "Counts up; one that repeats gets a new one."), .time("at"), .time("firstAt"),
                    .integer("count", "How often it came since `firstAt`."),
                    .word("level", ["info", "warning", "error"]),
                    .text("reason", "One word for the kind."), .text("subject", "What it is about."), .text("message"),
                    .text("commit", "Of the spec at that time, or what it is about; not without git.").optional,
                    .text("author", "Of the commit.").optional,
                ], "Something that happened.")),
        member(
            "Commit",
            .record(
                [
                    .text("id"), .text("author"), .text("email"), .time("at", "By the committer's clock."),
                    .text("subject", "The first line of its message."),
                ], "A commit of the repository that is followed.")),
        member(
            "SpecSource",
            .record(
                [
                    .word("kind", ["files", "git"]), .texts("paths"), .text("url").orNull,
                    .text("ref", "The branch by its full name; `HEAD` for the default one.").orNull,
                    .any("inForce", reference("Commit"), "What runs.").orNull,
                    .any("newest", reference("Commit"), "What the branch is at.").orNull,
                    .flag("isInForce", "Whether the newest state is the one in force."),
                    .list(
                        "problems",
                        of: .record([
                            .text("file"), .integer("line", "0: of the file as a whole."), .integer("column"),
                            .text("message"), .text("suggestion").orNull,
                        ]), "What keeps the newest state from coming into force."),
                    .time("fetchedAt", "When the repository was last reached.").orNull,
                    .any(
                        "outage", .record([.time("since"), .text("message")]),
                        "Set while the repository is out of reach."
                    ).orNull,
                ], "Where the spec comes from.")),
        member("HookTaken", .record([.flag("accepted")])),
        member(
            "Approval",
            .record(
                [.any("hash", ["type": "string", "minLength": 1], "As the plan shows it.")],
                "Releases what a plan holds.")),
        member(
            "Webhook",
            .record([
                .text("name"), .text("origin", "Scheme, host and port of its URL."),
                .word("state", WebhookStatus.State.allCases.map(\.rawValue)),
                .integer("backlog", "Events that wait."), .time("lastSuccessAt").orNull, .time("lastFailureAt").orNull,
                .text("lastFailure").orNull, .time("failingSince").orNull,
                .time("retryAt", "When the next attempt is made.").orNull,
                .integer("delivered", "Since the start of the manager."), .integer("failedAttempts"),
                .integer("dropped", "Events that are never sent."),
            ])),
        member(
            "WebhookTest",
            .record([
                .text("id", "Its `webhook-id`."), .flag("delivered"),
                .integer("status", "What the receiver answered.").orNull, .text("failure").orNull,
                .integer("durationMs"),
            ])),
        member("Approved", .record([.text("approved", "The hash.")])),
        member(
            "Ready",
            .record([.flag("ready"), .texts("troubles", "What is wrong and keeps nobody from being served.")])),
        member(
            "KeySet",
            .record(
                [.list("keys", of: .record([.text("kty"), .text("use"), .text("alg"), .text("kid")]))],
                "The public keys that verify tokens and tickets (RFC 7517).")),
    ]
}
