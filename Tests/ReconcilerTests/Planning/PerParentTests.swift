import Testing

@testable import Reconciler

/// `parents: perParent`: a role's min and max hold for each parent node of its region.
@Suite struct PerParentTests {
    private static func spec(
        relays: ClosedRange<Int> = 1...4, edges: ClosedRange<Int> = 2...5, _ change: (inout RoleSpec) -> Void = { _ in }
    ) -> Spec {
        // The edge stands before its parent: the order of the file does not matter.
        let edge = Sample.edge(min: edges.lowerBound, max: edges.upperBound) { role in
            role.parent = "relay"
            role.parents = .perParent
            change(&role)
        }
        let relay = TreeFixture.relay { role in
            (role.min, role.max) = (relays.lowerBound, relays.upperBound)
        }
        return Sample.spec(edge, relay, Sample.origin(min: 1, max: 1))
    }

    private static let relays = PoolKey(group: "live", region: "us", role: "relay")

    private static func nodes(_ relays: Int, _ edges: Int, _ spec: Spec, load: Double = 0) -> [Node] {
        [Sample.node("o", in: Sample.origins, of: spec)]
            + (0..<relays).map { Sample.node("r\($0)", in: Self.relays, of: spec) }
            + (0..<edges).map { index in
                Sample.node("e\(index)", of: spec) { $0.metrics = [Metric.subscribers: load] }
            }
    }

    private static func plan(_ nodes: [Node], _ spec: Spec, _ change: (inout Fleet) -> Void = { _ in }) -> Plan {
        Planner.plan(spec: spec, fleet: Sample.fleet(nodes, change), now: noon)
    }

    private static func decision(_ plan: Plan, _ role: String = "edge") -> ScalingDecision? {
        plan.scaling.first { $0.role == role }
    }

    @Test func `from nothing each relay gets its edges, in one round`() {
        let spec = Self.spec(relays: 3...4)
        let plan = Self.plan([], spec)
        #expect(plan.count(.create) == 1 + 3 + 6)
        let edges = Self.decision(plan)
        #expect(edges?.min == 6 && edges?.max == 15 && edges?.desired == 6)
        #expect(edges?.reasons.contains("2 to 5 for each of 3 'relay': 6 to 15") == true)
    }

    @Test func `rules move the count between min and max of all parents`() {
        let spec = Self.spec(relays: 2...4) { role in
            role.capacity = [Metric.subscribers: 100]
            role.scaling.rules = [.target(metric: Metric.subscribers, .utilization(50))]
            role.scaling.scaleOut.policies = [.init(.nodes(100), period: .seconds(60))]
        }
        let plan = Self.plan(Self.nodes(2, 6, spec, load: 100), spec)
        #expect(Self.decision(plan)?.limited == 12)
        #expect(Self.decision(plan)?.desired == 10 && Self.decision(plan)?.max == 10)
        #expect(plan.count(.create) == 4)
    }

    @Test func `fewer relays make for fewer edges, which is no change of the spec and needs no approval`() {
        let spec = Self.spec(relays: 1...4, edges: 3...3)
        let plan = Self.plan(Self.nodes(3, 9, spec), spec) { fleet in
            fleet.setScaling(ScalingHistory(desired: 3), of: Self.relays)
            var history = ScalingHistory(desired: 9)
            history.bounds = .init(min: 3, max: 3, parent: "relay", parents: 3)
            fleet.setScaling(history, of: Sample.edges)
        }
        // A relay without rules has its min.
        #expect(Self.decision(plan, "relay")?.desired == 1)
        #expect(Self.decision(plan)?.desired == 3)
        #expect(plan.actions.count { $0.kind == .drain && $0.role == "edge" } == 6)
    }

    @Test func `what a raised min of the relays brings in edges counts as growth, and waits with it`() {
        let before = Self.spec(relays: 1...30)
        let spec = Self.spec(relays: 20...30)
        let fleet: (inout Fleet) -> Void = { fleet in
            for (pool, bounds, desired) in [
                (Self.relays, ScalingHistory.Bounds(min: 1, max: 30), 1),
                (Sample.edges, .init(min: 2, max: 5, parent: "relay", parents: 1), 2),
                (Sample.origins, .init(min: 1, max: 1), 1),
            ] {
                var history = ScalingHistory(desired: desired)
                history.bounds = bounds
                fleet.setScaling(history, of: pool)
            }
        }
        let nodes = Self.nodes(1, 2, before)
        let plan = Self.plan(nodes, spec, fleet)
        #expect(plan.count(.create) == 0)
        #expect(plan.held.map(\.limit) == ["approval"])
        #expect(plan.held.first?.reason.contains("the spec adds 57 nodes to 4") == true)
        let approved = Self.plan(nodes, spec) { known in
            fleet(&known)
            known.approvals = [plan.held.first?.approval ?? ""]
        }
        #expect(approved.count(.create) == 19 + 38)
    }

    @Test func `counts by schedules and by hand are for all parents`() {
        let spec = Self.spec(relays: 2...2)
        let plan = Self.plan(Self.nodes(2, 4, spec), spec) { fleet in
            var history = ScalingHistory(desired: 4)
            history.override = .init(nodes: 99, until: nil, by: "ops")
            fleet.setScaling(history, of: Sample.edges)
        }
        #expect(Self.decision(plan)?.desired == 10)
        #expect(spec.groups[0].minimumNodes == 1 + 2 + 4)
        #expect(spec.groups[0].most("edge", in: "us") == 10)
    }

    /// The bound holds in every round on the way, whatever the relays do.
    @Test(arguments: 1...60) func `no round passes max and maxSurge of the relays that are wanted`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let spec = Self.spec(relays: 1...4, edges: 1...3) { role in
            role.capacity = [Metric.subscribers: 100]
            role.scaling.rules = [.target(metric: Metric.subscribers, .utilization(50))]
        }
        var fleet = Sample.fleet(Self.nodes(1, 1, spec))
        for round in 0..<30 {
            let now = noon + .seconds(round * 30)
            let hand = Int.random(in: 1...4, using: &random)
            var history = fleet.scaling[Self.relays] ?? ScalingHistory()
            history.override = .init(nodes: hand, until: nil, by: "ops")
            fleet.setScaling(history, of: Self.relays)
            for id in fleet.nodes.keys.sorted() {
                let load = Double.random(in: 0...100, using: &random)
                fleet.update(id) { node in
                    node.lastHeartbeatAt = now
                    node.metrics = [Metric.subscribers: load]
                }
            }
            let plan = Planner.plan(spec: spec, fleet: fleet, now: now)
            let relays = Self.decision(plan, "relay")?.desired ?? 0
            let decision = Self.decision(plan)
            #expect(decision?.min == relays && decision?.max == 3 * relays, "SEED=\(seed), round \(round)")
            #expect((relays...(3 * relays)).contains(decision?.desired ?? 0), "SEED=\(seed), round \(round)")
            let present = fleet.nodes.values.count { $0.pool == Sample.edges && $0.state != .terminated }
            let created = plan.actions.count { $0.kind == .create && $0.role == "edge" }
            #expect(created == 0 || present + created <= 3 * relays + 1, "SEED=\(seed), round \(round)")
            var counter = round * 100
            for action in plan.actions {
                switch action.kind {
                case .create:
                    counter += 1
                    fleet.insert(Sample.node("n\(counter)", in: action.pool, of: spec) { $0.inServiceAt = now })
                case .drain, .destroy:
                    if let id = action.node { fleet.remove(NodeID(id)) }
                default: break
                }
            }
            for (pool, history) in plan.histories { fleet.setScaling(history, of: pool) }
        }
    }
}
