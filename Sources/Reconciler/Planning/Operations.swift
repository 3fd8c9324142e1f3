/// Which provider calls the nodes' states ask for now. Level-based: after a crash the same states ask for the same calls.
package enum Operations {
    /// Calls under way at once, per region of a provider: one that answers slowly keeps no other from its own.
    package static let concurrency = 16

    /// The calls to begin now. Pools take turns, and none has more than three quarters of its region's calls (at least one), so that one
    /// whose calls hang does not keep its neighbours waiting. A pool whose creates failed waits out its setback, and then tries
    /// one at a time. Of groups that are `setAside` nothing is begun: what was, is asked for again, and what goes does.
    package static func due(
        _ fleet: Fleet, setAside: Set<String> = [], inFlight: Set<NodeID>,
        concurrency: @escaping (String) -> Int = { _ in concurrency },
        now: Timestamp
    ) -> [Operation] {
        var slots = Slots(concurrency: concurrency)
        for id in inFlight { if let node = fleet.nodes[id] { slots.take(node) } }
        var queues: [PoolKey: [Node]] = [:]
        for node in fleet.nodes.values
        where (node.state == .requested || node.state == .creating || node.state == .terminating)
            && !(node.state == .requested && setAside.contains(node.pool.group))
            && !inFlight.contains(node.id) && (node.retryAt ?? now) <= now && fleet.scopes[node.scope]?.isKnown == true
        {
            queues[node.pool, default: []].append(node)
        }
        var turns: [(turn: Int, node: Node)] = []
        for (pool, queue) in queues {
            let memory = fleet.memories[pool]
            var tries = max(1 - slots.creates(of: pool), 0)
            var turn = slots.taken(by: pool)
            for node in queue.sorted(by: { ($0.requestedAt, $0.id) < ($1.requestedAt, $1.id) }) {
                if node.state != .terminating {
                    if memory?.blockedUntil(now, making: node.revision) != nil { continue }
                    if memory?.caution(making: node.revision) != nil {
                        if tries == 0 { continue }
                        tries -= 1
                    }
                }
                turns.append((turn, node))
                turn += 1
            }
        }
        turns.sort { ($0.turn, $0.node.requestedAt, $0.node.id) < ($1.turn, $1.node.requestedAt, $1.node.id) }
        var result: [Operation] = []
        for (_, node) in turns where slots.hasRoom(for: node) {
            slots.take(node)
            result.append(Operation(node.state == .terminating ? .destroy : .create, node.id))
        }
        return result
    }

    /// The calls under way, by region of a provider and by pool.
    private struct Slots {
        private struct Share: Hashable {
            var scope: ProviderScope
            var pool: PoolKey
        }

        let concurrency: (String) -> Int
        private var scopes: [ProviderScope: Int] = [:]
        private var shares: [Share: Int] = [:]
        private var pools: [PoolKey: Int] = [:]
        private var creating: [PoolKey: Int] = [:]

        init(concurrency: @escaping (String) -> Int) { self.concurrency = concurrency }

        func taken(by pool: PoolKey) -> Int { pools[pool, default: 0] }
        func creates(of pool: PoolKey) -> Int { creating[pool, default: 0] }

        func hasRoom(for node: Node) -> Bool {
            let most = concurrency(node.provider)
            return scopes[node.scope, default: 0] < most
                && shares[Share(scope: node.scope, pool: node.pool), default: 0] < max(most - most / 4, 1)
        }

        mutating func take(_ node: Node) {
            scopes[node.scope, default: 0] += 1
            shares[Share(scope: node.scope, pool: node.pool), default: 0] += 1
            pools[node.pool, default: 0] += 1
            if node.state != .terminating { creating[node.pool, default: 0] += 1 }
        }
    }
}
