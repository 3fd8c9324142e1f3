internal import Foundation
internal import Glibc
internal import Reconciler

/// Follows the files of the spec: a change that reads comes into force at once, one that does not leaves the last good spec.
struct SpecFollower: Sendable {
    /// How often the files are looked at: a few stat calls.
    private static let pace: Duration = .milliseconds(250)

    let paths: [String]
    let store: any Store
    let time: any TimeSource

    /// What a daemon starts with.
    struct Start {
        let spec: Spec
        /// What the spec is made of.
        let parts: SpecParts
        /// What is wrong with the files, where the spec is the last good one.
        let problems: [SpecDiagnostic]
        /// The files as they were read.
        fileprivate let seen: Fingerprint
        fileprivate let sources: [SpecSource]
    }

    /// What to start with: the files and the API's node groups if they read together, else the last good files of the store,
    /// with what is wrong with the files.
    func start() async throws -> Start {
        // Before the reading: a change that comes meanwhile is one.
        let seen = Fingerprint(paths)
        let (sources, problems) = SpecFiles.load(paths)
        let stored = try await SpecDesk.stored(in: store)
        let parts = SpecParts(files: sources, stored: stored)
        let last = try await StoredSpec.load(from: store).map {
            SpecParts(files: $0.sources, stored: stored, origin: $0.origin)
        }
        let candidates = (problems.isEmpty ? [parts] : []) + [last].compactMap { $0 }
        let (readable, nodes) = try await SpecParts.readable(among: candidates, in: store)
        guard let choice = readable else {
            let errors = problems + parts.read().diagnostics
            let count = errors.count { $0.severity == .error }
            throw CommandError(
                errors.printed + "\(count) error\(count == 1 ? "" : "s") in the spec; nothing was started")
        }
        if problems.isEmpty, choice.index == 0 {
            try await remember(sources)
            return Start(spec: choice.spec, parts: choice.parts, problems: [], seen: seen, sources: sources)
        }
        // What is wrong with the newest files, beside what is set aside with the last good ones too.
        let newest = parts.refusal(setting: choice.parts.setAside, with: nodes)
        return Start(
            spec: choice.spec, parts: choice.parts, problems: problems + newest, seen: seen, sources: sources)
    }

    /// Tells of every change since the start, until the task is cancelled: `take` gets the files, puts them in force if they read,
    /// and answers their reading; `refuse` gets what is wrong with them. `again` asks for a look at once (SIGHUP).
    func run(
        since start: Start, again: Waker, take: ([SpecSource]) async -> SpecReading,
        refuse: ([SpecDiagnostic]) async -> Void
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
            if problems.isEmpty {
                let reading = await take(sources)
                if reading.spec == nil { await refuse(reading.diagnostics) } else { try? await remember(sources) }
            } else {
                await refuse(problems + SpecReader.read(sources).diagnostics)
            }
        }
    }

    private func remember(_ sources: [SpecSource]) async throws {
        try await StoredSpec(sources).save(to: store)
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
