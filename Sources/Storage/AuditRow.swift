internal import Reconciler

/// An entry of the audit log as a row of the table `audit`, which gives it its id. Ids have no gaps.
enum AuditRow {
    private static let columns = "at,subject,role,credential,method,path,status,request,address,change"

    /// Adds an entry.
    static let insert = "INSERT INTO audit(\(columns)) VALUES(?,?,?,?,?,?,?,?,?,?)"
    /// Keeps the newest as many as the first value says, and none from before the second.
    static let trim = "DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?1 OR at < ?2"

    /// The values for ``insert``.
    static func values(of entry: AuditEntry) -> [SQLiteValue] {
        [
            .integer(entry.at.milliseconds), .text(entry.subject), .text(entry.role), .text(entry.credential),
            .text(entry.method), .text(entry.path), .integer(Int64(entry.status)), .text(entry.requestID),
            .text(entry.address), .text(entry.change),
        ]
    }

    /// The newest first, with the values.
    static func select(_ query: AuditQuery) -> (sql: String, values: [SQLiteValue]) {
        var conditions: [String] = []
        var values: [SQLiteValue] = []
        func require(_ condition: String, _ value: SQLiteValue) {
            conditions.append(condition)
            values.append(value)
        }
        if let subject = query.subject { require("subject = ?", .text(subject)) }
        if let since = query.since { require("at >= ?", .integer(since.milliseconds)) }
        if let before = query.before { require("id < ?", .integer(before)) }
        values.append(.integer(Int64(max(0, query.limit))))
        let filter = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        return ("SELECT id,\(columns) FROM audit\(filter) ORDER BY id DESC LIMIT ?", values)
    }

    /// The entry of a row of ``select(_:)``.
    static func entry(of row: SQLiteRow) -> AuditEntry {
        var entry = AuditEntry(
            at: Timestamp(milliseconds: row.integer(1)), subject: row.text(2), role: row.text(3),
            credential: row.text(4), method: row.text(5), path: row.text(6), status: Int(row.integer(7)),
            requestID: row.text(8), address: row.text(9), change: row.text(10))
        entry.id = row.integer(0)
        return entry
    }
}
