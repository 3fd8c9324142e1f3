internal import Reconciler

/// Lets one at a time do something for a key; others of the same key wait in their order, those of other keys do not.
final class KeyedTurns: Sendable {
    /// By key those who wait while somebody is at it.
    private let waiting = Locked<[String: [CheckedContinuation<Void, Never>]]>([:])

    /// Nobody is at anything.
    init() {}

    /// Waits for the turn, runs `body`, passes the turn on. One whose task is cancelled keeps its place, and finds out in `body`.
    func run<Value: Sendable>(
        _ key: String, _ body: () async throws(ProviderFailure) -> Value
    ) async throws(ProviderFailure) -> Value {
        await withCheckedContinuation { continuation in
            let isFree = waiting.with { waiting in
                guard waiting[key] != nil else {
                    waiting[key] = []
                    return true
                }
                waiting[key]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        defer { passOn(key) }
        return try await body()
    }

    private func passOn(_ key: String) {
        let next: CheckedContinuation<Void, Never>? = waiting.with { waiting in
            guard let first = waiting[key]?.first else {
                waiting[key] = nil
                return nil
            }
            waiting[key]?.removeFirst()
            return first
        }
        next?.resume()
    }
}
