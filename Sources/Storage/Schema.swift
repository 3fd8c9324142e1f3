internal import Reconciler

/// The tables, as the list of steps that led to them. `PRAGMA user_version` of a file is the number of steps it has taken.
///
/// A released step is never changed: what changes later is one more step at the end.
package enum Schema {
    /// The steps, each one or several SQL statements, carried out in one transaction.
    package static let migrations = [
        """
        CREATE TABLE nodes (
            id TEXT PRIMARY KEY,
            node_group TEXT NOT NULL,
            region TEXT NOT NULL,
            role TEXT NOT NULL,
            provider TEXT NOT NULL,
            token TEXT NOT NULL,
            state TEXT NOT NULL,
            since INTEGER NOT NULL,             -- all times: milliseconds since 1970
            revision TEXT NOT NULL,
            instance_id TEXT,
            address TEXT,
            endpoints TEXT NOT NULL,            -- ["rtmp",1935,...]
            requested_at INTEGER NOT NULL,
            created_at INTEGER,
            in_service_at INTEGER,
            last_heartbeat_at INTEGER,
            metrics TEXT NOT NULL,              -- ["cpu.system.load",0.4,...]
            streams TEXT NOT NULL,              -- ["live","a","source",12,...]
            cordoned INTEGER NOT NULL,
            protected_until INTEGER,
            attempts INTEGER NOT NULL,
            retry_at INTEGER,
            reason TEXT NOT NULL,
            last_error TEXT
        ) STRICT;
        CREATE TABLE scaling (
            node_group TEXT NOT NULL,
            region TEXT NOT NULL,
            role TEXT NOT NULL,
            recommendations TEXT NOT NULL,      -- [at,nodes,...]
            changes TEXT NOT NULL,              -- [at,change,...]
            PRIMARY KEY (node_group, region, role)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE events (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            level TEXT NOT NULL,
            reason TEXT NOT NULL,
            subject TEXT NOT NULL,
            message TEXT NOT NULL
        ) STRICT;
        CREATE TABLE kv (
            key TEXT PRIMARY KEY,
            value BLOB NOT NULL
        ) STRICT;
        CREATE TABLE users (
            name TEXT PRIMARY KEY,
            role TEXT NOT NULL,
            password_hash TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            disabled INTEGER NOT NULL
        ) STRICT;
        """,
        // What scaling remembers beyond recommendations and changes, and pauses.
        """
        ALTER TABLE scaling ADD COLUMN desired INTEGER;
        ALTER TABLE scaling ADD COLUMN min_nodes INTEGER;
        ALTER TABLE scaling ADD COLUMN max_nodes INTEGER;
        ALTER TABLE scaling ADD COLUMN override_nodes INTEGER;
        ALTER TABLE scaling ADD COLUMN override_until INTEGER;
        ALTER TABLE scaling ADD COLUMN override_by TEXT;
        ALTER TABLE scaling ADD COLUMN boots TEXT NOT NULL DEFAULT '[]';     -- [milliseconds,...]
        ALTER TABLE scaling ADD COLUMN averages TEXT NOT NULL DEFAULT '[]';  -- [of,at,sum,count,...]
        CREATE TABLE pauses (
            node_group TEXT PRIMARY KEY,
            since INTEGER NOT NULL,
            paused_by TEXT NOT NULL
        ) STRICT;
        """,
        // Events are counted, and asked for by what they are about. An entry of an index ends with the id.
        """
        ALTER TABLE events ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE events ADD COLUMN first_at INTEGER NOT NULL DEFAULT 0;
        UPDATE events SET first_at = at;
        CREATE INDEX events_of_subject ON events(subject);
        CREATE INDEX events_alike ON events(message, subject, reason, level);
        """,
        // What people asked of nodes and what their past says, how rollouts stand, and what revisions are made from.
        """
        ALTER TABLE nodes ADD COLUMN marks TEXT NOT NULL DEFAULT '{}';       -- JSON
        CREATE TABLE pools (
            node_group TEXT NOT NULL,
            region TEXT NOT NULL,
            role TEXT NOT NULL,
            memory TEXT NOT NULL,               -- JSON
            PRIMARY KEY (node_group, region, role)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE revisions (
            revision TEXT PRIMARY KEY,
            template TEXT NOT NULL              -- JSON
        ) STRICT, WITHOUT ROWID;
        """,
        // What was said about streams ahead of time.
        """
        CREATE TABLE provisions (
            node_group TEXT NOT NULL,
            guid TEXT NOT NULL,
            provision TEXT NOT NULL,            -- JSON
            PRIMARY KEY (node_group, guid)
        ) STRICT, WITHOUT ROWID;
        """,
        // For each of how many nodes of which parent role a pool's bounds were in force.
        """
        ALTER TABLE scaling ADD COLUMN parent TEXT;
        ALTER TABLE scaling ADD COLUMN parents INTEGER;
        """,
        // Who may use the API, beside users: all under one version, which each change raises; and who changed what.
        """
        CREATE TABLE identity (
            version INTEGER NOT NULL
        ) STRICT;
        INSERT INTO identity(version) SELECT count(*) FROM users;
        CREATE TABLE sessions (
            id TEXT PRIMARY KEY,
            session TEXT NOT NULL               -- JSON
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE api_tokens (
            id TEXT PRIMARY KEY,
            token TEXT NOT NULL                 -- JSON
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE signing_keys (
            id TEXT PRIMARY KEY,
            signing_key TEXT NOT NULL           -- JSON
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            subject TEXT NOT NULL,
            role TEXT NOT NULL,
            credential TEXT NOT NULL,
            method TEXT NOT NULL,
            path TEXT NOT NULL,
            status INTEGER NOT NULL,
            request TEXT NOT NULL,
            address TEXT NOT NULL
        ) STRICT;
        CREATE INDEX audit_at ON audit(at);
        CREATE INDEX audit_of_subject ON audit(subject);
        """,
        // How far the events were looked through for each webhook, how it went, and what waits to be sent.
        """
        CREATE TABLE webhooks (
            name TEXT PRIMARY KEY,
            looked_through INTEGER NOT NULL,    -- an event's id
            standing TEXT NOT NULL              -- JSON
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE webhook_deliveries (
            webhook TEXT NOT NULL,
            event INTEGER NOT NULL,
            at INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (webhook, event)
        ) STRICT, WITHOUT ROWID;
        """,
        // Under which commit of the spec an event happened.
        """
        ALTER TABLE events ADD COLUMN commit_id TEXT;
        ALTER TABLE events ADD COLUMN author TEXT;
        """,
        // The limits of approval that were in force with a pool's bounds.
        """
        ALTER TABLE scaling ADD COLUMN approval_share INTEGER;
        ALTER TABLE scaling ADD COLUMN approval_growth INTEGER;
        """,
        // What a call changed, where its path does not tell.
        """
        ALTER TABLE audit ADD COLUMN change TEXT NOT NULL DEFAULT '';
        """,
    ]

    /// The number of steps that the file at `connection` has taken; throws ``StoreFailure/tooNew(_:)`` for more than
    /// there are in `migrations`.
    static func version(
        of connection: SQLiteConnection, directory: String, migrations: [String]
    ) throws(StoreFailure) -> Int {
        let version = Int(try connection.integer("PRAGMA user_version"))
        guard version >= 0, version <= migrations.count else {
            throw .tooNew(
                "the data directory '\(directory)' was written by a newer version of smreconcile (schema \(version), "
                    + "this one knows \(migrations.count)); use that version, or another --data")
        }
        return version
    }

    /// Takes the steps that the file has not taken: all of them, or none when one fails.
    static func migrate(
        _ connection: SQLiteConnection, from version: Int, migrations: [String]
    ) throws(StoreFailure) {
        guard version < migrations.count else { return }
        try connection.transaction { () throws(StoreFailure) in
            for step in migrations[version...] { try connection.execute(step) }
            try connection.execute("PRAGMA user_version = \(migrations.count)")
        }
    }
}
