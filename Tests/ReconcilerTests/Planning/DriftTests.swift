import Testing

@testable import Reconciler

@Suite struct DriftTests {
    private let spec = Sample.spec(Sample.edge(min: 2, max: 4), Sample.origin(min: 0))

    private func old(_ id: String, _ state: NodeState = .inService) -> Node {
        Sample.node(id, state) { $0.revision = "old" }
    }

    private func plan(_ nodes: [Node], _ spec: Spec? = nil, _ change: (inout Fleet) -> Void = { _ in }) -> Plan {
        Planner.plan(spec: spec ?? self.spec, fleet: Sample.fleet(nodes, change), now: noon)
    }

    @Test func `a new one comes first`() {
        let plan = plan([old("a"), old("b")])
        #expect(plan.words == ["replace a"])
        #expect(plan.actions[0].rule == "update")
    }

    @Test(arguments: [NodeState.requested, .creating, .created, .started])
    func `nothing drains while the new one does not serve`(_ state: NodeState) {
        #expect(plan([old("a"), old("b"), Sample.node("new", state)]).words == [])
    }

    @Test func `an old one drains when the new one serves`() {
        #expect(plan([old("a"), old("b"), Sample.node("new")]).words == ["drain a"])
    }

    @Test func `a new revision that never serves leaves the old ones in service`() {
        let plan = plan([old("a"), old("b"), Sample.node("new", .fault) { $0.since = noon }])
        #expect(plan.words == ["replace a"])
        #expect(plan.count(.drain) == 0)
    }

    @Test func `maxSurge bounds the new ones`() {
        var spec = spec
        spec.groups[0].roles[0].update.maxSurge = .percent(100)
        #expect(plan([old("a"), old("b")], spec).words == ["replace a", "replace b"])
    }

    @Test func `without surge an old one goes first`() {
        var spec = spec
        spec.groups[0].roles[0].update.maxSurge = .count(0)
        spec.groups[0].roles[0].update.maxUnavailable = .count(1)
        #expect(plan([old("a"), old("b")], spec).words == ["drain a"])
        #expect(plan([Sample.node("new"), old("b")], spec).words == ["drain b"])
    }

    @Test(arguments: [NodeState.requested, .creating, .created, .started])
    func `a node on its way of an older revision is given up`(_ state: NodeState) {
        let plan = plan([Sample.node("a"), old("b", state)])
        #expect(plan.words.sorted() == ["create", "destroy b"])
    }

    @Test func `a node on its way of an older revision is kept while its scope is unknown`() {
        let plan = plan([Sample.node("a"), old("b", .creating)]) {
            $0.scopes[Sample.scope]?.trouble = .init(since: noon, message: "no route")
        }
        #expect(plan.words == [])
        #expect(plan.heldWords == ["destroy unknown"])
    }

    @Test func `a draining node of an older revision is not taken back`() {
        #expect(plan([Sample.node("a"), old("b", .draining)]).words.contains("undrain b") == false)
    }

    @Test func `protected nodes are not replaced before their time`() {
        let nodes = ["a", "b"].map { id in
            Sample.node(id) {
                $0.revision = "old"
                $0.protectedUntil = noon + .seconds(60)
            }
        }
        #expect(plan(nodes + [Sample.node("new")]).count(.drain) == 0)
    }

    /// Fewer wanted and a new revision at once must not pass by the approval that the removal needs.
    @Test func `a surplus of old nodes that waits for an approval is not drained piece by piece`() {
        let nodes = (0..<10).map { old("n\($0)") }
        let plan = plan(nodes)
        #expect(plan.words == [])
        #expect(plan.heldWords == ["drain approval"])
        #expect(plan.held.first?.count == 7)
    }

    @Test func `a small surplus of old nodes shrinks by the older revision first`() {
        #expect(plan([old("a"), Sample.node("b"), Sample.node("c")]).words == ["drain a"])
    }
}
