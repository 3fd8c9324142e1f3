internal import Glibc

/// Cheap signs of a change of a file: which file it is, its size, and when it was last written to or given other rights.
struct FileMark: Equatable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    /// Bytes.
    let size: Int
    private let seconds: [Int]
    private let nanoseconds: [Int]
    /// No directory, pipe or device.
    let isRegular: Bool

    /// Of the file at a path; nil when there is none that can be seen.
    init?(path: String) {
        var info = stat()
        guard unsafe stat(path, &info) == 0 else { return nil }
        self.init(info)
    }

    /// Of an open file; nil when the system does not say.
    init?(descriptor: CInt) {
        var info = stat()
        guard unsafe fstat(descriptor, &info) == 0 else { return nil }
        self.init(info)
    }

    private init(_ info: stat) {
        device = UInt64(info.st_dev)
        inode = UInt64(info.st_ino)
        size = Int(info.st_size)
        seconds = [info.st_mtim.tv_sec, info.st_ctim.tv_sec]
        nanoseconds = [info.st_mtim.tv_nsec, info.st_ctim.tv_nsec]
        isRegular = info.st_mode & S_IFMT == S_IFREG
    }
}
