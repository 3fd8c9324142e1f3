internal import Reconciler

/// The scaling history of a pool as a row of the table `scaling`.
enum ScalingRow {
    private static let columns = [
        "node_group", "region", "role", "recommendations", "changes", "desired", "min_nodes", "max_nodes",
        "override_nodes", "override_until", "override_by", "boots", "averages", "parent", "parents",
        "approval_share", "approval_growth",
    ]

    /// Inserts a pool's row or replaces it.
    static let upsert =
        "INSERT OR REPLACE INTO scaling(\(columns.joined(separator: ","))) "
        + "VALUES(\(columns.map { _ in "?" }.joined(separator: ",")))"
    /// Removes a pool's row; the values are ``key(_:)``.
    static let delete = "DELETE FROM scaling WHERE node_group=? AND region=? AND role=?"
    /// All rows.
    static let select = "SELECT \(columns.joined(separator: ",")) FROM scaling"

    /// The key's values, for ``delete``.
    static func key(_ pool: PoolKey) -> [SQLiteValue] {
        [.text(pool.group), .text(pool.region), .text(pool.role)]
    }

    /// The values for ``upsert``.
    static func values(of history: ScalingHistory, for pool: PoolKey) -> [SQLiteValue] {
        var boots = FlatListWriter()
        for boot in history.boots { boots.append(boot) }
        var averages = FlatListWriter()
        for average in history.averages {
            averages.append(average.of)
            averages.append(average.at.milliseconds)
            averages.append(average.sum)
            averages.append(average.count)
        }
        return key(pool) + [
            .text(list(history.recommendations.map { ($0.at, $0.nodes) })),
            .text(list(history.events.map { ($0.at, $0.change) })),
            .integer(orNull: history.desired.map(Int64.init)),
            .integer(orNull: history.bounds.map { Int64($0.min) }),
            .integer(orNull: history.bounds.map { Int64($0.max) }),
            .integer(orNull: history.override.map { Int64($0.nodes) }),
            .integer(orNull: history.override?.until?.milliseconds), .text(orNull: history.override?.by),
            .text(boots.text), .text(averages.text), .text(orNull: history.bounds?.parent),
            .integer(orNull: history.bounds?.parents.map(Int64.init)),
            .integer(orNull: history.approval.map { Int64($0.share) }),
            .integer(orNull: history.approval.map { Int64($0.growth) }),
        ]
    }

    /// The pool and the history of a row of ``select``. Throws for a row that this version did not write.
    static func history(of row: SQLiteRow) throws(StoreFailure) -> (pool: PoolKey, history: ScalingHistory) {
        let pool = PoolKey(group: row.text(0), region: row.text(1), role: row.text(2))
        guard let recommendations = pairs(row.textBytes(3)), let changes = pairs(row.textBytes(4)),
            let boots = boots(row.textBytes(11)), let averages = averages(row.textBytes(12))
        else {
            throw .failed("the database row of the scaling history of '\(pool)' is damaged")
        }
        var history = ScalingHistory(
            recommendations: recommendations.map { .init(at: $0, nodes: $1) },
            events: changes.map { .init(at: $0, change: $1) }, boots: boots, averages: averages)
        history.desired = row.optionalInteger(5).map { Int($0) }
        if let min = row.optionalInteger(6), let max = row.optionalInteger(7) {
            history.bounds = .init(
                min: Int(min), max: Int(max), parent: row.optionalText(13),
                parents: row.optionalInteger(14).map { Int($0) })
        }
        if let share = row.optionalInteger(15), let growth = row.optionalInteger(16) {
            history.approval = ApprovalLimits(share: Int(share), growth: Int(growth))
        }
        if let nodes = row.optionalInteger(8), let user = row.optionalText(10) {
            history.override = .init(nodes: Int(nodes), until: row.optionalTimestamp(9), by: user)
        }
        return (pool, history)
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

    private static func boots(_ bytes: [UInt8]) -> [Int]? {
        guard var list = FlatListReader(bytes) else { return nil }
        var boots: [Int] = []
        while !list.isAtEnd {
            guard let boot = list.integer() else { return nil }
            boots.append(boot)
        }
        return boots
    }

    private static func averages(_ bytes: [UInt8]) -> [ScalingHistory.Average]? {
        guard var list = FlatListReader(bytes) else { return nil }
        var averages: [ScalingHistory.Average] = []
        while !list.isAtEnd {
            guard let name = list.string(), let at = list.integer(), let sum = list.number(),
                let count = list.integer()
            else { return nil }
            averages.append(.init(of: name, at: Timestamp(milliseconds: Int64(at)), sum: sum, count: count))
        }
        return averages
    }
}
