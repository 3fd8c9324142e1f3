internal import Crypto

/// Decides the counts of all pools, and holds back what a change of the spec adds when that is suspiciously much (safety rule 7): a
/// typo of one digit is ten times the bill.
///
/// A raised `min` is a change of the spec when it differs from what was last in force (``ScalingHistory/bounds``), or is multiplied by
/// another parent role's nodes. What rules, schedules and people ask for is bounded by `max`, the rate policies and the ceilings, and
/// needs no approval; nor does what follows below from the parent nodes that they ask for.
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
        /// A change of the spec moves its numbers: its own, what they are multiplied by, or those of the role that it is multiplied by.
        var isChangedBySpec: Bool
        /// The role's own numbers in the spec with their multiplier, and those last in force.
        var bounds: ScalingHistory.Bounds
        var known: ScalingHistory.Bounds?
        /// The Manager's, as the spec has them.
        var limits: ApprovalLimits
        /// What they are multiplied by; nil: nothing.
        var parents: ParentCount?
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

        /// The pool for each of whose nodes its numbers hold.
        func parentPool(of pool: PoolKey) -> PoolKey? {
            parents.map { PoolKey(group: pool.group, region: pool.region, role: $0.role) }
        }

        /// How many nodes of the pool's own count stay when `left` nodes too many do.
        func count(left: Int) -> Int {
            // What is for another region is none of the pool's own count.
            let desired = decision.desired - spill
            // More than were wanted before are none of the count's: a fault that healed, a node that was taken in.
            return min(desired + left, max(decision.current, desired))
        }

        /// What to remember when `left` nodes too many stay, held by whatever: they are still wanted, and what waits for an approval, or
        /// was not tried yet, is not in force.
        func history(left: Int) -> ScalingHistory {
            var result = history
            let isInForce =
                !isHeld && !isPaused && left == 0 && allowed.contains(decision.desired)
            result.bounds = isInForce ? bounds : known
            if isInForce { result.approval = limits }
            guard left > 0 else { return result }
            let desired = decision.desired - spill
            let stays = count(left: left)
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

    /// A min in place of the spec's.
    struct Least {
        var nodes: Int
        /// For the pool, and not for each parent node.
        var isForAll: Bool
    }

    private let spec: Spec
    private let fleet: Fleet
    private(set) var held: [Plan.Hold] = []
    /// See ``Plan/annotated``.
    private(set) var annotated: [String: String] = [:]

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
        var raised: [Int: Least] = [:]
        for (index, pool) in pools.enumerated() {
            guard let decided = result[index], let least = Self.least(before: decided, pool) else { continue }
            let after = least.isForAll ? decided.bounds.allMin : decided.bounds.min
            guard after > least.nodes, decided.decision.desired > least.nodes else { continue }
            raised[index] = least
        }
        if raised.isEmpty { return result }
        let less = decided(pools, least: raised)
        func added(_ index: Int) -> Int {
            max((result[index]?.decision.desired ?? 0) - (less[index]?.decision.desired ?? 0), 0)
        }
        // What a pool's own numbers add, and what they add below it: nodes that come for each node of another.
        let grown = raised.keys.filter { added($0) > 0 }.sorted()
        let growth = pools.indices.reduce(0) { $0 + added($1) }
        let share = fleet.approvalLimits(spec).growth
        guard growth > Self.allowance, growth * 100 > share * present else { return result }
        let lines = grown.map { index in
            let each = result[index]?.bounds.parent.map { " for each \($0)" } ?? ""
            // What the nodes are made from is in it: a hundred small ones are not a hundred large ones.
            return "min \(pools[index].key) \(raised[index]?.nodes ?? 0) \(result[index]?.bounds.min ?? 0)\(each) of "
                + (spec.revision(of: pools[index].key) ?? "")
        }
        let hash = String(Digest.sha256Hex(lines.sorted().joined(separator: "\n")).prefix(12))
        let reason = "the spec adds \(growth) nodes to \(present), more than approval.growth of \(share)%"
        if fleet.isApproved(hash, by: spec) {
            if !fleet.approvals.contains(hash), spec.approvals.contains(hash) { annotated[hash] = reason }
            return result
        }
        for index in grown {
            guard let decided = result[index], let before = raised[index] else { continue }
            let after = before.isForAll ? decided.bounds.allMin : decided.bounds.min
            held.append(
                Plan.Hold(
                    .create, pools[index].key, count: added(index),
                    reason: Plan.Hold.asking("min goes from \(before.nodes) to \(after): \(reason)", hash),
                    limit: "approval", approval: hash))
        }
        for index in pools.indices where added(index) > 0 {
            guard var lesser = less[index]?.decision, let history = less[index]?.history else { continue }
            if let bounds = result[index]?.bounds, grown.contains(index) {
                let min = raised[index]?.isForAll == true ? bounds.allMin : bounds.min
                result[index]?.isHeld = true
                lesser.waiting.append("min \(min) waits for the approval \(hash)")
            } else if let bounds = less[index]?.bounds {
                // Its parents wait, and so what they would be multiplied by is not in force.
                result[index]?.bounds = bounds
            }
            result[index]?.decision = lesser
            result[index]?.history = history
            result[index]?.allowed = less[index]?.allowed ?? 0...0
        }
        return result
    }

    /// The min that was in force before a change of the spec; nil where nothing of its own changed.
    private static func least(before decided: Decided, _ pool: PoolPlanner) -> Least? {
        guard let known = decided.known else {
            // A pool of which nothing is remembered is new when it has no node, and else what it is by the spec.
            return pool.isInhabited ? nil : Least(nodes: 0, isForAll: false)
        }
        guard known.isMultiplied(as: decided.bounds) else { return Least(nodes: known.allMin, isForAll: true) }
        return known.min == decided.bounds.min ? nil : Least(nodes: known.min, isForAll: false)
    }

    /// Each pool's decision, those first whose nodes others are counted by; with another min than the spec's in some.
    private func decided(_ pools: [PoolPlanner], least: [Int: Least] = [:]) -> [Decided?] {
        var result: [Decided?] = pools.map { _ in nil }
        var indices: [PoolKey: Int] = [:]
        for index in order(of: pools) {
            let pool = pools[index]
            indices[pool.key] = index
            guard let role = pool.role else { continue }
            let known = pool.fleet.scaling[pool.key]?.bounds
            var own = ScalingHistory.Bounds(min: role.min, max: role.max)
            var parents: ParentCount?
            var isChangedAbove = false
            if let name = spec.group(pool.key.group)?.multiplier(of: pool.key.role) {
                let key = PoolKey(group: pool.key.group, region: pool.key.region, role: name)
                let parent = indices[key].flatMap { result[$0] }
                let nodes = parent?.decision.desired ?? 0
                (own.parent, own.parents) = (name, nodes)
                isChangedAbove = parent?.isChangedBySpec == true && known?.parents ?? nodes != nodes
                parents = ParentCount(role: name, nodes: nodes)
            }
            let isOwnChange = known.map { !$0.isMultiplied(as: own) || ($0.min, $0.max) != (own.min, own.max) } ?? false
            let isChanged = isOwnChange || isChangedAbove
            parents?.fellByScaling = !isChanged && known?.parents ?? 0 > own.parents ?? 0
            guard let input = pool.scalingInput(least[index], parents: parents) else { continue }
            let (decision, history) = Desired.decide(input)
            // Nodes beyond the bounds of a count that did not just fall: an earlier change of the spec, or faults that healed.
            let isFalling = known != nil && input.history.desired ?? 0 > decision.desired
            let isLimit = (decision.limited > decision.max || input.role.isFixed) && !isFalling
            // While a group is paused nothing makes a pool smaller but a person who sets its count.
            let isBySpec = (isChanged || isLimit) && input.pause == nil
            result[index] = Decided(
                decision: decision, history: history, isShrunkBySpec: isBySpec,
                isChangedBySpec: isChanged,
                bounds: own, known: known, limits: spec.manager.approvalLimits, parents: parents,
                allowed: min(input.role.min, input.role.max)...input.role.max,
                isPaused: input.pause != nil)
        }
        return result
    }

    /// How many nodes a pool keeps while so many parent nodes stay, whatever holds those back that were to go.
    func count(of pool: PoolPlanner, _ decided: Decided, while parents: Int) -> Int {
        guard var count = decided.parents, parents > count.nodes else { return decided.decision.desired }
        count.nodes = parents
        count.fellByScaling = count.fellByScaling && decided.known?.parents ?? 0 > parents
        return pool.scalingInput(parents: count).map { Desired.decide($0).decision.desired } ?? decided.decision.desired
    }

    /// Indices of the pools, parents first where that matters.
    func order(of pools: [PoolPlanner]) -> [Int] {
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

extension ScalingHistory.Bounds {
    /// The min of the pool, for all parent nodes.
    var allMin: Int { RoleSpec.product(min, parents ?? 1) }

    /// Whether they hold for each node of the same role.
    func isMultiplied(as other: Self) -> Bool { parent == other.parent }
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
