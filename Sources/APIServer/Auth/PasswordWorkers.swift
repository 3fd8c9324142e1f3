internal import Dispatch
internal import Reconciler

/// Runs password checks, each a quarter of a second of one core and 32 MiB: on threads of its own, two at once, and a
/// bounded number waiting.
final class PasswordWorkers: Sendable {
    /// Checks at once.
    static let width = 2
    /// Checks that may wait on top of these.
    static let maximumWaiting = 64

    private let queues = (0..<width).map { DispatchQueue(label: "smreconcile.passwords.\($0)") }
    /// Checks that wait or run, by queue.
    private let pending = Locked([Int](repeating: 0, count: width))

    /// The result of `work`, which may block; nil when too many wait already.
    func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result? {
        let chosen = pending.with { pending -> Int? in
            guard pending.reduce(0, +) < Self.width + Self.maximumWaiting else { return nil }
            let index = pending[0] <= pending[1] ? 0 : 1
            pending[index] += 1
            return index
        }
        guard let chosen else { return nil }
        defer { pending.with { $0[chosen] -= 1 } }
        return await withCheckedContinuation { continuation in
            queues[chosen].async { continuation.resume(returning: work()) }
        }
    }
}
