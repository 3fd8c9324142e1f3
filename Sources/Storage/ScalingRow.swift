internal import Reconciler

/// The scaling history of a pool as a row of the table `scaling`.
enum ScalingRow {
    /// Inserts a pool's row or replaces it.
    static let upsert =
        "INSERT OR REPLACE INTO scaling(node_group,region,role,recommendations,changes) VALUES(?,?,?,?,?)"
    /// Removes a pool's row; the values are ``key(_:)``.
    static let delete = "DELETE FROM scaling WHERE node_group=? AND region=? AND role=?"
    /// All rows.
    static let select = "SELECT node_group,region,role,recommendations,changes FROM scaling"

    /// The key's values, for ``delete``.
    static func key(_ pool: PoolKey) -> [SQLiteValue] {
        [.text(pool.group), .text(pool.region), .text(pool.role)]
    }

    /// The values for ``upsert``.
    static func values(of history: ScalingHistory, for pool: PoolKey) -> [SQLiteValue] {
        let recommendations = history.recommendations.map { ($0.at, $0.nodes) }
        let changes = history.events.map { ($0.at, $0.change) }
        return key(pool) + [.text(list(recommendations)), .text(list(changes))]
    }

    /// The pool and the history of a row of ``select``. Throws for a row that this version did not write.
    static func history(of row: SQLiteRow) throws(StoreFailure) -> (pool: PoolKey, history: ScalingHistory) {
        let pool = PoolKey(group: row.text(0), region: row.text(1), role: row.text(2))
        guard let recommendations = pairs(row.textBytes(3)), let changes = pairs(row.textBytes(4)) else {
            throw .failed("the database row of the scaling history of '\(pool)' is damaged")
        }
        return (
            pool,
            ScalingHistory(
                recommendations: recommendations.map { .init(at: $0, nodes: $1) },
                events: changes.map { .init(at: $0, change: $1) })
        )
    }

    private static func list(_ pairs: [(Timestamp, Int)]) -> String {
        var list = FlatListWriter()
        for (at, count) in pairs {
            list.append(at.milliseconds)
            list.append(count)
        }
        return list.text
    }

    private static func pairs(_ bytes: [UInt8]) -> [(Timestamp, Int)]? {
        guard var list = FlatListReader(bytes) else { return nil }
        var pairs: [(Timestamp, Int)] = []
        while !list.isAtEnd {
            guard let at = list.integer(), let count = list.integer() else { return nil }
            pairs.append((Timestamp(milliseconds: Int64(at)), count))
        }
        return pairs
    }
}
