internal import Dispatch
internal import Foundation
internal import Glibc
internal import Providers
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

    private init(pid: Int32, ended: Locked<Status?>) {
        self.pid = pid
        self.ended = ended
    }

    /// Starts a process that leads a group of its own, waits for it, and calls `onEnd` at once when it ends.
    ///
    /// The thread that waits is the one that starts it: a child may ask the kernel to be told when its parent dies
    /// (`setpriv --pdeathsig`), and for the kernel the parent is a thread, which must not end before the child.
    static func start(
        _ child: ChildProcess, onEnd: @escaping @Sendable (Status) -> Void = { _ in }
    ) throws(ChildProcess.Failure) -> RunningChild {
        let ended = Locked<Status?>(nil)
        let started = Locked<Result<Int32, ChildProcess.Failure>?>(nil)
        let isStarted = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            let result = Result { () throws(ChildProcess.Failure) in try child.spawn() }
            started.replace(with: result)
            isStarted.signal()
            guard case .success(let pid) = result else { return }
            var raw: Int32 = 0
            while unsafe waitpid(pid, &raw, 0) < 0 && errno == EINTR {}
            let status = Status(raw: raw)
            ended.replace(with: status)
            onEnd(status)
        }
        isStarted.wait()
        // The thread has set it before it signalled.
        guard let result = started.current else { preconditionFailure("RunningChild: started, and no result") }
        return RunningChild(pid: try result.get(), ended: ended)
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
