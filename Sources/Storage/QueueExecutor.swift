internal import Dispatch

/// Runs an actor's jobs one by one on a dispatch queue, for an actor whose calls block their thread.
///
/// A serial queue gets a thread beyond the cores' number when it needs one, so a blocked job holds up no other actor.
/// (On Linux dispatch has no executor of its own.)
final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }
}
