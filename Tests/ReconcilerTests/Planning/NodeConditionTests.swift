import Testing

@testable import Reconciler

/// What a node's own condition asks for: the end of drains, evictions and faults.
@Suite struct NodeConditionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var state: NodeState
        /// How long it has been in its state.
        var age: Duration
        var clients = 0.0
        /// How long ago it was last heard.
        var heard: Duration = .zero
        var change: @Sendable (inout Node) -> Void = { _ in }
        var want: [String]
        var testDescription: String { name }
    }

    /// `drain.timeout` is 30 s, `evictTimeout` 10 s, `faultTimeout` 60 s; one node is wanted, and another serves.
    static let cases = [
        Case(name: "an empty drain settles first", state: .draining, age: .milliseconds(4999), want: []),
        Case(name: "an empty drain ends", state: .draining, age: .seconds(5), want: ["destroy a"]),
        Case(
            name: "an empty drain whose last report is from before it settled goes on", state: .draining,
            age: .seconds(8),
            heard: .seconds(4), want: []),
        Case(
            name: "an empty drain that was not heard since it began goes on", state: .draining, age: .seconds(8),
            heard: .seconds(9), want: []),
        Case(
            name: "a drain whose node does not tell its clients is not taken for empty", state: .draining,
            age: .seconds(20), change: { $0.metrics = ["cpu.system.load": 0.1] }, want: []),
        Case(
            name: "a drain that other nodes pull from goes on", state: .draining, age: .seconds(20),
            change: { $0.metrics[Metric.children] = 2 }, want: []),
        Case(
            name: "a protected drain is not ended", state: .draining, age: .seconds(20),
            change: { $0.marks.protectsItself = true }, want: []),
        Case(
            name: "a protected drain is not evicted", state: .draining, age: .seconds(30), clients: 1,
            change: { $0.protectedUntil = noon + .seconds(1) }, want: []),
        Case(
            name: "a drain with clients goes on", state: .draining, age: .milliseconds(29_999), clients: 1, want: []),
        Case(
            name: "a drain with clients is evicted at its time-out", state: .draining, age: .seconds(30), clients: 1,
            want: ["evict a"]),
        Case(
            name: "a silent drain is evicted at its time-out", state: .draining, age: .seconds(30), heard: .seconds(40),
            want: ["evict a"]),
        Case(name: "an eviction ends when it is empty", state: .evicting, age: .seconds(1), want: ["destroy a"]),
        Case(
            name: "an eviction with clients goes on", state: .evicting, age: .milliseconds(9999), clients: 3, want: []),
        Case(
            name: "an eviction ends at its time-out", state: .evicting, age: .seconds(10), clients: 3,
            want: ["destroy a"]),
        Case(
            name: "a fault waits", state: .fault, age: .milliseconds(59_999), heard: .seconds(90), want: []),
        Case(
            name: "a fault ends at faultTimeout", state: .fault, age: .seconds(60), heard: .seconds(90),
            want: ["destroy a"]),
        Case(
            name: "a fault that is heard again is reinstated", state: .fault, age: .seconds(10), want: ["reinstate a"]),
        Case(
            name: "a fault that is heard and not ready is not reinstated", state: .fault, age: .seconds(10),
            change: { $0.isReady = false }, want: []),
        Case(
            name: "a fault without an address is not reinstated", state: .fault, age: .seconds(10),
            change: { $0.address = nil }, want: []),
        Case(
            name: "a fault heard before it began is not reinstated", state: .fault, age: .seconds(2),
            heard: .seconds(3), want: []),
        Case(name: "what is being terminated is left to the calls", state: .terminating, age: .seconds(900), want: []),
        Case(
            name: "a node lost by the provider while draining is forgotten", state: .draining, age: .seconds(10),
            heard: .seconds(3), change: { $0.missingSince = noon - .seconds(2) }, want: ["forget a"]),
        Case(
            name: "one list that does not show it is not enough", state: .inService, age: .seconds(10),
            heard: .seconds(3), change: { $0.missingSince = noon - .milliseconds(1999) }, want: []),
        Case(
            name: "a node that reports is there, whatever the lists say", state: .inService, age: .seconds(10),
            heard: .seconds(1), change: { $0.missingSince = noon - .seconds(60) }, want: []),
    ]

    private static let role = Sample.edge(min: 1, max: 4) {
        $0.drain.timeout = .seconds(30)
        $0.drain.evictTimeout = .seconds(10)
    }

    private static func node(_ test: Case) -> Node {
        Sample.node("a", test.state) {
            $0.since = noon - test.age
            $0.metrics = [Metric.subscribers: test.clients]
            $0.lastHeartbeatAt = noon - test.heard
            test.change(&$0)
        }
    }

    @Test(arguments: cases) func `a node's condition has its consequence`(_ test: Case) {
        let spec = Sample.spec(Self.role, Sample.origin(min: 0))
        let plan = Planner.plan(spec: spec, fleet: Sample.fleet([Sample.node("b"), Self.node(test)]), now: noon)
        // A reinstated one is one more than is wanted, and the emptiest goes.
        #expect(plan.words.filter { $0.hasSuffix(" a") && !$0.hasPrefix("drain") } == test.want)
        #expect(plan.actions.count <= 2)
    }

    @Test(arguments: cases) func `nothing is destroyed while its scope is unknown`(_ test: Case) {
        let spec = Sample.spec(Self.role, Sample.origin(min: 0))
        let fleet = Sample.fleet([Sample.node("b"), Self.node(test)]) {
            $0.scopes[Sample.scope]?.trouble = .init(since: noon, message: "no route")
        }
        let plan = Planner.plan(spec: spec, fleet: fleet, now: noon)
        #expect(plan.count(.destroy) == 0)
        #expect(plan.heldWords.contains("destroy unknown") == test.want.contains("destroy a"))
        for hold in plan.held where hold.limit == "unknown" { #expect(hold.reason.contains("no route")) }
    }

    @Test func `a drain ends by itself when its time-out is nothing`() {
        let spec = Sample.spec(Sample.edge(min: 1) { $0.drain.timeout = .zero }, Sample.origin(min: 0))
        let node = Sample.node("a", .draining) {
            $0.since = noon - .milliseconds(1)
            $0.metrics = [Metric.subscribers: 0]
        }
        #expect(
            Planner.plan(spec: spec, fleet: Sample.fleet([Sample.node("b"), node]), now: noon).words == ["destroy a"])
    }

    @Test func `silence from before the manager listened does not end a fault`() {
        let spec = Sample.spec(Self.role, Sample.origin(min: 0))
        let node = Sample.node("a", .fault) { $0.lastHeartbeatAt = nil }
        let fleet = Sample.fleet([Sample.node("b"), node]) { $0.observingSince = noon - .seconds(59) }
        #expect(Planner.plan(spec: spec, fleet: fleet, now: noon).words == [])
        #expect(Planner.plan(spec: spec, fleet: fleet, now: noon + .seconds(1)).words == ["destroy a"])
    }
}
