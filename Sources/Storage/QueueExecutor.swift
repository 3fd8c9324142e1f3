internal import Dispatch

/// Runs an actor's jobs one by one on a dispatch queue, for an actor whose calls block their thread.
///
/// A serial queue gets a thread beyond the cores' number when it needs one, so a blocked job holds up no other actor.
/// (On Linux dispatch has no executor of its own.)
final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    /// An executor with a queue of its own; `label` names it in debuggers.
    init(label: String) { queue = DispatchQueue(label: label) }

    /// Puts a job at the end of the queue.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    /// This executor as an actor names it; the actor keeps it alive.
    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }
}
