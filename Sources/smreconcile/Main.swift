internal import Foundation
internal import Glibc
internal import Reconciler

/// The `smreconcile` command: the one place where the parts are put together.
@main
enum Main {
    static func main() async {
        // A reader that went away is an error of one write, not the end of the daemon.
        signal(SIGPIPE, SIG_IGN)
        let code = await CommandTable.run(Array(CommandLine.arguments.dropFirst()), Console.standard)
        Console.standard.flush()
        exit(code == ExitCode.done && Console.isOutputLost.current ? ExitCode.failed : code)
    }
}

/// Exit codes of the command (conventions: errors and words).
enum ExitCode {
    static let done: Int32 = 0
    static let failed: Int32 = 1
    /// `plan --detailed-exitcode`: there are changes.
    static let changes: Int32 = 2
    /// `status`: a person should look.
    static let unwell: Int32 = 3
    static let usage: Int32 = 64
    static let unreachable: Int32 = 69
}
