internal import Foundation
internal import Glibc
internal import Reconciler

/// Follows the files of the spec: a change that reads comes into force at once, one that does not leaves the last good spec.
struct SpecFollower: Sendable {
    /// How often the files are looked at: a few stat calls.
    private static let pace: Duration = .milliseconds(250)
    private static let storeKey = "last-good-spec"

    let paths: [String]
    let store: any Store
    let time: any TimeSource

    /// What a daemon starts with.
    struct Start {
        let spec: Spec
        /// What is wrong with the files, where the spec is the last good one.
        let problems: [SpecDiagnostic]
        /// The files as they were read.
        fileprivate let seen: Fingerprint
        fileprivate let sources: [SpecSource]
    }

    /// What to start with: the files if they read, else the last good spec of the store with what is wrong with the files.
    func start() async throws -> Start {
        // Before the reading: a change that comes meanwhile is one.
        let seen = Fingerprint(paths)
        let (sources, problems) = SpecFiles.load(paths)
        let reading = SpecReader.read(sources)
        if problems.isEmpty, let spec = reading.spec, !spec.groups.isEmpty {
            try await remember(sources)
            return Start(spec: spec, problems: [], seen: seen, sources: sources)
        }
        let errors = problems + reading.diagnostics + emptiness(reading)
        guard let stored = try await store.value(Self.storeKey),
            let files = try? JSONDecoder().decode([StoredFile].self, from: stored),
            let spec = SpecReader.read(files.map { SpecSource(name: $0.name, text: $0.text) }).spec
        else {
            let count = errors.count { $0.severity == .error }
            throw CommandError(
                errors.rendered + "\(count) error\(count == 1 ? "" : "s") in the spec; nothing was started")
        }
        return Start(spec: spec, problems: errors, seen: seen, sources: sources)
    }

    /// Tells of every change since the start, until the task is cancelled: the spec that is in force from now on, or what is wrong
    /// with the files. `again` asks for a look at once (SIGHUP).
    func run(
        since start: Start, again: Waker, use: (Spec) async -> Void, refuse: ([SpecDiagnostic]) async -> Void
    ) async throws {
        let ticker = Task(name: "spec ticker") {
            while !Task.isCancelled {
                try await time.sleep(for: Self.pace)
                again.wake()
            }
        }
        defer { ticker.cancel() }
        var (seen, known) = (start.seen, start.sources)
        for await _ in again.calls {
            if Task.isCancelled { break }
            let now = Fingerprint(paths)
            if now == seen { continue }
            seen = now
            let (sources, problems) = SpecFiles.load(paths)
            if sources == known, problems.isEmpty { continue }
            known = sources
            let reading = SpecReader.read(sources)
            if problems.isEmpty, let spec = reading.spec, !spec.groups.isEmpty {
                try? await remember(sources)
                await use(spec)
            } else {
                await refuse(problems + reading.diagnostics + emptiness(reading))
            }
        }
    }

    /// A file that is being written is empty for a moment: that is no wish to have nothing.
    private func emptiness(_ reading: SpecReading) -> [SpecDiagnostic] {
        guard reading.spec?.groups.isEmpty == true else { return [] }
        let place = SourceLocation(file: paths.joined(separator: ", "), line: 0, column: 0)
        return [SpecDiagnostic(location: place, message: "there is no NodeGroup in the spec")]
    }

    private func remember(_ sources: [SpecSource]) async throws {
        let files = sources.map { StoredFile(name: $0.name, text: String(decoding: $0.bytes, as: UTF8.self)) }
        try await store.setValue(try JSONEncoder().encode(files), for: Self.storeKey)
    }

    private struct StoredFile: Codable {
        var name: String
        var text: String
    }

    /// Cheap signs of a change: names, sizes, times and inodes of the files.
    fileprivate struct Fingerprint: Equatable {
        private var marks: [String] = []

        init(_ paths: [String]) {
            for path in paths where path != SpecFiles.standardInput {
                marks.append(Self.mark(path))
                let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
                for name in names.sorted() where name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
                    marks.append(Self.mark("\(path)/\(name)"))
                }
            }
        }

        private static func mark(_ path: String) -> String {
            var info = Glibc.stat()
            guard unsafe stat(path, &info) == 0 else { return "\(path) is not there" }
            return "\(path) \(info.st_ino) \(info.st_size) \(info.st_mtim)"
        }
    }
}
