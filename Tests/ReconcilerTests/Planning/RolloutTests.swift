import Testing

@testable import Reconciler

/// A revision that does not come into service stops the rollout, and says so.
@Suite struct RolloutTests {
    private let spec = Sample.spec(Sample.edge(min: 3, max: 6), Sample.origin(min: 0))
    private var target: String { spec.revision(of: Sample.edges) ?? "" }

    private func old(_ id: String) -> Node { Sample.node(id) { $0.revision = "old" } }

    /// A node of the new revision that never served and is faulty.
    private func failed(_ id: String) -> Node {
        Sample.node(id, .fault) {
            $0.inServiceAt = nil
            $0.lastHeartbeatAt = nil
            $0.since = noon - .seconds(1)
            $0.reason = "sent no heartbeat within startTimeout of 10m"
        }
    }

    private func fleet(_ nodes: [Node], _ change: (inout Rollout) -> Void = { _ in }) -> Fleet {
        Sample.fleet(nodes) { fleet in
            var memory = PoolMemory()
            var rollout = Rollout(revision: target, since: noon - .seconds(300))
            change(&rollout)
            memory.rollout = rollout
            fleet.setMemory(memory, of: Sample.edges)
            var template = spec.template(of: Sample.edges)
            fleet.setTemplate(template, of: target)
            template?.image = "image-0"
            fleet.setTemplate(template, of: "old")
        }
    }

    private func plan(_ fleet: Fleet, _ spec: Spec? = nil) -> Plan {
        Planner.plan(spec: spec ?? self.spec, fleet: fleet, now: noon)
    }

    private func status(_ plan: Plan) -> Plan.Condition.Status? {
        plan.conditions.first { $0.type == .rollout }?.status
    }

    @Test func `a new node that fails before it served halts the rollout`() {
        let plan = plan(fleet([old("a"), old("b"), old("c"), failed("new")]))
        #expect(plan.words == [])
        #expect(status(plan) == .halted)
        let message = plan.conditions.first?.message ?? ""
        #expect(message.contains("new sent no heartbeat") && message.contains("image image-0 -> image-1"), "\(message)")
        #expect(message.contains("smreconcile retry live/edge"))
    }

    @Test func `it halts without any memory, as from a State document`() {
        let plan = plan(Sample.fleet([old("a"), old("b"), old("c"), failed("new")]))
        #expect(plan.words == [] && status(plan) == .halted)
    }

    @Test func `it stays halted when the failed node is gone`() {
        let halted = fleet([old("a"), old("b"), old("c")]) { $0.halt = .init(at: noon, reason: "it failed") }
        #expect(plan(halted).words == [] && status(plan(halted)) == .halted)
    }

    @Test func `one failure among nodes of it that serve does not halt it, three do`() {
        let nodes = [old("a"), old("b"), Sample.node("n1"), Sample.node("n2"), failed("x1")]
        #expect(status(plan(fleet(nodes))) == .progressing)
        #expect(status(plan(fleet(nodes + [failed("x2"), failed("x3")]))) == .halted)
    }

    @Test func `a new node that served and died young does not halt it, three do`() {
        func dead(_ count: Int) -> Plan {
            plan(fleet([old("a"), old("b"), old("c")]) { $0.deaths = count })
        }
        #expect(dead(1).words == ["replace a"] && status(dead(2)) == .progressing)
        #expect(dead(3).words == [] && status(dead(3)) == .halted)
    }

    @Test
    func `a revision that the provider refuses for good halts, and what is made of the old one does not wait for it`() {
        var fleet = fleet([old("a"), old("b"), old("c"), Sample.node("n", .creating)])
        var random = SeededRandom(seed: 1)
        let refused = OperationOutcome(Operation(.create, "n"), .failure(.terminal("no such image 'image-1'")))
        _ = fleet.observe(Observation(outcomes: [refused]), owner: Sample.owner, now: noon, using: &random)
        let plan = plan(fleet)
        #expect(status(plan) == .halted)
        #expect(plan.conditions.first { $0.type == .rollout }?.message.contains("no such image") == true)
    }

    @Test func `nodes of another revision that die young do not keep those of the good one waiting`() {
        var fleet = fleet([old("a"), old("b")]) { $0.halt = .init(at: noon, reason: "it failed") }
        var memory = fleet.memories[Sample.edges] ?? PoolMemory()
        memory.starts = Setback(
            failures: 4, since: noon, at: noon, until: noon + .seconds(40), message: "it died")
        memory.starts?.revision = target
        fleet.setMemory(memory, of: Sample.edges)
        #expect(plan(fleet).words == ["create"] && plan(fleet).actions.first?.revision == "old")
    }

    @Test func `a cordoned new node is no reason for an old one to go, and a cordoned old one goes first`() {
        let spec = Sample.spec(Sample.edge(min: 1, max: 1), Sample.origin(min: 0))
        let cordoned = Sample.node("n") { $0.cordoned = true }
        #expect(Planner.plan(spec: spec, fleet: Sample.fleet([old("a"), cordoned]), now: noon).count(.drain) == 0)
        let all = ["a", "b", "c"].map { id in
            var node = old(id)
            node.cordoned = true
            return node
        }
        #expect(plan(fleet(all + [Sample.node("n")])).count(.drain) == 1)
    }

    @Test func `a revision that was proven goes on after one failure`() {
        let plan = plan(fleet([old("a"), old("b"), old("c"), failed("x")]) { $0.isProven = true })
        #expect(plan.words == ["replace a"] && status(plan) == .progressing)
    }

    @Test func `what is missing while it is halted is made from the revision that served`() {
        let plan = plan(fleet([old("a"), old("b"), failed("x")]))
        #expect(plan.words == ["create"] && plan.actions.first?.revision == "old")
    }

    @Test func `halted, a draining old node is taken back before a new one is made`() {
        let back = Sample.node("c", .draining) { $0.revision = "old" }
        #expect(plan(fleet([old("a"), old("b"), back, failed("x")])).words == ["undrain c"])
    }

    @Test func `with rollback the nodes of the failed revision make way again`() {
        var spec = spec
        spec.groups[0].roles[0].update.rollback = true
        let coming = Sample.node("n2", .started)
        let fleet = fleet([old("a"), old("b"), Sample.node("n1"), coming]) {
            $0.halt = .init(at: noon, reason: "it failed")
            $0.stable = "old"
        }
        let plan = plan(fleet, spec)
        #expect(status(plan) == .rolledBack)
        #expect(plan.words == ["replace n1", "destroy n2"] || plan.words == ["destroy n2", "replace n1"])
        #expect(plan.actions.filter { $0.kind == .replace }.allSatisfy { $0.revision == "old" })
    }

    @Test func `another revision begins a new rollout`() {
        let fleet = fleet([old("a"), old("b"), old("c")]) {
            $0.revision = "broken"
            $0.halt = .init(at: noon, reason: "it failed")
            $0.stable = "old"
        }
        let plan = plan(fleet)
        #expect(plan.words == ["replace a"])
        #expect(
            plan.memories[Sample.edges]?.rollout
                == {
                    var next = Rollout(revision: target, since: noon)
                    next.stable = "old"
                    return next
                }())
    }

    @Test func `a node that serves a minute proves its revision and ends a halt`() {
        var fleet = fleet([old("a"), Sample.node("n") { $0.inServiceAt = noon - .seconds(60) }]) {
            $0.halt = .init(at: noon, reason: "it failed")
            $0.failures = 1
        }
        _ = fleet.judge(spec: spec, now: noon)
        let rollout = fleet.memories[Sample.edges]?.rollout
        #expect(rollout?.isProven == true && rollout?.halt == nil && rollout?.failures == 0)
        #expect(rollout?.stable == target)
    }

    @Test func `a paused group replaces nothing, and says so`() {
        var fleet = fleet([old("a"), old("b"), old("c")])
        fleet.setPause(ScalingPause(since: noon, by: "ann"), of: "live")
        let plan = plan(fleet)
        #expect(plan.words == [] && status(plan) == .waiting)
    }

    @Test func `surge is rounded up and unavailable down, and one is unavailable where both are nothing`() {
        var spec = spec
        spec.groups[0].roles[0].update.maxSurge = .percent(34)
        #expect(plan(fleet([old("a"), old("b"), old("c")]), spec).words == ["replace a", "replace b"])
        spec.groups[0].roles[0].update.maxSurge = .percent(0)
        spec.groups[0].roles[0].update.maxUnavailable = .percent(33)
        #expect(plan(fleet([old("a"), old("b"), old("c")]), spec).words == ["drain a"])
        spec.groups[0].roles[0].update.maxUnavailable = .percent(67)
        #expect(plan(fleet([old("a"), old("b"), old("c")]), spec).words == ["drain a", "drain b"])
    }

    @Test func `old nodes drain only as far as well ones serve, those that are not well first`() {
        let ill = Sample.node("ill") {
            $0.revision = "old"
            $0.lastHeartbeatAt = noon - .seconds(8)
        }
        #expect(plan(fleet([old("a"), old("b"), ill, Sample.node("n")])).count(.drain) == 0)
        var spec = spec
        spec.groups[0].roles[0].update.maxUnavailable = .count(1)
        #expect(plan(fleet([old("a"), old("b"), ill, Sample.node("n")]), spec).words == ["drain ill"])
    }

    @Test func `capacity and scaling rules apply in place`() {
        var changed = spec
        changed.groups[0].roles[0].capacity = ["connections.subscriber": 1]
        changed.groups[0].roles[0].scaling.warmup = .seconds(90)
        changed.groups[0].roles[0].drain.timeout = .seconds(1)
        #expect(changed.revision(of: Sample.edges) == target)
    }
}
