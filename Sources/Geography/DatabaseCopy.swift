internal import Glibc

/// Reads a database from a copy of its file that nobody else can write to.
///
/// Whoever updates a database with `cp` cuts the old one off in place; a process that had it mapped into memory would be ended by
/// SIGBUS. So what is mapped is a copy in our own directory, whose name is taken away at once: it is gone with the process, and its
/// pages can be dropped from memory as those of any file.
struct DatabaseCopy: Sendable {
    /// The largest databases on sale have a tenth of this.
    private static let maximumSize = 8 << 30
    private static let chunk = 1 << 20

    /// Where the copy lies for a moment; of one process alone.
    let directory: String

    private var copyPath: String { "\(directory)/geoip.copy" }

    /// Opens the database at a path. Blocks for as long as it takes to copy the file.
    func open(_ path: String) throws(DatabaseFailure) -> (database: MaxMindDatabase, mark: FileMark) {
        // Not to wait for somebody to write into a pipe.
        let source = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard source >= 0 else { throw DatabaseFailure(Self.words(errno)) }
        defer { close(source) }
        guard let before = FileMark(descriptor: source) else { throw DatabaseFailure(Self.words(errno)) }
        guard before.isRegular else { throw DatabaseFailure("it is no regular file") }
        guard before.size > 0 else { throw DatabaseFailure("it is empty") }
        guard before.size <= Self.maximumSize else {
            throw DatabaseFailure("it has \(before.size >> 30) GiB, and \(Self.maximumSize >> 30) are the limit")
        }
        // One that a crash left behind.
        unsafe unlink(copyPath)
        defer { unsafe unlink(copyPath) }
        let copy = unsafe Glibc.open(copyPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard copy >= 0 else { throw DatabaseFailure("no copy can be made at '\(copyPath)': \(Self.words(errno))") }
        defer { close(copy) }
        try transfer(from: source, to: copy)
        guard FileMark(descriptor: source) == before else {
            throw DatabaseFailure("it is being written", isUnfinished: true)
        }
        return (try MaxMindDatabase(path: copyPath), before)
    }

    private func transfer(from source: CInt, to copy: CInt) throws(DatabaseFailure) {
        while true {
            let count = sendfile(copy, source, nil, Self.chunk)
            if count == 0 { return }
            if count < 0, errno != EINTR {
                throw DatabaseFailure("no copy can be made at '\(copyPath)': \(Self.words(errno))")
            }
        }
    }

    private static func words(_ number: CInt) -> String {
        let text = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
