internal import Foundation
internal import Glibc
internal import Reconciler

/// One command of Terraform with its environment, ready to be run.
struct TerraformCommand: Sendable {
    /// What it is asked for.
    enum Verb: Sendable, Equatable {
        case initialize, pull, plan, apply, refresh

        /// For people.
        var name: String {
            switch self {
            case .initialize: "init"
            case .pull: "state pull"
            case .plan: "plan"
            case .apply: "apply"
            case .refresh: "plan -refresh-only"
            }
        }

        /// Whether it prints messages, line by line.
        var saysMessages: Bool { self == .plan || self == .apply || self == .refresh }
    }

    /// Another process's lock of the state is waited for so long.
    static let lockTimeout = "30s"
    /// A state or a plan of many thousand resources is no larger: 256 MiB.
    static let maximumOutput = 256 * 1024 * 1024
    /// Of an apply so much is kept, the newest: its errors come last. 16 MiB.
    static let keptOutput = 16 * 1024 * 1024
    /// Variables of the manager that Terraform's providers need wherever they run: proxies and authorities.
    static let network: Set<String> = [
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ]

    /// Terraform writes to files, never to a pipe of ours: when the manager dies, a write to its pipe would end Terraform in the middle
    /// of an apply, and what it made would be in no state. `exec` keeps Terraform's process ours, its arguments and its exit. What it
    /// writes (a local state has secrets) is nobody else's to read. Nothing is put into the text: paths and words are arguments.
    static let script =
        "umask 077; smreconcile_out=$1; smreconcile_err=$2; shift 2; "
        + "exec \"$@\" >\"$smreconcile_out\" 2>\"$smreconcile_err\""

    let verb: Verb
    private let program: String
    private let arguments: [String]
    private let environment: [String: String]
    private let files: TerraformFiles
    private let binary: String
    private let mask: SecretMask

    /// `manager` is the manager's environment, `hidden` what is not to be shown beside the spec's secrets. Throws when a secret of the
    /// spec is not there, before anything is begun.
    init(
        _ verb: Verb, _ spec: TerraformSpec, _ files: TerraformFiles, manager: [String: String], hidden: [String]
    ) throws(ProviderFailure) {
        self.verb = verb
        var environment = manager.filter { Self.isPassedOn($0.key) }
        environment.merge(spec.environment) { _, own in own }
        var secrets = hidden
        for name in spec.secrets {
            guard let value = manager[name] else {
                throw .terminal(
                    "the manager has no variable '\(name)' in its environment, which the provider's 'secrets' names; "
                        + "set it and start the manager again")
            }
            environment[name] = value
            secrets.append(value)
        }
        secrets += environment.filter { SecretMask.isSecret($0.key) }.map(\.value)
        environment["TF_IN_AUTOMATION"] = "1"
        environment["TF_INPUT"] = "0"
        environment["CHECKPOINT_DISABLE"] = "1"
        environment["SMRECONCILE_BIN"] = NodeCommand.runningBinary()
        binary = (spec.binary as NSString).lastPathComponent
        mask = SecretMask(secrets)
        program = spec.binary.contains("/") ? NodeCommand.path(spec.binary, spec.source) : spec.binary
        arguments = [Self.place(files.directory)] + Self.words(verb, files)
        self.environment = environment
        self.files = files
    }

    /// The argument that names the workspace, by which our processes are known.
    static func place(_ directory: String) -> String { "-chdir=" + directory }

    /// Its own settings (https://developer.hashicorp.com/terraform/cli/config/environment-variables) but for those that would change
    /// what our commands mean or print.
    static func isPassedOn(_ name: String) -> Bool {
        if name.hasPrefix("TF_CLI_ARGS") || name.hasPrefix("TF_LOG") { return false }
        return NodeCommand.inheritedVariables.contains(name) || network.contains(name) || name.hasPrefix("LC_")
            || name.hasPrefix("TF_") || name.hasPrefix("TOFU_")
    }

    private static func words(_ verb: Verb, _ files: TerraformFiles) -> [String] {
        let lock = "-lock-timeout=" + lockTimeout
        return switch verb {
        case .initialize: ["init", "-input=false", "-no-color"]
        case .pull: ["state", "pull"]
        case .plan: ["plan", "-input=false", "-json", lock, "-out=" + files.plan]
        case .apply: ["apply", "-input=false", "-json", lock, files.plan]
        // It writes nothing, and need not wait for who does.
        case .refresh: ["plan", "-refresh-only", "-input=false", "-json", "-lock=false"]
        }
    }

    /// Runs it until it ends, or until `deadline`: then it is interrupted, and has ``TerraformSpec/grace`` to end well.
    func run(until deadline: ContinuousClock.Instant) async -> TerraformRun {
        var outcome = await once(until: deadline)
        for _ in 0..<CommandRun.busyTries {
            // A program that was written a moment ago may still be held open, for an instant.
            guard case .notStarted(let code, _) = outcome.end, code == ETXTBSY else { break }
            try? await Task.sleep(for: .milliseconds(10))
            outcome = await once(until: deadline)
        }
        return TerraformRun(
            name: "\(binary) \(verb.name)", mask: mask, saysMessages: verb.saysMessages, outcome: outcome)
    }

    private func once(until deadline: ContinuousClock.Instant) async -> CommandRun.Outcome {
        let paths = files.newRun()
        let process = ChildProcess(
            program: "/bin/sh",
            arguments: ["-c", Self.script, "smreconcile", paths.output, paths.errors, program] + arguments,
            environment: environment, workingDirectory: files.directory)
        // The shell's own output is nothing, and its errors are about files that cannot be written.
        let command = CommandRun(
            process: process, input: [], maximumOutput: nil, grace: TerraformSpec.grace, manners: .interruptLeader)
        let shell = await command.run(until: deadline)
        return await BlockingWorker("smreconcile.terraform.output").run { () -> CommandRun.Outcome in
            let outcome = told(shell, paths.output, paths.errors)
            for path in [paths.output, paths.errors] { try? FileManager.default.removeItem(atPath: path) }
            return outcome
        }
    }

    /// How it went, with what the files hold.
    private func told(_ shell: CommandRun.Outcome, _ output: String, _ errors: String) -> CommandRun.Outcome {
        var outcome = shell
        let complaints = Self.tail(errors, atMost: CommandRun.keptErrors)
        if let complaints {
            outcome.errors = complaints.bytes
            outcome.isErrorsCut = complaints.isCut
        }
        guard case .exited(let code) = shell.end else {
            // Of one that did not end by itself as much is told as there is.
            outcome.output = Self.tail(output, atMost: Self.keptOutput)?.bytes ?? []
            return outcome
        }
        if code != 0, !shell.errors.isEmpty {
            // The shell itself complains before its errors go to the file: nothing was begun, and it may be so only now.
            let words = shell.lastWords(1).joined()
            outcome.end = .notStarted(EAGAIN, "cannot start '\(program)': \(words)")
            return outcome
        }
        // The shell's codes for a program that is not there or cannot be run; Terraform ends with 0, 1 or 2.
        if code == 126 || code == 127 {
            let isBusy = outcome.lastWords(1).contains { $0.contains("Text file busy") }
            let reason = isBusy ? ETXTBSY : code == 127 ? ENOENT : EACCES
            outcome.end = .notStarted(reason, "cannot start '\(program)': \(SystemError.words(reason))")
            return outcome
        }
        let limit = verb == .apply ? Self.keptOutput : Self.maximumOutput
        guard let printed = Self.tail(output, atMost: limit), complaints != nil else {
            // Somebody removed the files: what it said is not known, and nothing is not what it said.
            outcome.end = .lost
            return outcome
        }
        if printed.isCut, verb != .apply {
            outcome.end = .tooMuch
        } else {
            outcome.output = printed.bytes
        }
        return outcome
    }

    /// The last bytes of a file, and whether there are more before them; nil when it does not read.
    private static func tail(_ path: String, atMost count: Int) -> (bytes: [UInt8], isCut: Bool)? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        do {
            let size = try file.seekToEnd()
            let start = size > UInt64(count) ? size - UInt64(count) : 0
            try file.seek(toOffset: start)
            let data = try file.read(upToCount: count) ?? Data()
            return (Array(data), start > 0)
        } catch {
            return nil
        }
    }
}

/// How a command of Terraform went.
struct TerraformRun: Sendable {
    /// So many errors are told.
    static let toldComplaints = 3
    /// A failure's words are no longer than this.
    static let longestWords = 800

    let output: [UInt8]
    /// It did what it was asked for.
    let isDone: Bool
    /// It ended by itself: what it left behind is in the state.
    let hasEndedItself: Bool
    /// Whether nothing was begun.
    let wasNotBegun: Bool
    /// Read from its output.
    let messages: TerraformMessages
    private let name: String
    private let mask: SecretMask
    private let outcome: CommandRun.Outcome

    /// `name` is for people; `saysMessages`: its output is read for them.
    init(name: String, mask: SecretMask, saysMessages: Bool, outcome: CommandRun.Outcome) {
        self.name = name
        self.mask = mask
        self.outcome = outcome
        output = outcome.output
        messages = TerraformMessages(saysMessages ? outcome.output : [])
        switch outcome.end {
        case .exited(let code): (isDone, hasEndedItself, wasNotBegun) = (code == 0, true, false)
        case .notStarted, .neverBegun: (isDone, hasEndedItself, wasNotBegun) = (false, true, true)
        case .signalled, .timedOut, .cancelled, .tooMuch, .lost:
            (isDone, hasEndedItself, wasNotBegun) = (false, false, false)
        }
    }

    /// Whether `init` would help.
    var needsInit: Bool {
        messages.needsInit
            || outcome.lastWords(40).contains { $0.contains("terraform init") || $0.contains("tofu init") }
    }

    /// What went wrong, when nothing of it happened.
    var failure: ProviderFailure {
        switch outcome.end {
        case .notStarted(let code, let reason):
            let text = mask.apply(to: reason)
            return [EAGAIN, ENOMEM, EMFILE, ENFILE, ETXTBSY].contains(code)
                ? .retryable(text) : .terminal(text + "; install it, or correct 'binary' of the provider")
        default: return .retryable(words)
        }
    }

    /// What happened, with its errors; secrets are masked.
    var words: String { told(messages.complaints) }

    /// The same with the errors about one node alone, where there are any.
    func words(about node: String) -> String {
        let own = messages.complaints.filter { $0.address?.keys.contains(node) ?? false }
        return told(own.isEmpty ? messages.complaints : own)
    }

    private func told(_ complaints: [TerraformMessages.Complaint]) -> String {
        var said = complaints.prefix(Self.toldComplaints).map(\.words)
        if complaints.count > said.count { said.append("and \(complaints.count - said.count) more") }
        if said.isEmpty { said = outcome.lastWords(Self.toldComplaints) { mask.apply(to: $0) } }
        let text = mask.apply(to: said.joined(separator: " | "))
        return String("'\(name)' \(ending)\(text.isEmpty ? "" : ": \(text)")".prefix(Self.longestWords))
    }

    private var ending: String {
        switch outcome.end {
        case .exited(0): "ended"
        case .exited(let code): "exited with \(code)"
        case .signalled(let signal): "was killed by signal \(signal)"
        case .timedOut: "did not end in time and was interrupted"
        case .cancelled: "was interrupted: nobody waits for it any more"
        case .neverBegun: "was not begun: nobody waits for it any more"
        case .tooMuch: "printed more than \(TerraformCommand.maximumOutput / (1024 * 1024)) MiB"
        case .lost: "ended, and nobody knows how"
        case .notStarted(_, let reason): reason
        }
    }
}
