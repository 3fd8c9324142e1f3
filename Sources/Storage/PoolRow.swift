internal import Reconciler

/// What a pool remembers as a row of the table `pools`.
enum PoolRow {
    /// Inserts a pool's row or replaces it.
    static let upsert = "INSERT OR REPLACE INTO pools(node_group,region,role,memory) VALUES(?,?,?,?)"
    /// Removes a pool's row; the values are ``ScalingRow/key(_:)``.
    static let delete = "DELETE FROM pools WHERE node_group=? AND region=? AND role=?"
    /// All rows.
    static let select = "SELECT node_group,region,role,memory FROM pools"

    /// The values for ``upsert``.
    static func values(of memory: PoolMemory, for pool: PoolKey) -> [SQLiteValue] {
        ScalingRow.key(pool) + [.text(JSONColumn.text(memory))]
    }

    /// The pool and the memory of a row of ``select``. Throws for a row that this version did not write.
    static func memory(of row: SQLiteRow) throws(StoreFailure) -> (pool: PoolKey, memory: PoolMemory) {
        let pool = PoolKey(group: row.text(0), region: row.text(1), role: row.text(2))
        guard let memory: PoolMemory = JSONColumn.value(row.text(3)) else {
            throw .failed("the database row of the pool '\(pool)' is damaged")
        }
        return (pool, memory)
    }
}

/// What a revision is made from as a row of the table `revisions`.
enum RevisionRow {
    /// Inserts a revision or replaces it.
    static let upsert = "INSERT OR REPLACE INTO revisions(revision,template) VALUES(?,?)"
    /// Removes one.
    static let delete = "DELETE FROM revisions WHERE revision=?"
    /// All rows.
    static let select = "SELECT revision,template FROM revisions"

    /// The values for ``upsert``.
    static func values(of template: NodeTemplate, for revision: String) -> [SQLiteValue] {
        [.text(revision), .text(JSONColumn.text(template))]
    }

    /// The revision and the template of a row of ``select``. Throws for a row that this version did not write.
    static func template(of row: SQLiteRow) throws(StoreFailure) -> (revision: String, template: NodeTemplate) {
        guard let template: NodeTemplate = JSONColumn.value(row.text(1)) else {
            throw .failed("the database row of the revision '\(row.text(0))' is damaged")
        }
        return (row.text(0), template)
    }
}
