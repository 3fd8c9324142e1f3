internal import Foundation
internal import Reconciler

/// Our bare copy of a repository. Nothing is ever checked out: files are read from git's objects, which are whole or not there at all, so
/// that no moment of an interruption shows half a spec, and a symbolic link is a short text that leads nowhere.
///
///     fetch ─▶ refs/smreconcile/newest/… ─▶ ls-tree ─▶ cat-file ─▶ files of the spec
///                    └─ was it signed, does it come after what we know ─▶ GitSighting
struct GitClone: Sendable {
    /// The first fetch of a large repository over a thin line.
    static let fetchTime: Duration = .seconds(600)
    /// Where what the branch is at is kept, each run its own: a git that outlived the manager that started it still writes to the one before.
    private static let newestPrefix = "refs/smreconcile/newest/"
    private let newest: String
    /// Keeps the commit in force from being cleared away when its branch has left it.
    private static let inForce = "refs/smreconcile/in-force"

    let git: GitCommand
    private var access: GitAccess { git.shield.access }

    /// A copy in `directory`, which is ours.
    init(_ access: GitAccess, directory: String, environment: [String: String]) {
        newest = Self.newestPrefix + UUID().uuidString.lowercased()
        git = GitCommand(
            shield: GitShield(directory: directory, access: access), repository: directory + "/repository.git",
            environment: environment)
    }

    /// Makes the copy, or what an interruption left of it, ready for use.
    func prepare() async throws(GitFailure) {
        try git.shield.prepare()
        clearLocks()
        // An empty template: no hooks and nothing of this machine's. It does no harm to one that is there.
        _ = try await git.output(["init", "--quiet", "--bare", "--template=", git.repository])
        let old = try await git.output(["for-each-ref", "--format=delete %(refname)", Self.newestPrefix])
        if !old.isEmpty { _ = try await git.output(["update-ref", "--stdin"], input: old) }
    }

    /// Throws the copy away, to be made anew.
    func discard() { try? FileManager.default.removeItem(atPath: git.repository) }

    /// A git that was killed leaves its locks and the pieces of a pack; the copy has one user, and that is us.
    private func clearLocks() {
        for name in FileManager.default.enumerator(atPath: git.repository) ?? .init() {
            guard let name = name as? String else { continue }
            let last = name.split(separator: "/").last ?? ""
            if last.hasSuffix(".lock") || last.hasPrefix("tmp_") {
                try? FileManager.default.removeItem(atPath: git.repository + "/" + name)
            }
        }
    }

    // MARK: - The repository

    /// Fetches what is followed; the id of its commit. `depth`: so many commits of its history alone.
    func fetch(depth: Int? = nil, within limit: Duration = GitClone.fetchTime) async throws(GitFailure) -> String {
        var words = ["fetch", "--quiet", "--force", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"]
        if let depth { words.append("--depth=\(depth)") }
        words += ["--", access.url.text, "+\(access.ref.fullName):\(newest)"]
        _ = try await git.output(words, within: limit, isLocal: false)
        let text = try await git.output(["rev-parse", "--verify", "--quiet", newest + "^{commit}"])
        return String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The commit with this id.
    func commit(_ id: String) async throws(GitFailure) -> GitCommit {
        let text = try await git.output(["log", "-1", "--format=%H%x00%an%x00%ae%x00%ct%x00%s", id])
        let parts = text.split(separator: 0, maxSplits: 4, omittingEmptySubsequences: false)
        guard let commit = Self.commit(parts[...]) else {
            throw GitFailure("git's words on commit \(GitCommit.short(id)) do not read", isLocal: true)
        }
        return commit
    }

    /// Of id, author, address, seconds since 1970 and subject.
    static func commit(_ parts: ArraySlice<ArraySlice<UInt8>>) -> GitCommit? {
        let texts = parts.map { String(decoding: $0, as: UTF8.self) }
        guard texts.count == 5, let seconds = Int64(texts[3]), abs(seconds) < 1 << 40 else { return nil }
        return GitCommit(
            id: texts[0], author: texts[1], email: texts[2], at: Timestamp(milliseconds: seconds * 1000),
            subject: texts[4])
    }

    /// How a commit stands to an earlier one, which may be gone.
    func step(from old: String?, to new: String) async throws(GitFailure) -> GitSighting.Step {
        guard let old else { return .first }
        if old == new { return .same }
        guard try await git.code(["cat-file", "-e", old + "^{commit}"]) == 0 else { return .rewritten }
        if try await git.code(["merge-base", "--is-ancestor", old, new]) == 0 { return .forward }
        return try await git.code(["merge-base", "--is-ancestor", new, old]) == 0 ? .rewound : .rewritten
    }

    /// What a commit's signature is worth.
    func signature(of id: String) async throws(GitFailure) -> GitSighting.Signature {
        guard access.signers != nil else { return .notAsked }
        let text = try await git.output(["log", "-1", "--format=%G?%x00%GS%x00%GF", id])
        let parts = text.split(separator: 0, omittingEmptySubsequences: false).map {
            PlainText.line(String(decoding: $0, as: UTF8.self), limit: 100)
        }
        let (mark, signer, key) = (parts.first ?? "", parts.dropFirst().first ?? "", parts.dropFirst(2).first ?? "")
        if mark == "N" { return .missing }
        // The letter is for the words; what counts is what git itself makes of it.
        let isGood = try await git.code(["verify-commit", id]) == 0
        if isGood, mark == "G" { return .good(signer) }
        let by = key.isEmpty ? "" : " (\(key))"
        switch mark {
        case "B": return .refused("has a signature\(by) that does not fit it")
        case "X", "Y": return .refused("is signed with a key\(by) that has expired")
        case "R": return .refused("is signed with a key\(by) that was revoked")
        case "E": return .refused("is signed in a way that cannot be checked here; signatures by ssh keys can")
        default: return .refused("is signed by a key\(by) of none of them")
        }
    }

    /// Keeps the objects of the commit in force.
    func keep(_ id: String) async throws(GitFailure) {
        _ = try await git.output(["update-ref", "--no-deref", Self.inForce, id])
    }
}
