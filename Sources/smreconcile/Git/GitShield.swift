internal import Foundation
internal import Reconciler

/// What git is told so that it is ours alone: a configuration and an environment that nobody else's settings reach, that ask nobody
/// anything, start nothing but ssh, and speak no protocol but the one of the URL.
struct GitShield: Sendable {
    /// A directory of ours for the two files below, and git's home.
    let directory: String
    let access: GitAccess

    private var configuration: String { directory + "/config" }
    private var helper: String { directory + "/credential" }

    /// Writes the files.
    func prepare() throws(GitFailure) {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try Data(configurationText.utf8).write(to: URL(fileURLWithPath: configuration), options: .atomic)
            if let helperText {
                try Data(helperText.utf8).write(to: URL(fileURLWithPath: helper), options: .atomic)
            }
        } catch {
            throw GitFailure(
                "cannot write the files for git in '\(directory)': \(error.localizedDescription)", isLocal: true)
        }
    }

    /// See git-config(1). It stands in the place of the user's: what is in it counts also for the git that serves a file URL, as `-c` does not.
    var configurationText: String {
        var lines = [
            "# Written by smreconcile at each start.",
            "[core]", "hooksPath = /dev/null", "fsmonitor = false", "attributesFile = /dev/null",
            "[protocol]", "allow = never",
            "[http]", "followRedirects = initial", "lowSpeedLimit = 100", "lowSpeedTime = 30",
            "[credential]", "helper =",
            "[gc]", "autoDetach = false",
            "[maintenance]", "autoDetach = false",
            "[submodule]", "recurse = false",
            "[fetch]", "recurseSubmodules = false",
            "[log]", "mailmap = false", "showSignature = false",
            "[i18n]", "logOutputEncoding = UTF-8",
            // Other formats would ask a keyring that is not ours.
            "[gpg]", "format = ssh", "program = /bin/false", "minTrustLevel = fully",
            "[gpg \"x509\"]", "program = /bin/false",
        ]
        for name in protocols { lines += ["[protocol \"\(name)\"]", "allow = always"] }
        if access.token != nil {
            // For this server alone: where it sends us to gets nothing.
            lines += ["[credential \(Self.quoted(access.url.site))]", "helper = \(Self.quoted("!sh '\(helper)'"))"]
        }
        if let signers = access.signers { lines += ["[gpg \"ssh\"]", "allowedSignersFile = \(Self.quoted(signers))"] }
        if access.url.transport == .file {
            // Named by the person who started us, whoever owns it.
            lines += [
                "[safe]", "directory = \(Self.quoted(access.url.path))",
                "directory = \(Self.quoted(access.url.path + "/.git"))",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A credential helper (gitcredentials(7)): the secret goes from its file through a pipe, and is seen in no list of processes.
    private var helperText: String? {
        guard let token = access.token else { return nil }
        let user = (access.url.user ?? "git").replacing("'", with: "")
        return """
            # Written by smreconcile at each start; it holds no secret.
            [ "$1" = get ] || exit 0
            printf 'username=%s\\npassword=' '\(user)'
            head -n 1 '\(token)' | tr -d '\\r'

            """
    }

    /// All of git's environment.
    func environment(_ own: [String: String]) -> [String: String] {
        var result = [
            "PATH": own["PATH"] ?? "/usr/local/bin:/usr/bin:/bin", "HOME": directory, "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": configuration, "GIT_ATTR_NOSYSTEM": "1",
            "GIT_ALLOW_PROTOCOL": protocols.joined(separator: ":"), "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_LITERAL_PATHSPECS": "1", "GIT_SSH_COMMAND": ssh, "GIT_SSH_VARIANT": "ssh", "GIT_PAGER": "cat",
        ]
        for name in Self.passedOn where own[name] != nil { result[name] = own[name] }
        if access.key == nil { result["SSH_AUTH_SOCK"] = own["SSH_AUTH_SOCK"] }
        return result
    }

    /// How the network is reached is the machine's matter.
    private static let passedOn = [
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY", "SSL_CERT_FILE",
        "SSL_CERT_DIR", "GIT_SSL_CAINFO", "TMPDIR",
    ]

    private var protocols: [String] {
        // A server may send its plain clients to https.
        access.url.transport == .http ? ["http", "https"] : [access.url.transport.rawValue]
    }

    /// See ssh_config(5): no file of the user's but the keys, and no question.
    private var ssh: String {
        var words = ["ssh", "-F", "none", "-a", "-x"]
        var options = [
            "BatchMode=yes", "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "PermitLocalCommand=no",
            "ControlMaster=no",
            "ControlPath=none", "ConnectTimeout=15", "ServerAliveInterval=10", "ServerAliveCountMax=3",
        ]
        if let key = access.key {
            words += ["-i", key]
            options += ["IdentitiesOnly=yes", "IdentityAgent=none"]
        }
        if let known = access.knownHosts {
            options += ["UserKnownHostsFile=\"\(known)\"", "GlobalKnownHostsFile=/dev/null"]
        }
        words += options.flatMap { ["-o", $0] }
        // Git gives it to a shell; there is no quote in a path of ours.
        return words.map { "'\($0)'" }.joined(separator: " ")
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
