internal import Foundation
internal import Reconciler

/// The spec that a plan is for: files, or a commit that nobody follows yet.
struct PlanSource: Sendable {
    /// It, or what is wrong with it.
    let reading: SpecReading
    /// Nil for files.
    let commit: GitCommit?
    /// For people.
    let words: String

    /// The options of a command that can plan for a repository.
    static let options =
        GitAccess.options + [
            .value(
                "ref", nil, "REF",
                "branch, tag or commit to plan for, such as refs/pull/7/merge (default: the default branch)")
        ]

    /// Reads it. `others`: node groups that are no part of it and stay, those made over the API.
    static func read(
        _ arguments: Arguments, with others: SpecParts, _ console: Console
    ) async throws -> PlanSource {
        guard let access = try GitAccess.of(arguments, ref: "ref") else {
            let paths = try SpecPaths.of(arguments)
            let (sources, problems) = SpecFiles.load(paths)
            return PlanSource(
                reading: merged(SpecParts(files: sources), with: others, problems), commit: nil,
                words: paths.joined(separator: ", "))
        }
        return try await read(access, with: others, environment: console.environment)
    }

    /// Reads what is followed in a repository, by a copy that is gone afterwards.
    static func read(
        _ access: GitAccess, with others: SpecParts = SpecParts(files: []), environment: [String: String]
    ) async throws -> PlanSource {
        try await inFreshDirectory { directory in
            try await read(access, in: directory, with: others, environment)
        }
    }

    private static func read(
        _ access: GitAccess, in directory: String, with others: SpecParts, _ environment: [String: String]
    ) async throws -> PlanSource {
        do throws(GitFailure) {
            let clone = GitClone(access, directory: directory, environment: environment)
            try await clone.prepare()
            // A commit by its id need not be the newest of anything: servers give it out all the same.
            let id = try await clone.fetch(depth: 1)
            let commit = try await clone.commit(id)
            switch try await clone.signature(of: id) {
            case .notAsked, .good: break
            case .missing: throw GitFailure("commit \(commit.words) is not signed")
            case .refused(let why): throw GitFailure("commit \(commit.words) \(why)")
            }
            let files = try await clone.files(of: id)
            let parts = SpecParts(files: files.sources, origin: SpecOrigin(commit: commit))
            return PlanSource(
                reading: merged(parts, with: others, files.problems), commit: commit, words: access.words)
        } catch {
            throw CommandError("cannot read \(access.words): \(error.message)")
        }
    }

    /// What the manager would read: its API's groups with the files.
    private static func merged(
        _ parts: SpecParts, with others: SpecParts, _ problems: [SpecDiagnostic]
    ) -> SpecReading {
        var all = others
        all.files = parts.files
        all.origin = parts.origin
        let reading = all.readWhole().reading
        return SpecReading(
            spec: problems.isEmpty ? reading.spec : nil, diagnostics: problems + reading.diagnostics)
    }

    /// Runs `body` with a directory that nobody else can read and that is gone afterwards.
    private static func inFreshDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let path = NSTemporaryDirectory() + "smreconcile-plan-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }

    /// The node groups of a manager that were made over its API: its own spec is the files and these.
    static func apiGroups(of client: ServerClient) async throws(CommandError) -> SpecParts {
        struct Group: Decodable {
            var name: String
            var source: String?
            var setAside: [String]?
        }
        let groups = try ServerClient.decode([Group].self, from: await client.get("/as/v1/nodegroups"))
        var parts = SpecParts(files: [])
        for group in groups where group.source?.hasPrefix(StoredGroup.sourceName(of: group.name) + ":") == true {
            let text = try await client.get("/as/v1/nodegroups/\(ServerClient.escaped(group.name))?format=yaml")
            let stored = StoredGroup(name: group.name, text: String(decoding: text, as: UTF8.self))
            parts.stored.groups.append(stored)
            if let problems = group.setAside {
                let place = SourceLocation(file: stored.sourceName, line: 0, column: 0)
                parts.setAside.append(
                    SetAsideGroup(
                        name: group.name, problems: problems.map { SpecDiagnostic(location: place, message: $0) },
                        document: stored.source))
            }
        }
        return parts
    }
}
