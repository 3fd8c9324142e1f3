internal import Reconciler

extension APISchemas {
    /// Logging in.
    static let identity: [SchemaValue.Member] = [
        member("Login", .record([.text("username"), .text("password")])),
        member(
            "Token",
            .record([.text("accessToken"), .text("tokenType"), .integer("expiresIn", "Seconds from now.")])),
        member("PlainToken", .record([.text("token")])),
    ]
}
