internal import Foundation
internal import Glibc
internal import Reconciler

/// Where a command writes. Tests pass one that remembers.
final class Console: Sendable {
    private let outSink: @Sendable (String) -> Void
    private let errorSink: @Sendable (String) -> Void
    /// Standard output is a terminal and NO_COLOR is not set (https://no-color.org).
    let usesColor: Bool
    /// Standard error is a terminal: progress may redraw.
    let showsProgress: Bool
    let environment: [String: String]
    private let size: @Sendable () -> TerminalSize?
    private let errorSize: @Sendable () -> TerminalSize?
    /// The lines that stand below everything on standard error; see ``stand(_:)``.
    private let standing = Locked<[String]>([])

    init(
        usesColor: Bool, showsProgress: Bool, environment: [String: String],
        size: @escaping @Sendable () -> TerminalSize? = { nil },
        errorSize: @escaping @Sendable () -> TerminalSize? = { nil }, out: @escaping @Sendable (String) -> Void,
        error: @escaping @Sendable (String) -> Void
    ) {
        self.usesColor = usesColor
        self.showsProgress = showsProgress
        self.environment = environment
        self.size = size
        self.errorSize = errorSize
        outSink = out
        errorSink = error
    }

    /// The terminal that standard output is, as large as it is now; nil when it is none that can be drawn on.
    var terminal: TerminalSize? { size() }

    /// Nobody reads standard output any more.
    private static let isOutputClosed = Locked(false)
    var isOutputGone: Bool { Self.isOutputClosed.current }
    /// Something that was printed got nowhere, as on a full disk: the command failed, whatever it did.
    static let isOutputLost = Locked(false)

    static let standard: Console = {
        let environment = ProcessInfo.processInfo.environment
        let isDumb = environment["TERM"] == "dumb"
        let isTerminal = isatty(STDOUT_FILENO) == 1 && !isDumb
        let isErrorTerminal = isatty(STDERR_FILENO) == 1 && !isDumb
        return Console(
            usesColor: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty,
            showsProgress: isErrorTerminal, environment: environment,
            size: { isTerminal ? TerminalSize.of(STDOUT_FILENO) : nil },
            errorSize: { isErrorTerminal ? TerminalSize.of(STDERR_FILENO) : nil },
            out: { write($0, to: STDOUT_FILENO) },
            error: { write($0, to: STDERR_FILENO) })
    }()

    /// One write per call as far as the system takes it, never buffered: a killed process loses no line.
    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = ArraySlice(text.utf8)
        while !bytes.isEmpty {
            let written = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                bytes = bytes.dropFirst(written)
            } else if errno != EINTR {
                if descriptor == STDOUT_FILENO { lose(errno) }
                return
            }
        }
    }

    /// A reader that went away has seen enough; anything else is said, once.
    private static func lose(_ code: CInt) {
        if code == EPIPE { return isOutputClosed.replace(with: true) }
        let isFirst = isOutputLost.with { isLost in
            defer { isLost = true }
            return !isLost
        }
        guard isFirst else { return }
        let words = unsafe String(cString: strerror(code))
        write(
            "cannot write to standard output: \(words.prefix(1).lowercased() + words.dropFirst())\n", to: STDERR_FILENO)
    }

    func print(_ text: String = "") { outSink(text + "\n") }
    /// Without a line end.
    func write(_ text: String) { outSink(text) }
    /// A line on standard error, above what stands there.
    func error(_ text: String) {
        // The lock is held over the write: two lines at once must not take each other's place.
        standing.with { lines in errorSink(Self.erasing(lines) + text + "\n" + Self.joined(lines)) }
    }

    /// Lines that stand below everything on standard error, in place of those that stood there; none for none. Only where it is a
    /// terminal; as many as it has room for, none wider than it is.
    func stand(_ lines: [String]) {
        guard let terminal = errorSize() else { return }
        let room = max(terminal.rows - 2, 1)
        var fitting = lines.map { TerminalText.cut($0, to: terminal.columns - 1) }
        if fitting.count > room {
            let more = fitting.count - (room - 1)
            fitting =
                Array(fitting.prefix(room - 1)) + [TerminalText.cut("  and \(more) more", to: terminal.columns - 1)]
        }
        standing.with { [fitting] old in
            guard old != fitting else { return }
            errorSink(Self.erasing(old) + Self.joined(fitting))
            old = fitting
        }
    }

    /// Back to the first of the lines, and all from there on cleared (ECMA-48: CPL, ED).
    private static func erasing(_ lines: [String]) -> String {
        lines.isEmpty ? "" : "\u{1B}[\(lines.count)F\u{1B}[J"
    }

    private static func joined(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }

    func flush() {}

    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    func styled(_ text: String, _ style: Style) -> String {
        usesColor ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}

/// How many characters a terminal shows.
struct TerminalSize: Sendable, Equatable {
    var columns: Int
    var rows: Int

    /// That of an open terminal; what most terminals are where it does not say.
    fileprivate static func of(_ descriptor: Int32) -> TerminalSize {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return TerminalSize(columns: 80, rows: 24)
        }
        return TerminalSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }
}
