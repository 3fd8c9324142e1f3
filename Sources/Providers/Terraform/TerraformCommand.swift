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

    let verb: Verb
    private let process: ChildProcess
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
        process = ChildProcess(
            program: spec.binary.contains("/") ? NodeCommand.path(spec.binary, spec.source) : spec.binary,
            arguments: [Self.place(files.directory)] + Self.words(verb, files), environment: environment,
            workingDirectory: files.directory)
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
        let isApply = verb == .apply
        let command = CommandRun(
            process: process, input: [], maximumOutput: isApply ? Self.keptOutput : Self.maximumOutput,
            grace: TerraformSpec.grace, manners: .interruptLeader, keepsNewestOutput: isApply)
        return TerraformRun(
            name: "\(binary) \(verb.name)", mask: mask, saysMessages: verb.saysMessages,
            outcome: await command.run(until: deadline))
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
        case .tooMuch: "printed more than \(TerraformCommand.maximumOutput / (1024 * 1024)) MiB and was interrupted"
        case .lost: "ended, and nobody knows how"
        case .notStarted(_, let reason): reason
        }
    }
}
