import Foundation
import Testing

@testable import Reconciler

/// What a node waits for, in words with times, in each of its states.
@Suite struct NodeReportTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var state: NodeState
        /// How long it has been in its state.
        var age = 10
        var change: @Sendable (inout Node) -> Void = { _ in }
        var fleet: @Sendable (inout Fleet) -> Void = { _ in }
        /// Of the spec's edges.
        var role: @Sendable (inout RoleSpec) -> Void = { _ in }
        var waiting: [String]
        var testDescription: String { "\(state.rawValue): \(name)" }
    }

    private static func unknown(_ fleet: inout Fleet) {
        fleet.scopes[Sample.scope]?.trouble = .init(since: noon, message: "no route")
    }

    private static func block(_ fleet: inout Fleet, for seconds: Int) {
        var memory = PoolMemory()
        memory.creates = Setback(
            failures: 3, since: noon - .seconds(60), at: noon, until: noon + .seconds(seconds), message: "quota")
        fleet.setMemory(memory, of: Sample.edges)
    }

    static let cases = [
        Case(
            name: "nobody was asked", state: .requested, waiting: ["its turn: the provider was not asked for it yet"]),
        Case(
            name: "the scope is not known", state: .requested, fleet: { unknown(&$0) },
            waiting: ["what exists in us is not known: no route; no node is made there until a list succeeds"]),
        Case(
            name: "its pool waits", state: .requested, fleet: { block(&$0, for: 20) },
            waiting: ["its pool tries again at \(noon + .seconds(20)) (20s): it failed 3 times, quota"]),
        Case(
            name: "its pool tries one at a time", state: .requested, fleet: { block(&$0, for: -1) },
            waiting: ["its pool tries one node at a time: it failed 3 times, quota"]),
        Case(
            name: "the answer is out", state: .creating,
            waiting: ["the provider's answer, since \(noon - .seconds(10))"]),
        Case(
            name: "the next try", state: .creating,
            change: {
                $0.attempts = 2
                $0.retryAt = noon + .seconds(5)
                $0.lastError = "quota"
            }, waiting: ["the provider is asked again at \(noon + .seconds(5)) (5s): it failed 2 times, quota"]),
        Case(
            name: "another try is out", state: .creating,
            change: {
                $0.attempts = 1
                $0.retryAt = noon - .seconds(5)
                $0.lastError = "quota"
            }, waiting: ["the provider's answer to another try: it failed once, quota"]),
        Case(
            name: "its first heartbeat", state: .created, change: { $0.createdAt = noon - .seconds(10) },
            waiting: [
                "its first heartbeat; it is a fault at \(noon + .seconds(590)) (9m50s) (startTimeout of 10m)"
            ]),
        Case(
            name: "its first heartbeat, by registerTimeout", state: .created,
            change: {
                $0.createdAt = noon - .seconds(10)
                $0.address = nil
            }, role: { $0.health.registerTimeout = .seconds(30) },
            waiting: [
                "its address and its first heartbeat; it is a fault at \(noon + .seconds(20)) (20s) (registerTimeout of 30s)"
            ]),
        Case(
            name: "its media server", state: .started,
            change: {
                $0.createdAt = noon - .seconds(10)
                $0.lastHeartbeatAt = noon
                $0.isReady = false
            },
            waiting: [
                "its media server, which is not ready; it is a fault at \(noon + .seconds(590)) (9m50s) (startTimeout of 10m)"
            ]),
        Case(
            name: "a probe", state: .created,
            change: {
                $0.createdAt = noon - .seconds(10)
                $0.probes = [ProbeRecord(failures: 1, successes: 0, at: noon, message: "connection refused")]
            },
            role: {
                $0.health.heartbeat = false
                $0.health.probes = [ProbeSpec(check: .tcp(.number(80)))]
            },
            waiting: [
                "tcp probe, which fails: connection refused; it is a fault at \(noon + .seconds(590)) (9m50s) (startTimeout of 10m)"
            ]),
        Case(name: "nothing", state: .inService, waiting: []),
        Case(
            name: "it is silent", state: .inService, change: { $0.lastHeartbeatAt = noon - .seconds(7) },
            waiting: [
                "it gets no new clients: no heartbeat for 7s, which is over suspectAfter of 5s; it is a fault at \(noon + .seconds(8)) (8s)"
            ]),
        Case(
            name: "too few others serve", state: .inService,
            change: { $0.marks.drainRequest = .init(at: noon - .seconds(9), by: "ann") }, role: { $0.min = 2 },
            waiting: [
                "drain is due: ann asked for it at \(noon - .seconds(9)); held until 2 others serve: 1 does"
            ]),
        Case(
            name: "it was protected after it was asked to go", state: .inService,
            change: {
                $0.marks.drainRequest = .init(at: noon - .seconds(9), by: "ann")
                $0.marks.protectsItself = true
            }, role: { $0.min = 1 },
            waiting: [
                "drain is due: ann asked for it at \(noon - .seconds(9)); held, since it is protected",
                "it protects itself by its heartbeats: not scaled in, replaced or evicted",
            ]),
        Case(
            name: "cordoned and protected", state: .inService,
            change: {
                $0.cordoned = true
                $0.protectedUntil = noon + .seconds(3600)
                $0.marks.protectsItself = true
            },
            waiting: [
                "it is cordoned: no new clients until 'smreconcile uncordon a'",
                "it is protected until \(noon + .seconds(3600)) (1h): not scaled in, replaced or evicted",
                "it protects itself by its heartbeats: not scaled in, replaced or evicted",
            ]),
        Case(
            name: "lists do not show it", state: .inService, change: { $0.missingSince = noon - .seconds(1) },
            waiting: [
                "the provider does not list it since \(noon - .seconds(1)): it is forgotten unless it is heard or listed again"
            ]),
        Case(
            name: "its clients", state: .draining, change: { $0.metrics = [Metric.subscribers: 120] },
            waiting: ["120 clients are left; evicted at \(noon + .seconds(1790)) (29m50s)"]),
        Case(
            name: "it is protected", state: .draining,
            change: {
                $0.metrics = [Metric.publishers: 1]
                $0.protectedUntil = noon + .seconds(3600)
            },
            waiting: [
                "1 client is left; evicted at \(noon + .seconds(1790)) (29m50s), and not while it is protected, until \(noon + .seconds(3600)) (1h)"
            ]),
        Case(
            name: "it protects itself", state: .draining,
            change: {
                $0.metrics = [Metric.publishers: 2]
                $0.marks.protectsItself = true
            },
            waiting: [
                "2 clients are left; evicted at \(noon + .seconds(1790)) (29m50s), and not while its heartbeats protect it"
            ]),
        Case(
            name: "who knows how many", state: .draining, change: { $0.metrics = [:] },
            waiting: ["how many clients are left is not known; evicted at \(noon + .seconds(1790)) (29m50s)"]),
        Case(
            name: "others pull from it", state: .draining,
            change: { $0.metrics = [Metric.subscribers: 0, Metric.children: 1] },
            waiting: ["other nodes pull their streams from it; evicted at \(noon + .seconds(1790)) (29m50s)"]),
        Case(
            name: "it settles", state: .draining, age: 2, change: { $0.metrics = [Metric.subscribers: 0] },
            waiting: [
                "it has no client; clients who were sent there a moment ago may come until \(noon + .seconds(3)) (3s)"
            ]),
        Case(
            name: "it is empty and cannot be destroyed", state: .draining,
            change: { $0.metrics = [Metric.subscribers: 0] }, fleet: { unknown(&$0) },
            waiting: ["what exists in us is not known: no route; no node is destroyed there until a list succeeds"]),
        Case(
            name: "its clients", state: .evicting, change: { $0.metrics = [Metric.subscribers: 3] },
            waiting: ["3 clients to go, who were told to; destroyed at \(noon + .seconds(20)) (20s) at the latest"]),
        Case(
            name: "to heal", state: .fault, change: { $0.lastHeartbeatAt = noon - .seconds(60) },
            waiting: [
                "to heal; destroyed at \(noon + .seconds(50)) (50s) unless it does (faultTimeout of 1m)"
            ]),
        Case(
            name: "to heal too often", state: .fault,
            change: {
                $0.lastHeartbeatAt = noon - .seconds(60)
                $0.marks.faults = [noon - .seconds(90), noon - .seconds(50), noon - .seconds(10)]
            },
            waiting: [
                "to heal; destroyed at \(noon + .seconds(50)) (50s) unless it does (faultTimeout of 1m); healed, it is quarantined, for it was faulty 3 times within 10m"
            ]),
        Case(
            name: "too many are", state: .fault, change: { $0.lastHeartbeatAt = noon - .seconds(60) },
            role: { $0.health.maxUnhealthy = .most(.percent(40)) },
            waiting: [
                "it is not destroyed: remediation is not allowed: 1 of 2 nodes are faulty, maxUnhealthy is 40%"
            ]),
        Case(name: "the answer is out", state: .terminating, waiting: ["the provider's answer to its destroy"]),
        Case(
            name: "it was taken", state: .terminating, change: { $0.retryAt = noon + .seconds(30) },
            waiting: [
                "the provider took its destroy and may list it for a while; it is asked again at \(noon + .seconds(30)) (30s)"
            ]),
        Case(
            name: "it failed", state: .terminating,
            change: {
                $0.attempts = 2
                $0.retryAt = noon + .seconds(3)
                $0.lastError = "busy"
            }, waiting: ["the provider is asked again at \(noon + .seconds(3)) (3s): it failed 2 times, busy"]),
        Case(
            name: "the scope is not known", state: .terminating, fleet: { unknown(&$0) },
            waiting: ["what exists in us is not known: no route; no node is destroyed there until a list succeeds"]),
        Case(
            name: "nothing", state: .terminated,
            waiting: [
                "nothing: it is remembered until \(noon + .seconds(590)) (9m50s), should a list still show it"
            ]),
    ]

    private static func world(_ test: Case) -> (Spec, Fleet) {
        let isCounted = test.state.isComing || test.state == .inService
        let spec = Sample.spec(Sample.edge(min: isCounted ? 2 : 1, max: 4, test.role), Sample.origin(min: 0))
        let node = Sample.node("a", test.state) {
            $0.since = noon - .seconds(test.age)
            $0.inServiceAt = test.state.isComing ? nil : noon - .seconds(600)
            if test.state == .draining || test.state == .evicting { $0.lastHeartbeatAt = noon }
            test.change(&$0)
        }
        return (spec, Sample.fleet([node, Sample.node("b")], test.fleet))
    }

    private static func report(_ spec: Spec, _ fleet: Fleet, events: [Event]? = nil) throws -> NodeReport {
        let node = try #require(fleet.nodes["a"])
        let plan = Planner.plan(spec: spec, fleet: fleet, now: noon)
        return NodeReport(
            node, NodeOutlook(of: [node], spec: spec, fleet: fleet, plan: plan, now: noon), events: events)
    }

    @Test(arguments: cases) func `a node says what it waits for`(_ test: Case) throws {
        let (spec, fleet) = Self.world(test)
        #expect(try Self.report(spec, fleet).waiting == test.waiting)
    }

    @Test(arguments: cases) func `a report is the same after it was written and read`(_ test: Case) throws {
        let (spec, fleet) = Self.world(test)
        let event = Event(at: noon, firstAt: noon - .seconds(5), count: 2, reason: "X", subject: "a", message: "y")
        let report = try Self.report(spec, fleet, events: [event])
        #expect(try JSONDecoder().decode(NodeReport.self, from: JSONEncoder().encode(report)) == report)
        #expect(report.history?.first?.count == 2 && report.state == test.state)
    }

    @Test func `what the plan would do and nobody did yet comes first`() throws {
        let spec = Sample.spec(Sample.edge(min: 1, max: 4), Sample.origin(min: 0))
        let node = Sample.node("a") { $0.marks.drainRequest = .init(at: noon, by: "ann") }
        var fleet = Sample.fleet([node, Sample.node("b")])
        let plan = Planner.plan(spec: spec, fleet: fleet, now: noon)
        #expect(try Self.report(spec, fleet).waiting == ["drain is due: ann asked for it at \(noon)"])
        var random = SeededRandom(seed: 1)
        _ = fleet.apply(plan, spec: spec, now: noon, using: &random)
        let drained = try #require(fleet.nodes["a"])
        let outlook = NodeOutlook(of: [drained], spec: spec, fleet: fleet, plan: plan, now: noon)
        #expect(drained.state == .draining)
        #expect(
            outlook.waiting(of: drained) == [
                "how many clients are left is not known; evicted at \(noon + .seconds(1800)) (30m)"
            ])
    }

    @Test func `a node of an older revision tells how it differs and why it is not replaced`() throws {
        let old = Sample.spec(Sample.edge(min: 1, max: 4), Sample.origin(min: 0))
        let spec = Sample.spec(Sample.edge(min: 1, max: 4), Sample.origin(min: 0)) { $0.groups[0].image = "image-2" }
        let node = Sample.node("a", of: old)
        var fleet = Sample.fleet([node])
        fleet.setTemplate(old.template(of: Sample.edges), of: node.revision)
        let report = try Self.report(spec, fleet)
        #expect(report.revision.changes == "image image-1 -> image-2")
        #expect(report.revision.own == node.revision && report.revision.wanted == spec.revision(of: Sample.edges))
        #expect(report.waiting.first?.contains("is replaced by one of revision") == true)

        var halted = PoolMemory()
        var rollout = Rollout(revision: report.revision.wanted ?? "", since: noon)
        rollout.halt = .init(at: noon, reason: "3 nodes failed")
        halted.rollout = rollout
        fleet.setMemory(halted, of: Sample.edges)
        let words = try Self.report(spec, fleet).waiting
        #expect(words.first?.contains("since the rollout is halted: 3 nodes failed") == true, "\(words)")
        fleet.setMemory(PoolMemory(), of: Sample.edges)
        fleet.setPause(ScalingPause(since: noon, by: "ann"), of: "live")
        #expect(try Self.report(spec, fleet).waiting.first?.hasPrefix("its node group is paused") == true)
    }

    @Test func `what is over is not shown as in force`() throws {
        let spec = Sample.spec(Sample.edge(min: 1, max: 4), Sample.origin(min: 0))
        let node = Sample.node("a") {
            $0.protectedUntil = noon
            $0.metrics = ["cpu.system.load": 0.5]
        }
        let report = try Self.report(spec, Sample.fleet([node]))
        #expect(report.marks.protectedUntil == nil && report.clients == nil && report.history == nil)
        #expect(report.health.suspect == nil && report.waiting == [])
    }
}
