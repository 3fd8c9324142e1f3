internal import Foundation
internal import Reconciler

/// The table of `get webhooks`, made of the API's answer.
enum WebhookTable {
    private struct Row: Decodable {
        var name: String, origin: String, state: String
        var backlog: Int, delivered: Int, failedAttempts: Int, dropped: Int
        var lastSuccessAt: Timestamp?, lastFailureAt: Timestamp?, retryAt: Timestamp?
        var lastFailure: String?
    }

    /// The table with the ages at `now`; without them for nil.
    static func table(_ data: Data, _ wide: Bool, _ now: Timestamp?) throws -> Table {
        var table = Table(
            ["WEBHOOK", "TO", "STATE", "WAITING", "SUCCESS", "FAILURE"]
                + (wide ? ["RETRY AT", "DELIVERED", "FAILED", "DROPPED"] : []) + ["LAST FAILURE"], wraps: true,
            optional: ["RETRY AT", "DELIVERED", "FAILED", "DROPPED", "TO", "SUCCESS", "WAITING"])
        for row in try JSONDecoder().decode([Row].self, from: data) {
            table.add(
                [
                    row.name, row.origin, row.state, "\(row.backlog)", ResourceTables.age(row.lastSuccessAt, now),
                    ResourceTables.age(row.lastFailureAt, now),
                ]
                    + (wide
                        ? [
                            row.retryAt.map { "\($0)" } ?? "-", "\(row.delivered)", "\(row.failedAttempts)",
                            "\(row.dropped)",
                        ] : [])
                    + [row.lastFailure ?? "-"])
        }
        return table
    }
}
