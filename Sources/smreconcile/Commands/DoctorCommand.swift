internal import Foundation
internal import Reconciler

/// `smreconcile doctor`: what would keep a manager from working here. It changes nothing.
enum DoctorCommand: Command {
    static let name = "doctor"
    static let summary =
        "checks spec, repository, clock, disk, database, ports, certificates and providers, and changes nothing"
    static let usage =
        "[-f PATH|--git URL [--branch BRANCH] [--path PATH]] [--data DIR] [--listen ADDRESS:PORT] [--offline] [-o text|json]"
    static let options: [Option] =
        [.file] + GitAccess.options + FollowedRepository.options + [
            .data, .listen, .listenTLS, .flag("offline", nil, "ask nothing beyond this machine"), .json,
        ]
    static let words: [ValueKind] = [.files]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let format = try OutputFormat.of(arguments, allowed: [.text, .json])
        let patient = DoctorPatient(
            paths: arguments.list("file") + arguments.positional, git: try FollowedRepository.of(arguments),
            dataDirectory: DataDirectoryPath.of(arguments),
            listen: arguments.value("listen"), listenTLS: arguments.value("listen-tls"),
            isOffline: arguments.has("offline"), environment: console.environment)
        let findings = await Doctor.examine(patient)
        switch format {
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            console.print(String(decoding: try encoder.encode(findings), as: UTF8.self))
        default: console.write(DoctorText.render(findings, console))
        }
        return findings.contains { $0.level == .fail } ? ExitCode.failed : ExitCode.done
    }
}
