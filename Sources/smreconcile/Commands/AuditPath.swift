internal import Reconciler

/// What `get audit` asks the manager for.
enum AuditPath {
    /// The options that mean something to the audit log alone.
    static let options = ["user", "since", "limit"]

    /// The path with its filters; a duration counts back from `now`.
    static func of(_ arguments: Arguments, at now: Timestamp) throws(UsageError) -> String {
        var fields = ["limit=\(try limit(arguments))"]
        if let user = arguments.value("user") { fields.append("user=\(ServerClient.escaped(user))") }
        if let text = arguments.value("since") {
            guard let since = Timestamp(text) ?? DurationText.parse(text).map({ now - $0 }) else {
                throw UsageError(
                    "--since '\(text)' is neither a duration such as 2h nor a time such as 2026-11-22T12:00:00Z")
            }
            fields.append("since=\(ServerClient.escaped("\(since)"))")
        }
        return "/as/v1/audit?" + fields.joined(separator: "&")
    }

    private static func limit(_ arguments: Arguments) throws(UsageError) -> Int {
        guard let text = arguments.value("limit") else { return 100 }
        guard let limit = Int(text), (1...1000).contains(limit) else {
            throw UsageError("--limit '\(text)' is no number from 1 to 1000")
        }
        return limit
    }
}
