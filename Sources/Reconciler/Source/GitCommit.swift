/// A commit as people are told of it. Its words are of whoever made it: they are fit for a line of text, and for nothing else.
package struct GitCommit: Sendable, Equatable, Codable {
    /// The object id: 40 or 64 hexadecimal digits.
    package var id: String
    /// The author's name; `unknown` when there is none.
    package var author: String
    /// The author's address.
    package var email: String
    /// When it was committed, by the committer's clock.
    package var at: Timestamp
    /// The first line of its message.
    package var subject: String

    /// Scalars of a name or a subject that are kept.
    private static let longest = 100

    /// A commit; the words of strangers are made harmless here, once.
    package init(id: String, author: String, email: String, at: Timestamp, subject: String) {
        self.id = id
        let name = PlainText.line(author, limit: Self.longest)
        self.author = name.isEmpty ? "unknown" : name
        self.email = PlainText.line(email, limit: Self.longest)
        self.at = at
        self.subject = PlainText.line(subject, limit: Self.longest)
    }

    /// The first twelve digits: enough for any repository.
    package var short: String { Self.short(id) }

    /// As ``short``, of an id alone.
    package static func short(_ id: String) -> String { String(id.prefix(12)) }

    /// `1a2b3c4d5e6f by Ann`.
    package var words: String { "\(short) by \(author)" }

    /// Who did what: what an event remembers of a commit.
    package var mark: Mark { Mark(id: id, author: author) }

    /// A commit's id and its author's name.
    package struct Mark: Sendable, Equatable, Codable {
        /// As ``GitCommit/id``.
        package var id: String
        /// As ``GitCommit/author``.
        package var author: String

        /// Both.
        package init(id: String, author: String) {
            self.id = id
            self.author = author
        }
    }
}

/// Where a spec that is followed in git comes from.
package struct SpecOrigin: Sendable, Equatable, Codable {
    /// The commit that is in force.
    package var commit: GitCommit
    /// The commit that changed a file last, by the file's name. Of a file that is not here nobody looked that far back.
    package var files: [String: GitCommit]

    /// A commit, and who changed its files.
    package init(commit: GitCommit, files: [String: GitCommit] = [:]) {
        self.commit = commit
        self.files = files
    }

    /// The commit that a document at this place is owed to; nil for one that came over the API.
    package func commit(of place: SourceLocation?) -> GitCommit? {
        guard let place, !place.file.hasPrefix(StoredGroup.sourceName(of: "")) else { return nil }
        return files[place.file] ?? commit
    }
}
