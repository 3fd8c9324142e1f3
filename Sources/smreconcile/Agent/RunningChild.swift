internal import Foundation
internal import Glibc
internal import Reconciler

/// A child process of ours that somebody waits for on a thread of its own.
final class RunningChild: Sendable {
    /// How a process ended.
    struct Status: Equatable, Sendable, CustomStringConvertible {
        /// As waitpid(2) gives it.
        let raw: Int32

        private var signal: Int32 { raw & 0x7f }
        private var code: Int32 { raw >> 8 & 0xff }

        var isSuccess: Bool { raw == 0 }
        var description: String { signal == 0 ? "exit status \(code)" : "signal \(signal)" }
    }

    /// The signals that we send.
    enum Signal {
        case terminate, kill
    }

    /// Of the process and of its group.
    let pid: Int32
    private let ended: Locked<Status?>

    /// Waits for `pid`, a child that leads a process group, and calls `onEnd` at once when it ends.
    init(pid: Int32, onEnd: @escaping @Sendable (Status) -> Void = { _ in }) {
        self.pid = pid
        let ended = Locked<Status?>(nil)
        self.ended = ended
        Thread.detachNewThread {
            var raw: Int32 = 0
            while unsafe waitpid(pid, &raw, 0) < 0 && errno == EINTR {}
            let status = Status(raw: raw)
            ended.replace(with: status)
            onEnd(status)
        }
    }

    /// Nil while it runs.
    var status: Status? { ended.current }

    /// Signals it and what it started; nothing once it has ended, for then its number may be another's.
    func signalGroup(_ signal: Signal) {
        ended.with { status in
            guard status == nil else { return }
            Glibc.kill(-pid, signal == .kill ? SIGKILL : SIGTERM)
        }
    }
}
