internal import Reconciler

/// A provision as a row of the table `provisions`.
enum ProvisionRow {
    /// Inserts a provision or replaces it.
    static let upsert = "INSERT OR REPLACE INTO provisions(node_group,guid,provision) VALUES(?,?,?)"
    /// Removes that of a key.
    static let delete = "DELETE FROM provisions WHERE node_group=? AND guid=?"
    /// All rows in the order of their keys.
    static let select = "SELECT node_group,guid,provision FROM provisions ORDER BY node_group,guid"

    /// The values for ``delete``.
    static func key(_ key: Provision.Key) -> [SQLiteValue] { [.text(key.group), .text(key.guid)] }

    /// The values for ``upsert``.
    static func values(of provision: Provision) -> [SQLiteValue] {
        key(provision.key) + [.text(JSONColumn.text(provision))]
    }

    /// The provision of a row of ``select``. Throws for a row that this version did not write.
    static func provision(of row: SQLiteRow) throws(StoreFailure) -> Provision {
        guard let provision: Provision = JSONColumn.value(row.text(2)), provision.group == row.text(0),
            provision.guid == row.text(1)
        else {
            throw .failed("the database row of provision '\(row.text(1))' of '\(row.text(0))' is damaged")
        }
        return provision
    }
}
