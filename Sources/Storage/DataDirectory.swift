internal import Foundation
internal import Glibc
internal import Reconciler

/// The directory that a daemon keeps its database in, and the lock that gives it to one process at a time.
///
/// The lock is `flock` on the file `lock`, which also holds the process id. The kernel drops it with the last descriptor:
/// when the process ends in whatever way. The descriptor is close-on-exec, so no child process of the daemon keeps it; but one has it
/// from its fork to its exec, so that the lock is given back by name when this value goes (flock(2)).
final class DataDirectory: Sendable {
    /// The database file within `directory`.
    static func database(in directory: String) -> String { directory + "/smreconcile.db" }

    private let descriptor: CInt

    /// Makes the directory (0700) and the database file (0600) where they are not there, and takes the lock. Throws
    /// ``StoreFailure/inUse(_:)``, naming the process, when another opening has it.
    init(locking directory: String) throws(StoreFailure) {
        try Self.make(directory)
        let path = directory + "/lock"
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("open '\(path)'") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            let holder = Self.holder(descriptor)
            close(descriptor)
            guard reason == EWOULDBLOCK else { throw Self.failure("lock '\(path)'", errno: reason) }
            throw .inUse(
                "the data directory '\(directory)' is in use by \(holder.map { "process \($0)" } ?? "another process"); "
                    + "stop it, or use another --data")
        }
        self.descriptor = descriptor
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, unsafe pwrite(descriptor, text, text.count, 0) == text.count else {
            throw Self.failure("write '\(path)'")
        }
        try Self.makeDatabaseFile(in: directory)
    }

    deinit {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func make(_ directory: String) throws(StoreFailure) {
        let parent = URL(fileURLWithPath: directory).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        } catch {
            throw .failed("cannot make the directory '\(parent.path)': \(error.localizedDescription)")
        }
        guard unsafe mkdir(directory, 0o700) == 0 || errno == EEXIST else {
            throw failure("make the directory '\(directory)'")
        }
    }

    /// SQLite would make it readable by all that the umask lets; its own further files take over the mode of this one.
    private static func makeDatabaseFile(in directory: String) throws(StoreFailure) {
        let path = database(in: directory)
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("open '\(path)'") }
        close(file)
        // The names too must survive a loss of power.
        let folder = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure("open the directory '\(directory)'") }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failure("write the directory '\(directory)'") }
    }

    /// The process id in the lock file; nil while its holder has not written it yet.
    private static func holder(_ descriptor: CInt) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }

    private static func failure(_ work: String, errno code: CInt = errno) -> StoreFailure {
        let text = "cannot \(work): \(unsafe String(cString: strerror(code)))"
        return code == ENOSPC || code == EDQUOT ? .full(text) : .failed(text)
    }
}
