import Testing

@testable import Reconciler

@Suite struct ShrinkTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var nodes: [Node]
        var want: [String]
        var testDescription: String { name }
    }

    private static func node(
        _ id: String, _ state: NodeState = .inService, clients: Double = 0, age: Int = 600,
        _ change: (inout Node) -> Void = { _ in }
    ) -> Node {
        Sample.node(id, state) {
            $0.metrics = [Metric.subscribers: clients]
            if state == .inService { $0.inServiceAt = noon - .seconds(age) }
            change(&$0)
        }
    }

    /// Each pool wants one node and has two: which one goes?
    static let cases = [
        Case(
            name: "one that does not serve yet goes before an empty one",
            nodes: [node("a"), node("b", .started)], want: ["destroy b"]),
        Case(
            name: "the least advanced goes first", nodes: [node("a", .created), node("b", .creating)],
            want: ["destroy b"]),
        Case(
            name: "an older revision goes before an emptier node",
            nodes: [node("a", clients: 5) { $0.revision = "old" }, node("b")], want: ["drain a"]),
        Case(
            name: "a cordoned one goes before an emptier node",
            nodes: [node("a", clients: 5) { $0.cordoned = true }, node("b")], want: ["drain a"]),
        Case(name: "the emptiest goes", nodes: [node("a", clients: 2), node("b", clients: 1)], want: ["drain b"]),
        Case(
            name: "the youngest of the equally empty goes", nodes: [node("a"), node("b", age: 10)], want: ["drain b"]),
        Case(name: "of equals the first by id goes", nodes: [node("b"), node("a")], want: ["drain a"]),
        Case(
            name: "a protected one stays, though it is emptier",
            nodes: [node("a") { $0.protectedUntil = noon + .seconds(1) }, node("b", clients: 9)], want: ["drain b"]),
        Case(
            name: "a protection ends at its time",
            nodes: [node("a") { $0.protectedUntil = noon }, node("b", clients: 9)], want: ["drain a"]),
        Case(
            name: "protected ones all stay",
            nodes: ["a", "b"].map { node($0) { $0.protectedUntil = noon + .seconds(60) } }, want: []),
    ]

    @Test(arguments: cases) func `too many nodes shrink to the wanted`(_ test: Case) {
        let spec = Sample.spec(Sample.edge(min: 1), Sample.origin(min: 0))
        #expect(Planner.plan(spec: spec, fleet: Sample.fleet(test.nodes), now: noon).words == test.want)
    }

    @Test func `a node whose metrics are nonsense has a place in the order`() {
        for value in [Double.nan, .infinity, -.infinity, -1, 1e300] {
            let spec = Sample.spec(Sample.edge(min: 1), Sample.origin(min: 0))
            let nodes = [Self.node("a", clients: value), Self.node("b", clients: 1)]
            #expect(Planner.plan(spec: spec, fleet: Sample.fleet(nodes), now: noon).actions.count == 1)
        }
    }

    @Test func `max lowered below what is there drains the rest`() {
        let spec = Sample.spec(Sample.edge(min: 2, max: 2), Sample.origin(min: 0)) { $0.manager.approvalShare = 100 }
        let nodes = (0..<6).map { Self.node("n\($0)", clients: Double($0)) }
        let plan = Planner.plan(spec: spec, fleet: Sample.fleet(nodes), now: noon)
        #expect(plan.words == ["drain n0", "drain n1", "drain n2", "drain n3"])
    }
}
