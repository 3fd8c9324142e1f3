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

    init(
        usesColor: Bool, showsProgress: Bool, environment: [String: String],
        size: @escaping @Sendable () -> TerminalSize? = { nil }, out: @escaping @Sendable (String) -> Void,
        error: @escaping @Sendable (String) -> Void
    ) {
        self.usesColor = usesColor
        self.showsProgress = showsProgress
        self.environment = environment
        self.size = size
        outSink = out
        errorSink = error
    }

    /// The terminal that standard output is, as large as it is now; nil when it is none that can be drawn on.
    var terminal: TerminalSize? { size() }

    /// Nobody reads standard output any more.
    private static let isOutputClosed = Locked(false)
    var isOutputGone: Bool { Self.isOutputClosed.current }

    static let standard: Console = {
        let environment = ProcessInfo.processInfo.environment
        let isTerminal = isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb"
        return Console(
            usesColor: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty,
            showsProgress: isatty(STDERR_FILENO) == 1, environment: environment,
            size: { isTerminal ? TerminalSize.ofOutput : nil }, out: { write($0, to: STDOUT_FILENO) },
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
                if errno == EPIPE, descriptor == STDOUT_FILENO { isOutputClosed.replace(with: true) }
                return
            }
        }
    }

    func print(_ text: String = "") { outSink(text + "\n") }
    /// Without a line end.
    func write(_ text: String) { outSink(text) }
    func error(_ text: String) { errorSink(text + "\n") }
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

    /// That of standard output; what most terminals are where it does not say.
    fileprivate static var ofOutput: TerminalSize {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return TerminalSize(columns: 80, rows: 24)
        }
        return TerminalSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }
}
