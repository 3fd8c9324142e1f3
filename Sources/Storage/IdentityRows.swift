internal import Reconciler

/// Sessions, tokens and keys as rows: an id and the rest as JSON, since they are read as a whole.
struct IdentityRows<Value: Codable & Sendable>: Sendable {
    private let table: String
    private let column: String

    /// All rows, each with its id. Throws for a row that this version did not write.
    func read(
        _ connection: SQLiteConnection, _ row: (String, Value) -> Void
    ) throws(StoreFailure) {
        try connection.run("SELECT id,\(column) FROM \(table)") { found throws(StoreFailure) in
            guard let value: Value = JSONColumn.value(found.text(1)) else {
                throw .failed("the database row '\(found.text(0))' of the table '\(table)' is damaged")
            }
            row(found.text(0), value)
        }
    }

    /// Puts rows in place of those with their ids; removes them for nil.
    func write(_ rows: [String: Value?], _ connection: SQLiteConnection) throws(StoreFailure) {
        for (id, value) in rows {
            if let value {
                try connection.run(
                    "INSERT OR REPLACE INTO \(table)(id,\(column)) VALUES(?,?)",
                    [.text(id), .text(JSONColumn.text(value))])
            } else {
                try connection.run("DELETE FROM \(table) WHERE id=?", [.text(id)])
            }
        }
    }
}

extension IdentityRows where Value == StoredSession {
    /// The table `sessions`.
    static let sessions = IdentityRows(table: "sessions", column: "session")
}

extension IdentityRows where Value == StoredAPIToken {
    /// The table `api_tokens`.
    static let tokens = IdentityRows(table: "api_tokens", column: "token")
}

extension IdentityRows where Value == StoredKey {
    /// The table `signing_keys`.
    static let keys = IdentityRows(table: "signing_keys", column: "signing_key")
}

/// The version of all identities, in a table of one row.
enum IdentityVersion {
    /// Reads it.
    static let select = "SELECT version FROM identity"
    /// Makes it one more.
    static let raise = "UPDATE identity SET version = version + 1"
}
