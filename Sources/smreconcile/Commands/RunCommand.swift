internal import Reconciler

/// `smreconcile run`: the daemon and its API.
enum RunCommand: Command {
    static let name = "run"
    static let summary = "the daemon: keeps the fleet as the spec says, and serves the API"
    static let usage =
        "-f PATH|--git URL [--branch BRANCH] [--path PATH] [--listen ADDRESS:PORT] [--listen-tls ADDRESS:PORT] [--data DIR] [--once]"
    static let options: [Option] =
        [
            .file, .listen, .listenTLS, .data, .logFormat,
            .flag("once", nil, "make one round, print its plan, and exit"),
        ] + GitAccess.options + FollowedRepository.options

    static let words: [ValueKind] = [.files]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let git = try FollowedRepository.of(arguments)
        var options = DaemonOptions(
            paths: git == nil ? try SpecPaths.of(arguments) : [], git: git, listen: arguments.value("listen"),
            dataDirectory: DataDirectoryPath.of(arguments))
        try options.serve(arguments)
        if arguments.has("once") { options.ending = .afterOneRound }
        return try await Daemon(options: options, console: console).run()
    }
}

/// `smreconcile apply`: reconcile until the plan is empty, then exit.
enum ApplyCommand: Command {
    static let name = "apply"
    static let summary = "reconciles until the plan is empty, with progress, then exits"
    static let usage =
        "-f PATH|--git URL [--branch BRANCH] [--path PATH] [--approve] [--listen ADDRESS:PORT] [--data DIR]"
    static let options: [Option] =
        [.file, .listen, .listenTLS, .data, .logFormat, .flag("approve", nil, "carry out what needs an approval")]
        + GitAccess.options + FollowedRepository.options

    static let words: [ValueKind] = [.files]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let git = try FollowedRepository.of(arguments)
        var options = DaemonOptions(
            paths: git == nil ? try SpecPaths.of(arguments) : [], git: git, listen: arguments.value("listen"),
            dataDirectory: DataDirectoryPath.of(arguments))
        try options.serve(arguments)
        options.ending = .whenSettled
        options.approveAll = arguments.has("approve")
        return try await Daemon(options: options, console: console).run()
    }
}

extension DaemonOptions {
    /// Where HTTPS is served and how it is logged.
    fileprivate mutating func serve(_ arguments: Arguments) throws(UsageError) {
        listenTLS = arguments.value("listen-tls")
        guard let format = arguments.value("log-format") else { return }
        guard let known = ManagerSpec.LogFormat(rawValue: format) else {
            throw UsageError("--log-format '\(format)' is none of text and json")
        }
        logFormat = known
    }
}
