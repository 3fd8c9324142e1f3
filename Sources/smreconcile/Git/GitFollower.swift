internal import Foundation
internal import Reconciler

/// Follows a branch of a git repository: a commit that reads comes into force at once, one that does not leaves the one before.
///
///     poll, SIGHUP, webhook ─▶ fetch ─▶ is it new? ─▶ GitVerdict ─▶ files ─▶ take ─▶ in force, and kept
///                                └─ out of reach: told once          └─ refuse: told with its place
actor GitFollower {
    /// How the repository is followed.
    struct Settings: Sendable {
        /// A look at the repository so often.
        var interval: Duration = .seconds(60)
        /// Only what comes after the commit in force is followed.
        var isForwardOnly = false
    }

    /// What a daemon starts with.
    struct Start: Sendable {
        /// What is in force.
        var spec: Spec
        /// What the spec is made of.
        var parts: SpecParts
        /// What is wrong with the newest commit, where the one in force is another.
        var refusal: SpecRefusal?
        /// What is to be told.
        var events: [Event]
    }

    /// Two looks are at least this far apart, however often a webhook calls.
    private static let shortestGap: Duration = .seconds(1)
    /// With a good commit at hand a start does not wait longer than so for a repository that is out of reach.
    private static let startTime: Duration = .seconds(15)

    private let clone: GitClone
    private let settings: Settings
    private let store: any Store
    private let time: any TimeSource
    /// Where it tells how it stands.
    private let status: Locked<SourceStatus?>
    private var seen: GitCommit?
    /// The commit that this process judged last. What an earlier one made of a commit is not known: it may have gone by other options.
    private var judged: String?
    /// Why that one does not come into force; empty: it did. It is looked at again each time, for the reason may lie elsewhere, as in a node
    /// group of the API that has its name.
    private var refused: [String] = []
    private var inForce: GitCommit?
    /// The commit in force if it is of this branch: what is new is compared with it.
    private var anchor: GitCommit?
    private var outage: SourceStatus.Outage?

    init(
        _ clone: GitClone, _ settings: Settings, store: any Store, time: any TimeSource, status: Locked<SourceStatus?>
    ) {
        self.clone = clone
        self.settings = settings
        self.store = store
        self.time = time
        self.status = status
    }

    private var access: GitAccess { clone.git.shield.access }
    private var followed: StoredSpec.Followed { .init(url: access.url.text, ref: access.ref.fullName) }

    // MARK: - Start

    /// What to start with: the newest commit if it can be had and reads together with the API's node groups, else the last good one of the
    /// store, with what is wrong.
    func start() async throws -> Start {
        status.replace(
            with: SourceStatus(.git(url: access.url.text, ref: access.ref.fullName, paths: access.paths)))
        let stored = try await SpecDesk.stored(in: store)
        let last = try await StoredSpec.load(from: store)
        seen = try await StoredSpec.Seen.load(of: followed, from: store)
        inForce = last?.origin?.commit
        anchor = last?.followed == followed ? inForce : nil
        let good = last.map { SpecParts(files: $0.sources, stored: stored, origin: $0.origin) }
        let usable = SpecParts.readable(among: [good].compactMap { $0 })
        let found: Found
        do throws(GitFailure) {
            try await clone.prepare()
            let id = try await fetch(within: usable == nil ? GitClone.fetchTime : Self.startTime)
            found = try await examine(id)
        } catch {
            guard let usable else {
                throw CommandError("cannot read \(access.words): \(error.message); nothing was started")
            }
            var events = [failed(error)].compactMap { $0 }
            let origin = usable.parts.origin?.commit
            events.append(
                Event(
                    at: time.now(), level: .warning, reason: "LastGoodSpec", subject: GitVerdict.subject,
                    message: "started with the last good spec, \(origin.map { "commit \($0.words)" } ?? "of no commit")"
                ))
            publish(problems: [])
            return Start(spec: usable.spec, parts: usable.parts, refusal: nil, events: events)
        }
        var events = [found.event].compactMap { $0 }
        let parts = SpecParts(files: found.files.sources, stored: stored, origin: found.origin)
        let isTakeable = found.refusal == nil && found.files.problems.isEmpty
        let (choice, nodes) = try await SpecParts.readable(
            among: (isTakeable ? [parts] : []) + [good].compactMap { $0 }, in: store)
        if isTakeable, let choice, choice.index == 0 {
            await accept(found)
            events.append(inForceEvent(found))
            return Start(spec: choice.spec, parts: choice.parts, refusal: nil, events: events)
        }
        let refusal =
            found.refusal
            ?? {
                let diagnostics = parts.refusal(setting: choice?.parts.setAside ?? [], with: nodes)
                return SpecRefusal(found.files.problems + diagnostics, of: found.commit)
            }()
        guard let choice else {
            let count = refusal.diagnostics.count { $0.severity == .error }
            throw CommandError(
                refusal.diagnostics.printed
                    + "\(count) error\(count == 1 ? "" : "s") in commit \(found.commit.words) of "
                    + "\(access.words); nothing was started")
        }
        await remember(found.commit, refused: refusal.diagnostics.map(\.description))
        publish(problems: refusal.diagnostics)
        return Start(spec: choice.spec, parts: choice.parts, refusal: refusal, events: events)
    }

    // MARK: - Following

    /// Tells of every change since the start, until the task is cancelled: `take` gets the files of a commit, puts them in force if they
    /// read, and answers their reading; `refuse` gets what is wrong with a commit, `note` what else happened. `again` asks for a look at once.
    nonisolated func run(
        again: Waker, take: @Sendable ([SpecSource], SpecOrigin?) async -> SpecReading,
        refuse: @Sendable (SpecRefusal) async -> Void, note: @Sendable (Event) async -> Void
    ) async throws {
        let ticker = Task(name: "git ticker") { [time, settings] in
            while !Task.isCancelled {
                try await time.sleep(for: settings.interval)
                again.wake()
            }
        }
        defer { ticker.cancel() }
        for await _ in again.calls {
            if Task.isCancelled { break }
            await follow(take, refuse, note)
            try await time.sleep(for: Self.shortestGap)
        }
    }

    private func follow(
        _ take: @Sendable ([SpecSource], SpecOrigin?) async -> SpecReading,
        _ refuse: @Sendable (SpecRefusal) async -> Void, _ note: @Sendable (Event) async -> Void
    ) async {
        let found: Found
        do throws(GitFailure) {
            let id = try await fetch(within: GitClone.fetchTime)
            if let end = reached() { await note(end) }
            if id == judged, refused.isEmpty { return }
            found = try await examine(id)
        } catch {
            if let event = failed(error) { await note(event) }
            return
        }
        if let event = found.event { await note(event) }
        if let refusal = found.refusal { return await reject(found, refusal.diagnostics, refuse) }
        guard found.files.problems.isEmpty else {
            let others = SpecReader.read(found.files.sources).diagnostics
            return await reject(found, found.files.problems + others, refuse)
        }
        let reading = await take(found.files.sources, found.origin)
        guard reading.spec != nil else { return await reject(found, reading.diagnostics, refuse) }
        await accept(found)
        await note(inForceEvent(found))
    }

    private func reject(
        _ found: Found, _ diagnostics: [SpecDiagnostic], _ refuse: @Sendable (SpecRefusal) async -> Void
    ) async {
        let words = diagnostics.map(\.description)
        let isNews = found.commit.id != judged || words != refused
        await remember(found.commit, refused: words)
        publish(problems: diagnostics)
        if isNews { await refuse(SpecRefusal(diagnostics, of: found.commit)) }
    }

    // MARK: - One look

    /// What a look found.
    private struct Found {
        var commit: GitCommit
        /// What happened to the history.
        var event: Event?
        /// The commit may not come into force, whatever is in it.
        var refusal: SpecRefusal?
        var files = GitClone.Files()
        var origin: SpecOrigin?
    }

    /// The id of the newest commit. What is wrong with our copy alone is mended by another one.
    private func fetch(within limit: Duration) async throws(GitFailure) -> String {
        do throws(GitFailure) { return try await clone.fetch(within: limit) } catch {
            guard error.isLocal else { throw error }
            return try await anew(within: limit)
        }
    }

    private func anew(within limit: Duration) async throws(GitFailure) -> String {
        clone.discard()
        try await clone.prepare()
        return try await clone.fetch(within: limit)
    }

    /// Reads a commit that was fetched.
    private func examine(_ id: String) async throws(GitFailure) -> Found {
        do throws(GitFailure) { return try await read(id) } catch {
            guard error.isLocal else { throw error }
            return try await read(await anew(within: GitClone.fetchTime))
        }
    }

    private func read(_ id: String) async throws(GitFailure) -> Found {
        let commit = try await clone.commit(id)
        let sighting = GitSighting(
            commit: commit, sinceSeen: try await clone.step(from: seen?.id, to: id),
            sinceInForce: try await clone.step(from: anchor?.id, to: id), signature: try await clone.signature(of: id))
        let verdict = GitVerdict.of(
            sighting, on: access.ref, seen: seen, inForce: anchor, isForwardOnly: settings.isForwardOnly, at: time.now()
        )
        var found = Found(commit: commit, event: verdict.notice)
        if let why = verdict.refusal {
            found.refusal = SpecRefusal(
                [SpecDiagnostic(location: SourceLocation(file: access.url.text, line: 0, column: 0), message: why)],
                of: commit)
            return found
        }
        found.files = try await clone.files(of: id)
        found.origin = SpecOrigin(commit: commit, files: await clone.authors(of: id))
        return found
    }

    // MARK: - What is known

    private func accept(_ found: Found) async {
        inForce = found.commit
        anchor = found.commit
        outage = nil
        await remember(found.commit)
        try? await clone.keep(found.commit.id)
        // A store that is full keeps no commit from being followed.
        try? await StoredSpec(found.files.sources, origin: found.origin, followed: followed).save(to: store)
        publish(problems: [])
    }

    private func remember(_ commit: GitCommit, refused words: [String] = []) async {
        seen = commit
        judged = commit.id
        refused = words
        try? await StoredSpec.Seen(followed: followed, commit: commit).save(to: store)
    }

    private func inForceEvent(_ found: Found) -> Event {
        let commit = found.commit
        var event = Event(
            at: time.now(), reason: "CommitInForce", subject: GitVerdict.subject,
            message: "commit \(commit.words) is in force: \(commit.subject)")
        event.commit = commit.mark
        return event
    }

    /// The event that an outage begins, or that it has another reason; nil when everyone knows.
    private func failed(_ failure: GitFailure) -> Event? {
        let before = outage
        outage = .init(since: before?.since ?? time.now(), message: failure.message)
        status.with { $0?.outage = outage }
        guard before?.message != failure.message else { return nil }
        let stays = inForce.map { "; commit \($0.words) stays in force" } ?? ""
        return Event(
            at: time.now(), level: .warning, reason: "GitUnreachable", subject: GitVerdict.subject,
            message: "\(failure.message)\(stays)")
    }

    /// The event that an outage ends; nil when there was none.
    private func reached() -> Event? {
        let now = time.now()
        status.with {
            $0?.fetchedAt = now
            $0?.outage = nil
        }
        guard outage != nil else { return nil }
        outage = nil
        return Event(
            at: now, reason: "GitReachable", subject: GitVerdict.subject, message: "the repository answers again")
    }

    private func publish(problems: [SpecDiagnostic]) {
        let (inForce, seen, outage) = (inForce, seen, outage)
        status.with { status in
            status?.inForce = inForce
            status?.newest = seen
            status?.problems = problems.filter { $0.severity == .error }
            status?.outage = outage
            if outage == nil { status?.fetchedAt = time.now() }
        }
    }
}

/// What is wrong with a spec that does not come into force.
struct SpecRefusal: Sendable {
    let diagnostics: [SpecDiagnostic]
    /// The commit that it is of; nil for files.
    let commit: GitCommit?

    init(_ diagnostics: [SpecDiagnostic], of commit: GitCommit? = nil) {
        self.diagnostics = diagnostics
        self.commit = commit
    }
}
