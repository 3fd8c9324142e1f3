internal import Reconciler

/// What the last round saw and decided, as metrics. No label holds a node's id or a stream's name: their number is not bounded.
enum FleetMetrics {
    /// Writes all of it.
    static func write(_ snapshot: FleetSnapshot, into text: inout MetricText) {
        text.family("smreconcile_ready", .gauge, "1 once a round knew every provider scope.")
        text.sample("smreconcile_ready", [], snapshot.isReady ? 1 : 0)
        nodes(snapshot, &text)
        pools(snapshot, &text)
        plan(snapshot, &text)
        scopes(snapshot, &text)
        costs(snapshot, &text)
    }

    private static func labels(_ pool: PoolKey) -> [(String, String)] {
        [("node_group", pool.group), ("region", pool.region), ("role", pool.role)]
    }

    private struct Standing: Hashable {
        var pool: PoolKey
        var state: NodeState
    }

    private struct Load {
        var publishers = 0.0
        var subscribers = 0.0
    }

    private static func nodes(_ snapshot: FleetSnapshot, _ text: inout MetricText) {
        var counts: [Standing: Int] = [:]
        var loads: [PoolKey: Load] = [:]
        for node in snapshot.fleet.nodes.values where node.state != .terminated {
            counts[Standing(pool: node.pool, state: node.state), default: 0] += 1
            loads[node.pool, default: Load()].publishers += node.metrics[Metric.publishers] ?? 0
            loads[node.pool, default: Load()].subscribers += node.metrics[Metric.subscribers] ?? 0
        }
        // Every state of every pool of the spec, also when it is nobody's: an alert on a sample that is not there never fires.
        for pool in snapshot.spec.poolOrder() {
            for state in NodeState.allCases where state != .terminated {
                counts[Standing(pool: pool, state: state), default: 0] += 0
            }
            loads[pool, default: Load()].publishers += 0
        }
        text.family("smreconcile_nodes", .gauge, "Nodes by the state of their life.")
        for (standing, count) in counts.sorted(by: {
            ($0.key.pool, $0.key.state.rawValue) < ($1.key.pool, $1.key.state.rawValue)
        }) {
            text.sample("smreconcile_nodes", labels(standing.pool) + [("state", standing.state.rawValue)], count)
        }
        text.family("smreconcile_connections", .gauge, "Clients that the nodes reported last, by what they do.")
        for (pool, load) in loads.sorted(by: { $0.key < $1.key }) {
            text.sample("smreconcile_connections", labels(pool) + [("kind", "publisher")], load.publishers)
            text.sample("smreconcile_connections", labels(pool) + [("kind", "subscriber")], load.subscribers)
        }
    }

    private static func pools(_ snapshot: FleetSnapshot, _ text: inout MetricText) {
        func family(_ name: String, _ help: String, _ value: (ScalingDecision) -> Int) {
            text.family(name, .gauge, help)
            for decision in snapshot.plan.scaling { text.sample(name, labels(decision.pool), value(decision)) }
        }
        family("smreconcile_pool_desired_nodes", "How many nodes the rules want, within the bounds.") { $0.desired }
        family("smreconcile_pool_min_nodes", "The lower bound in force, with open schedules.") { $0.min }
        family("smreconcile_pool_max_nodes", "The upper bound in force, with open schedules.") { $0.max }
        text.family(
            "smreconcile_pool_condition", .gauge,
            "1 while something is out of the ordinary in a pool: rollout, remediation, setback, failover.")
        for condition in snapshot.plan.conditions {
            text.sample(
                "smreconcile_pool_condition",
                labels(condition.pool) + [
                    ("type", condition.type.rawValue), ("status", condition.status.rawValue),
                ], 1)
        }
        text.family("smreconcile_paused", .gauge, "1 while the counts of a node group stand still by hand.")
        for group in snapshot.spec.groups {
            let isPaused = snapshot.fleet.pauses[group.name] != nil
            text.sample("smreconcile_paused", [("node_group", group.name)], isPaused ? 1 : 0)
        }
    }

    private static func plan(_ snapshot: FleetSnapshot, _ text: inout MetricText) {
        text.family("smreconcile_plan_actions", .gauge, "What the last round did to nodes, by kind.")
        for kind in Plan.Action.Kind.allCases {
            text.sample("smreconcile_plan_actions", [("kind", kind.rawValue)], snapshot.plan.count(kind))
        }
        var held: [String: Int] = ["approval": 0, "maxUnhealthy": 0]
        for hold in snapshot.plan.held { held[hold.limit, default: 0] += hold.count }
        text.family("smreconcile_plan_held", .gauge, "Nodes that something is due for and not done, by what holds it.")
        for (limit, count) in held.sorted(by: { $0.key < $1.key }) {
            text.sample("smreconcile_plan_held", [("limit", limit)], count)
        }
    }

    private static func scopes(_ snapshot: FleetSnapshot, _ text: inout MetricText) {
        let scopes = snapshot.fleet.scopes.sorted { one, other in
            (one.key.provider, one.key.region) < (other.key.provider, other.key.region)
        }
        func labels(_ scope: ProviderScope) -> [(String, String)] {
            [("provider", scope.provider), ("region", scope.region)]
        }
        text.family(
            "smreconcile_provider_scope_known", .gauge, "1 while the newest list of a provider's region succeeded.")
        for (scope, knowledge) in scopes {
            text.sample("smreconcile_provider_scope_known", labels(scope), knowledge.isKnown ? 1 : 0)
        }
        text.family(
            "smreconcile_provider_scope_listed_timestamp_seconds", .gauge, "When the last complete list was asked for.")
        for (scope, knowledge) in scopes {
            guard let at = knowledge.completeAt else { continue }
            text.sample("smreconcile_provider_scope_listed_timestamp_seconds", labels(scope), at.seconds)
        }
    }

    private static func costs(_ snapshot: FleetSnapshot, _ text: inout MetricText) {
        guard let costs = PlanCosts(of: snapshot.plan, spec: snapshot.spec, fleet: snapshot.fleet) else { return }
        text.family("smreconcile_cost_per_hour", .gauge, "What the nodes of a group cost, where prices are known.")
        for group in costs.nodeGroups {
            text.sample("smreconcile_cost_per_hour", [("node_group", group.nodeGroup)], group.now.perHour)
        }
        text.family("smreconcile_unpriced_nodes", .gauge, "Nodes whose price nobody said.")
        for group in costs.nodeGroups {
            text.sample("smreconcile_unpriced_nodes", [("node_group", group.nodeGroup)], group.now.unpriced)
        }
    }
}

extension Timestamp {
    /// Since 1970, as Prometheus wants it.
    var seconds: Double { Double(milliseconds) / 1000 }
}
