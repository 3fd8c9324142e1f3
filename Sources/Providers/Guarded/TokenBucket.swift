internal import Reconciler

/// The arithmetic of a rate limit: tokens come in at a steady pace up to a full bucket, and every call takes one.
///
/// A value without a clock: `now` is passed in, in whole milliseconds, and waits are rounded up to them.
struct TokenBucket: Sendable, Equatable {
    /// The sum of many small parts of a token may miss the whole one by this.
    private static let slack = 1e-6

    private let rate: CallRate
    /// Tokens in it at `asOf`, 0...burst.
    private var level: Double
    private var asOf: Timestamp

    /// A full one.
    init(_ rate: CallRate, at now: Timestamp) {
        precondition(
            CallRate.allowed.contains(rate.perSecond) && rate.burst >= 1, "a rate that the spec allows, not \(rate)")
        self.rate = rate
        level = Double(rate.burst)
        asOf = now
    }

    /// Takes a token and returns nil, or takes none and returns how long it is until there is one.
    mutating func take(at now: Timestamp) -> Duration? {
        level = level(at: now)
        asOf = now
        guard level >= 1 - Self.slack else { return wait(for: 1, at: now) }
        level = max(0, level - 1)
        return nil
    }

    /// How long it is until so many tokens were there to take: the wait of one behind `count - 1` others.
    func wait(for count: Int, at now: Timestamp) -> Duration {
        let missing = Double(count) - level(at: now)
        guard missing > Self.slack else { return .zero }
        return .milliseconds(Int64((missing / rate.perSecond * 1000).rounded(.up)))
    }

    /// A clock that was set back adds nothing, and takes nothing.
    private func level(at now: Timestamp) -> Double {
        let elapsed = Double(max(0, (now - asOf).wholeMilliseconds))
        return min(Double(rate.burst), level + elapsed / 1000 * rate.perSecond)
    }
}
