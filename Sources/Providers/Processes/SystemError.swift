internal import Glibc

/// A failed system call: what was tried, and the kernel's word.
struct SystemError: Error, Equatable, CustomStringConvertible {
    let attempt: String
    let code: Int32

    /// The outcome of the call just made; read before anything else may change `errno`.
    init(_ attempt: String, code: Int32 = errno) {
        self.attempt = attempt
        self.code = code
    }

    /// A file of ours that holds something else than what was written there.
    static func malformed(_ path: String) -> SystemError { SystemError("understand \(path)", code: EBADMSG) }

    var description: String {
        let reason = code == EBADMSG ? "it is not the JSON that was written there" : Self.words(code)
        return "cannot \(attempt): \(reason)"
    }

    /// The C library's words for a code.
    static func words(_ code: Int32) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) }?.lowercased() ?? "error \(code)"
    }
}
