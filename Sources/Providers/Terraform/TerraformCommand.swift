internal import Foundation
internal import Glibc
internal import Reconciler

/// One command of Terraform with its environment, ready to be run.
struct TerraformCommand: Sendable {
    /// What it is asked for.
    enum Verb: Sendable, Equatable {
        case initialize, pull, graph, apply, refresh
        /// Of all, or of these addresses alone: then the cloud is asked about nothing.
        case plan(targets: [String])

        /// For people.
        var name: String {
            switch self {
            case .initialize: "init"
            case .pull: "state pull"
            case .graph: "graph"
            case .plan: "plan"
            case .apply: "apply"
            case .refresh: "plan -refresh-only"
            }
        }

        /// Whether it prints messages, line by line.
        var saysMessages: Bool {
            switch self {
            case .plan, .apply, .refresh: true
            case .initialize, .pull, .graph: false
            }
        }
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
        environment[TerraformOrphan.variable] = TerraformOrphan.realPath(files.directory)
        binary = PathParts.name(of: spec.binary)
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
        case .graph: ["graph", "-type=plan"]
        case .plan(let targets):
            ["plan", "-input=false", "-json", lock, "-out=" + files.plan]
                + (targets.isEmpty ? [] : ["-refresh=false"] + targets.map { "-target=" + $0 })
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
        // A plan of thousands of resources takes a while to be read.
        let ended = outcome
        return await BlockingWorker("smreconcile.terraform.messages").run {
            TerraformRun(
                name: "\(binary) \(verb.name)", mask: mask, saysMessages: verb.saysMessages, outcome: ended)
        }
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
