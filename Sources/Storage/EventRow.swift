internal import Reconciler

/// An event as a row of the table `events`, which gives it its id.
enum EventRow {
    /// Adds an event, which gets the next id.
    static let insert = "INSERT INTO events(at,level,reason,subject,message) VALUES(?,?,?,?,?)"
    /// Keeps the newest as many as the value says. The ids have no gaps: a rolled-back insert gives its id back.
    static let trim = "DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?"
    /// The newest first: those above the first value, as many as the second says.
    static let select = "SELECT id,at,level,reason,subject,message FROM events WHERE id > ? ORDER BY id DESC LIMIT ?"

    /// The values for ``insert``.
    static func values(of event: Event) -> [SQLiteValue] {
        [
            .integer(event.at.milliseconds), .text(event.level.rawValue), .text(event.reason), .text(event.subject),
            .text(event.message),
        ]
    }

    /// The event of a row of ``select``. Throws for a row that this version did not write.
    static func event(of row: SQLiteRow) throws(StoreFailure) -> Event {
        guard let level = Event.Level(rawValue: row.text(2)) else {
            throw .failed("the database row of event \(row.integer(0)) is damaged in its column 'level'")
        }
        return Event(
            id: row.integer(0), at: Timestamp(milliseconds: row.integer(1)), level: level, reason: row.text(3),
            subject: row.text(4), message: row.text(5))
    }
}
