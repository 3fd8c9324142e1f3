internal import Reconciler

/// A paused node group as a row of the table `pauses`.
enum PauseRow {
    /// Inserts a group's row or replaces it.
    static let upsert = "INSERT OR REPLACE INTO pauses(node_group,since,paused_by) VALUES(?,?,?)"
    /// Removes the row of the group that the value names.
    static let delete = "DELETE FROM pauses WHERE node_group=?"
    /// All rows.
    static let select = "SELECT node_group,since,paused_by FROM pauses"

    /// The values for ``upsert``.
    static func values(of pause: ScalingPause, for group: String) -> [SQLiteValue] {
        [.text(group), .integer(pause.since.milliseconds), .text(pause.by)]
    }

    /// The group and its pause of a row of ``select``.
    static func pause(of row: SQLiteRow) -> (group: String, pause: ScalingPause) {
        (row.text(0), ScalingPause(since: Timestamp(milliseconds: row.integer(1)), by: row.text(2)))
    }
}
