internal import Dispatch

/// A serial queue for calls that block: files with fsync, spawns, scans of `/proc`. They never run on the shared pool.
package struct BlockingWorker: Sendable {
    private let queue: DispatchQueue

    /// A queue of its own thread, named for debuggers.
    package init(_ label: String) { queue = DispatchQueue(label: label) }

    /// Runs `body` after everything asked before, and hands its outcome back.
    package func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            queue.async {
                do throws(Failure) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    /// Runs `body` when `delay` is over, after everything asked before.
    package func after(_ delay: Duration, _ body: @escaping @Sendable () -> Void) {
        queue.asyncAfter(deadline: .now() + .milliseconds(Int(delay.wholeMilliseconds)), execute: body)
    }
}
