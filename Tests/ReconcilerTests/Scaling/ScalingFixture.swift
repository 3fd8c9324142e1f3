@testable import Reconciler

/// A pool of edges with a load, and what is decided of it.
struct ScalingFixture {
    var role = Sample.edge(min: 0, max: 1000)
    var history = ScalingHistory()
    var nodes: [Node] = []
    var pause: ScalingPause?
    var unserved = 0
    var now = noon

    init(_ rules: ScalingRule..., capacity: Double = 1000) {
        role.capacity = [Metric.subscribers: capacity]
        role.scaling.rules = rules
    }

    static func target(_ percent: Int) -> ScalingRule {
        .target(metric: Metric.subscribers, .utilization(percent))
    }

    static func average(_ each: Double) -> ScalingRule { .target(metric: Metric.subscribers, .average(each)) }

    /// Adds nodes in service with so many viewers each; nil reports nothing.
    mutating func add(_ levels: [Double?], state: NodeState = .inService, _ change: (inout Node) -> Void = { _ in }) {
        for level in levels {
            let id = "n\(nodes.count)"
            nodes.append(
                Sample.node(id, state) { node in
                    node.metrics = level.map { [Metric.subscribers: $0] } ?? [:]
                    change(&node)
                })
        }
    }

    func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }

    var plan: Plan {
        let spec = Sample.spec(role)
        let fleet = Sample.fleet(
            nodes.map { node in
                var node = node
                node.revision = spec.revision(of: Sample.edges) ?? ""
                return node
            }
        ) { fleet in
            fleet.setScaling(history, of: Sample.edges)
            fleet.setPause(pause, of: "live")
            fleet.unserved = unserved == 0 ? [:] : [Sample.edges: unserved]
        }
        return Planner.plan(spec: spec, fleet: fleet, now: now)
    }

    var decision: ScalingDecision { plan.scaling[0] }

    /// Carries its own decision out in the history, and lets time pass.
    mutating func pass(_ time: Duration) {
        history = plan.histories[Sample.edges] ?? ScalingHistory()
        now = now + time
        for index in nodes.indices where nodes[index].state == .inService { nodes[index].lastHeartbeatAt = now }
    }
}
