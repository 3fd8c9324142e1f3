/// What is followed in a repository: a branch, or any ref by its full name.
package struct GitRef: Sendable, Equatable, CustomStringConvertible {
    /// As it was given: `main`, `refs/pull/7/merge`; empty for the repository's own default.
    package let text: String

    /// The full name that git is asked for.
    package var fullName: String {
        if text.isEmpty { return "HEAD" }
        return text.hasPrefix("refs/") || isID ? text : "refs/heads/\(text)"
    }

    /// Whether it is the id of a commit.
    package var isID: Bool {
        [40, 64].contains(text.utf8.count) && text.allSatisfy { $0.isHexDigit && !$0.isUppercase }
    }

    /// `branch 'main'`, `'refs/pull/7/merge'`, `the default branch`.
    package var description: String {
        if text.isEmpty { return "the default branch" }
        return text.hasPrefix("refs/") || isID ? "'\(text)'" : "branch '\(text)'"
    }

    /// The repository's default branch.
    package static let standard = GitRef(text: "")

    private init(text: String) { self.text = text }

    /// Reads a name by the rules of git-check-ref-format(1), so that none is an option, a pattern or a revision's arithmetic. Throws what is
    /// wrong with it.
    package init(_ given: String) throws(GitURL.Refusal) {
        func refuse(_ message: String) -> GitURL.Refusal {
            GitURL.Refusal(message: "the branch '\(PlainText.line(given, limit: 200))' \(message)")
        }
        if given.isEmpty { throw refuse("has no name") }
        if given.hasPrefix("-") { throw refuse("begins with '-'") }
        let banned: Set<Unicode.Scalar> = ["~", "^", ":", "?", "*", "[", "\\", " "]
        let isClean = given.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7f && !banned.contains($0) }
        let parts = given.split(separator: "/", omittingEmptySubsequences: false)
        let isSound = parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasSuffix(".lock") }
        guard isClean, isSound, !given.contains(".."), !given.contains("@{"), !given.hasSuffix("."), given != "@" else {
            throw refuse("is no name that git allows for one")
        }
        text = given
    }
}

/// A file or a directory within a repository.
package enum GitPath {
    /// The path without dots and slashes at its ends; empty for the root. Throws for one that leads out of the repository.
    package static func normal(_ given: String) throws(GitURL.Refusal) -> String {
        let parts = given.split(separator: "/").filter { $0 != "." }
        guard !given.hasPrefix("/"), !parts.contains(".."), !given.contains("\0"), !given.contains("\n") else {
            throw GitURL.Refusal(
                message:
                    "the path '\(PlainText.line(given, limit: 200))' leads out of the repository; --path is seen from its root"
            )
        }
        return parts.joined(separator: "/")
    }
}
