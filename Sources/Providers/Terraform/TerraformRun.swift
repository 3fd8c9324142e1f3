internal import Glibc
internal import Reconciler

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

    /// What happened to one node: the errors about it; where there is none, those about no node. Another's are not told, but where they are.
    func words(about node: String) -> String {
        let own = messages.complaints.filter { $0.address?.keys.contains(node) ?? false }
        let shared = messages.complaints.filter { $0.address?.keys.isEmpty ?? true }
        guard own.isEmpty, shared.isEmpty, !messages.complaints.isEmpty else { return told(own.isEmpty ? shared : own) }
        let places = messages.complaints.compactMap { $0.address?.description }
        let more = places.count > Self.toldComplaints ? " and \(places.count - Self.toldComplaints) more" : ""
        return "'\(name)' \(ending): '\(node)' waited for what failed at "
            + places.prefix(Self.toldComplaints).joined(separator: ", ") + more
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
        case .cancelled: "was interrupted: a node that is to be made waited for it"
        case .neverBegun: "was not begun: nobody waits for it any more"
        case .tooMuch: "printed more than \(TerraformCommand.maximumOutput / (1024 * 1024)) MiB"
        case .lost: "ended, and nobody knows how"
        case .notStarted(_, let reason): reason
        }
    }
}
