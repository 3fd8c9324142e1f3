internal import Foundation
internal import Glibc
internal import Reconciler

/// One command of a shell provider with its environment, ready to be run.
struct ShellCall: Sendable {
    /// A command may print so much: 10 MiB, some 20,000 instances.
    static let maximumOutput = 10 * 1024 * 1024
    /// From TERM to KILL at a time-out; less than what the outer time-out has on top of the command's own.
    static let grace: Duration = .seconds(3)

    private let process: ChildProcess
    private let name: String
    private let timeout: Duration
    private let mask: SecretMask

    /// `secrets` are variables of this call alone, and `manager` is the manager's environment. Throws when a secret of the spec is not
    /// there, before anything is begun.
    init(
        _ verb: ShellVerb, _ spec: ShellSpec, secrets: [String: String], manager: [String: String]
    ) throws(ProviderFailure) {
        var words = verb.words(of: spec)
        guard !words.isEmpty else {
            throw .terminal("the provider has no command '\(verb.rawValue)'; name one in 'shell' of its spec")
        }
        let first = words.removeFirst()
        var environment = manager.filter {
            NodeCommand.inheritedVariables.contains($0.key) || $0.key.hasPrefix("LC_")
        }
        environment.merge(spec.environment) { _, own in own }
        var hidden = secrets
        for name in spec.secrets {
            guard let value = manager[name] else {
                throw .terminal(
                    "the manager has no variable '\(name)' in its environment, which the provider's 'secrets' names; "
                        + "set it and start the manager again")
            }
            hidden[name] = value
        }
        environment.merge(hidden) { _, secret in secret }
        environment["SMRECONCILE_BIN"] = NodeCommand.runningBinary()
        for (name, value) in spec.environment where SecretMask.isSecret(name) { hidden[name] = value }
        name = PathParts.name(of: first) + (words.isEmpty ? "" : " " + words.joined(separator: " "))
        timeout = spec.timeout
        mask = SecretMask(hidden.values)
        process = ChildProcess(
            program: first.contains("/") ? NodeCommand.path(first, spec.source) : first, arguments: words,
            environment: environment, workingDirectory: NodeCommand.directory(of: spec.source))
    }

    /// Runs it with a request on its standard input.
    func run(_ request: some Encodable & Sendable, until deadline: ContinuousClock.Instant) async -> ShellRun {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let text = try? encoder.encode(request) else {
            return ShellRun(
                name: name, timeout: timeout, mask: mask, .init(end: .notStarted(EBADMSG, "its request is no JSON")))
        }
        let command = CommandRun(
            process: process, input: Array(text) + [10], maximumOutput: Self.maximumOutput, grace: Self.grace)
        return ShellRun(name: name, timeout: timeout, mask: mask, await command.run(until: deadline))
    }
}

/// How a command of a shell provider went.
struct ShellRun: Sendable {
    /// So many of the last lines of its errors are told.
    static let toldLines = 3
    /// A failure's words are no longer than this.
    static let longestWords = 600
    /// So much of an answer that cannot be read is shown.
    static let shownOutput = 80

    private let name: String
    private let timeout: Duration
    private let mask: SecretMask
    private let outcome: CommandRun.Outcome

    /// `name` is the command's for people, `timeout` the one that it had.
    init(name: String, timeout: Duration, mask: SecretMask, _ outcome: CommandRun.Outcome) {
        self.name = String(mask.apply(to: name).prefix(100))
        self.timeout = timeout
        self.mask = mask
        self.outcome = outcome
    }

    /// What it printed.
    var output: Data { Data(outcome.output) }

    /// Nil when it did what it was asked for.
    func failure(of verb: ShellVerb) -> ProviderFailure? {
        let open: (String) -> ProviderFailure = { verb.isChange ? .unknown($0) : .retryable($0) }
        switch outcome.end {
        case .exited(let code):
            guard let exit = ShellExit(rawValue: code) else { return open(words("exited with \(code)")) }
            return exit.failure(of: verb, words("exited with \(code), \(exit.meaning)"))
        case .signalled(let signal): return open(words("was killed by signal \(signal)"))
        case .timedOut: return open(words("did not end within \(timeout.specText) and was killed"))
        case .cancelled: return open(words("was ended before its time: its answer is no longer waited for"))
        case .tooMuch:
            return open(words("printed more than \(ShellCall.maximumOutput / (1024 * 1024)) MiB and was killed"))
        case .neverBegun: return .retryable(words("was not begun: its answer is no longer waited for"))
        case .lost: return open(words("ended, and nobody knows how"))
        case .notStarted(let code, let reason):
            let text = mask.apply(to: reason)
            // A full machine empties again; a script that is not there is for somebody to see to.
            return [EAGAIN, ENOMEM, EMFILE, ENFILE, ETXTBSY].contains(code) ? .retryable(text) : .terminal(text)
        }
    }

    /// The words for an answer that is not what was asked for.
    func complaint(_ fault: ShellAnswerFault) -> String {
        let begin = String(decoding: outcome.output.prefix(4 * Self.shownOutput), as: UTF8.self)
        let shown = mask.apply(to: begin).onOneLine.prefix(Self.shownOutput)
        let found = outcome.output.isEmpty ? "it printed nothing" : "it printed '\(shown)'"
        return words("exited with 0, and its answer is not understood: \(mask.apply(to: fault.message)); \(found)")
    }

    /// With the last lines of its errors, whose secrets are masked.
    private func words(_ what: String) -> String {
        let said = outcome.lastWords(Self.toldLines) { mask.apply(to: $0) }.joined(separator: " | ")
        return String("'\(name)' \(what)\(said.isEmpty ? "" : ": \(said)")".prefix(Self.longestWords))
    }
}
