internal import Reconciler

/// What `run` prints when it is up: the address, the password of the first start, and three lines to paste.
enum Banner {
    static func print(url: String, password: String?, _ spec: Spec, _ console: Console) {
        var lines = ["", "smreconcile \(VersionCommand.version) serves \(console.styled(url, .bold))"]
        let shown: String
        if let password {
            lines.append("admin password (shown this once): \(console.styled(password, .bold))")
            shown = password
        } else {
            shown = "$SMRECONCILE_ADMIN_PASSWORD"
        }
        let scope = spec.groups.first?.scopes.first ?? "live"
        let quoted = password == nil ? "'\"\(shown)\"'" : shown
        lines += [
            "",
            "log in:",
            "  TOKEN=$(curl -s \(url)/as/v1/auth/login -H 'Content-Type: application/json' \\",
            "    -d '{\"username\": \"admin\", \"password\": \"\(quoted)\"}' | sed 's/.*\"accessToken\":\"\\([^\"]*\\)\".*/\\1/')",
            "where to publish the stream '\(scope)/hello':",
            "  curl -s \(url)/as/v1/streams/\(scope)/hello/publish -H \"Authorization: Bearer $TOKEN\"",
            "where to watch it, once it is live:",
            "  curl -s \(url)/as/v1/streams/\(scope)/hello/subscribe -H \"Authorization: Bearer $TOKEN\"",
            "",
        ]
        console.print(lines.joined(separator: "\n"))
    }
}
