internal import CHostFacts
internal import Glibc
internal import Reconciler

/// What this machine says of itself that Glibc's module has no words for: its clock and its file systems. Nothing is changed by asking.
enum HostFacts {
    /// What the kernel says of its own clock (adjtimex(2)).
    static func clock() -> ClockDoctor.Facts {
        var state = timex()
        let code = unsafe adjtimex(&state)
        let isKept = code != TIME_ERROR && state.status & STA_UNSYNC == 0
        return ClockDoctor.Facts(
            now: SystemTime().now(), isSynchronized: isKept, maximumError: .microseconds(Int64(state.maxerror)))
    }

    /// The type of the file system that a path is on (statfs(2)); nil when it cannot be told.
    static func fileSystem(of path: String) -> Int? {
        var system = statfs()
        return unsafe statfs(path, &system) == 0 ? Int(system.f_type) : nil
    }

    /// How long a few bytes in a directory took to be on the disk; nil where they have no place without a name. Throws the error number
    /// of a write that failed.
    ///
    /// The file has no name: nothing of it is ever in the directory, which does not even count as changed (open(2), `O_TMPFILE`).
    static func syncTime(in directory: String) throws(ErrorNumber) -> Duration? {
        let descriptor = unsafe smr_open_unnamed(directory)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = [UInt8](repeating: 0x5A, count: 4096)
        let began = ContinuousClock.now
        guard unsafe write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw ErrorNumber(value: errno)
        }
        return ContinuousClock.now - began
    }

    /// A number of errno(3).
    struct ErrorNumber: Error {
        var value: CInt
    }
}
