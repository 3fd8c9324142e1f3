import Testing

@testable import Reconciler

/// Whom a person asked to go, and whom a person or the node itself protects.
@Suite struct DrainRequestTests {
    private func spec(min: Int, max: Int = 4, _ change: (inout RoleSpec) -> Void = { _ in }) -> Spec {
        Sample.spec(Sample.edge(min: min, max: max, change), Sample.origin(min: 0))
    }

    private func asked(_ id: String, _ change: (inout Node) -> Void = { _ in }) -> Node {
        Sample.node(id) {
            $0.marks.drainRequest = .init(at: noon - .seconds(1), by: "ann")
            change(&$0)
        }
    }

    private func plan(_ spec: Spec, _ nodes: [Node]) -> Plan {
        Planner.plan(spec: spec, fleet: Sample.fleet(nodes), now: noon)
    }

    @Test func `a node that is asked to go waits until another takes its place`() {
        let plan = plan(spec(min: 1), [asked("a")])
        #expect(plan.words == ["create"] && plan.heldWords == ["drain count"])
        #expect(plan.held[0].reason.contains("ann asked for it"))
        #expect(self.plan(spec(min: 1), [asked("a"), Sample.node("b", .started)]).words == [])
        #expect(self.plan(spec(min: 1), [asked("a"), Sample.node("b")]).words == ["drain a"])
    }

    @Test func `as many others must serve as are wanted, not only min`() {
        var role = spec(min: 1)
        role.groups[0].roles[0].scaling.rules = [.target(metric: Metric.subscribers, .average(10))]
        func busy(_ id: String) -> Node { Sample.node(id) { $0.metrics = [Metric.subscribers: 10] } }
        let one = asked("a") { $0.metrics = [Metric.subscribers: 10] }
        #expect(plan(role, [one, busy("b"), busy("c")]).heldWords == ["drain count"])
        #expect(plan(role, [one, busy("b"), busy("c"), busy("d"), busy("e")]).words.contains("drain a"))
    }

    @Test func `without a surge one may be missing while another comes`() {
        let spec = spec(min: 3, max: 3) {
            $0.update.maxSurge = .count(0)
            $0.update.maxUnavailable = .count(1)
        }
        let plan = plan(spec, [asked("a"), Sample.node("b"), Sample.node("c")])
        #expect(plan.words == ["drain a"] && plan.heldWords == ["create max"])
    }

    @Test func `where a cordoned node is one of those there, another comes, as far as max lets it`() {
        let nodes = [asked("a"), Sample.node("b") { $0.cordoned = true }, Sample.node("c")]
        #expect(plan(spec(min: 2), nodes).words == ["create"])
        #expect(plan(spec(min: 2, max: 2), nodes).words == ["drain a"])
    }

    @Test func `a cordoned node is none of the others`() {
        let nodes = [asked("a"), Sample.node("b") { $0.cordoned = true }]
        #expect(plan(spec(min: 1), nodes).words.contains("drain a") == false)
    }

    @Test func `at max a place above it is used for the one that comes`() {
        #expect(plan(spec(min: 1, max: 1), [asked("a")]).words == ["create"])
    }

    @Test func `several that are asked go one after the other`() {
        let plan = plan(spec(min: 2), [asked("a"), asked("b"), Sample.node("c")])
        #expect(plan.count(.create) == 1 && plan.count(.drain) == 1)
    }

    @Test func `one that others do not count on goes although fewer than min serve`() {
        let silent = asked("a") { $0.lastHeartbeatAt = noon - .seconds(8) }
        #expect(plan(spec(min: 2), [silent, Sample.node("b"), Sample.node("c")]).words == ["drain a"])
    }

    @Test func `what a person asked for binds no budget`() {
        let spec = spec(min: 1) { $0.disruption = [BudgetSpec(nodes: .count(0))] }
        #expect(plan(spec, [asked("a"), Sample.node("b")]).words == ["drain a"])
    }

    @Test func `a draining node that was asked to go is not taken back`() {
        let draining = Sample.node("a", .draining) { $0.marks.drainRequest = .init(at: noon, by: "ann") }
        #expect(plan(spec(min: 1), [draining]).words == ["create"])
        #expect(plan(spec(min: 1), [Sample.node("a", .draining)]).words == ["undrain a"])
    }

    // MARK: - Protection

    private static let protections: [@Sendable (inout Node) -> Void] = [
        { $0.protectedUntil = noon + .seconds(1) }, { $0.marks.protectsItself = true },
    ]

    @Test(arguments: protections.indices) func `a protected node is no victim of a scale-in`(_ index: Int) {
        let plan = plan(
            spec(min: 1, max: 2), [Sample.node("a", .inService, Self.protections[index]), Sample.node("b")])
        #expect(plan.words == ["drain b"])
        let both = self.plan(
            spec(min: 1, max: 2),
            [
                Sample.node("a", .inService, Self.protections[index]),
                Sample.node("b", .inService, Self.protections[index]),
            ])
        #expect(both.words == [] && both.heldWords == ["drain protected"])
    }

    @Test(arguments: protections.indices) func `a protected node is not replaced, and no other comes for it`(
        _ index: Int
    ) {
        let old = Sample.node("a") {
            $0.revision = "old"
            Self.protections[index](&$0)
        }
        let alone = plan(spec(min: 1), [old])
        #expect(alone.words == [] && alone.heldWords == ["drain protected"])
        #expect(plan(spec(min: 1), [old, Sample.node("b")]).words == [], "one that came before stays")
        var coming = old
        coming.state = .created
        #expect(plan(spec(min: 1), [coming]).count(.destroy) == 0)
    }

    @Test(arguments: protections.indices) func `a protected node outlives the removal of its pool`(_ index: Int) {
        let gone = PoolKey(group: "live", region: "eu", role: "edge")
        let node = Sample.node("a", in: gone, Self.protections[index])
        let plan = plan(spec(min: 0), [node])
        #expect(plan.words == [] && plan.heldWords == ["drain protected"])
    }

    @Test func `a protection that is over protects no more`() {
        let nodes = [
            Sample.node("a") {
                $0.protectedUntil = noon
                $0.metrics = [Metric.subscribers: 0]
            }, Sample.node("b") { $0.metrics = [Metric.subscribers: 1] },
        ]
        #expect(plan(spec(min: 1, max: 2), nodes).words == ["drain a"])
    }

    // MARK: - Adopted nodes

    @Test func `an adopted node is given time to report before it counts as too many`() {
        func adopted(_ age: Duration) -> Node {
            Sample.node("lost", .created) {
                $0.marks.isAdopted = true
                $0.requestedAt = noon - age
                $0.revision = "old"
            }
        }
        let nodes = [Sample.node("a"), Sample.node("b")]
        #expect(plan(spec(min: 2, max: 2), nodes + [adopted(.seconds(59))]).words == [])
        #expect(plan(spec(min: 2, max: 2), nodes + [adopted(.seconds(60))]).words == ["destroy lost"])
    }
}
