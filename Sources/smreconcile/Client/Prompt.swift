internal import Foundation
internal import Glibc

/// Asks on the terminal.
enum Prompt {
    /// Asks for a yes; nil when there is no terminal to ask on.
    static func yes(_ question: String, _ console: Console) -> Bool? {
        guard isatty(STDIN_FILENO) == 1 else { return nil }
        console.error(question)
        return ["y", "yes"].contains(readLine(strippingNewline: true)?.lowercased())
    }

    /// Reads a new password: twice on a terminal, so that a slip is noticed; one line of standard input otherwise.
    static func newPassword(of user: String, _ console: Console) throws(CommandError) -> String {
        guard let first = secret("new password of \(user):", console), !first.isEmpty else {
            throw CommandError("no password given")
        }
        if isatty(STDIN_FILENO) == 1, secret("the same again:", console) != first {
            throw CommandError("the two passwords differ; nothing was changed")
        }
        return first
    }

    /// Reads a line without showing it; nil at the end of input.
    static func secret(_ question: String, _ console: Console) -> String? {
        guard isatty(STDIN_FILENO) == 1 else { return readLine(strippingNewline: true) }
        var settings = termios()
        unsafe tcgetattr(STDIN_FILENO, &settings)
        var silent = settings
        silent.c_lflag &= ~tcflag_t(ECHO)
        unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
            console.error("")
        }
        console.error(question)
        return readLine(strippingNewline: true)
    }
}
