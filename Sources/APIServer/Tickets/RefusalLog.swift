internal import Reconciler

/// Which of those who are turned away at media servers are written down: anybody can come, and come again.
final class RefusalLog: Sendable {
    /// Lines within one second.
    private static let perSecond = 5

    private struct State: Sendable {
        var second: Int64 = 0
        var lines = 0
        var left = 0
    }

    private let state = Locked(State())

    /// One more. Nil: it is only counted; else it gets a line, and so many before it got none.
    func note(at now: Timestamp) -> Int? {
        state.with { state in
            let second = now.milliseconds / 1000
            if second != state.second { (state.second, state.lines) = (second, 0) }
            guard state.lines < Self.perSecond else {
                state.left += 1
                return nil
            }
            defer { state.left = 0 }
            state.lines += 1
            return state.left
        }
    }
}
