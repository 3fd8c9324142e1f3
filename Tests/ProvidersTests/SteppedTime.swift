import Reconciler

/// A clock that only the test moves: who sleeps wakes when the test goes past its moment, or when its task is cancelled.
final class SteppedTime: TimeSource {
    private struct Sleeper: Sendable {
        var until: Timestamp
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State: Sendable {
        var present: Timestamp
        var sleepers: [Int: Sleeper] = [:]
        var cancelled: Set<Int> = []
        var next = 0
    }

    private let state = Locked(State(present: Timestamp(milliseconds: 1_000_000)))

    func now() -> Timestamp { state.current.present }

    /// How many sleep now.
    var sleepers: Int { state.current.sleepers.count }

    /// Waits until exactly so many sleep.
    func waitForSleepers(_ count: Int) async {
        while sleepers != count { await Task.yield() }
    }

    /// Moves the clock and wakes those whose time has come.
    func advance(_ duration: Duration) {
        let due = state.with { state in
            state.present = state.present + duration
            let due = state.sleepers.filter { $0.value.until <= state.present }
            for ticket in due.keys { state.sleepers[ticket] = nil }
            return due.values.sorted { $0.until < $1.until }
        }
        for sleeper in due { sleeper.continuation.resume(returning: true) }
    }

    func sleep(for duration: Duration) async throws {
        let ticket = state.with { state in
            state.next += 1
            return state.next
        }
        let isOver = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.with { state in
                    if state.cancelled.contains(ticket) { return false }
                    if duration <= .zero { return true }
                    state.sleepers[ticket] = Sleeper(until: state.present + duration, continuation: continuation)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let sleeper: Sleeper? = state.with { state in
                state.cancelled.insert(ticket)
                return state.sleepers.removeValue(forKey: ticket)
            }
            sleeper?.continuation.resume(returning: false)
        }
        if !isOver { throw CancellationError() }
    }
}
