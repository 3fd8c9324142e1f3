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

    init(
        usesColor: Bool, showsProgress: Bool, environment: [String: String],
        out: @escaping @Sendable (String) -> Void, error: @escaping @Sendable (String) -> Void
    ) {
        self.usesColor = usesColor
        self.showsProgress = showsProgress
        self.environment = environment
        outSink = out
        errorSink = error
    }

    /// Nobody reads standard output any more.
    private static let isOutputClosed = Locked(false)
    var isOutputGone: Bool { Self.isOutputClosed.current }

    static let standard: Console = {
        let environment = ProcessInfo.processInfo.environment
        let color =
            isatty(STDOUT_FILENO) == 1 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        return Console(
            usesColor: color, showsProgress: isatty(STDERR_FILENO) == 1, environment: environment,
            out: { write($0, to: STDOUT_FILENO) }, error: { write($0, to: STDERR_FILENO) })
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
