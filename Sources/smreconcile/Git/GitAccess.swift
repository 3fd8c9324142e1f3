internal import Foundation
internal import Reconciler

/// Which repository is meant, and what opens it. Secrets are named by their files and never held.
struct GitAccess: Sendable, Equatable {
    /// The repository.
    var url: GitURL
    /// What is followed in it.
    var ref = GitRef.standard
    /// Files and directories within, without slashes at their ends; an empty one is the root. At least one.
    var paths = [""]
    /// The private key for ssh; nil: those of the user.
    var key: String?
    /// The file of known host keys for ssh; nil: those of the user and the system.
    var knownHosts: String?
    /// The file with the token or password for https.
    var token: String?
    /// The file of allowed signers (ssh-keygen(1)); nil: no signature is asked for.
    var signers: String?

    /// The options of every command that reads a repository.
    static let options: [Option] = [
        .value("git", nil, "URL", "a git repository in place of -f: an https, http, ssh or file URL"),
        .list("path", nil, "PATH", "file or directory within the repository (default: its root); may be repeated"),
        .value("git-key", nil, "FILE", "private key for ssh, such as a deploy key"),
        .value("git-known-hosts", nil, "FILE", "keys of ssh servers (default: those of the user and the system)"),
        .value(
            "git-token-file", nil, "FILE",
            "file with the token or password for https; the user is that of the URL, else 'git'"),
        .value("git-signers", nil, "FILE", "only run commits signed by these allowed signers (see ssh-keygen(1))"),
    ]

    /// What the options say; nil without `--git`.
    static func of(_ arguments: Arguments, ref refOption: String) throws(UsageError) -> GitAccess? {
        let own = [refOption, "path", "git-key", "git-known-hosts", "git-token-file", "git-signers"]
        guard let given = arguments.value("git") else {
            if let stray = own.first(where: { !arguments.list($0).isEmpty }) {
                throw UsageError("--\(stray) needs a repository: name it with --git")
            }
            return nil
        }
        if !arguments.list("file").isEmpty || !arguments.positional.isEmpty {
            throw UsageError("--git and -f exclude each other")
        }
        do throws(GitURL.Refusal) {
            var access = GitAccess(url: try GitURL(given, directory: FileManager.default.currentDirectoryPath))
            if let ref = arguments.value(refOption) { access.ref = try GitRef(ref) }
            let paths = arguments.list("path")
            if !paths.isEmpty {
                access.paths = []
                for path in paths { access.paths.append(try GitPath.normal(path)) }
            }
            access.key = try file(arguments.value("git-key"))
            access.knownHosts = try file(arguments.value("git-known-hosts"))
            access.token = try file(arguments.value("git-token-file"))
            access.signers = try file(arguments.value("git-signers"))
            if access.token != nil, ![.http, .https].contains(access.url.transport) {
                throw GitURL.Refusal(message: "--git-token-file is for https; an ssh URL takes --git-key")
            }
            if access.key != nil || access.knownHosts != nil, access.url.transport != .ssh {
                throw GitURL.Refusal(
                    message: "--git-key and --git-known-hosts are for ssh; https takes --git-token-file")
            }
            return access
        } catch {
            throw UsageError(error.message)
        }
    }

    /// An absolute path to a file that can be read, for git runs elsewhere.
    private static func file(_ path: String?) throws(GitURL.Refusal) -> String? {
        guard let path else { return nil }
        let full = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        guard !full.unicodeScalars.contains(where: { $0.value < 0x20 || $0 == "\"" || $0 == "'" }) else {
            throw GitURL.Refusal(
                message: "the path '\(PlainText.line(path, limit: 200))' has a quote or a control character in it")
        }
        guard FileManager.default.isReadableFile(atPath: full) else {
            throw GitURL.Refusal(message: "cannot read '\(path)': there is no such file, or it may not be read")
        }
        return full
    }

    /// `https://git.example.org/media/cluster.git, branch 'main'`.
    var words: String { "\(url), \(ref)" }
}
