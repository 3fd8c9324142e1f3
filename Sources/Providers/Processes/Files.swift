internal import Foundation
internal import Glibc
internal import Reconciler

/// The few file operations that records need, with every descriptor closed on exec.
enum Files {
    /// A directory as secret as what is in it.
    static func makeDirectory(_ path: String) throws(SystemError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw SystemError("make the directory \(path)", code: posixCode(error))
        }
    }

    /// All of `data` or the old content: a temporary file, fsync, rename, fsync of the directory.
    static func replace(_ path: String, with data: Data) throws(SystemError) {
        let temporary = path + ".new"
        let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemError("write \(temporary)") }
        do {
            defer { close(file) }
            try write(data, to: file, path: temporary)
            guard fsync(file) == 0 else { throw SystemError("write \(temporary) to the disk") }
        }
        guard unsafe rename(temporary, path) == 0 else { throw SystemError("rename \(temporary)") }
        let directory = unsafe open(PathParts.directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw SystemError("open the directory of \(path)") }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw SystemError("write the directory of \(path) to the disk") }
    }

    /// Nil when there is no such file.
    static func read(_ path: String) throws(SystemError) -> Data? {
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            let code = posixCode(error)
            if code == ENOENT || code == ENOTDIR { return nil }
            throw SystemError("read \(path)", code: code)
        }
    }

    /// The names in a directory, sorted; empty when there is no such directory.
    static func names(in directory: String) throws(SystemError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        } catch {
            let code = posixCode(error)
            if code == ENOENT { return [] }
            throw SystemError("list the directory \(directory)", code: code)
        }
    }

    /// Follows symbolic links.
    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func write(_ data: Data, to file: Int32, path: String) throws(SystemError) {
        var rest = data[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw SystemError("write \(path)") }
            rest = rest.dropFirst(count)
        }
    }

    /// The kernel's code in an error of Foundation's; EIO when there is none.
    private static func posixCode(_ error: any Error) -> Int32 {
        let error = error as NSError
        if error.domain == NSPOSIXErrorDomain { return Int32(error.code) }
        if let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError, cause.domain == NSPOSIXErrorDomain {
            return Int32(cause.code)
        }
        if let cause = error.userInfo[NSUnderlyingErrorKey] as? POSIXError { return cause.code.rawValue }
        switch CocoaError.Code(rawValue: error.code) {
        case .fileNoSuchFile, .fileReadNoSuchFile: return ENOENT
        case .fileReadNoPermission, .fileWriteNoPermission: return EACCES
        case .fileWriteOutOfSpace: return ENOSPC
        default: return EIO
        }
    }
}
