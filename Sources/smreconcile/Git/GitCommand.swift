internal import Foundation
internal import Glibc
internal import Providers
internal import Reconciler

/// Why git did not do what it was asked for, in words without secrets.
struct GitFailure: Error, Sendable, Equatable {
    let message: String
    /// It is our own copy that is wrong, not the repository or the way to it.
    let isLocal: Bool

    init(_ message: String, isLocal: Bool = false) {
        self.message = message
        self.isLocal = isLocal
    }
}

/// Runs the git command on a bare copy of a repository.
struct GitCommand: Sendable {
    /// Looking into our own copy takes moments; a disk that is slow is given its time.
    static let localTime: Duration = .seconds(30)
    /// From the polite signal to KILL.
    private static let grace: Duration = .seconds(2)
    /// More than any listing of a sane repository.
    static let maximumOutput = 64 << 20

    let shield: GitShield
    /// The bare copy.
    let repository: String
    /// Ours, of which git gets a little.
    let environment: [String: String]

    /// What it printed. Throws unless it exits with 0.
    func output(
        _ words: [String], input: [UInt8] = [], within limit: Duration = GitCommand.localTime, isLocal: Bool = true
    ) async throws(GitFailure) -> [UInt8] {
        let outcome = await run(words, input: input, within: limit)
        guard outcome.end == .exited(0) else { throw failure(outcome, words, limit, isLocal: isLocal) }
        return outcome.output
    }

    /// Its exit code, for commands that answer by it. Throws when it has none.
    func code(_ words: [String], within limit: Duration = GitCommand.localTime) async throws(GitFailure) -> Int32 {
        let outcome = await run(words, within: limit)
        guard case .exited(let code) = outcome.end else { throw failure(outcome, words, limit, isLocal: true) }
        return code
    }

    private func run(_ words: [String], input: [UInt8] = [], within limit: Duration) async -> CommandRun.Outcome {
        let child = ChildProcess(
            program: "git", arguments: ["--git-dir", repository] + words,
            environment: shield.environment(environment), workingDirectory: shield.directory)
        return await CommandRun(process: child, input: input, maximumOutput: Self.maximumOutput, grace: Self.grace)
            .run(until: .now + limit)
    }

    private func failure(
        _ outcome: CommandRun.Outcome, _ words: [String], _ limit: Duration, isLocal: Bool
    ) -> GitFailure {
        let name = "git \(words.first ?? "")"
        switch outcome.end {
        case .notStarted(ENOENT, let reason) where !FileManager.default.fileExists(atPath: shield.directory):
            return GitFailure(reason, isLocal: true)
        case .notStarted(ENOENT, _): return GitFailure("there is no 'git' command; install git")
        case .notStarted(_, let reason): return GitFailure(reason)
        case .timedOut: return GitFailure("'\(name)' did not end within \(limit.specText)")
        case .cancelled, .neverBegun: return GitFailure("'\(name)' was interrupted")
        case .tooMuch: return GitFailure("'\(name)' printed more than \(Self.maximumOutput >> 20) MiB")
        case .signalled(let signal): return GitFailure("'\(name)' was killed by signal \(signal)", isLocal: isLocal)
        case .lost: return GitFailure("'\(name)' ended, and nobody knows how", isLocal: isLocal)
        case .exited(let code):
            let lines = outcome.lastWords(8, mask: mask).map { PlainText.line($0, limit: 300) }
            let telling = lines.filter { line in !Self.idle.contains { line.contains($0) } }
            let said = (telling.isEmpty ? lines : telling).suffix(3).joined(separator: " | ")
            let text = said.isEmpty ? "'\(name)' exited with \(code)" : said.replacing("fatal: ", with: "")
            return GitFailure(text + hint(said), isLocal: isLocal || Self.isOfCopy(said))
        }
    }

    /// What git adds to every failure, and what tells nothing beside it.
    private static let idle = [
        "Please make sure you have the correct access rights", "and the repository exists.",
        "Could not read from remote repository",
    ]

    /// Git and ssh repeat no secret; a server in between may.
    private func mask(_ text: String) -> String {
        let files = [shield.access.token].compactMap { $0 }
        let secrets = files.compactMap { FileManager.default.contents(atPath: $0) }
        return SecretMask(secrets.map { String(decoding: $0, as: UTF8.self) }).apply(to: text)
    }

    /// Whether it is our copy that git complains of: after a power failure, or where someone meddled.
    private static func isOfCopy(_ said: String) -> Bool {
        let signs = [
            "not a git repository", "loose object", "is corrupt", "bad object", ".lock': File exists", "object file",
        ]
        return !said.contains("remote: ") && signs.contains { said.contains($0) }
            && !said.contains("does not appear to be")
    }

    /// What to do about it, where that is known.
    private func hint(_ said: String) -> String {
        let access = shield.access
        if said.contains("Host key verification failed") {
            return "; put the server's key, as 'ssh-keyscan' prints it, into the file of --git-known-hosts"
        }
        if said.contains("Permission denied (publickey") {
            return access.key.map { "; is the public half of '\($0)' a deploy key of the repository?" }
                ?? "; name a deploy key with --git-key"
        }
        if said.contains("Authentication failed") || said.contains("could not read Username")
            || said.contains("could not read Password")
        {
            return access.token.map { "; the server does not take what is in '\($0)'" }
                ?? "; name a file with a token by --git-token-file"
        }
        if said.contains("find remote ref") {
            return access.ref == .standard
                ? "; the repository has no branch, or no default one" : "; the repository has no \(access.ref)"
        }
        return ""
    }
}
