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
        /// The role's own numbers in the spec, and those last in force; of one parent node where they hold for each.
        var bounds: ScalingHistory.Bounds
        var known: ScalingHistory.Bounds?
        /// The numbers for all parent nodes.
        var allowed: ClosedRange<Int>
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
                !isHeld && !isPaused && left == 0 && allowed.contains(decision.desired)
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
        var result = decided(pools)
        let present = pools.reduce(0) { $0 + $1.wanted.count }
        let isFirstStart = present == 0 && fleet.scaling.values.allSatisfy { $0.bounds == nil }
        if isFirstStart { return result }
        var raised: [Int: ScalingHistory.Bounds] = [:]
        for (index, pool) in pools.enumerated() {
            guard let decided = result[index], decided.known != decided.bounds else { continue }
            // A pool of which nothing is remembered is new when it has no node, and else what it is by the spec.
            let before = decided.known?.min ?? (pool.isInhabited ? decided.bounds.min : 0)
            guard decided.bounds.min > before, decided.decision.desired > before else { continue }
            raised[index] = .init(min: before, max: decided.bounds.max)
        }
        if raised.isEmpty { return result }
        let less = decided(pools, bounds: raised)
        func added(_ index: Int) -> Int {
            max((result[index]?.decision.desired ?? 0) - (less[index]?.decision.desired ?? 0), 0)
        }
        // What a pool's own numbers add, and what they add below it: nodes that come for each node of another.
        let grown = raised.keys.filter { added($0) > 0 }.sorted()
        let growth = pools.indices.reduce(0) { $0 + added($1) }
        let share = spec.manager.approvalGrowth
        guard growth > Self.allowance, growth * 100 > share * present else { return result }
        let lines = grown.map { index in
            "min \(pools[index].key) \(raised[index]?.min ?? 0) \(result[index]?.bounds.min ?? 0)"
        }
        let hash = String(Digest.sha256Hex(lines.sorted().joined(separator: "\n")).prefix(12))
        if fleet.isApproved(hash, by: spec) { return result }
        for index in grown {
            guard let decided = result[index], let before = raised[index]?.min else { continue }
            held.append(
                Plan.Hold(
                    .create, pools[index].key, count: added(index),
                    reason:
                        "min goes from \(before) to \(decided.bounds.min): the spec adds \(growth) nodes to \(present), more than "
                        + "approval.growth of \(share)%; approve with 'smreconcile approve \(hash)'",
                    limit: "approval", approval: hash))
        }
        for index in pools.indices where added(index) > 0 {
            guard var lesser = less[index]?.decision, let history = less[index]?.history else { continue }
            if let min = result[index]?.bounds.min, grown.contains(index) {
                result[index]?.isHeld = true
                lesser.waiting.append("min \(min) waits for the approval \(hash)")
            }
            result[index]?.decision = lesser
            result[index]?.history = history
            result[index]?.allowed = less[index]?.allowed ?? 0...0
        }
        return result
    }

    /// Each pool's decision, those first whose nodes others are counted by; with other bounds than the spec's in some.
    private func decided(
        _ pools: [PoolPlanner], bounds: [Int: ScalingHistory.Bounds] = [:]
    ) -> [Decided?] {
        var result: [Decided?] = pools.map { _ in nil }
        var wanted: [PoolKey: Int] = [:]
        for index in order(of: pools) {
            let pool = pools[index]
            let parents = spec.group(pool.key.group)?.multiplier(of: pool.key.role).map { role in
                let key = PoolKey(group: pool.key.group, region: pool.key.region, role: role)
                return ParentCount(role: role, nodes: wanted[key] ?? 0)
            }
            guard let role = pool.role, let input = pool.scalingInput(bounds[index], parents: parents) else { continue }
            let (decision, history) = Desired.decide(input)
            wanted[pool.key] = decision.desired
            let own = ScalingHistory.Bounds(min: role.min, max: role.max)
            let known = input.history.bounds
            // Nodes beyond the bounds of a count that did not just fall: an earlier change of the spec, or faults that healed.
            let isFalling = known != nil && input.history.desired ?? 0 > decision.desired
            let isLimit = (decision.limited > decision.max || input.role.isFixed) && !isFalling
            let isChanged = known.map { $0 != own } ?? false
            result[index] = Decided(
                decision: decision, history: history, isShrunkBySpec: isChanged || isLimit, bounds: own, known: known,
                allowed: min(input.role.min, input.role.max)...input.role.max, isPaused: input.pause != nil)
        }
        return result
    }

    /// Indices of the pools, parents first where that matters.
    private func order(of pools: [PoolPlanner]) -> [Int] {
        let counted = Set(spec.groups.filter { group in group.roles.contains { $0.parents == .perParent } }.map(\.name))
        if counted.isEmpty { return Array(pools.indices) }
        var ranks: [String: [String: Int]] = [:]
        for group in spec.groups where counted.contains(group.name) {
            let roles = group.parentsFirst.enumerated().map { ($0.element.name, $0.offset) }
            ranks[group.name] = Dictionary(roles) { first, _ in first }
        }
        func rank(_ pool: PoolPlanner) -> Int { ranks[pool.key.group]?[pool.key.role] ?? 0 }
        return pools.indices.sorted { (rank(pools[$0]), $0) < (rank(pools[$1]), $1) }
    }
}

extension Fleet {
    /// The min of a pool, for the parent nodes that were wanted in the last round where it holds for each of them.
    func least(of pool: PoolKey, in spec: Spec) -> Int {
        guard let group = spec.group(pool.group), let role = group.effectiveRole(pool.role, in: pool.region) else {
            return 0
        }
        return role.times(parents(of: pool, in: group)).min
    }

    /// So many parent nodes were wanted in the last round for each of which a pool's numbers hold; 1 for other pools, and before the
    /// first round the least that there may be.
    package func parents(of pool: PoolKey, in group: NodeGroupSpec) -> Int {
        guard let parent = group.multiplier(of: pool.role) else { return 1 }
        let key = PoolKey(group: pool.group, region: pool.region, role: parent)
        return scaling[key]?.desired ?? group.least(parent, in: pool.region)
    }
}
