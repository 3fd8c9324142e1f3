import Testing

@testable import Reconciler

/// The ceilings of a group and of the manager.
@Suite struct CeilingTests {
    @Test("a pool that grows leaves the others their min")
    func minimaFirst() {
        var edge = Sample.edge(min: 1, max: 20)
        edge.capacity = [Metric.subscribers: 100]
        edge.scaling.rules = [ScalingFixture.target(50)]
        for isGroup in [true, false] {
            let spec = Sample.spec(edge, Sample.origin(min: 2, max: 2), regions: ["us", "eu"]) { spec in
                if isGroup { spec.groups[0].limits.nodes = 8 } else { spec.manager.maxNodes = 8 }
            }
            let full = (0..<2).map { index in
                Sample.node("n\(index)", of: spec) { $0.metrics = [Metric.subscribers: 100] }
            }
            var fleet = Sample.fleet(full)
            fleet.scopes[ProviderScope(provider: "lab", region: "eu")] = ScopeKnowledge(completeAt: noon)
            let plan = Planner.plan(spec: spec, fleet: fleet, now: noon)
            let created = Dictionary(grouping: plan.actions, by: \.pool).mapValues(\.count)
            #expect(created[PoolKey(group: "live", region: "eu", role: "edge")] == 1)
            #expect(created[PoolKey(group: "live", region: "us", role: "origin")] == 2)
            #expect(created[PoolKey(group: "live", region: "eu", role: "origin")] == 2)
            #expect(created[Sample.edges] == 1)
            #expect(plan.held.map(\.limit) == [isGroup ? "limits.nodes" : "maxNodes"])
            #expect(plan.held[0].reason.contains("of 8"))
        }
    }
}
