package import Foundation
package import Reconciler

/// The store on SQLite, in one file of a data directory: the default, for one manager.
///
/// Its calls block, so the actor runs on a thread of its own, never on the cooperative pool. A commit is durable when it
/// returns: the write-ahead log is synchronised at every commit (`synchronous=FULL`), because an intent that a loss of
/// power undoes would leak the instance that was created for it.
package actor SQLiteStore: Store {
    private nonisolated let executor = QueueExecutor(label: "smreconcile.store")
    private let directory: String
    private let isReadOnly: Bool
    /// Nil before it is opened and after ``close()``.
    private var connection: SQLiteConnection?
    /// Held while open for writing.
    private var lock: DataDirectory?

    /// Where all of its calls run: a queue of its own.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    private init(directory: String, isReadOnly: Bool) {
        self.directory = directory
        self.isReadOnly = isReadOnly
    }

    /// Opens the store in `directory` for reading and writing, making both where they are not there, and brings an older
    /// database up to date.
    ///
    /// One process at a time has it: ``StoreFailure/inUse(_:)`` names the other one. A database of a newer version is left
    /// as it is: ``StoreFailure/tooNew(_:)``. `migrations` is for tests of the migrations themselves.
    package static func open(
        directory: String, migrations: [String] = Schema.migrations
    ) async throws(StoreFailure) -> SQLiteStore {
        let store = SQLiteStore(directory: directory, isReadOnly: false)
        try await store.openForWriting(migrations)
        return store
    }

    /// Opens the store in `directory` to read it while a daemon may be using it. It takes no lock and changes nothing;
    /// every change through it throws. A database that an older version wrote must be brought up to date first, by an
    /// opening for writing.
    ///
    /// A process that was killed leaves the log and its index behind; they are read too. Only where a log was copied without
    /// its index, SQLite makes the index anew.
    ///
    /// Each call sees what was committed by then; ``load()`` is one point in time.
    package static func readOnly(directory: String) async throws(StoreFailure) -> SQLiteStore {
        let store = SQLiteStore(directory: directory, isReadOnly: true)
        try await store.openForReading()
        return store
    }

    private func openForWriting(_ migrations: [String]) throws(StoreFailure) {
        let lock = try DataDirectory(locking: directory)
        let connection = try SQLiteConnection(path: DataDirectory.database(in: directory), mode: .readWrite)
        // Before anything is written: a newer file stays as it is.
        let version = try Schema.version(of: connection, directory: directory, migrations: migrations)
        let mode = try connection.text("PRAGMA journal_mode=WAL")
        guard mode == "wal" else {
            throw .failed(
                "the data directory '\(directory)' is on a file system without shared memory, as SQLite needs it")
        }
        // The log shrinks to 16 MiB after a time of many changes.
        try connection.execute(
            """
            PRAGMA synchronous=FULL;
            PRAGMA foreign_keys=ON;
            PRAGMA trusted_schema=OFF;
            PRAGMA journal_size_limit=16777216;
            """)
        try Schema.migrate(connection, from: version, migrations: migrations)
        self.lock = lock
        self.connection = connection
    }

    private func openForReading() throws(StoreFailure) {
        let path = DataDirectory.database(in: directory)
        let files = FileManager.default
        guard files.fileExists(atPath: path) else {
            throw .failed("the data directory '\(directory)' holds no database of smreconcile")
        }
        // A process that has it open, or that died, left the log and its index, which are read too. Without them the
        // database is at rest and whole by itself, and SQLite must not make them.
        let log = try? files.attributesOfItem(atPath: path + "-wal")[.size] as? Int
        let isAtRest = !files.fileExists(atPath: path + "-shm") && (log ?? 0) == 0
        let connection = try SQLiteConnection(path: path, mode: isAtRest ? .immutable : .readOnly)
        let version = try Schema.version(of: connection, directory: directory, migrations: Schema.migrations)
        guard version == Schema.migrations.count else {
            throw .failed(
                "the data directory '\(directory)' was written by an older version of smreconcile; "
                    + "'smreconcile run' brings it up to date")
        }
        self.connection = connection
    }

    /// Closes the database and gives the directory free; later calls throw. A store that is dropped without it closes too.
    package func close() {
        connection = nil
        lock = nil
    }

    /// Bounds the database to `pages` of 4 KiB, at least to its present size: a commit beyond throws
    /// ``StoreFailure/full(_:)``.
    package func limit(pages: Int) throws(StoreFailure) {
        try open().execute("PRAGMA max_page_count=\(pages)")
    }

    /// The connection, to read.
    func open() throws(StoreFailure) -> SQLiteConnection {
        guard let connection else { throw .failed("the store in '\(directory)' is closed") }
        return connection
    }

    /// The connection, for a change.
    func writable() throws(StoreFailure) -> SQLiteConnection {
        if isReadOnly { throw .failed("the store in '\(directory)' was opened to read only") }
        return try open()
    }

    package func load() throws(StoreFailure) -> StoredState {
        let connection = try open()
        var state = StoredState()
        try connection.readTransaction { () throws(StoreFailure) in
            state.nodes.reserveCapacity(Int(try connection.integer("SELECT count(*) FROM nodes")))
            try connection.run(NodeRow.select) { row throws(StoreFailure) in
                state.nodes.append(try NodeRow.node(of: row))
            }
            try connection.run(ScalingRow.select) { row throws(StoreFailure) in
                let (pool, history) = try ScalingRow.history(of: row)
                state.scaling[pool] = history
            }
            try connection.run(PauseRow.select) { row throws(StoreFailure) in
                let (group, pause) = PauseRow.pause(of: row)
                state.pauses[group] = pause
            }
            try connection.run(PoolRow.select) { row throws(StoreFailure) in
                let (pool, memory) = try PoolRow.memory(of: row)
                state.memories[pool] = memory
            }
            try connection.run(RevisionRow.select) { row throws(StoreFailure) in
                let (revision, template) = try RevisionRow.template(of: row)
                state.templates[revision] = template
            }
            try connection.run(ProvisionRow.select) { row throws(StoreFailure) in
                state.provisions.append(try ProvisionRow.provision(of: row))
            }
        }
        return state
    }

    package func commit(_ change: StoreChange) throws(StoreFailure) {
        let connection = try writable()
        if change.isEmpty { return }
        try connection.transaction { () throws(StoreFailure) in
            for node in change.upserts { try connection.run(NodeRow.upsert, NodeRow.values(of: node)) }
            for id in change.deletes { try connection.run("DELETE FROM nodes WHERE id=?", [.text(id.rawValue)]) }
            for (pool, history) in change.scaling {
                if history == ScalingHistory() {
                    try connection.run(ScalingRow.delete, ScalingRow.key(pool))
                } else {
                    try connection.run(ScalingRow.upsert, ScalingRow.values(of: history, for: pool))
                }
            }
            for (group, pause) in change.pauses {
                if let pause {
                    try connection.run(PauseRow.upsert, PauseRow.values(of: pause, for: group))
                } else {
                    try connection.run(PauseRow.delete, [.text(group)])
                }
            }
            for (pool, memory) in change.memories {
                if memory == PoolMemory() {
                    try connection.run(PoolRow.delete, ScalingRow.key(pool))
                } else {
                    try connection.run(PoolRow.upsert, PoolRow.values(of: memory, for: pool))
                }
            }
            for (revision, template) in change.templates {
                if let template {
                    try connection.run(RevisionRow.upsert, RevisionRow.values(of: template, for: revision))
                } else {
                    try connection.run(RevisionRow.delete, [.text(revision)])
                }
            }
            for (key, provision) in change.provisions {
                if let provision {
                    try connection.run(ProvisionRow.upsert, ProvisionRow.values(of: provision))
                } else {
                    try connection.run(ProvisionRow.delete, ProvisionRow.key(key))
                }
            }
            try add(change.events, to: connection)
        }
    }

    private func add(_ events: [Event], to connection: SQLiteConnection) throws(StoreFailure) {
        if events.isEmpty { return }
        let merge = try EventMerge(events) { identity throws(StoreFailure) in
            var latest: Event?
            try connection.run(EventRow.latest, EventRow.key(identity)) { row throws(StoreFailure) in
                latest = try EventRow.event(of: row)
            }
            return latest
        }
        for id in merge.replaced { try connection.run(EventRow.delete, [.integer(id)]) }
        for event in merge.added { try connection.run(EventRow.insert, EventRow.values(of: event)) }
        try connection.run(EventRow.trim, [.integer(Int64(StoreLimits.events))])
    }

    package func events(after: Int64, about subject: String?, limit: Int) throws(StoreFailure) -> [Event] {
        var events: [Event] = []
        let sql = subject == nil ? EventRow.select : EventRow.selectAbout
        let values = [.integer(after), .integer(Int64(max(0, limit)))] + (subject.map { [SQLiteValue.text($0)] } ?? [])
        try open().run(sql, values) { row throws(StoreFailure) in
            events.append(try EventRow.event(of: row))
        }
        return events.reversed()
    }

    package func value(_ key: String) throws(StoreFailure) -> Data? {
        var value: Data?
        try open().run("SELECT value FROM kv WHERE key=?", [.text(key)]) { row throws(StoreFailure) in
            value = Data(row.bytes(0))
        }
        return value
    }

    package func setValue(_ value: Data, for key: String) throws(StoreFailure) {
        try writable().run("INSERT OR REPLACE INTO kv(key,value) VALUES(?,?)", [.text(key), .bytes(Array(value))])
    }

    package func value(_ key: String, orFirst first: Data) throws(StoreFailure) -> Data {
        try writable().run("INSERT OR IGNORE INTO kv(key,value) VALUES(?,?)", [.text(key), .bytes(Array(first))])
        return try value(key) ?? first
    }
}
