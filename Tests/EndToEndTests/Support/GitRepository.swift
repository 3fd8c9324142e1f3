import Foundation

/// A bare repository with the working copy of someone who commits to it.
struct GitRepository {
    let workspace: Workspace
    /// The bare repository's directory.
    let path: String
    private let copy: String

    /// `file://` and its path.
    var url: String { "file://\(path)" }

    /// Makes both.
    init(_ workspace: Workspace, name: String = "cluster") async throws {
        self.workspace = workspace
        path = workspace.path("\(name).git")
        copy = workspace.path("\(name)-copy")
        try await git(
            """
            git init -q --bare -b main '\(path)'
            git init -q -b main '\(copy)'
            cd '\(copy)'
            git config user.name Ann && git config user.email ann@example.org
            git remote add origin '\(path)'
            """)
    }

    /// Runs lines in bash within the copy's reach; what they printed.
    @discardableResult
    func git(_ lines: String) async throws -> String {
        let outcome = try await workspace.bash("set -e\nexport GIT_CONFIG_GLOBAL=/dev/null\n\(lines)")
        guard outcome.code == 0 else { throw NeverHappened(description: "git: \(outcome.out)\(outcome.error)") }
        return outcome.out.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Runs lines in the copy.
    @discardableResult
    func inCopy(_ lines: String) async throws -> String { try await git("cd '\(copy)'\n\(lines)") }

    /// Writes files, commits them and pushes; the commit's id.
    @discardableResult
    func commit(
        _ files: [String: String], _ message: String = "a change", author: String = "Ann", options: String = ""
    ) async throws -> String {
        for (name, text) in files {
            let file = URL(fileURLWithPath: "\(copy)/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return try await inCopy(
            """
            git add -A
            git commit -q \(options) --author '\(author) <\(author.lowercased())@example.org>' -m '\(message)'
            git push -q \(options.contains("--amend") ? "-f" : "") origin HEAD:main
            git rev-parse HEAD
            """)
    }
}
