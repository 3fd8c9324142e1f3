internal import Reconciler

/// An event as a row of the table `events`, which gives it its id.
enum EventRow {
    private static let columns = "at,level,reason,subject,message,count,first_at,commit_id,author"

    /// Adds an event, which gets the next id.
    static let insert = "INSERT INTO events(\(columns)) VALUES(?,?,?,?,?,?,?,?,?)"
    /// Removes the event with an id.
    static let delete = "DELETE FROM events WHERE id=?"
    /// Keeps the newest as many as the value says. Counting reads the pages of the smallest index only; ids have gaps.
    static let trim = """
        DELETE FROM events WHERE id IN (
            SELECT id FROM events ORDER BY id LIMIT max(0, (SELECT count(*) FROM events) - ?))
        """
    /// The newest first: those above the first value, as many as the second says.
    static let select = "SELECT id,\(columns) FROM events WHERE id > ?1 ORDER BY id DESC LIMIT ?2"
    /// The same about the subject that the third value says.
    static let selectAbout =
        "SELECT id,\(columns) FROM events WHERE subject = ?3 AND id > ?1 ORDER BY id DESC LIMIT ?2"
    /// The oldest first: those above the first value, as many as the second says.
    static let oldest = "SELECT id,\(columns) FROM events WHERE id > ?1 ORDER BY id LIMIT ?2"
    /// The greatest id that was ever given.
    static let newest = "SELECT seq FROM sqlite_sequence WHERE name='events'"
    /// The newest event of an identity; the values are ``key(_:)``.
    static let latest = """
        SELECT id,\(columns) FROM events WHERE message=? AND subject=? AND reason=? AND level=?
        ORDER BY id DESC LIMIT 1
        """

    /// The values for ``latest``.
    static func key(_ identity: Event.Identity) -> [SQLiteValue] {
        [
            .text(identity.message), .text(identity.subject), .text(identity.reason),
            .text(identity.level.rawValue),
        ]
    }

    /// The values for ``insert``.
    static func values(of event: Event) -> [SQLiteValue] {
        [
            .integer(event.at.milliseconds), .text(event.level.rawValue), .text(event.reason), .text(event.subject),
            .text(event.message), .integer(Int64(event.count)), .integer(event.firstAt.milliseconds),
            .text(orNull: event.commit?.id), .text(orNull: event.commit?.author),
        ]
    }

    /// The event of a row of ``select``, ``selectAbout``, ``oldest`` or ``latest``. Throws for a row that this version did not write.
    static func event(of row: SQLiteRow) throws(StoreFailure) -> Event {
        guard let level = Event.Level(rawValue: row.text(2)) else {
            throw .failed("the database row of event \(row.integer(0)) is damaged in its column 'level'")
        }
        var event = Event(
            id: row.integer(0), at: Timestamp(milliseconds: row.integer(1)),
            firstAt: Timestamp(milliseconds: row.integer(7)), count: Int(row.integer(6)), level: level,
            reason: row.text(3), subject: row.text(4), message: row.text(5))
        if let id = row.optionalText(8), let author = row.optionalText(9) {
            event.commit = .init(id: id, author: author)
        }
        return event
    }
}
