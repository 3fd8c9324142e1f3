internal import Reconciler

extension Problem {
    /// On a callback's refusal that is the manager's decision: its agent passes it on, and does not answer in the manager's place as
    /// it does to other answers of 500 and above.
    package static let decision = (name: "Smreconcile-Decision", value: "final")

    /// 503: every node that a stream could be pulled from has as many children as it may.
    static func noRoom(for stream: StreamKey) -> Problem {
        var problem = Problem.unavailable(
            "no node that '\(stream)' could be pulled from has room for another child", retryAfter: .seconds(1))
        problem.headers.append(decision)
        return problem
    }
}
