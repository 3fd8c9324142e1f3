import Testing

@testable import Reconciler

/// `parents: perParent` and what guards a fleet from its own spec: what counts is what the numbers come to, and why they changed.
@Suite struct PerParentGuardTests {
    private typealias Bounds = ScalingHistory.Bounds
    private static let relays = PoolKey(group: "live", region: "us", role: "relay")

    private static func edge(
        _ bounds: ClosedRange<Int>, of parent: String = "relay", _ reach: ParentReach = .perParent,
        _ change: (inout RoleSpec) -> Void = { _ in }
    ) -> RoleSpec {
        Sample.edge(min: bounds.lowerBound, max: bounds.upperBound) { role in
            role.parent = parent
            role.parents = reach
            change(&role)
        }
    }

    private static func relay(_ bounds: ClosedRange<Int>, _ change: (inout RoleSpec) -> Void = { _ in }) -> RoleSpec {
        TreeFixture.relay { role in
            (role.min, role.max) = (bounds.lowerBound, bounds.upperBound)
            change(&role)
        }
    }

    /// So many nodes of each role, decided and in force.
    private static func plan(
        _ spec: Spec, origins: Int, relays: Int = 0, edges: Int, load: Double? = nil, in force: [PoolKey: Bounds],
        at now: Timestamp = noon, _ change: (inout Fleet) -> Void = { _ in }
    ) -> Plan {
        var nodes: [Node] = []
        for (pool, count) in [(Sample.origins, origins), (Self.relays, relays), (Sample.edges, edges)] {
            nodes += (0..<count).map { index in
                Sample.node("\(pool.role)\(index)", in: pool, of: spec) { node in
                    node.lastHeartbeatAt = now
                    if let load, pool == Sample.edges { node.metrics = [Metric.subscribers: load] }
                }
            }
        }
        let fleet = Sample.fleet(nodes) { fleet in
            for (pool, bounds) in force {
                let count = [Sample.origins: origins, Self.relays: relays][pool] ?? edges
                fleet.setScaling(ScalingHistory(desired: count, bounds: bounds), of: pool)
            }
            change(&fleet)
        }
        return Planner.plan(spec: spec, fleet: fleet, now: now)
    }

    private static func approval(_ plan: Plan) -> String { plan.held.compactMap(\.approval).first ?? "none" }

    @Test func `to take a multiplier away is a change of the spec, and what goes waits for an approval`() {
        let spec = Sample.spec(Self.edge(2...10, of: "origin", .global), Sample.origin(min: 20, max: 20))
        let force = [
            Sample.origins: Bounds(min: 20, max: 20),
            Sample.edges: Bounds(min: 2, max: 10, parent: "origin", parents: 20),
        ]
        let plan = Self.plan(spec, origins: 20, edges: 40, in: force)
        #expect(plan.count(.drain) == 0)
        #expect(plan.held.map(\.limit) == ["approval"] && plan.held.first?.count == 38)
        // What was in force stays so.
        #expect(plan.histories[Sample.edges]?.bounds == force[Sample.edges])
        let hash = Self.approval(plan)
        let approved = Self.plan(spec, origins: 20, edges: 40, in: force) { $0.approvals = [hash] }
        #expect(approved.count(.drain) == 38)
        #expect(approved.histories[Sample.edges]?.bounds == Bounds(min: 2, max: 10))
    }

    @Test func `to multiply numbers is a change of the spec, and what comes waits for an approval`() {
        let spec = Sample.spec(Self.edge(2...10, of: "origin"), Sample.origin(min: 20, max: 20))
        let force = [Sample.origins: Bounds(min: 20, max: 20), Sample.edges: Bounds(min: 2, max: 10)]
        let plan = Self.plan(spec, origins: 20, edges: 2, in: force)
        #expect(plan.count(.create) == 0)
        #expect(plan.held.first?.reason.contains("min goes from 2 to 40: the spec adds 38 nodes to 22") == true)
        let hash = Self.approval(plan)
        let approved = Self.plan(spec, origins: 20, edges: 2, in: force) { $0.approvals = [hash] }
        #expect(approved.count(.create) == 38)
        #expect(
            approved.histories[Sample.edges]?.bounds == Bounds(min: 2, max: 10, parent: "origin", parents: 20))
    }

    @Test func `another parent role is another multiplier`() {
        let spec = Sample.spec(Self.edge(2...10, of: "origin"), Self.relay(1...1), Sample.origin(min: 20, max: 20))
        let force = [
            Sample.origins: Bounds(min: 20, max: 20), Self.relays: Bounds(min: 1, max: 1),
            Sample.edges: Bounds(min: 2, max: 10, parent: "relay", parents: 1),
        ]
        let plan = Self.plan(spec, origins: 20, relays: 1, edges: 2, in: force)
        #expect(plan.count(.create) == 0 && plan.held.map(\.limit) == ["approval"])
    }

    /// Relays by the spec from 4 to 1, each with 10 edges that are loaded.
    @Test(arguments: [5, 30]) func `what goes below since the spec has fewer parents counts with them`(share: Int) {
        var spec = Sample.spec(
            Self.edge(2...10) { role in
                role.capacity = [Metric.subscribers: 100]
                role.scaling.rules = [.target(metric: Metric.subscribers, .utilization(50))]
            }, Self.relay(1...1), Sample.origin(min: 1, max: 1))
        spec.manager.approvalShare = share
        let force = [
            Sample.origins: Bounds(min: 1, max: 1), Self.relays: Bounds(min: 4, max: 4),
            Sample.edges: Bounds(min: 2, max: 10, parent: "relay", parents: 4),
        ]
        let plan = Self.plan(spec, origins: 1, relays: 4, edges: 40, load: 50, in: force)
        #expect(plan.count(.drain) == 0)
        #expect(Set(plan.held.map(\.limit)) == ["approval"] && plan.held.reduce(0) { $0 + $1.count } == 33)
        #expect(plan.held.allSatisfy { $0.reason.contains("33 of 45 serving nodes would go") })
        #expect(plan.histories[Sample.edges]?.desired == 40 && plan.histories[Self.relays]?.desired == 4)
        let hash = Self.approval(plan)
        let approved = Self.plan(spec, origins: 1, relays: 4, edges: 40, load: 50, in: force) { $0.approvals = [hash] }
        #expect(approved.count(.drain) == 33)
    }

    @Test(arguments: [0, 1, 3]) func `edges go as their relays do, whatever holds those back`(budget: Int) {
        let relay = Self.relay(1...4) { $0.disruption = [BudgetSpec(nodes: .count(budget))] }
        let spec = Sample.spec(Self.edge(2...2), relay, Sample.origin(min: 1, max: 1))
        let force = [
            Sample.origins: Bounds(min: 1, max: 1), Self.relays: Bounds(min: 1, max: 4),
            Sample.edges: Bounds(min: 2, max: 2, parent: "relay", parents: 4),
        ]
        let plan = Self.plan(spec, origins: 1, relays: 4, edges: 8, in: force)
        func drains(_ role: String) -> Int { plan.actions.count { $0.kind == .drain && $0.role == role } }
        #expect(drains("relay") == budget && drains("edge") == 2 * budget)
        #expect(plan.held.count { $0.limit == "parents" } == 6 - 2 * budget)
        #expect(plan.histories[Self.relays]?.desired == 4 - budget)
        #expect(plan.histories[Sample.edges]?.desired == 8 - 2 * budget)
    }

    @Test(arguments: [true, false])
    func `when parents go by scaling their children go by their own scaleIn, and by the spec at once`(isByHand: Bool) {
        let edge = Self.edge(2...10) { role in
            role.capacity = [Metric.subscribers: 100]
            role.scaling.rules = [.target(metric: Metric.subscribers, .utilization(50))]
            role.scaling.scaleIn = .init(
                stabilization: .seconds(300), policies: [.init(.percent(10), period: .seconds(60))])
        }
        var spec = Sample.spec(edge, Self.relay(isByHand ? 1...4 : 3...3), Sample.origin(min: 1, max: 1))
        spec.manager.approvalShare = 100
        var force = [
            Sample.origins: Bounds(min: 1, max: 1), Self.relays: Bounds(min: isByHand ? 1 : 4, max: 4),
            Sample.edges: Bounds(min: 2, max: 10, parent: "relay", parents: 4),
        ]
        var (relays, edges, now) = (4, 40, noon)
        var events: [ScalingHistory.Change] = []
        var counts: [Int] = []
        for _ in 0..<4 {
            let plan = Self.plan(spec, origins: 1, relays: relays, edges: edges, load: 100, in: force, at: now) {
                fleet in
                var history = fleet.scaling[Sample.edges] ?? ScalingHistory()
                history.events = events
                fleet.setScaling(history, of: Sample.edges)
                guard isByHand else { return }
                history = fleet.scaling[Self.relays] ?? ScalingHistory()
                history.override = .init(nodes: 3, until: nil, by: "ops")
                fleet.setScaling(history, of: Self.relays)
            }
            #expect(plan.held.isEmpty)
            edges -= plan.actions.count { $0.kind == .drain && $0.role == "edge" }
            relays -= plan.actions.count { $0.kind == .drain && $0.role == "relay" }
            counts.append(edges)
            for (pool, history) in plan.histories { force[pool] = history.bounds }
            events = plan.histories[Sample.edges]?.events ?? []
            now = now + .seconds(60)
        }
        #expect(counts == (isByHand ? [36, 32, 30, 30] : [30, 30, 30, 30]))
        #expect(force[Sample.edges] == Bounds(min: 2, max: 10, parent: "relay", parents: 3))
    }
}
