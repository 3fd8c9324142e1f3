internal import Reconciler

/// Lets calls through at the pace of a ``TokenBucket``, first come first served.
///
///     enter ──▶ token there, nobody before it ──────────────────────────▶ through
///       │                                                                   ▲
///       ├──▶ first: sleeps until the next token ────────────────────────────┤ makes the next one first
///       │       ▲                                                           │
///       └──▶ in the queue ── cancelled: leaves, and those behind move up ───┘
///
/// Only the first in the queue watches the clock; the others wait for it. Nothing runs while nobody waits.
final class RateLimiter: Sendable {
    /// Why a call was not let through.
    enum Refusal: Error, Equatable, Sendable {
        /// Its turn would come after this, which is longer than it may wait.
        case wouldWait(Duration)
        /// Its task was cancelled.
        case cancelled
    }

    private struct State: Sendable {
        var bucket: TokenBucket
        /// The tickets of those who wait, in their order. The first of them watches the clock.
        var queue: [Int] = []
        /// Of those behind the first. Each is resumed once: true makes it the first, false tells it to leave.
        var sleepers: [Int: CheckedContinuation<Bool, Never>] = [:]
        var nextTicket = 0
    }

    private enum Entry {
        case through
        case refused(Duration)
        case queued(ticket: Int)
    }

    private let state: Locked<State>
    private let longestWait: Duration
    private let time: any TimeSource

    /// A limiter whose bucket is full. A call that would wait longer than `longestWait` is refused at once.
    init(_ rate: CallRate, longestWait: Duration, time: any TimeSource) {
        state = Locked(State(bucket: TokenBucket(rate, at: time.now())))
        self.longestWait = longestWait
        self.time = time
    }

    /// How many wait now.
    var waiting: Int { state.with { $0.queue.count } }

    /// Returns when it is the caller's turn.
    func enter() async throws(Refusal) {
        switch register() {
        case .through: return
        case .refused(let wait): throw .wouldWait(wait)
        case .queued(let ticket):
            guard await becomeFirst(ticket) else { throw .cancelled }
        }
        defer { passOn() }
        while let wait = state.with({ $0.bucket.take(at: time.now()) }) {
            do { try await time.sleep(for: wait) } catch { throw .cancelled }
        }
    }

    private func register() -> Entry {
        state.with { state in
            let now = time.now()
            if state.queue.isEmpty, state.bucket.take(at: now) == nil { return .through }
            let wait = state.bucket.wait(for: state.queue.count + 1, at: now)
            if wait > longestWait { return .refused(wait) }
            state.nextTicket += 1
            state.queue.append(state.nextTicket)
            return .queued(ticket: state.nextTicket)
        }
    }

    /// Waits until everyone before is through; false when the task was cancelled first, and the ticket is out of the queue.
    private func becomeFirst(_ ticket: Int) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.with { state in
                    if state.queue.first == ticket { return true }
                    // Cancelled before it got here.
                    guard state.queue.contains(ticket) else { return false }
                    state.sleepers[ticket] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            leave(ticket)
        }
    }

    /// The first leaves by itself: its sleep ends with the cancellation.
    private func leave(_ ticket: Int) {
        let sleeper: CheckedContinuation<Bool, Never>? = state.with { state in
            guard let index = state.queue.firstIndex(of: ticket), index > 0 else { return nil }
            state.queue.remove(at: index)
            return state.sleepers.removeValue(forKey: ticket)
        }
        sleeper?.resume(returning: false)
    }

    /// The first is done, and makes the next one first.
    private func passOn() {
        let next: CheckedContinuation<Bool, Never>? = state.with { state in
            state.queue.removeFirst()
            return state.queue.first.flatMap { state.sleepers.removeValue(forKey: $0) }
        }
        next?.resume(returning: true)
    }
}
