internal import Reconciler

/// Lets so many calls be under way at once; the others wait, first come first served.
final class CallGate: Sendable {
    private struct State: Sendable {
        var free: Int
        /// The tickets of those who wait, in their order.
        var queue: [Int] = []
        /// Of those in the queue that sleep already: true lets one through, false tells it to leave.
        var sleepers: [Int: CheckedContinuation<Bool, Never>] = [:]
        /// Let through before they fell asleep.
        var admitted: Set<Int> = []
        var nextTicket = 0
    }

    private let state: Locked<State>

    /// Nobody is inside.
    init(_ places: Int) {
        precondition(places > 0, "a gate for \(places) calls would never open")
        state = Locked(State(free: places))
    }

    /// How many wait now.
    var waiting: Int { state.with { $0.queue.count } }

    /// Waits for a place, which ``leave()`` gives back; false, and no place, when the task was cancelled first.
    func enter() async -> Bool {
        let ticket: Int? = state.with { state in
            if state.free > 0 {
                state.free -= 1
                return nil
            }
            state.nextTicket += 1
            state.queue.append(state.nextTicket)
            return state.nextTicket
        }
        guard let ticket else { return true }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.with { state in
                    if state.admitted.remove(ticket) != nil { return true }
                    // Cancelled before it got here.
                    guard state.queue.contains(ticket) else { return false }
                    state.sleepers[ticket] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            giveUp(ticket)
        }
    }

    /// Gives a place to the next one, or back.
    func leave() {
        let next: CheckedContinuation<Bool, Never>? = state.with { state in
            guard !state.queue.isEmpty else {
                state.free += 1
                return nil
            }
            let ticket = state.queue.removeFirst()
            if let sleeper = state.sleepers.removeValue(forKey: ticket) { return sleeper }
            state.admitted.insert(ticket)
            return nil
        }
        next?.resume(returning: true)
    }

    /// One that was let through meanwhile keeps its place: it gives it back itself.
    private func giveUp(_ ticket: Int) {
        let sleeper: CheckedContinuation<Bool, Never>? = state.with { state in
            guard let index = state.queue.firstIndex(of: ticket) else { return nil }
            state.queue.remove(at: index)
            return state.sleepers.removeValue(forKey: ticket)
        }
        sleeper?.resume(returning: false)
    }
}
