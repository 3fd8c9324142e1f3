import Testing

@testable import Reconciler

/// Heartbeats and probes together say how a node is.
@Suite struct StandingTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var heartbeat = true
        var silent: Duration = .zero
        /// Failures in a row of each probe; nil: no result yet.
        var failures: [Int?] = []
        /// `well`, `suspect` or `faulty`.
        var want: String
        var testDescription: String { name }
    }

    /// suspectAfter 5 s, faultAfter 15 s; two probes with suspectThreshold 2 and faultThreshold 4.
    static let cases = [
        Case(name: "heard", want: "well"),
        Case(name: "silent", silent: .seconds(5), want: "suspect"),
        Case(name: "long silent", silent: .seconds(15), want: "faulty"),
        Case(name: "silent without an agent", heartbeat: false, silent: .seconds(900), failures: [0, 0], want: "well"),
        Case(name: "no result yet", heartbeat: false, failures: [nil, nil], want: "well"),
        Case(name: "one failure below the threshold", failures: [1, 0], want: "well"),
        Case(name: "failures in a row", failures: [0, 2], want: "suspect"),
        Case(name: "one short of a fault", failures: [3, 0], want: "suspect"),
        Case(name: "a fault", failures: [0, 4], want: "faulty"),
        Case(
            name: "a suspect of heartbeats and a fault of probes", silent: .seconds(6), failures: [4, 0], want: "faulty"
        ),
        Case(name: "a fault of heartbeats and good probes", silent: .seconds(15), failures: [0, 0], want: "faulty"),
        Case(name: "results of fewer probes than there are", failures: [0], want: "well"),
    ]

    private static func health(_ heartbeat: Bool) -> HealthSpec {
        var health = HealthSpec()
        health.heartbeat = heartbeat
        var probe = ProbeSpec(check: .tcp(.endpoint(nil)))
        probe.suspectThreshold = 2
        probe.faultThreshold = 4
        probe.successThreshold = 2
        health.probes = [probe, probe]
        return health
    }

    private static func record(_ failures: Int?, successes: Int = 1, at moment: Timestamp = noon) -> ProbeRecord? {
        failures.map {
            ProbeRecord(
                failures: $0, successes: $0 == 0 ? successes : 0, at: moment,
                message: $0 == 0 ? nil : "connection refused")
        }
    }

    @Test(arguments: cases) func `the worse of both counts`(_ test: Case) {
        let node = Sample.node("a") {
            $0.lastHeartbeatAt = noon - test.silent
            $0.probes = test.failures.map { Self.record($0) }
        }
        let standing = Standing(
            node: node, observingSince: noon - .seconds(3600), health: Self.health(test.heartbeat), now: noon)
        switch standing {
        case .well: #expect(test.want == "well")
        case .suspect(let words):
            #expect(test.want == "suspect" && words.contains("Threshold") || words.contains("After"))
        case .faulty(let words): #expect(test.want == "faulty" && !words.isEmpty)
        }
    }

    private func spec(heartbeat: Bool) -> Spec {
        Sample.spec(Sample.edge(min: 1) { $0.health = Self.health(heartbeat) }, Sample.origin(min: 0))
    }

    private func judged(_ node: Node, heartbeat: Bool = false) -> NodeState? {
        var fleet = Sample.fleet([node])
        _ = fleet.judge(spec: spec(heartbeat: heartbeat), now: noon)
        return fleet.nodes[node.id]?.state
    }

    @Test func `without an agent a node serves when each probe succeeded often enough`() {
        func node(_ one: Int, _ two: Int) -> Node {
            Sample.node("a", .created) {
                $0.createdAt = noon - .seconds(60)
                $0.probes = [Self.record(0, successes: one), Self.record(0, successes: two)]
            }
        }
        #expect(judged(node(2, 1)) == .created)
        #expect(judged(node(2, 2)) == .inService)
        #expect(judged(node(2, 2), heartbeat: true) == .created, "where an agent reports, it must have")
    }

    @Test func `a node that probes find ill is faulty, and reinstated when they find it well again`() {
        let ill = Sample.node("a") { $0.probes = [Self.record(4), Self.record(0)] }
        #expect(judged(ill) == .fault)
        let since = noon - .seconds(10)
        func healed(_ successes: Int, at moment: Timestamp) -> Plan {
            let node = Sample.node("a", .fault) {
                $0.since = since
                $0.probes = [
                    Self.record(0, successes: successes, at: moment), Self.record(0, successes: 2, at: moment),
                ]
            }
            return Planner.plan(spec: spec(heartbeat: false), fleet: Sample.fleet([node]), now: noon)
        }
        #expect(healed(1, at: noon).count(.reinstate) == 0)
        #expect(healed(2, at: since).count(.reinstate) == 0, "a result from before the fault says nothing")
        #expect(healed(2, at: noon).words == ["reinstate a"])
    }

    @Test func `a node that never registers is given up after registerTimeout`() {
        var spec = Sample.spec(Sample.edge(min: 1) { $0.health.registerTimeout = .seconds(60) }, Sample.origin(min: 0))
        func judged(_ node: Node) -> Event? {
            var fleet = Sample.fleet([node])
            return fleet.judge(spec: spec, now: noon).first
        }
        func node(_ age: Duration, heard: Bool = false) -> Node {
            Sample.node("a", heard ? .started : .created) {
                $0.createdAt = noon - age
                $0.lastHeartbeatAt = heard ? noon : nil
                $0.isReady = !heard
            }
        }
        #expect(judged(node(.seconds(59))) == nil)
        #expect(judged(node(.seconds(60)))?.message == "sent no heartbeat within registerTimeout of 1m")
        #expect(judged(node(.seconds(60), heard: true)) == nil, "it registered, and has until startTimeout")
        spec.groups[0].roles[0].health.registerTimeout = nil
        #expect(judged(node(.seconds(60))) == nil)
    }

    @Test func `a node that reports and takes no clients is a fault after as long as a start may take`() {
        let spec = Sample.spec(Sample.edge(min: 1), Sample.origin(min: 0))
        func judged(_ time: Duration, heard ready: Bool = false) -> NodeState? {
            var fleet = Sample.fleet([Sample.node("a")])
            var random = SeededRandom(seed: 1)
            for (index, moment) in [noon, noon + time].enumerated() {
                var heartbeat = Sample.heartbeat(index + 1)
                heartbeat.ready = index == 0 ? false : ready
                let telemetry = Observation(telemetry: [
                    "a": Telemetry(heartbeat: heartbeat, receivedAt: moment + .milliseconds(1))
                ])
                _ = fleet.observe(telemetry, owner: Sample.owner, now: moment + .milliseconds(1), using: &random)
                _ = fleet.judge(spec: spec, now: moment + .milliseconds(1))
            }
            return fleet.nodes["a"]?.state
        }
        #expect(judged(.seconds(599)) == .inService)
        #expect(judged(.seconds(600)) == .fault)
        #expect(judged(.seconds(600), heard: true) == .inService)
    }

    @Test func `a suspect gets no clients and a fault is out of routing`() {
        let spec = spec(heartbeat: false)
        func serves(_ failures: Int) -> Bool {
            let node = Sample.node("a") { $0.probes = [Self.record(failures), Self.record(0)] }
            let view = RoutingView.build(
                spec: spec, fleet: Sample.fleet([node]), now: noon, heartbeatInterval: .seconds(1),
                loads: LoadRegistry())
            return view.nodes["a"]?.isServing == true
        }
        #expect(serves(1) && !serves(2) && !serves(4))
    }
}
