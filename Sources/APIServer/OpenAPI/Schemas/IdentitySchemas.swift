internal import Reconciler

extension APISchemas {
    /// Logging in, users, tokens, keys and the audit log.
    static let identity: [SchemaValue.Member] = [
        member("Login", .record([.text("username"), .text("password")])),
        member(
            "Token",
            .record([
                .text("accessToken"), .text("tokenType"), .integer("expiresIn", "Seconds from now."),
                .text("refreshToken", "Good once, for new tokens.").optional, .time("refreshExpiresAt").optional,
            ])),
        member("PlainToken", .record([.text("token")])),
        member(
            "User",
            .record([
                .text("username"), roles, .flag("disabled"), .time("createdAt"), .integer("sessions"),
                .texts("apiTokens", "Those that the user made."),
            ])),
        member("NewUser", .record([.any("username", accountName), newPassword("password"), roles], isClosed: true)),
        member(
            "UserChange",
            .record([roles.optional, .flag("disabled").optional], isClosed: true).with(["minProperties": 1])),
        member(
            "Session",
            .record([
                .text("id"), .text("username"), roles, .time("createdAt"), .time("renewedAt").orNull,
                .time("expiresAt"),
                .text("address"), .flag("renewable"), .flag("current", "It is that of this request."),
            ])),
        member(
            "APIToken",
            .record([
                .text("id"), .text("name"), roles, .text("createdBy"), .time("createdAt"), .time("expiresAt"),
                .flag("expired").optional, .text("token", "The secret; where it is made, and never again.").optional,
            ])),
        member(
            "NewAPIToken",
            .record(
                [
                    .any("name", accountName), roles, .duration("for", "How long, as in `90d`.").orNull.optional,
                    .milliseconds("forMs").orNull.optional,
                ], isClosed: true
            ).with(["not": bothDurations])),
        member(
            "SigningKey",
            .record([
                .text("id"), .word("use", ["api", "node"]), .word("state", ["signs", "published", "verifies"]),
                .time("createdAt"), .time("signsFrom"), .time("lastExpiry").orNull,
            ])),
        member(
            "AuditEntry",
            .record([
                .integer("id"), .time("at"), .text("user"), .text("role"), .text("credential"), .text("method"),
                .text("path"), .text("change", "What was changed, where the path does not tell."), .integer("status"),
                .text("requestId"), .text("address"),
            ])),
    ]

    /// By ``PasswordRules``, which refuse what is easily guessed too.
    static func newPassword(_ name: String) -> SchemaField {
        .any(
            name,
            [
                "type": "string", "minLength": .integer(PasswordRules.minimumLength),
                "maxLength": .integer(PasswordRules.maximumLength),
            ])
    }

    /// By ``AccountName``.
    private static let accountName: SchemaValue = [
        "type": "string", "pattern": "^[a-zA-Z0-9_@][a-zA-Z0-9._@-]{0,63}$",
    ]

    private static let roles = SchemaField.word("role", StoredUser.Role.allCases.map(\.rawValue))
}
