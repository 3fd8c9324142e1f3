/// How far a count may go at once (`calculateScaleUpLimitWithScalingRules`, `calculateScaleDownLimitWithBehaviors` in Kubernetes'
/// `pkg/controller/podautoscaler/horizontal.go`).
///
/// A policy counts from what there was at the beginning of its period. Percent round towards more nodes when growing and, as there,
/// down to whole nodes when shrinking.
enum RateLimit {
    /// The highest count that growing may reach now, never below `current`.
    static func highest(
        from current: Int, _ events: [ScalingHistory.Change], _ behavior: ScalingSpec.Behavior, now: Timestamp
    ) -> Int {
        limits(from: current, events, behavior, now) { start, change in
            switch change {
            case .nodes(let count): start + count
            case .percent(let percent): (start * (100 + percent) + 99) / 100
            }
        } select: {
            behavior.select == .min ? $0.min() : $0.max()
        }.map { max($0, current) } ?? current
    }

    /// The lowest count that shrinking may reach now, never above `current`.
    static func lowest(
        from current: Int, _ events: [ScalingHistory.Change], _ behavior: ScalingSpec.Behavior, now: Timestamp
    ) -> Int {
        limits(from: current, events, behavior, now) { start, change in
            switch change {
            case .nodes(let count): start - count
            case .percent(let percent): start * max(100 - percent, 0) / 100
            }
        } select: {
            behavior.select == .min ? $0.max() : $0.min()
        }.map { min($0, current) } ?? current
    }

    /// When the oldest change that a limit counts is forgotten.
    static func release(
        _ events: [ScalingHistory.Change], _ behavior: ScalingSpec.Behavior, now: Timestamp
    ) -> Timestamp? {
        guard behavior.select != .disabled else { return nil }
        let times = behavior.policies.flatMap { policy in
            events.filter { now - $0.at < policy.period }.map { $0.at + policy.period }
        }
        return times.min()
    }

    /// The changes that some policy still counts.
    static func counted(
        _ events: [ScalingHistory.Change], _ scaling: ScalingSpec, now: Timestamp
    ) -> [ScalingHistory.Change] {
        let longest = (scaling.scaleOut.policies + scaling.scaleIn.policies).map(\.period).max() ?? .zero
        return events.filter { now - $0.at < longest && $0.at <= now }
    }

    private static func limits(
        from current: Int, _ events: [ScalingHistory.Change], _ behavior: ScalingSpec.Behavior, _ now: Timestamp,
        limit: (Int, ScalingSpec.Policy.Change) -> Int, select: ([Int]) -> Int?
    ) -> Int? {
        if behavior.select == .disabled { return current }
        return select(
            behavior.policies.map { policy in
                let changed = events.filter { now - $0.at < policy.period }.reduce(0) { $0 + $1.change }
                return limit(current - changed, policy.change)
            })
    }
}
