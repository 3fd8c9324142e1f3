internal import Glibc
internal import Reconciler

/// A pipe to or from a program. What else this process starts meanwhile does not hold it open.
final class CommandPipe {
    /// The descriptor that texts come out of.
    let reading: Int32
    /// The descriptor that texts go into; -1 once it is closed.
    private(set) var writing: Int32
    private var isOpen = true

    /// Nil when there are no descriptors left; `errno` says so.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return nil }
        (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    /// The other side reads the end of the text, once nobody else holds this end.
    func closeWriting() {
        guard writing >= 0 else { return }
        Glibc.close(writing)
        writing = -1
    }

    /// Both ends; once.
    func close() {
        guard isOpen else { return }
        isOpen = false
        closeWriting()
        Glibc.close(reading)
    }
}

/// What is said to a program and what it says, as far as it came.
struct CommandTalk {
    private let feed: CommandPipe
    private let output: CommandPipe
    private let errors: CommandPipe
    private var input: ArraySlice<UInt8>
    private var isOutputOver = false
    private var isErrorsOver = false
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    /// All of its standard output.
    var printed: [UInt8] = []
    /// The newest of its standard error.
    private(set) var complaints: [UInt8] = []
    /// Whether older ones were dropped.
    private(set) var isComplaintsCut = false

    /// Nothing was said yet. Our ends of the pipes do not block from here on.
    init(feed: CommandPipe, output: CommandPipe, errors: CommandPipe, input: [UInt8]) {
        self.feed = feed
        self.output = output
        self.errors = errors
        self.input = input[...]
        for end in [feed.writing, output.reading, errors.reading] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        if input.isEmpty { feed.closeWriting() }
    }

    /// Waits until something can be said or heard, for no longer than so, and does it.
    mutating func exchange(waiting: Duration) {
        // poll leaves out what is negative.
        var entries = [
            pollfd(fd: input.isEmpty ? -1 : feed.writing, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: isOutputOver ? -1 : output.reading, events: Int16(POLLIN), revents: 0),
            pollfd(fd: isErrorsOver ? -1 : errors.reading, events: Int16(POLLIN), revents: 0),
        ]
        let milliseconds = Int32(max(0, waiting.wholeMilliseconds))
        guard unsafe poll(&entries, nfds_t(entries.count), milliseconds) > 0 else { return }
        if entries[0].revents != 0 { say() }
        if entries[1].revents != 0 { hearOutput() }
        if entries[2].revents != 0 { hearErrors() }
    }

    /// Takes what is still in the pipes of a program that ended, and a little more than `limit` of its output at most.
    mutating func drain(atMost limit: Int) {
        var before = -1
        while !isOutputOver, printed.count <= limit, printed.count > before {
            before = printed.count
            hearOutput()
        }
        if !isErrorsOver { hearErrors() }
    }

    private mutating func hearOutput() {
        guard let bytes = hear(output.reading) else {
            isOutputOver = true
            return
        }
        printed += bytes
    }

    private mutating func hearErrors() {
        guard let bytes = hear(errors.reading) else {
            isErrorsOver = true
            return
        }
        complaints += bytes
        let excess = complaints.count - CommandRun.keptErrors
        guard excess > 0 else { return }
        complaints.removeFirst(excess)
        isComplaintsCut = true
    }

    private mutating func say() {
        let count = unsafe input.withUnsafeBytes { unsafe Glibc.write(feed.writing, $0.baseAddress, $0.count) }
        if count > 0 {
            input = input.dropFirst(count)
        } else if errno != EAGAIN, errno != EINTR {
            input = []
        }
        if input.isEmpty { feed.closeWriting() }
    }

    /// What is there to read now; nil at the end of the text.
    private mutating func hear(_ file: Int32) -> ArraySlice<UInt8>? {
        let count = unsafe Glibc.read(file, &buffer, buffer.count)
        guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) ? [] : nil }
        return buffer[..<count]
    }
}
