package import Reconciler

/// The geolocation database that is in use, and the file it comes from, which is followed: a new one comes into force when it is whole,
/// one that cannot be used leaves the last good one.
package final class GeoDatabase: GeoLocator {
    /// How often the file is looked at: one stat call. That of the spec's files.
    private static let pace: Duration = .milliseconds(250)
    /// A file that could not be used is tried again this often though it did not change: a full disk, say, may have emptied.
    private static let patience: Duration = .seconds(30)

    /// What was seen at the last look.
    private struct Sight: Sendable, Equatable {
        var path: String
        var mark: FileMark?
    }

    /// What the follower remembers between two looks. Only one look is made at a time.
    private struct Memory: Sendable {
        /// The file that is in use, or was found not to be usable.
        var settled: Sight?
        /// A change that was seen once. It counts when it is there a second time: a file that is being written changes all the time.
        var pending: Sight?
        var failedAt: Timestamp?
        /// What was said last.
        var said: String?
    }

    private let copy: DatabaseCopy
    private let time: any TimeSource
    private let path: @Sendable () -> String?
    private let report: @Sendable (Event) async -> Void
    private let worker = BlockingWorker("smreconcile.geoip")
    private let database = Published<MaxMindDatabase?>(nil)
    private let refusal = Locked<String?>(nil)
    private let memory = Locked(Memory())

    /// A follower that has looked at nothing yet.
    /// - Parameters:
    ///   - directory: where a copy of the file may lie for a moment; of this process alone.
    ///   - path: the file, as the spec has it now; nil for none.
    ///   - report: told once of each change.
    package init(
        directory: String, time: any TimeSource, path: @escaping @Sendable () -> String?,
        report: @escaping @Sendable (Event) async -> Void
    ) {
        copy = DatabaseCopy(directory: directory)
        self.time = time
        self.path = path
        self.report = report
    }

    package func place(of address: IPAddress) -> GeoPoint? {
        database.current?.place(of: address)
    }

    package var trouble: String? { refusal.current }

    // MARK: - The file

    /// Follows the file until the task is cancelled.
    package func run() async throws {
        while true {
            await look()
            try await time.sleep(for: Self.pace)
        }
    }

    /// Looks at the file once, and takes it into use if it is another than before. Not to be called while a look is under way.
    package func look() async {
        let now = time.now()
        guard let path = path() else { return await drop(now) }
        let event = await worker.run { self.follow(path, now) }
        if let event { await report(event) }
    }

    /// The spec names no database any more.
    private func drop(_ now: Timestamp) async {
        let hadOne = memory.with { memory in
            defer { memory = Memory() }
            return memory.said != nil
        }
        if hadOne {
            use(nil)
            await report(
                Event(
                    at: now, reason: "GeoDatabaseDropped", subject: Self.subject,
                    message: "the spec names no database; clients have no place by their addresses"))
        }
    }

    private static let subject = "geoip"

    private func follow(_ path: String, _ now: Timestamp) -> Event? {
        let sight = Sight(path: path, mark: FileMark(path: path))
        let isDue = memory.with { memory in
            if memory.settled == sight {
                memory.pending = nil
                return memory.failedAt.map { now - $0 >= Self.patience || now < $0 } ?? false
            }
            // The first look of all, and the first at another path, need not wait for a second.
            let isReady = memory.pending == sight || memory.settled?.path != path
            memory.pending = sight
            return isReady
        }
        return isDue ? read(sight, now) : nil
    }

    private func read(_ sight: Sight, _ now: Timestamp) -> Event? {
        do throws(DatabaseFailure) {
            let (database, mark) = try copy.open(sight.path)
            let size = Double(mark.size) / 1e6
            use(database)
            settle(Sight(path: sight.path, mark: mark), failedAt: nil)
            return say(
                .info, "GeoDatabaseRead",
                "'\(sight.path)' is in use: \(database.type) of \(database.builtAt), \((size * 10).rounded() / 10) MB",
                now)
        } catch {
            if error.isUnfinished, memory.with({ $0.settled != nil }) { return nil }
            settle(sight, failedAt: now)
            let rest =
                database.current == nil
                ? "clients have no place by their addresses" : "the last good database stays in use"
            let message = "'\(sight.path)' cannot be used: \(error.message); \(rest)"
            refusal.replace(with: "\(Self.subject): \(message)")
            return say(.warning, "GeoDatabaseRefused", message, now)
        }
    }

    private func use(_ new: MaxMindDatabase?) {
        database.replace(with: new)
        refusal.replace(with: nil)
    }

    private func settle(_ sight: Sight, failedAt: Timestamp?) {
        memory.with { memory in
            memory.settled = sight
            memory.pending = nil
            memory.failedAt = failedAt
        }
    }

    /// Nil when that is what was said last: a file that stays as bad as it was. One that is good is news each time.
    private func say(_ level: Event.Level, _ reason: String, _ message: String, _ now: Timestamp) -> Event? {
        let isNews = memory.with { memory in
            defer { memory.said = message }
            return memory.said != message || level == .info
        }
        return isNews ? Event(at: now, level: level, reason: reason, subject: Self.subject, message: message) : nil
    }
}
