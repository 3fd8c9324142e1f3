internal import Crypto

/// Decides the counts of all pools, and holds back what a change of the spec adds when that is suspiciously much (safety rule 7): a
/// typo of one digit is ten times the bill.
///
/// A raised `min` is a change of the spec when it differs from what was last in force (``ScalingHistory/bounds``). What rules,
/// schedules and people ask for is bounded by `max`, the rate policies and the ceilings, and needs no approval.
struct GrowthGuard {
    /// So many nodes more are nothing to ask a person about.
    private static let allowance = 10

    /// What was decided of one pool.
    struct Decided {
        var decision: ScalingDecision
        /// What to remember of the decision once it is carried out whole.
        var history: ScalingHistory
        /// The spec's own numbers, and no rule, make the pool smaller.
        var isShrunkBySpec: Bool
        /// The role's own numbers in the spec, and those last in force.
        var bounds: ScalingHistory.Bounds
        var known: ScalingHistory.Bounds?
        /// Nothing follows from the bounds now: the group is paused.
        var isPaused: Bool
        /// The raised min waits for an approval.
        var isHeld = false
        /// Nodes that are there, or come, for another region.
        var spilled = 0
        /// Of ``decision``'s count, for another region.
        var spill = 0

        /// Wants so many nodes more, for a region that cannot make them. What goes when that region can again is no change of the
        /// spec.
        mutating func take(_ spill: Int, _ pool: PoolPlanner) {
            let before = pool.memory.spilled
            spilled = max(spill, min(before, max(pool.wanted.count - decision.desired, 0)))
            if spilled > 0 { isShrunkBySpec = false }
            guard spill > 0 else { return }
            self.spill = spill
            decision.desired += spill
            decision.reasons.append("\(spill) more for another region that cannot make its own")
        }

        /// What to remember when `left` nodes too many stay, held by whatever: they are still wanted, and what waits for an approval, or
        /// was not tried yet, is not in force.
        func history(left: Int) -> ScalingHistory {
            var result = history
            let isInForce =
                !isHeld && !isPaused && left == 0
                && (min(bounds.min, bounds.max)...bounds.max).contains(decision.desired)
            result.bounds = isInForce ? bounds : known
            guard left > 0 else { return result }
            // What is for another region is none of the pool's own count.
            let desired = decision.desired - spill
            // More than were wanted before are none of the count's: a fault that healed, a node that was taken in.
            let stays = min(desired + left, max(decision.current, desired))
            result.desired = stays
            if let last = result.events.last, last.change == desired - decision.current {
                result.events.removeLast()
                if stays != decision.current {
                    result.events.append(.init(at: last.at, change: stays - decision.current))
                }
            }
            return result
        }
    }

    private let spec: Spec
    private let fleet: Fleet
    private(set) var held: [Plan.Hold] = []

    init(spec: Spec, fleet: Fleet) {
        self.spec = spec
        self.fleet = fleet
    }

    /// A decision for each pool, nil for one that the spec no longer has.
    mutating func decide(_ pools: [PoolPlanner]) -> [Decided?] {
        var result = pools.map { pool -> Decided? in
            guard let input = pool.scalingInput() else { return nil }
            let (decision, history) = Desired.decide(input)
            let bounds = ScalingHistory.Bounds(min: input.role.min, max: input.role.max)
            let known = input.history.bounds
            // Nodes beyond the bounds of a count that did not just fall: an earlier change of the spec, or faults that healed.
            let isFalling = known != nil && input.history.desired ?? 0 > decision.desired
            let isLimit = (decision.limited > decision.max || input.role.isFixed) && !isFalling
            let isChanged = known.map { $0 != bounds } ?? false
            return Decided(
                decision: decision, history: history, isShrunkBySpec: isChanged || isLimit, bounds: bounds,
                known: known, isPaused: input.pause != nil)
        }
        let present = pools.reduce(0) { $0 + $1.wanted.count }
        let isFirstStart = present == 0 && fleet.scaling.values.allSatisfy { $0.bounds == nil }
        if isFirstStart { return result }
        var grown: [(index: Int, less: (decision: ScalingDecision, history: ScalingHistory), from: Int)] = []
        for (index, pool) in pools.enumerated() {
            guard let decided = result[index], decided.known != decided.bounds else { continue }
            // A pool of which nothing is remembered is new when it has no node, and else what it is by the spec.
            let before = decided.known?.min ?? (pool.isInhabited ? decided.bounds.min : 0)
            guard decided.bounds.min > before, decided.decision.desired > before,
                let less = pool.scalingInput(.init(min: before, max: decided.bounds.max)).map(Desired.decide),
                less.decision.desired < decided.decision.desired
            else { continue }
            grown.append((index, less, before))
        }
        let growth = grown.reduce(0) { sum, pool in
            sum + (result[pool.index]?.decision.desired ?? 0) - pool.less.decision.desired
        }
        let share = spec.manager.approvalGrowth
        guard growth > Self.allowance, growth * 100 > share * present else { return result }
        let lines = grown.map { pool in
            "min \(pools[pool.index].key) \(pool.from) \(result[pool.index]?.bounds.min ?? 0)"
        }
        let hash = String(Digest.sha256Hex(lines.sorted().joined(separator: "\n")).prefix(12))
        if fleet.isApproved(hash, by: spec) { return result }
        for pool in grown {
            guard let decided = result[pool.index] else { continue }
            let count = decided.decision.desired - pool.less.decision.desired
            held.append(
                Plan.Hold(
                    .create, pools[pool.index].key, count: count,
                    reason:
                        "min goes from \(pool.from) to \(decided.bounds.min): the spec adds \(growth) nodes to \(present), more than "
                        + "approval.growth of \(share)%; approve with 'smreconcile approve \(hash)'",
                    limit: "approval", approval: hash))
            result[pool.index]?.isHeld = true
            var less = pool.less
            less.decision.waiting.append("min \(decided.bounds.min) waits for the approval \(hash)")
            result[pool.index]?.decision = less.decision
            result[pool.index]?.history = less.history
        }
        return result
    }
}
