internal import Foundation
internal import Reconciler

/// Tries whether Terraform is there, and whether it takes the workspace as valid. Both write nothing.
struct TerraformCheckup: Sendable {
    /// Providers of Terraform's are started for a validation.
    private static let timeout: Duration = .seconds(60)
    /// A list of complaints is no longer.
    private static let maximumOutput = 1 << 20

    private let spec: TerraformSpec
    private let directory: String
    private let program: String

    init(_ spec: TerraformSpec) {
        self.spec = spec
        directory = NodeCommand.path(spec.directory, spec.source)
        program = spec.binary.contains("/") ? NodeCommand.path(spec.binary, spec.source) : spec.binary
    }

    func run() async -> [ProviderCheckup.Finding] {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: directory, isDirectory: &isFolder), isFolder.boolValue
        else {
            return [.init(what: "workspace", words: "there is no directory '\(directory)'", isFailure: true)]
        }
        let missing = spec.secrets.filter { ProcessInfo.processInfo.environment[$0] == nil }
        if let name = missing.first {
            return [
                .init(
                    what: "secrets", words: "the environment has no variable '\(name)', which 'secrets' names",
                    isFailure: true)
            ]
        }
        let version = await run("version")
        guard version.isWell else { return [.init(what: "version", words: version.words, isFailure: true)] }
        var findings = [ProviderCheckup.Finding(what: "version", words: version.words, isFailure: false)]
        // The manager initializes a workspace before it uses it; before that nothing can be validated.
        guard FileManager.default.fileExists(atPath: directory + "/.terraform") else {
            findings.append(
                .init(
                    what: "validate", words: "not initialized yet: the manager's first round does that",
                    isFailure: false))
            return findings
        }
        let valid = await run("validate", "-no-color")
        findings.append(.init(what: "validate", words: valid.words, isFailure: !valid.isWell))
        return findings
    }

    private func run(_ words: String...) async -> (isWell: Bool, words: String) {
        let own = ProcessInfo.processInfo.environment
        var environment = own.filter { TerraformCommand.isPassedOn($0.key) }
        environment.merge(spec.environment) { _, given in given }
        for name in spec.secrets { environment[name] = own[name] }
        environment["TF_IN_AUTOMATION"] = "1"
        environment["TF_INPUT"] = "0"
        environment["CHECKPOINT_DISABLE"] = "1"
        let hidden =
            spec.secrets.compactMap { own[$0] } + environment.filter { SecretMask.isSecret($0.key) }.map(\.value)
        let process = ChildProcess(
            program: program, arguments: ["-chdir=\(directory)"] + words, environment: environment,
            workingDirectory: directory)
        let command = CommandRun(
            process: process, input: [], maximumOutput: Self.maximumOutput, grace: .seconds(2),
            manners: .interruptLeader)
        let outcome = await command.run(until: .now + Self.timeout)
        let mask = SecretMask(hidden)
        let said = mask.apply(to: String(decoding: outcome.output, as: UTF8.self)).split(whereSeparator: \.isNewline)
        switch outcome.end {
        case .exited(0): return (true, said.first.map { String($0).onOneLine } ?? "done")
        case .exited(let code):
            let complaint = outcome.lastWords(3) { mask.apply(to: $0) }.joined(separator: " | ")
            return (
                false,
                "'\(words[0])' exited with \(code): \(complaint.isEmpty ? said.suffix(3).joined(separator: " | ").onOneLine : complaint)"
            )
        case .notStarted(_, let reason): return (false, reason)
        case .timedOut: return (false, "'\(words[0])' did not end within \(Self.timeout.specText)")
        default: return (false, "'\(words[0])' was ended before its time")
        }
    }
}
