internal import Foundation
internal import Glibc
internal import Reconciler
internal import Synchronization

/// One run of a program that reads a text, prints an answer and ends: fed, listened to, and ended with all that it started.
package struct CommandRun: Sendable {
    /// While it runs, its end and a cancellation are noticed this soon.
    static let step: Duration = .milliseconds(20)
    /// After KILL a process is gone at once, unless the kernel holds it.
    static let killTime: Duration = .milliseconds(500)
    /// So often a program that is being written is tried again, 10 ms apart.
    static let busyTries = 20
    /// Of its errors so much is kept, the newest: 64 KiB.
    static let keptErrors = 64 * 1024

    /// Processes that the kernel did not let go when they were killed; waited for later.
    private static let strays = Locked<[Int32]>([])

    /// How it ended.
    package enum End: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
        /// It was ended: its time was up.
        case timedOut
        /// It was ended: nobody waits for it any more.
        case cancelled
        /// It was ended: it printed more than it may.
        case tooMuch
        /// It ended, and nobody knows how.
        case lost
        /// Nobody waited for it any more before it began.
        case neverBegun
        /// It could not be started: the kernel's code and the words for it.
        case notStarted(Int32, String)
    }

    /// What is left of it.
    package struct Outcome: Sendable, Equatable {
        package var end: End
        /// All that it printed, unless that was too much.
        package var output: [UInt8] = []
        /// The newest of its errors.
        package var errors: [UInt8] = []
        /// Whether older errors were dropped.
        var isErrorsCut = false

        /// The last lines of its errors that have anything in them, without control characters. `mask` is applied to the whole first,
        /// for a secret may have several lines.
        package func lastWords(_ count: Int, mask: (String) -> String = { $0 }) -> [String] {
            var bytes = errors[...]
            // Half a line may hold half a secret.
            if isErrorsCut, let newline = bytes.firstIndex(of: 10) { bytes = bytes[(newline + 1)...] }
            let lines = mask(String(decoding: bytes, as: UTF8.self)).split(whereSeparator: \.isNewline)
            return lines.map { String($0).onOneLine }.filter { !$0.isEmpty }.suffix(count)
        }
    }

    /// Its descriptors are set by the run.
    var process: ChildProcess
    /// What it reads on its standard input.
    var input: [UInt8]
    /// More than so many bytes of output end it; nil: its output goes nowhere.
    var maximumOutput: Int?
    /// From the polite signal to KILL for the whole group.
    var grace: Duration
    /// How it is asked to end.
    var manners = Manners.terminateAll
    /// Instead of ending it, too much output loses its beginning.
    var keepsNewestOutput = false

    /// A run of `process`; nothing is started yet.
    package init(
        process: ChildProcess, input: [UInt8], maximumOutput: Int? = nil, grace: Duration,
        manners: Manners = .terminateAll, keepsNewestOutput: Bool = false
    ) {
        self.process = process
        self.input = input
        self.maximumOutput = maximumOutput
        self.grace = grace
        self.manners = manners
        self.keepsNewestOutput = keepsNewestOutput
    }

    /// How a program is asked to end before it is killed.
    package enum Manners: Sendable, Equatable {
        /// TERM for all that it started.
        case terminateAll
        /// INT for it alone, which sees to what it started: Terraform's plugins have the calls under way, and must not end before it.
        case interruptLeader
    }

    /// Runs it on a thread of its own until it ends, or until `deadline`.
    package func run(until deadline: ContinuousClock.Instant) async -> Outcome {
        let stop = StopFlag()
        return await withTaskCancellationHandler {
            await BlockingWorker("smreconcile.command").run { runBlocking(until: deadline, stop) }
        } onCancel: {
            stop.isSet.store(true, ordering: .relaxed)
        }
    }

    private func runBlocking(until deadline: ContinuousClock.Instant, _ stop: StopFlag) -> Outcome {
        Self.strays.with { $0.removeAll { ChildProcess.reap($0) != nil } }
        // Never begun is better than begun and ended at once.
        if stop.isSet.load(ordering: .relaxed) { return Outcome(end: .neverBegun) }
        var pipes: [CommandPipe] = []
        defer { for pipe in pipes { pipe.close() } }
        for _ in 0..<3 {
            guard let pipe = CommandPipe() else {
                let error = SystemError("make a pipe")
                return Outcome(end: .notStarted(error.code, error.description))
            }
            pipes.append(pipe)
        }
        let (feed, output, errors) = (pipes[0], pipes[1], pipes[2])
        var child = process
        child.input = feed.reading
        child.output = maximumOutput == nil ? nil : output.writing
        child.errors = errors.writing
        let pid: Int32
        do throws(ChildProcess.Failure) {
            pid = try Self.spawn(child)
        } catch {
            return Outcome(end: .notStarted(error.code, error.message))
        }
        // The reading end of the feed stays open: so a program that reads nothing raises no SIGPIPE here.
        output.closeWriting()
        errors.closeWriting()
        var talk = CommandTalk(feed: feed, output: output, errors: errors, input: input)
        var end: End?
        while end == nil, !ChildProcess.hasEnded(pid) {
            if stop.isSet.load(ordering: .relaxed) { end = .cancelled }
            if ContinuousClock.now >= deadline { end = .timedOut }
            talk.exchange(waiting: Self.step)
            if isTooMuch(&talk) { end = .tooMuch }
        }
        if end != nil { terminate(pid, &talk) }
        // Its session is its own: what it left behind goes too. Until it is reaped its number is nobody else's.
        kill(-pid, SIGKILL)
        let status = Self.reap(pid)
        talk.drain(atMost: keepsNewestOutput ? .max : maximumOutput ?? 0)
        if end == nil, isTooMuch(&talk) { end = .tooMuch }
        return Outcome(
            end: end ?? Self.end(status), output: end == .tooMuch ? [] : talk.printed, errors: talk.complaints,
            isErrorsCut: talk.isComplaintsCut)
    }

    /// Whether it printed more than it may; where the newest is kept, it never does.
    private func isTooMuch(_ talk: inout CommandTalk) -> Bool {
        guard let maximumOutput, keepsNewestOutput else { return talk.printed.count > maximumOutput ?? 0 }
        // Not at every piece: what stays is moved each time.
        if talk.printed.count > 2 * maximumOutput { talk.printed.removeFirst(talk.printed.count - maximumOutput) }
        return false
    }

    /// A script that was written a moment ago may still be held open, for an instant, by what was started meanwhile beside it.
    private static func spawn(_ child: ChildProcess) throws(ChildProcess.Failure) -> Int32 {
        for _ in 0..<busyTries {
            do throws(ChildProcess.Failure) {
                return try child.spawn()
            } catch {
                guard error.code == ETXTBSY else { throw error }
                usleep(10_000)
            }
        }
        return try child.spawn()
    }

    /// Asks the group to end, and gives it its time.
    private func terminate(_ pid: Int32, _ talk: inout CommandTalk) {
        switch manners {
        case .terminateAll: kill(-pid, SIGTERM)
        case .interruptLeader: kill(pid, SIGINT)
        }
        let deadline = ContinuousClock.now + grace
        while ContinuousClock.now < deadline, !ChildProcess.hasEnded(pid) {
            talk.exchange(waiting: Self.step)
            // What it may still say of its end is short.
            if !keepsNewestOutput { talk.printed.removeAll() } else { _ = isTooMuch(&talk) }
        }
    }

    private static func end(_ status: Int32?) -> End {
        guard let status else { return .lost }
        let signal = status & 0x7f
        return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
    }

    /// The wait status of a process that ended or was killed; nil when it does not end, and is looked after later.
    private static func reap(_ pid: Int32) -> Int32? {
        let deadline = ContinuousClock.now + killTime
        while ContinuousClock.now < deadline {
            if let status = ChildProcess.reap(pid) { return status }
            usleep(1000)
        }
        strays.with { $0.append(pid) }
        return nil
    }
}

/// Set from another thread.
private final class StopFlag: Sendable {
    let isSet = Atomic<Bool>(false)
}

extension String {
    /// Without control characters, and without blanks at its ends.
    var onOneLine: String {
        String(unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
            .trimmingCharacters(in: .whitespaces)
    }
}
