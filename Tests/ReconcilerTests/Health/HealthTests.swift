import Testing

@testable import Reconciler

/// `suspectAfter` 5 s, `faultAfter` 15 s, `startTimeout` 10 m.
@Suite struct HealthTests {
    private let spec = Sample.spec(Sample.edge())

    private func judge(
        _ node: Node, listeningFor age: Duration = .seconds(3600)
    ) -> (state: NodeState?, events: [String]) {
        var fleet = Sample.fleet([node]) { $0.observingSince = noon - age }
        let events = fleet.judge(spec: spec, now: noon).map(\.reason)
        return (fleet.nodes[node.id]?.state, events)
    }

    struct Boundary: CustomTestStringConvertible, Sendable {
        var silence: Duration
        var want: Silence
        var testDescription: String { "\(silence)" }
    }

    static let boundaries = [
        Boundary(silence: .zero, want: .fresh), Boundary(silence: .milliseconds(4999), want: .fresh),
        Boundary(silence: .seconds(5), want: .suspect(for: .seconds(5))),
        Boundary(silence: .milliseconds(14_999), want: .suspect(for: .milliseconds(14_999))),
        Boundary(silence: .seconds(15), want: .fault(for: .seconds(15))),
        // Heard after `now` was read.
        Boundary(silence: .milliseconds(-3), want: .fresh),
    ]

    @Test(arguments: boundaries) func `silence has its meaning at its very moment`(_ boundary: Boundary) {
        let heard = noon - boundary.silence
        let health = HealthSpec()
        #expect(
            Silence(lastHeard: heard, observingSince: noon - .seconds(99), health: health, now: noon) == boundary.want)
        // The same silence of us: what went before does not count.
        #expect(
            Silence(lastHeard: noon - .seconds(999), observingSince: heard, health: health, now: noon) == boundary.want)
        #expect(Silence(lastHeard: nil, observingSince: heard, health: health, now: noon) == boundary.want)
    }

    @Test(arguments: boundaries, [NodeState.inService, .draining, .evicting])
    func `a node in service becomes a fault at faultAfter`(_ boundary: Boundary, _ state: NodeState) {
        let node = Sample.node("a", state) { $0.lastHeartbeatAt = noon - boundary.silence }
        let judged = judge(node)
        if case .fault = boundary.want {
            #expect(judged.state == .fault && judged.events == ["NodeFault"])
        } else {
            #expect(judged.state == state && judged.events.isEmpty)
        }
        #expect(judge(node, listeningFor: .milliseconds(14_999)).state == state)
    }

    // MARK: - Starting

    @Test func `a created node serves at its first heartbeat`() {
        for state in [NodeState.created, .started] {
            let judged = judge(Sample.node("a", state) { $0.lastHeartbeatAt = noon })
            #expect(judged.state == .inService && judged.events == ["NodeInService"])
        }
    }

    @Test func `a node that is not ready, or that nobody can reach, is started and does not serve`() {
        let changes: [(inout Node) -> Void] = [{ $0.isReady = false }, { $0.address = nil }]
        for change in changes {
            let judged = judge(
                Sample.node("a", .created) {
                    $0.lastHeartbeatAt = noon
                    $0.createdAt = noon
                    change(&$0)
                })
            #expect(judged.state == .started && judged.events == ["NodeStarted"])
        }
    }

    @Test(arguments: [NodeState.created, .started]) func `a node that does not start is a fault at startTimeout`(
        _ state: NodeState
    ) {
        func node(_ age: Duration) -> Node { Sample.node("a", state) { $0.createdAt = noon - age } }
        #expect(judge(node(.milliseconds(599_999))).state == state)
        #expect(judge(node(.seconds(600))).state == .fault)
        #expect(judge(node(.seconds(600)), listeningFor: .seconds(599)).state == state)
    }

    @Test func `a last heartbeat that is no longer fresh does not bring a node into service`() {
        let node = Sample.node("a", .started) {
            $0.createdAt = noon - .seconds(60)
            $0.lastHeartbeatAt = noon - .seconds(5)
        }
        #expect(judge(node).state == .started)
    }

    @Test(arguments: [NodeState.requested, .creating, .terminating, .terminated, .fault])
    func `silence moves no node that is not up`(_ state: NodeState) {
        let node = Sample.node("a", state) { $0.lastHeartbeatAt = noon - .seconds(3000) }
        #expect(judge(node).state == state)
    }

    @Test func `a node that the provider no longer has is not judged`() {
        let node = Sample.node("a") {
            $0.lastHeartbeatAt = noon - .seconds(60)
            $0.missingSince = noon
        }
        #expect(judge(node).state == .inService)
    }

    @Test func `a pool that left the spec is judged by the defaults`() {
        let node = Sample.node("a", in: PoolKey(group: "gone", region: "us", role: "edge")) {
            $0.lastHeartbeatAt = noon - .seconds(15)
        }
        #expect(judge(node).state == .fault)
    }

    // MARK: - The clock

    @Test func `a clock that was set back lets time-outs run from there`() throws {
        var fleet = Sample.fleet([
            Sample.node("a"),
            Sample.node("b", .draining) {
                $0.since = noon
                $0.retryAt = noon + .seconds(3600)
                $0.protectedUntil = noon + .seconds(7200)
            },
        ])
        let earlier = noon - .seconds(3600)
        fleet.setBack(to: earlier)
        #expect(fleet.observingSince == earlier)
        #expect(fleet.scopes[Sample.scope]?.completeAt == earlier)
        #expect(fleet.scopes[Sample.scope]?.trouble == nil)
        let b = try #require(fleet.nodes["b"])
        #expect(b.since == earlier && b.createdAt == earlier && b.lastHeartbeatAt == earlier)
        #expect(b.retryAt == earlier + Backoff.longest && b.protectedUntil == noon + .seconds(7200))
        _ = fleet.judge(spec: spec, now: earlier + .seconds(15))
        #expect(fleet.nodes["a"]?.state == .fault)
        fleet.markStored()
        fleet.setBack(to: noon)
        #expect(fleet.unstored.upserts.isEmpty)
    }
}
