package import Reconciler

extension SQLiteStore: IdentityStore {
    package func identity() throws(StoreFailure) -> StoredIdentity {
        let connection = try open()
        var identity = StoredIdentity()
        try connection.readTransaction { () throws(StoreFailure) in
            identity.version = try connection.integer(IdentityVersion.select)
            try connection.run(UserRow.select) { row throws(StoreFailure) in
                let user = try UserRow.user(of: row)
                identity.users[user.name] = user
            }
            try IdentityRows<StoredSession>.sessions.read(connection) { identity.sessions[$0] = $1 }
            try IdentityRows<StoredAPIToken>.tokens.read(connection) { identity.tokens[$0] = $1 }
            try IdentityRows<StoredKey>.keys.read(connection) { identity.keys[$0] = $1 }
        }
        return identity
    }

    package func identityVersion() throws(StoreFailure) -> Int64 { try open().integer(IdentityVersion.select) }

    package func commit(_ change: IdentityChange, at version: Int64) throws(StoreFailure) -> Bool {
        let connection = try writable()
        var isCurrent = false
        try connection.transaction { () throws(StoreFailure) in
            isCurrent = try connection.integer(IdentityVersion.select) == version
            guard isCurrent else { return }
            for (name, user) in change.users {
                if let user {
                    try connection.run(UserRow.upsert, UserRow.values(of: user))
                } else {
                    try connection.run(UserRow.delete, [.text(name)])
                }
            }
            try IdentityRows<StoredSession>.sessions.write(change.sessions, connection)
            try IdentityRows<StoredAPIToken>.tokens.write(change.tokens, connection)
            try IdentityRows<StoredKey>.keys.write(change.keys, connection)
            try connection.run(IdentityVersion.raise)
        }
        return isCurrent
    }

    package func record(_ entries: [AuditEntry]) throws(StoreFailure) {
        guard let newest = entries.last else { return }
        let connection = try writable()
        try connection.transaction { () throws(StoreFailure) in
            for entry in entries { try connection.run(AuditRow.insert, AuditRow.values(of: entry)) }
            try connection.run(
                AuditRow.trim,
                [
                    .integer(Int64(AuditLimits.entries)), .integer((newest.at - AuditLimits.age).milliseconds),
                ])
        }
    }

    package func audit(_ query: AuditQuery) throws(StoreFailure) -> [AuditEntry] {
        var entries: [AuditEntry] = []
        let (sql, values) = AuditRow.select(query)
        try open().run(sql, values) { row in entries.append(AuditRow.entry(of: row)) }
        return entries
    }
}
