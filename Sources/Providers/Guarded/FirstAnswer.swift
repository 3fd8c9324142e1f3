internal import Reconciler

/// A place for one answer: the first that is given counts, later ones are dropped. For one reader.
final class FirstAnswer<Value: Sendable>: Sendable {
    private enum State: Sendable {
        case open
        case awaited(CheckedContinuation<Value, Never>)
        case given(Value)
    }

    private let state = Locked(State.open)

    /// Nothing was given yet.
    init() {}

    /// Gives the answer, unless there is one already. From any thread.
    func give(_ value: Value) {
        let reader: CheckedContinuation<Value, Never>? = state.with { state in
            switch state {
            case .open:
                state = .given(value)
                return nil
            case .awaited(let reader):
                state = .given(value)
                return reader
            case .given: return nil
            }
        }
        reader?.resume(returning: value)
    }

    /// Waits for the answer, which somebody must give sooner or later.
    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let known: Value? = state.with { state in
                if case .given(let value) = state { return value }
                state = .awaited(continuation)
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}

/// How some work ended that had a limit.
enum LimitedOutcome<Value: Sendable>: Sendable {
    case answered(Value)
    /// It was not answered in time.
    case timedOut
    /// The caller's task was cancelled.
    case cancelled
}

/// Waits for `body`, but no longer than `limit`, and not after the caller's task is cancelled: then `body` is told by a cancellation of
/// its own, and what it answers after that is dropped. It need not obey: the caller has its answer.
func limited<Value: Sendable>(
    to limit: Duration, _ time: any TimeSource, _ name: String, _ body: @escaping @Sendable () async -> Value
) async -> LimitedOutcome<Value> {
    let answer = FirstAnswer<LimitedOutcome<Value>>()
    let work = Task(name: name) { answer.give(.answered(await body())) }
    let clock = Task(name: "time-out of \(name)") {
        try await time.sleep(for: limit)
        answer.give(.timedOut)
    }
    defer {
        work.cancel()
        clock.cancel()
    }
    return await withTaskCancellationHandler {
        await answer.value()
    } onCancel: {
        answer.give(.cancelled)
    }
}
