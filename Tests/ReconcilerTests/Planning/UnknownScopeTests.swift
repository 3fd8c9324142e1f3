import Testing

@testable import Reconciler

/// Safety rule 1: unknown is not empty.
@Suite struct UnknownScopeTests {
    enum Unknown: String, CaseIterable { case neverListed, listFailed }

    private func fleet(_ nodes: [Node], _ unknown: Unknown) -> Fleet {
        Sample.fleet(nodes) {
            switch unknown {
            case .neverListed: $0.scopes[Sample.scope] = nil
            case .listFailed: $0.scopes[Sample.scope]?.trouble = .init(since: noon, message: "no route")
            }
        }
    }

    @Test(arguments: Unknown.allCases) func `creates are held`(_ unknown: Unknown) {
        let plan = Planner.plan(spec: Sample.spec(Sample.edge()), fleet: fleet([], unknown), now: noon)
        #expect(plan.words == [])
        #expect(plan.heldWords == ["create unknown"])
        #expect(plan.held.first?.count == 2)
    }

    @Test(arguments: Unknown.allCases) func `a surplus and a drift are held`(_ unknown: Unknown) {
        let spec = Sample.spec(Sample.edge(min: 1), Sample.origin(min: 0))
        let surplus = [Sample.node("a"), Sample.node("b"), Sample.node("c", .created)]
        let plan = Planner.plan(spec: spec, fleet: fleet(surplus, unknown), now: noon)
        #expect(plan.words == [])
        #expect(plan.heldWords.sorted() == ["destroy unknown", "drain unknown"])
        let drift = [Sample.node("a") { $0.revision = "old" }, Sample.node("b")]
        let drifting = Planner.plan(spec: spec, fleet: fleet(drift, unknown), now: noon)
        #expect(drifting.words == [])
        #expect(drifting.heldWords == ["drain unknown"])
    }

    @Test(arguments: Unknown.allCases) func `what needs no create goes on`(_ unknown: Unknown) {
        let spec = Sample.spec(Sample.edge(min: 2), Sample.origin(min: 0))
        let nodes = [Sample.node("a"), Sample.node("b", .draining) { $0.since = noon }]
        #expect(Planner.plan(spec: spec, fleet: fleet(nodes, unknown), now: noon).words == ["undrain b"])
    }

    @Test(arguments: Unknown.allCases) func `a removed pool is held as unknown before it is held for approval`(
        _ unknown: Unknown
    ) {
        let nodes = [Sample.node("a"), Sample.node("b", .created), Sample.node("c", .requested)]
        var fleet = fleet(nodes, unknown)
        fleet.approvals = [Fleet.approveAll]
        let plan = Planner.plan(spec: Sample.spec(Sample.origin(min: 0)), fleet: fleet, now: noon)
        #expect(plan.words == [])
        #expect(plan.heldWords.allSatisfy { $0.hasSuffix("unknown") })
        #expect(plan.held.count == 3)
    }

    @Test func `one region's trouble holds nothing elsewhere`() {
        let eu = ProviderScope(provider: "lab", region: "eu")
        let fleet = Sample.fleet([]) { $0.scopes[eu] = ScopeKnowledge(trouble: .init(since: noon, message: "x")) }
        let plan = Planner.plan(spec: Sample.spec(Sample.edge(), regions: ["us", "eu"]), fleet: fleet, now: noon)
        #expect(plan.actions.map(\.region) == ["us", "us"])
        #expect(plan.held.map(\.region) == ["eu"])
    }

    @Test func `a node at a provider that is not known stays, and is replaced where all is known`() {
        let node = Sample.node("a") { $0.provider = "old-cloud" }
        let fleet = Sample.fleet([node]) {
            $0.scopes[node.scope] = ScopeKnowledge(trouble: .init(since: noon, message: "the spec has no provider"))
        }
        let plan = Planner.plan(spec: Sample.spec(Sample.edge()), fleet: fleet, now: noon)
        #expect(plan.words == ["create", "replace a"])
    }

    @Test(arguments: [NodeState.requested, .creating, .terminating])
    func `no call is made in an unknown scope`(_ state: NodeState) {
        let node = Sample.node("a", state)
        for unknown in Unknown.allCases {
            #expect(Operations.due(fleet([node], unknown), inFlight: [], now: noon).isEmpty)
        }
        #expect(Operations.due(Sample.fleet([node]), inFlight: [], now: noon).map(\.node) == [node.id])
    }
}
