internal import Foundation
internal import Reconciler

/// How `run` and `apply` are told to follow a repository.
enum FollowedRepository {
    /// Beside those of ``GitAccess``.
    static let options: [Option] = [
        .value("branch", nil, "BRANCH", "the branch to follow (default: the repository's own)"),
        .value("git-interval", nil, "DURATION", "how often to look at the repository, 1s to 1d (default: 60s)"),
        .flag("git-fast-forward-only", nil, "refuse commits that do not come after the one in force"),
        .value(
            "git-hook-secret-file", nil, "FILE",
            "file with the secret of POST /as/v1/hooks/git, by which a push is followed at once"),
    ]

    /// What the options say; nil without `--git`.
    static func of(_ arguments: Arguments) throws(UsageError) -> DaemonOptions.GitSource? {
        guard let access = try GitAccess.of(arguments, ref: "branch") else {
            let own = ["git-interval", "git-hook-secret-file", "git-fast-forward-only"]
            for name in own where arguments.value(name) != nil || arguments.has(name) {
                throw UsageError("--\(name) needs a repository: name it with --git")
            }
            return nil
        }
        if access.ref.isID {
            throw UsageError("--branch '\(access.ref.text)' is a commit, which never changes; name a branch")
        }
        var source = DaemonOptions.GitSource(access: access)
        if let interval = try arguments.duration("git-interval") {
            guard interval >= .seconds(1), interval <= .seconds(86_400) else {
                throw UsageError("--git-interval must be from 1s to 1d")
            }
            source.settings.interval = interval
        }
        source.settings.isForwardOnly = arguments.has("git-fast-forward-only")
        if let file = arguments.value("git-hook-secret-file") {
            guard hookSecret(in: file) != nil else {
                throw UsageError(
                    "--git-hook-secret-file '\(file)' cannot be read, or its secret is shorter than \(shortestSecret) characters"
                )
            }
            source.hookSecret = file
        }
        return source
    }

    /// What is shorter is guessed.
    private static let shortestSecret = 16

    /// The secret in a file, without the line end that editors leave; nil when the file cannot be read, or its secret is too short.
    static func hookSecret(in file: String) -> [UInt8]? {
        guard let data = FileManager.default.contents(atPath: file) else { return nil }
        let secret = Array(String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines).utf8)
        return secret.count >= shortestSecret ? secret : nil
    }
}
