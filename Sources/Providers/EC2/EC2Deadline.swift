internal import Reconciler

/// When a call of the provider must have ended: a little before the one who called gives it up, so that it can still say why.
///
/// What is given up from outside is unknown, although this side may know that nothing was sent.
struct EC2Deadline: Sendable, Equatable {
    /// The call ends this share of its time early, and at most ``longestMargin``.
    static let margin = 10
    /// See ``margin``.
    static let longestMargin: Duration = .seconds(2)

    private let begin: Timestamp
    private let length: Duration

    /// Of a call that begins at `now` and is given up after `timeout`.
    init(_ timeout: Duration, from now: Timestamp) {
        begin = now
        length = timeout - min(timeout / Self.margin, Self.longestMargin)
    }

    /// What is left. A clock that was set back leaves no more than there was.
    func left(at now: Timestamp) -> Duration { min(length, max(.zero, begin + length - now)) }
}
