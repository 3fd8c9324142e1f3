internal import Reconciler

/// A user as a row of the table `users`.
enum UserRow {
    /// Inserts a user or replaces it.
    static let upsert = "INSERT OR REPLACE INTO users(name,role,password_hash,created_at,disabled) VALUES(?,?,?,?,?)"
    /// Removes the user with a name.
    static let delete = "DELETE FROM users WHERE name=?"
    /// All rows; a condition or an order may follow.
    static let select = "SELECT name,role,password_hash,created_at,disabled FROM users"

    /// The values for ``upsert``.
    static func values(of user: StoredUser) -> [SQLiteValue] {
        [
            .text(user.name), .text(user.role.rawValue), .text(user.passwordHash),
            .integer(user.createdAt.milliseconds), .integer(user.disabled ? 1 : 0),
        ]
    }

    /// The user of a row of ``select``. Throws for a row that this version did not write.
    static func user(of row: SQLiteRow) throws(StoreFailure) -> StoredUser {
        guard let role = StoredUser.Role(rawValue: row.text(1)) else {
            throw .failed("the database row of user '\(row.text(0))' is damaged in its column 'role'")
        }
        return StoredUser(
            name: row.text(0), role: role, passwordHash: row.text(2),
            createdAt: Timestamp(milliseconds: row.integer(3)), disabled: row.integer(4) != 0)
    }
}
