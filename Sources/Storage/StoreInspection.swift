internal import Foundation
internal import Glibc
package import Reconciler

/// What a look at a data directory shows, also while a daemon works with it. The look changes nothing there: a database at rest is read as
/// a file that nobody writes, and what a killed daemon left behind as a copy.
package struct StoreInspection: Sendable, Equatable {
    /// The process that has the store; nil: nobody has.
    package var holder: Int?
    /// The migrations that its file has taken.
    package var version: Int
    /// Those that this program knows.
    package var known: Int
    /// What SQLite finds wrong in the file; empty: nothing.
    package var damage: [String]
    /// Whose nodes are in it; nil before the first start.
    package var owner: String?
    /// The newest thing that it tells of.
    package var newestAt: Timestamp?
    /// Of the database and its log.
    package var bytes: Int

    /// So many complaints of SQLite are told.
    private static let mostDamage = 3

    package init(
        holder: Int?, version: Int, known: Int, damage: [String], owner: String?, newestAt: Timestamp?, bytes: Int
    ) {
        self.holder = holder
        self.version = version
        self.known = known
        self.damage = damage
        self.owner = owner
        self.newestAt = newestAt
        self.bytes = bytes
    }

    /// Looks at the store in `directory`; nil when there is none yet. `scratch` is where a copy may be, which is taken away again.
    package static func look(at directory: String, scratch: String) async throws(StoreFailure) -> StoreInspection? {
        try await BlockingWorker("smreconcile.inspection").run { () throws(StoreFailure) in
            try inspect(directory, scratch)
        }
    }

    private static func inspect(_ directory: String, _ scratch: String) throws(StoreFailure) -> StoreInspection? {
        let path = DataDirectory.database(in: directory)
        let files = FileManager.default
        guard files.fileExists(atPath: path) else { return nil }
        guard files.isReadableFile(atPath: path) else {
            throw .failed("the database '\(path)' cannot be read by this user")
        }
        func size(_ path: String) -> Int { (try? files.attributesOfItem(atPath: path)[.size] as? Int) ?? 0 }
        let holder = holder(of: directory + "/lock")
        let log = size(path + "-wal")
        if size(path) == 0, log == 0 {
            return StoreInspection(
                holder: holder, version: 0, known: Schema.migrations.count, damage: [], owner: nil, newestAt: nil,
                bytes: 0)
        }
        if holder != nil { return try read(SQLiteConnection(path: path, mode: .readOnly), holder, size(path) + log) }
        if log == 0 { return try read(SQLiteConnection(path: path, mode: .immutable), nil, size(path)) }
        // Its log was not taken in: reading it in place would.
        let copy = "\(scratch)/smreconcile-inspection-\(getpid())"
        do {
            try files.createDirectory(
                atPath: copy, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            defer { try? files.removeItem(atPath: copy) }
            for end in ["", "-wal"] { try files.copyItem(atPath: path + end, toPath: "\(copy)/copy.db\(end)") }
            return try read(SQLiteConnection(path: "\(copy)/copy.db", mode: .readWrite), nil, size(path) + log)
        } catch let failure as StoreFailure {
            throw failure
        } catch {
            throw .failed(
                "the database '\(path)' cannot be copied to '\(scratch)' to be looked at: \(error.localizedDescription)"
            )
        }
    }

    private static func read(
        _ connection: SQLiteConnection, _ holder: Int?, _ bytes: Int
    ) throws(StoreFailure) -> StoreInspection {
        var inspection = StoreInspection(
            holder: holder, version: Int(try connection.integer("PRAGMA user_version")),
            known: Schema.migrations.count, damage: [], owner: nil, newestAt: nil, bytes: bytes)
        var damage: [String] = []
        try connection.run("PRAGMA quick_check(\(mostDamage))") { row throws(StoreFailure) in
            let words = row.text(0)
            if words != "ok" { damage.append(words) }
        }
        inspection.damage = damage
        guard inspection.version > 0, inspection.version <= inspection.known, damage.isEmpty else { return inspection }
        try connection.run("SELECT value FROM kv WHERE key = 'owner'") { row throws(StoreFailure) in
            inspection.owner = String(decoding: row.bytes(0), as: UTF8.self)
        }
        let newest = try connection.integer("SELECT coalesce(max(at), 0) FROM events")
        if newest > 0 { inspection.newestAt = Timestamp(milliseconds: newest) }
        return inspection
    }

    /// Who holds the lock on a file, as the kernel's own list has it (proc(5), `/proc/locks`): asking for the lock would keep a daemon
    /// that starts at this moment from getting it.
    private static func holder(of path: String) -> Int? {
        var info = stat()
        guard unsafe stat(path, &info) == 0, let data = FileManager.default.contents(atPath: "/proc/locks") else {
            return nil
        }
        let place = String(decoding: data, as: UTF8.self).split(separator: "\n").first { line in
            let fields = line.split(separator: " ")
            guard fields.count > 5, fields[1] == "FLOCK", let inode = fields[5].split(separator: ":").last else {
                return false
            }
            return UInt64(inode) == UInt64(info.st_ino)
        }
        return place.flatMap { Int($0.split(separator: " ")[4]) }
    }
}
