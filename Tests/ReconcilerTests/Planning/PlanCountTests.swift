import Testing

@testable import Reconciler

@Suite struct PlanCountTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var min = 2
        var max = 4
        var nodes: [Node] = []
        var limits: @Sendable (inout Spec) -> Void = { _ in }
        var want: [String]
        var held: [String] = []
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "an empty pool is created up to min", want: ["create", "create"]),
        Case(name: "what is missing is created", nodes: [Sample.node("a")], want: ["create"]),
        Case(name: "nothing is done at rest", nodes: [Sample.node("a"), Sample.node("b")], want: []),
        Case(
            name: "what is on its way counts",
            nodes: [Sample.node("a", .requested), Sample.node("b", .creating)], want: []),
        Case(
            name: "a fault is replaced at once",
            nodes: [Sample.node("a"), Sample.node("b", .fault) { $0.since = noon }],
            want: ["create"]),
        Case(
            name: "a draining node is taken back before one is created",
            nodes: [Sample.node("a"), Sample.node("b", .draining) { $0.since = noon }], want: ["undrain b"]),
        Case(
            name: "of two draining nodes the one with more clients is taken back",
            nodes: [
                Sample.node("a"), Sample.node("b", .draining) { $0.since = noon },
                Sample.node("c", .draining) {
                    $0.since = noon
                    $0.metrics = [Metric.subscribers: 9]
                },
            ], want: ["undrain c"]),
        Case(
            name: "an evicting node is not taken back",
            nodes: [Sample.node("a"), Sample.node("b", .evicting) { $0.since = noon }], want: ["create"]),
        Case(
            name: "a node that the provider lost is forgotten and replaced",
            nodes: [
                Sample.node("a"),
                Sample.node("b") {
                    $0.missingSince = noon - .seconds(3)
                    $0.lastHeartbeatAt = noon - .seconds(4)
                },
            ], want: ["forget b", "create"]),
        Case(
            name: "min 0 wants none", min: 0, nodes: [Sample.node("a")], want: ["drain a"]),
        Case(
            name: "nodes never pass max and maxSurge", min: 2, max: 2,
            nodes: [
                Sample.node("a", .fault) { $0.since = noon }, Sample.node("b", .fault) { $0.since = noon },
            ], want: ["create"], held: ["create max"]),
        Case(
            name: "with a maxSurge of 0 nodes never pass max", min: 2, max: 2,
            nodes: [Sample.node("a"), Sample.node("b", .fault) { $0.since = noon }],
            limits: {
                $0.groups[0].roles[0].update.maxSurge = .count(0)
                $0.groups[0].roles[0].update.maxUnavailable = .count(1)
            }, want: [], held: ["create max"]),
        Case(
            name: "what is being terminated still counts against max", min: 2, max: 2,
            nodes: ["a", "b", "c"].map { Sample.node($0, .terminating) }, want: [], held: ["create max"]),
        Case(
            name: "a tombstone does not count against max", min: 1, max: 1,
            nodes: ["a", "b", "c"].map { Sample.node($0, .terminated) }, want: ["create"]),
        Case(
            name: "the group's limits.nodes holds creates, also below min", min: 3,
            nodes: [Sample.node("a")], limits: { $0.groups[0].limits.nodes = 2 }, want: ["create"],
            held: ["create limits.nodes"]),
        Case(
            name: "the manager's limit of nodes holds creates", min: 3, limits: { $0.manager.maxNodes = 1 },
            want: ["create"], held: ["create maxNodes"]),
        Case(
            name: "limits below what is there destroy nothing", nodes: [Sample.node("a"), Sample.node("b")],
            limits: {
                $0.manager.maxNodes = 1
                $0.groups[0].limits.nodes = 1
            }, want: []),
    ]

    @Test(arguments: cases) func `counts become actions`(_ test: Case) {
        let spec = Sample.spec(Sample.edge(min: test.min, max: test.max)) { test.limits(&$0) }
        let plan = Planner.plan(spec: spec, fleet: Sample.fleet(test.nodes), now: noon)
        #expect(plan.words == test.want)
        #expect(plan.heldWords == test.held)
        #expect(plan.actions.allSatisfy { !$0.reason.isEmpty })
    }

    @Test func `two pools share the manager's limit in the order of the spec`() {
        let spec = Sample.spec(Sample.origin(min: 2), Sample.edge(min: 2)) { $0.manager.maxNodes = 3 }
        let plan = Planner.plan(spec: spec, fleet: Sample.fleet([]), now: noon)
        #expect(plan.actions.map(\.role) == ["origin", "origin", "edge"])
        #expect(plan.held.map(\.count) == [1])
    }

    @Test func `a region's own min counts there and nowhere else`() {
        let spec = Sample.spec(Sample.edge(min: 1), regions: ["us", "eu"]) {
            $0.groups[0].regions[1].roles = ["edge": .init(min: 3)]
        }
        let fleet = Sample.fleet([]) {
            $0.scopes[ProviderScope(provider: "lab", region: "eu")] = ScopeKnowledge(completeAt: noon)
        }
        let plan = Planner.plan(spec: spec, fleet: fleet, now: noon)
        #expect(plan.actions.map(\.region) == ["us", "eu", "eu", "eu"])
    }

    @Test func `a decision says its numbers`() {
        let plan = Planner.plan(spec: Sample.spec(Sample.edge()), fleet: Sample.fleet([Sample.node("a")]), now: noon)
        #expect(plan.scaling.map(\.desired) == [2])
        #expect(plan.scaling.map(\.ready) == [1])
        #expect(plan.actions.map(\.reason) == ["1 of 2 are there"])
    }
}
