internal import Reconciler

/// How fast one action is asked for in one region: slower each time that EC2 says that it is too much, faster again with each answer.
///
/// EC2 counts requests by action and region, and so do we
/// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/throttling.html). A value: `now` and chance are passed in.
struct EC2Pace: Sendable, Equatable {
    /// After the first time.
    static let first: Duration = .milliseconds(500)
    /// At most.
    static let longest: Duration = .seconds(16)

    /// How often it was too much, less the answers since.
    private(set) var level = 0
    private var opensAt: Timestamp?
    private var throttledAt: Timestamp?

    /// How long calls are held back at this level.
    var interval: Duration {
        guard level > 0 else { return .zero }
        return min(Self.longest, .milliseconds(Self.first.wholeMilliseconds << Int64(min(level - 1, 10))))
    }

    /// A request that was sent at `sent` was too much. Those that were under way together count once.
    mutating func throttled(sentAt sent: Timestamp, now: Timestamp) {
        if throttledAt.map({ sent > $0 }) ?? true {
            level = min(level + 1, 6)
            throttledAt = now
        }
        opensAt = now + interval
    }

    /// A request was taken.
    mutating func answered() { level = max(0, level - 1) }

    /// How long the next request waits: until it opens, and a part of the interval by chance, so that those who wait do not come at once.
    func wait(at now: Timestamp, using random: inout some RandomNumberGenerator) -> Duration {
        guard let opensAt, opensAt > now else { return .zero }
        let share = Double(random.next() >> 11) * 0x1p-53
        // A clock that was set back would hold us for ever.
        let left = min(opensAt - now, interval)
        return left + .milliseconds(Int64(Double(interval.wholeMilliseconds) * share))
    }
}
