internal import Foundation
internal import Reconciler

/// The spec of a daemon, wherever it is kept: what it starts with, and the following of its changes.
struct SpecService: Sendable {
    /// What is in force at the start.
    let spec: Spec
    /// What that is made of.
    let parts: SpecParts
    /// What is wrong with the newest state of it, where the spec is the last good one.
    let refusal: SpecRefusal?
    /// What is to be told at the start.
    private let events: [Event]
    private let following: Following
    private let status: Locked<SourceStatus?>

    private enum Following: Sendable {
        case files(SpecFollower, SpecFollower.Start)
        case git(GitFollower)
    }

    /// Reads the spec of the options.
    static func open(
        _ options: DaemonOptions, store: any Store, time: any TimeSource, environment: [String: String]
    ) async throws -> SpecService {
        let status = Locked<SourceStatus?>(nil)
        guard let git = options.git else {
            let follower = SpecFollower(paths: options.paths, store: store, time: time)
            let start = try await follower.start()
            var state = SourceStatus(.files(options.paths))
            state.problems = start.problems.filter { $0.severity == .error }
            status.replace(with: state)
            return SpecService(
                spec: start.spec, parts: start.parts,
                refusal: start.problems.isEmpty ? nil : SpecRefusal(start.problems),
                events: try await setAsideEvents(start.spec, store, at: time.now()),
                following: .files(follower, start), status: status)
        }
        let directory = options.absoluteDataDirectory
        let clone = GitClone(git.access, directory: directory + "/git", environment: environment)
        let follower = GitFollower(clone, git.settings, store: store, time: time, status: status)
        let start = try await follower.start()
        return SpecService(
            spec: start.spec, parts: start.parts, refusal: start.refusal,
            events: start.events + (try await setAsideEvents(start.spec, store, at: time.now())),
            following: .git(follower),
            status: status)
    }

    private static func setAsideEvents(_ spec: Spec, _ store: any Store, at now: Timestamp) async throws -> [Event] {
        if spec.setAside.isEmpty { return [] }
        // No older state of the files had them either: it is told at least.
        let lost = spec.lostProviders(of: try await store.load().nodes)
        return spec.setAside.map { group in
            Event(at: now, level: .error, reason: "NodeGroupSetAside", subject: group.name, message: group.words)
        }
            + lost.map { problem in
                Event(at: now, level: .error, reason: "ProviderLost", subject: "spec", message: problem.description)
            }
    }

    /// Tells the loop what there is to tell of the start.
    func announce(to loop: ControlLoop, _ live: LiveState, _ console: Console) async {
        live.follow(status)
        for event in events {
            await loop.note(event)
            if event.level != .info { console.error("\(event.subject): \(event.message)") }
        }
        guard let refusal else { return }
        await loop.refuseSpec(because: refusal.diagnostics.map(\.description), of: refusal.commit)
        let what = refusal.commit.map { "commit \($0.words)" } ?? "the spec"
        let stays = spec.origin.map { "commit \($0.commit.words)" } ?? "the last good one"
        console.error(refusal.diagnostics.printed + "\(what) has errors; \(stays) stays in force")
    }

    /// Whether there is anything that can change.
    var isFollowed: Bool {
        switch following {
        case .files(let follower, _): !follower.paths.contains(SpecFiles.standardInput)
        case .git: true
        }
    }

    /// Brings every change into force until the task is cancelled; `taken` is told of each that is.
    func run(
        again: Waker, desk: SpecDesk, loop: ControlLoop, console: Console,
        taken: @escaping @Sendable (Spec) async -> Void
    ) async throws {
        let status = status
        let refuse: @Sendable (SpecRefusal) async -> Void = { refusal in
            let head = refusal.commit.map { "commit \($0.words) does not come into force:\n" } ?? ""
            console.error(head + refusal.diagnostics.printed)
            await loop.refuseSpec(because: refusal.diagnostics.map(\.description), of: refusal.commit)
        }
        let take: @Sendable ([SpecSource], SpecOrigin?) async -> SpecReading = { files, origin in
            let reading = await desk.take(files: files, of: origin)
            if let spec = reading.spec { await taken(spec) }
            return reading
        }
        switch following {
        case .files(let follower, let start):
            try await follower.run(since: start, again: again) { files in
                let reading = await take(files, nil)
                if reading.spec != nil { status.with { $0?.problems = [] } }
                return reading
            } refuse: { errors in
                status.with { $0?.problems = errors.filter { $0.severity == .error } }
                await refuse(SpecRefusal(errors))
            }
        case .git(let follower):
            try await follower.run(again: again, take: take, refuse: refuse, note: { await loop.note($0) })
        }
    }
}
