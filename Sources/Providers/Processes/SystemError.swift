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

    var description: String { "cannot \(attempt): \(Self.words(code))" }

    /// The C library's words for a code.
    static func words(_ code: Int32) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) }?.lowercased() ?? "error \(code)"
    }
}
