internal import Reconciler

/// What `run` prints when it is up: the address, the password of the first start, and three lines to paste.
enum Banner {
    static func print(
        url: String, others: [String], following repository: String?, password: String?, _ spec: Spec,
        _ console: Console
    ) {
        var lines = ["", "smreconcile \(VersionCommand.version) serves \(console.styled(url, .bold))"]
        if !others.isEmpty { lines.append("it listens for \(others.joined(separator: " and "))") }
        if let repository {
            let commit = spec.origin.map { ", at commit \($0.commit.words)" } ?? ""
            lines.append("it follows \(repository)\(commit)")
        }
        if let password { lines.append("admin password (shown this once): \(console.styled(password, .bold))") }
        // Nobody can be sent anywhere yet.
        guard let group = spec.groups.first else { return console.print((lines + [""]).joined(separator: "\n")) }
        if password == nil {
            lines.append(
                "the admin password is that of the first start; put it into SMRECONCILE_ADMIN_PASSWORD for the lines below"
            )
        }
        let scope = group.scopes.first ?? "live"
        let shown = password ?? "$SMRECONCILE_ADMIN_PASSWORD"
        let quoted = password == nil ? "'\"\(shown)\"'" : shown
        let login =
            "TOKEN=$(curl -s \(url)/as/v1/auth/login -H 'Content-Type: application/json' "
            + "-d '{\"username\": \"admin\", \"password\": \"\(quoted)\"}' "
            + "| sed 's/.*\"accessToken\":\"\\([^\"]*\\)\".*/\\1/')"
        // A fleet that is still booting and a stream that is not live yet are asked for again by curl itself.
        let ask =
            "curl -sf -w '\\n' --retry 5 --retry-all-errors -H \"Authorization: Bearer $TOKEN\" \(url)/as/v1/streams/\(scope)/hello"
        lines += [
            "", "# try it: log in, ask where to publish the stream '\(scope)/hello', and where to watch it", login,
            "\(ask)/publish", "\(ask)/subscribe", "",
        ]
        console.print(lines.joined(separator: "\n"))
    }
}
