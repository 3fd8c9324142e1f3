import Synchronization
import Testing

/// Lets only a few of the suites run at once, each of which starts managers and waits for what they do: beside thirty of
/// them on two cores, nothing is in time. A suite's time limits begin when it has its place.
struct SharedMachine: SuiteTrait, TestScoping {
    private static let places = Places(4)

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        await Self.places.take()
        defer { Self.places.giveBack() }
        try await function()
    }
}

extension Trait where Self == SharedMachine {
    /// The suite waits for a place on the machine, see ``SharedMachine``.
    static var sharesMachine: SharedMachine { SharedMachine() }
}

/// A number of places, given in the order in which they are asked for.
private final class Places: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        state = Mutex(State(free: count))
    }

    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    func giveBack() {
        let next = state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() as CheckedContinuation<Void, Never>? }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
