internal import CSQLite
internal import Glibc
internal import Reconciler

/// One connection to one database file: the only door to SQLite. Every call blocks its thread.
///
/// Not `Sendable`: the actor ``SQLiteStore`` owns it and makes all calls on its own thread. Result codes become a
/// ``StoreFailure`` by what a caller can do about them.
@safe
final class SQLiteConnection {
    /// How a file is opened.
    enum Mode {
        /// To read and write; the file is made when it is not there.
        case readWrite
        /// To read beside a process that writes, through the files that it shares.
        case readOnly
        /// To read a file that nobody writes meanwhile; no file beside it is needed or made.
        case immutable
    }

    /// How long a call waits for another connection's lock before it fails, in milliseconds. Only a reader's recovery and
    /// a checkpoint can hold one, for a moment.
    private static let busyTimeoutMs: CInt = 5000

    private let path: String
    private let database: OpaquePointer
    /// Prepared statements by their text; all texts are constants of this module, so there are few.
    private var statements: [String: SQLiteStatement] = [:]

    /// Opens the file at `path`. Little is read before the first statement, so a damaged file shows only then.
    init(path: String, mode: Mode) throws(StoreFailure) {
        let flags: CInt =
            switch mode {
            case .readWrite: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .readOnly: SQLITE_OPEN_READONLY
            case .immutable: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            }
        let name = mode == .immutable ? Self.immutableURI(of: path) : path
        var opened: OpaquePointer?
        // No mutex of SQLite's own: the actor makes one call at a time.
        let code = unsafe sqlite3_open_v2(name, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let database = unsafe opened else {
            // Also a failed opening gives a handle, which holds the reason.
            defer { unsafe sqlite3_close_v2(opened) }
            throw unsafe Self.failure(code, of: opened, path: path)
        }
        self.path = path
        unsafe self.database = unsafe database
        unsafe sqlite3_busy_timeout(database, Self.busyTimeoutMs)
    }

    deinit {
        // Statements first: a connection with statements stays open.
        statements.removeAll()
        unsafe sqlite3_close_v2(database)
    }

    /// Runs one or several statements that take no values and whose rows do not matter.
    func execute(_ sql: String) throws(StoreFailure) {
        try check(unsafe sqlite3_exec(database, sql, nil, nil, nil))
    }

    /// Runs one statement with `values` for its question marks, and gives its rows to `row`.
    func run(
        _ sql: String, _ values: [SQLiteValue] = [],
        row: (SQLiteRow) throws(StoreFailure) -> Void = { _ throws(StoreFailure) in }
    ) throws(StoreFailure) {
        let statement = try prepared(sql)
        defer { statement.reset() }
        for (index, value) in values.enumerated() {
            try check(statement.bind(value, at: CInt(index + 1)))
        }
        while true {
            let code = statement.step()
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw failure(code) }
            try row(SQLiteRow(statement))
        }
    }

    /// The first column of the first row as an integer; 0 without a row.
    func integer(_ sql: String) throws(StoreFailure) -> Int64 {
        var result: Int64 = 0
        try run(sql) { row throws(StoreFailure) in result = row.integer(0) }
        return result
    }

    /// The first column of the first row as a text; empty without a row.
    func text(_ sql: String) throws(StoreFailure) -> String {
        var result = ""
        try run(sql) { row throws(StoreFailure) in result = row.text(0) }
        return result
    }

    /// All of `body` or nothing of it; durable when it returns.
    func transaction(_ body: () throws(StoreFailure) -> Void) throws(StoreFailure) {
        try transaction("BEGIN IMMEDIATE", body)
    }

    /// All reads of `body` see one point in time.
    func readTransaction(_ body: () throws(StoreFailure) -> Void) throws(StoreFailure) {
        try transaction("BEGIN", body)
    }

    private func transaction(_ begin: String, _ body: () throws(StoreFailure) -> Void) throws(StoreFailure) {
        try run(begin)
        do throws(StoreFailure) {
            try body()
            try run("COMMIT")
        } catch {
            // Some failures, such as a full disk, have rolled back already; a rollback itself cannot fail then.
            if unsafe sqlite3_get_autocommit(database) == 0 { try? run("ROLLBACK") }
            throw error
        }
    }

    private func prepared(_ sql: String) throws(StoreFailure) -> SQLiteStatement {
        if let statement = statements[sql] { return statement }
        var made: OpaquePointer?
        try check(unsafe sqlite3_prepare_v3(database, sql, -1, CUnsignedInt(SQLITE_PREPARE_PERSISTENT), &made, nil))
        guard let made = unsafe made else { preconditionFailure("'\(sql)' is no statement") }
        let statement = unsafe SQLiteStatement(owning: made)
        statements[sql] = statement
        return statement
    }

    private func check(_ code: CInt) throws(StoreFailure) {
        if code != SQLITE_OK { throw failure(code) }
    }

    private func failure(_ code: CInt) -> StoreFailure {
        unsafe Self.failure(code, of: database, path: path)
    }

    /// What a result code means to a caller. `code` is an extended one; its low byte is the class.
    private static func failure(_ code: CInt, of database: OpaquePointer?, path: String) -> StoreFailure {
        let words = unsafe String(cString: sqlite3_errmsg(database))
        let reason = unsafe sqlite3_system_errno(database)
        switch code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED:
            return .inUse("the database '\(path)' is locked by another process")
        case SQLITE_FULL:
            return .full("no space left for the database '\(path)'")
        case SQLITE_IOERR where reason == ENOSPC || reason == EDQUOT || code == smrSharedMemorySizeError:
            return .full("no space left for the database '\(path)'")
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            return .failed("the database '\(path)' is damaged (\(words)); restore it, or move it away to start anew")
        case SQLITE_IOERR, SQLITE_CANTOPEN:
            let system = unsafe String(cString: strerror(reason))
            return .failed("the database '\(path)': \(words)\(reason == 0 ? "" : " (\(system))")")
        default:
            return .failed("the database '\(path)': \(words)")
        }
    }

    /// SQLITE_IOERR_SHMSIZE: the shared index file could not grow. SQLite keeps no errno for it; want of space is why.
    private static let smrSharedMemorySizeError: CInt = 10 | 19 << 8

    private static func immutableURI(of path: String) -> String {
        var uri = "file:"
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                uri.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                uri += (byte < 16 ? "%0" : "%") + String(byte, radix: 16)
            }
        }
        return uri + "?immutable=1"
    }
}

/// A value for a question mark of a statement.
enum SQLiteValue {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])

    /// The text, or null for nil.
    static func text(orNull text: String?) -> SQLiteValue { text.map { .text($0) } ?? .null }
    /// The integer, or null for nil.
    static func integer(orNull integer: Int64?) -> SQLiteValue { integer.map { .integer($0) } ?? .null }
}

/// A prepared statement, owned by its connection.
@safe
private final class SQLiteStatement {
    fileprivate let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe sqlite3_finalize(pointer) }

    /// Readies it for its next run; the code is that of the failed run, which was reported already.
    func reset() {
        unsafe sqlite3_reset(pointer)
        unsafe sqlite3_clear_bindings(pointer)
    }

    func step() -> CInt { unsafe sqlite3_step(pointer) }

    func bind(_ value: SQLiteValue, at index: CInt) -> CInt {
        switch value {
        case .null: return unsafe sqlite3_bind_null(pointer, index)
        case .integer(let integer): return unsafe sqlite3_bind_int64(pointer, index, integer)
        case .text(var text):
            // With a count, so that a NUL character in the text survives.
            return text.withUTF8 { bytes in
                guard bytes.count <= Int(CInt.max) else { return SQLITE_TOOBIG }
                return unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                    guard let start = characters.baseAddress else {
                        return unsafe smr_bind_text(pointer, index, "", 0)
                    }
                    return unsafe smr_bind_text(pointer, index, start, CInt(characters.count))
                }
            }
        case .bytes(let bytes):
            // An empty array may have no address, which SQLite would take for null.
            if bytes.isEmpty { return unsafe sqlite3_bind_zeroblob(pointer, index, 0) }
            guard bytes.count <= Int(CInt.max) else { return SQLITE_TOOBIG }
            return unsafe bytes.withUnsafeBytes { unsafe smr_bind_blob(pointer, index, $0.baseAddress, CInt($0.count)) }
        }
    }
}

/// The row that a statement stands at; it is valid within the closure that it was given to.
@safe
struct SQLiteRow {
    private let statement: SQLiteStatement

    fileprivate init(_ statement: SQLiteStatement) { self.statement = statement }

    /// Whether the column, counted from 0, holds null.
    func isNull(_ column: Int) -> Bool {
        unsafe sqlite3_column_type(statement.pointer, CInt(column)) == SQLITE_NULL
    }

    /// The integer of a column; 0 for null.
    func integer(_ column: Int) -> Int64 { unsafe sqlite3_column_int64(statement.pointer, CInt(column)) }

    /// The text of a column; empty for null.
    func text(_ column: Int) -> String { unsafe String(decoding: utf8(column), as: UTF8.self) }

    /// The UTF-8 bytes of a text, for a reader that needs no String of it.
    func textBytes(_ column: Int) -> [UInt8] { unsafe Array(utf8(column)) }

    /// The integer of a column, or nil for null.
    func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }

    /// The text of a column, or nil for null.
    func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }

    /// The bytes of a column; empty for null.
    func bytes(_ column: Int) -> [UInt8] {
        guard let start = unsafe sqlite3_column_blob(statement.pointer, CInt(column)) else { return [] }
        let count = unsafe Int(sqlite3_column_bytes(statement.pointer, CInt(column)))
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// The text in SQLite's own memory, which the next step or reset takes back.
    private func utf8(_ column: Int) -> UnsafeBufferPointer<UInt8> {
        // The text first: it fixes the form that the count is of.
        let start = unsafe sqlite3_column_text(statement.pointer, CInt(column))
        let count = unsafe Int(sqlite3_column_bytes(statement.pointer, CInt(column)))
        return unsafe UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)
    }
}
