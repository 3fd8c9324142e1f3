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
