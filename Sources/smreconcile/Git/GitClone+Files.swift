internal import Foundation
internal import Reconciler

extension GitClone {
    /// What a commit says should exist, as far as it can be read.
    struct Files: Sendable {
        var sources: [SpecSource] = []
        /// What is wrong with files that cannot be read.
        var problems: [SpecDiagnostic] = []
    }

    /// Commits that are looked through for who changed a file last.
    private static let historyLimit = 1000
    private static let historyTime: Duration = .seconds(10)

    /// The files of a commit that are the spec.
    func files(of id: String) async throws(GitFailure) -> Files {
        var tree = GitTree()
        for path in git.shield.access.paths {
            let own = path.isEmpty ? nil : try await entries([id, "--", path]).first
            let isDirectory = path.isEmpty || own?.kind == .directory
            let members = isDirectory ? try await entries([id] + (path.isEmpty ? [] : ["--", path + "/"])) : []
            tree.add(path, own: own, members: members)
        }
        var files = Files(problems: tree.problems)
        let contents = try await contents(of: tree.files)
        for (entry, bytes) in zip(tree.files, contents) {
            if let problem = GitTree.pointer(bytes, name: entry.name) {
                files.problems.append(problem)
            } else {
                files.sources.append(SpecSource(name: entry.name, bytes: bytes))
            }
        }
        return files
    }

    private func entries(_ words: [String]) async throws(GitFailure) -> [GitEntry] {
        let listing = try await git.output(["ls-tree", "-z", "-l", "--full-tree"] + words)
        guard let entries = GitEntry.entries(of: listing) else {
            throw GitFailure("git's listing of a directory does not read", isLocal: true)
        }
        return entries
    }

    /// The content of each: one git for all of them.
    private func contents(of entries: [GitEntry]) async throws(GitFailure) -> [[UInt8]] {
        if entries.isEmpty { return [] }
        let asked = entries.map { $0.object + "\n" }.joined()
        let answer = try await git.output(["cat-file", "--batch"], input: Array(asked.utf8))
        // `<id> blob <size>`, a line end, the bytes, a line end: for each.
        var contents: [[UInt8]] = []
        var rest = answer[...]
        for entry in entries {
            let head = Array("\(entry.object) blob \(entry.size)\n".utf8)
            guard rest.starts(with: head), rest.count > head.count + entry.size else {
                throw GitFailure("'\(entry.name)' cannot be read from our copy of the repository", isLocal: true)
            }
            rest = rest.dropFirst(head.count)
            contents.append(Array(rest.prefix(entry.size)))
            rest = rest.dropFirst(entry.size + 1)
        }
        return contents
    }

    /// Who changed which file last, as far as the newest commits tell. It is for people's information: where it fails or takes long, it is
    /// left out.
    func authors(of id: String) async -> [String: GitCommit] {
        // Drawn anew: no name in the repository can be mistaken for it.
        let mark = Array("commit-\(UUID().uuidString)".utf8)
        let words = [
            "log", "-n", "\(Self.historyLimit)", "--no-renames", "--name-only", "-z",
            "--format=tformat:\(String(decoding: mark, as: UTF8.self))%x00%H%x00%an%x00%ae%x00%ct%x00%s",
            id, "--",
        ]
        let paths = git.shield.access.paths.filter { !$0.isEmpty }
        guard let text = try? await git.output(words + paths, within: Self.historyTime) else { return [:] }
        return Self.authors(in: text, mark: mark)
    }

    /// Reads the above: the first commit that names a file is the last that changed it.
    static func authors(in text: [UInt8], mark: [UInt8]) -> [String: GitCommit] {
        var found: [String: GitCommit] = [:]
        var parts = text.split(separator: 0, omittingEmptySubsequences: false)[...]
        var commit: GitCommit?
        while let part = parts.popFirst() {
            // A line end stands between a commit and its first file.
            let word = part.first == 10 ? part.dropFirst() : part
            if word.elementsEqual(mark) {
                commit = Self.commit(parts.prefix(5))
                parts = parts.dropFirst(5)
            } else if !word.isEmpty, let commit {
                let name = PlainText.line(String(decoding: word, as: UTF8.self), limit: 300)
                if found[name] == nil { found[name] = commit }
            }
        }
        return found
    }
}
