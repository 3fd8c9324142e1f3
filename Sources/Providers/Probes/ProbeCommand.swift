internal import Glibc
internal import Reconciler
internal import Synchronization

/// A probe's program: its command line filled in, run, and ended with all that it started.
struct ProbeCommand: Sendable {
    /// While it runs, its end and a cancellation are noticed this soon.
    static let step: Duration = .milliseconds(20)
    /// After KILL a process is gone at once, unless the kernel holds it.
    static let killTime: Duration = .milliseconds(500)
    /// Of its errors so much is kept, the newest.
    static let keptErrors = 4096
    /// So many characters of a failure's words.
    static let longestWords = 200

    /// Processes that the kernel did not let go when they were killed; waited for later.
    private static let strays = Locked<[Int32]>([])

    private let words: [String]
    private let environment: [String: String]
    private let timeout: Duration

    /// Fills in `{{address}}`, `{{port}}` and `{{nodeId}}`. Of the manager's own variables only the harmless ones of
    /// ``NodeCommand/inheritedVariables`` are passed on.
    init(_ words: [String], _ call: ProbeCall, inherited: [String: String]) {
        var values = ["address": call.address, "nodeId": call.node.rawValue]
        values["port"] = call.port.map { "\($0)" }
        self.words = words.map { word in CommandTemplate.fill(word) { values[$0] }.text }
        var environment = inherited.filter {
            NodeCommand.inheritedVariables.contains($0.key) || $0.key.hasPrefix("LC_")
        }
        environment["SMRECONCILE_NODE_ID"] = call.node.rawValue
        environment["SMRECONCILE_NODE_ADDRESS"] = call.address
        environment["SMRECONCILE_NODE_PORT"] = values["port"]
        self.environment = environment
        timeout = call.timeout
    }

    /// Runs it on a thread of its own; the node is well when it exits with 0 within its time.
    func run() async -> ProbeOutcome {
        let stop = StopFlag()
        return await withTaskCancellationHandler {
            await BlockingWorker("smreconcile.probe").run { runBlocking(stop) }
        } onCancel: {
            stop.isSet.store(true, ordering: .relaxed)
        }
    }

    private func runBlocking(_ stop: StopFlag) -> ProbeOutcome {
        Self.strays.with { $0.removeAll { ChildProcess.reap($0) != nil } }
        let deadline = ContinuousClock.now + timeout
        guard let program = words.first else { return .unknown("its command is empty") }
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return .unknown(SystemError("make a pipe").description) }
        let (reading, writing) = (ends[0], ends[1])
        defer { close(reading) }
        // What else this process starts meanwhile must not hold our pipe open.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
        let pid: Int32
        do throws(ChildProcess.Failure) {
            defer { close(writing) }
            pid = try ChildProcess(
                program: program, arguments: Array(words.dropFirst()), environment: environment, errors: writing
            ).spawn()
        } catch {
            return .unknown(error.message)
        }
        var errors = Tail(limit: Self.keptErrors)
        var isOver = false
        while !isOver, ContinuousClock.now < deadline, !stop.isSet.load(ordering: .relaxed) {
            let left = min(Self.step, ContinuousClock.now.duration(to: deadline))
            errors.read(reading, waiting: left)
            isOver = ChildProcess.hasEnded(pid)
        }
        // Its session is its own: what it left behind goes too. Until it is reaped its number is nobody else's.
        kill(-pid, SIGKILL)
        let status = Self.reap(pid)
        errors.read(reading, waiting: .zero)
        if !isOver { return describe("no end within \(timeout.specText)", errors) }
        guard let status else { return describe("it ended, and nobody knows how", errors) }
        if status == 0 { return .well }
        let signal = status & 0x7f
        return describe(signal == 0 ? "exit status \(status >> 8 & 0xff)" : "killed by signal \(signal)", errors)
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

    private func describe(_ what: String, _ errors: Tail) -> ProbeOutcome {
        guard let line = errors.lastLine else { return .failed(what) }
        return .failed(String("\(what): \(line)".prefix(Self.longestWords)))
    }
}

/// Set from another thread.
private final class StopFlag: Sendable {
    let isSet = Atomic<Bool>(false)
}

/// The end of what a process says.
private struct Tail {
    let limit: Int
    var bytes: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    /// Takes what is there, or comes within a time.
    mutating func read(_ file: Int32, waiting: Duration) {
        var entry = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
        let ready = unsafe poll(&entry, 1, Int32(max(0, waiting.wholeMilliseconds)))
        guard ready > 0 else { return }
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = unsafe Glibc.read(file, &buffer, buffer.count)
        if count > 0 {
            bytes += buffer[..<count]
            bytes.removeFirst(max(0, bytes.count - limit))
        } else if waiting > .zero {
            // It closed its errors, or ended: that is not told by waiting for more.
            usleep(1000)
        }
    }

    /// The last line with anything in it, without control characters.
    var lastLine: String? {
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map { line in
            String(line.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
        }
        return lines.last { !$0.allSatisfy(\.isWhitespace) }
    }
}
