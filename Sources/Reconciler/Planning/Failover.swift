/// What a region cannot make is made in the next one that the spec allows (`failover: {regions: [...]}`), and goes again when the
/// first can.
///
/// A region cannot while its provider says that there is no capacity or quota, fails several creates in a row, or has not answered
/// a list for a while. What is short is the desired count less the nodes that exist there; it is added to the other region's own
/// count, up to that region's max.
struct Failover {
    /// Creates that failed in a row for other reasons than capacity: one or two may be chance.
    private static let patience = 3
    /// A list that fails this long is an outage.
    private static let outage: Duration = .seconds(30)

    /// Nodes on top of its own count, by pool.
    private(set) var spills: [PoolKey: Int] = [:]
    private(set) var conditions: [Plan.Condition] = []

    init(_ pools: [PoolPlanner], _ decisions: [ScalingDecision?], spec: Spec, fleet: Fleet, now: Timestamp) {
        let known = Dictionary(zip(pools, decisions).map { ($0.key, (pool: $0, decision: $1)) }) { first, _ in first }
        for pool in pools {
            guard let decision = known[pool.key]?.decision, let group = spec.group(pool.key.group) else { continue }
            let others = (group.region(pool.key.region)?.failover ?? group.failover).filter { $0 != pool.key.region }
            guard !others.isEmpty else { continue }
            let keys = others.map { PoolKey(group: pool.key.group, region: $0, role: pool.key.role) }
            let why = Self.failure(of: pool, fleet, now)
            let spilled = keys.reduce(0) { $0 + (known[$1]?.pool.memory.spilled ?? 0) }
            guard why != nil || spilled > 0 else { continue }
            let serving = pool.wanted.count { !$0.state.isComing } + pool.unremedied
            let there = pool.wanted.count { $0.state != .requested && $0.state != .creating } + pool.unremedied
            // What is elsewhere already goes as what is here comes into service, not before.
            var short = min(max(decision.desired - serving, 0), spilled)
            if why != nil { short = max(short, decision.desired - there) }
            let words = why ?? "its own nodes come into service first"
            for key in keys where short > 0 {
                guard let other = known[key], let its = other.decision, Self.failure(of: other.pool, fleet, now) == nil
                else { continue }
                var room = max(its.max - its.desired - spills[key, default: 0], 0)
                if why == nil { room = min(room, other.pool.memory.spilled) }
                let count = min(short, room)
                guard count > 0 else { continue }
                short -= count
                spills[key, default: 0] += count
                conditions.append(
                    Plan.Condition(
                        .failover, .spilled, key,
                        "\(count) node\(count == 1 ? "" : "s") more for \(pool.key.region): \(words)"))
            }
        }
    }

    /// Why a pool's region cannot make nodes now; nil when it can.
    private static func failure(of pool: PoolPlanner, _ fleet: Fleet, _ now: Timestamp) -> String? {
        if let creates = pool.memory.creates, creates.isShortage || creates.failures >= patience {
            return creates.message
        }
        guard let provider = pool.provider,
            let trouble = fleet.scopes[ProviderScope(provider: provider, region: pool.key.region)]?.trouble,
            now - trouble.since >= outage
        else { return nil }
        return "what exists there is not known since \(trouble.since): \(trouble.message)"
    }
}
