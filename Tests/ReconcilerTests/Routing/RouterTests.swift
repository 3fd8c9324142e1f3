import Testing

@testable import Reconciler

@Suite struct RouterTests {
    private static func capacity(_ role: RoleSpec, _ count: Double) -> RoleSpec {
        var role = role
        role.capacity = [Metric.publishers: count, Metric.subscribers: count]
        return role
    }

    private let spec = Sample.spec(capacity(Sample.origin(), 2), capacity(Sample.edge(), 2))

    private func origin(_ id: String, _ change: (inout Node) -> Void = { _ in }) -> Node {
        Sample.node(id, in: Sample.origins, change)
    }

    // MARK: - Words

    @Test func `what is not there is 404, what has no room is 503`() {
        let scoped = Sample.spec(Sample.origin(), Sample.edge()) { $0.groups[0].scopes = ["live"] }
        let empty = RoutingFixture([], spec: scoped)
        #expect(empty.route(.publish, scope: "other").refusal == "404 no node group serves the scope 'other'")
        #expect(empty.route(.subscribe).refusal == "404 the stream 'live/a' is not live")
        #expect(
            empty.route(.publish).refusal == "503 no node is in service that can publish (node group 'live')")
        let full = RoutingFixture([origin("o") { $0.metrics = [Metric.publishers: 2] }], spec: spec)
        #expect(full.route(.publish).refusal == "503 no node has room to publish (node group 'live')")
        full.goLive(on: "o")
        #expect(full.route(.subscribe).refusal == "503 no node is in service that can subscribe (node group 'live')")
    }

    @Test func `a group at its limit says so, though nodes have room`() {
        var spec = spec
        spec.groups[0].limits.publishers = 1
        let fixture = RoutingFixture([origin("o")], spec: spec)
        #expect(fixture.route(.publish, "a").node == "o")
        #expect(
            fixture.route(.publish, "b").refusal == "503 the node group 'live' is at its limit of 1 publishers")
        // What never can be is 404 all the same.
        #expect(
            fixture.route(.publish, "b", protocol: "srt").refusal?.hasPrefix("404 no role can publish over srt") == true
        )
    }

    // MARK: - Only serving nodes

    struct Idle: CustomTestStringConvertible, Sendable {
        var name: String
        var change: @Sendable (inout Node) -> Void
        var testDescription: String { name }
    }

    static let idle =
        NodeState.allCases.filter { $0 != .inService }.map { state in
            Idle(name: state.rawValue) { $0.state = state }
        } + [
            Idle(name: "cordoned") { $0.cordoned = true }, Idle(name: "missing") { $0.missingSince = noon },
            Idle(name: "suspect") { $0.lastHeartbeatAt = noon - .seconds(5) },
            Idle(name: "without an address") { $0.address = nil },
            Idle(name: "of a pool that left the spec") { node in
                let gone = PoolKey(group: "live", region: "us", role: "gone")
                node = Sample.node(node.id.rawValue, in: gone)
            },
        ]

    @Test(arguments: idle) func `only nodes that serve get clients`(_ idle: Idle) {
        let fixture = RoutingFixture(
            [origin("o", idle.change), Sample.node("e") { idle.change(&$0) }, origin("live")], spec: spec)
        fixture.goLive(on: "live")
        for seed in 0..<20 {
            #expect(fixture.route(.publish, "s\(seed)", seed: UInt64(seed)).node != "o")
            #expect(fixture.route(.subscribe, seed: UInt64(seed)).node == nil)
        }
    }

    @Test(arguments: idle) func `a publisher's node that no longer serves is not kept to`(_ idle: Idle) {
        let fixture = RoutingFixture([origin("o")], spec: spec)
        #expect(fixture.route(.publish).node == "o")
        fixture.publish([origin("o", idle.change), origin("p")])
        #expect(fixture.route(.publish).node == "p")
    }

    @Test func `a node is asked until the very moment at which it is suspect`() {
        for (silence, node) in [(Duration.milliseconds(4999), "o" as String?), (.seconds(5), nil)] {
            let fixture = RoutingFixture([origin("o") { $0.lastHeartbeatAt = noon - silence }], spec: spec)
            #expect(fixture.route(.publish).node == node)
        }
    }

    // MARK: - Sticky publishing

    @Test func `a thousand simultaneous askings for one name get one node`() async {
        let fixture = RoutingFixture((0..<20).map { origin("o\($0)") }, spec: spec)
        let nodes = await withTaskGroup(of: String?.self) { group in
            for seed in 0..<1000 { group.addTask { fixture.route(.publish, seed: UInt64(seed)).node } }
            return await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(nodes.count == 1)
        #expect(nodes.first != .some(nil))
        #expect(fixture.live.view.groups[0].load.total(.publish) == 1)
    }

    @Test func `a claim ends after its lifetime, a live stream does not`() {
        let directory = StreamDirectory()
        let key = StreamKey(scope: "live", name: "a")
        func claim(_ node: NodeID, _ age: Duration) -> NodeID? {
            directory.claim(key, at: noon + age, isServing: { _, _ in true }, choose: { (node, nil) })?.source.node
        }
        #expect(claim("a", .zero) == "a")
        #expect(claim("b", StreamDirectory.claimLifetime - .milliseconds(1)) == "a")
        #expect(claim("b", StreamDirectory.claimLifetime) == "b")
        let report = StreamReport(scope: "live", name: "a", role: .source, subscribers: 0)
        directory.update(node: "b", load: NodeLoad(group: GroupLoad()), from: [], to: [report], at: noon + .seconds(31))
        #expect(claim("c", .seconds(3600)) == "b")
        directory.expireClaims(at: noon + .seconds(3600))
        #expect(directory.entry(key)?.live?.node == "b")
    }

    @Test func `a stream that a callback began and no heartbeat confirmed ends with its claim's lifetime`() {
        let directory = StreamDirectory()
        let key = StreamKey(scope: "live", name: "a")
        directory.markLive(key, on: "b", at: noon)
        directory.expireClaims(at: noon + StreamDirectory.claimLifetime - .milliseconds(1))
        #expect(directory.entry(key)?.live?.node == "b")
        directory.expireClaims(at: noon + StreamDirectory.claimLifetime)
        #expect(directory.entry(key) == nil)
    }

    @Test func `a source that serves takes the place of one that does not`() {
        let directory = StreamDirectory()
        let key = StreamKey(scope: "live", name: "a")
        directory.markLive(key, on: "dead", at: noon)
        directory.markLive(key, on: "b", at: noon) { $0 != "dead" }
        #expect(directory.entry(key)?.live?.node == "b")
    }

    @Test func `an expired claim leaves nothing behind`() {
        let directory = StreamDirectory()
        let key = StreamKey(scope: "live", name: "a")
        _ = directory.claim(key, at: noon, isServing: { _, _ in true }, choose: { ("a", nil) })
        directory.expireClaims(at: noon + StreamDirectory.claimLifetime - .milliseconds(1))
        #expect(directory.entry(key) != nil)
        directory.expireClaims(at: noon + StreamDirectory.claimLifetime)
        #expect(directory.entry(key) == nil)
    }

    @Test func `a dead origin's stream is kept until the node is gone or the publisher is elsewhere`() {
        let fixture = RoutingFixture([origin("o"), Sample.node("e")], spec: spec)
        fixture.goLive(on: "o")
        fixture.publish([origin("o") { $0.state = .fault }, origin("p"), Sample.node("e")])
        #expect(fixture.route(.subscribe).node == "e")
        #expect(fixture.route(.publish).node == "p")
        fixture.goLive(on: "p")
        #expect(fixture.live.streams.entry(StreamKey(scope: "live", name: "a"))?.live?.node == "p")
        fixture.live.streams.forget("p")
        #expect(fixture.route(.subscribe).refusal == "404 the stream 'live/a' is not live")
    }

    @Test func `a publisher that comes late to its new node takes the stream over from the dead one`() {
        let directory = StreamDirectory()
        let key = StreamKey(scope: "live", name: "a")
        directory.markLive(key, on: "dead", at: noon)
        let claimed = directory.claim(
            key, at: noon, isServing: { source, _ in source.node == "new" }, choose: { ("new", nil) })
        #expect(claimed?.source.node == "new" && claimed?.isNew == true)
        directory.expireClaims(at: noon + .seconds(40))
        directory.markLive(key, on: "new", at: noon + .seconds(41))
        #expect(directory.entry(key)?.live?.node == "new" && directory.entry(key)?.claim == nil)
    }

    @Test func `a publisher that goes back to its first node keeps it, whatever the second one says`() {
        let directory = StreamDirectory()
        let key = StreamKey(scope: "live", name: "a")
        directory.markLive(key, on: "first", at: noon)
        _ = directory.claim(
            key, at: noon, isServing: { source, _ in source.node != "first" }, choose: { ("second", nil) })
        #expect(directory.claim(key, at: noon, isServing: { _, _ in true }, choose: { nil })?.source.node == "first")
        directory.markLive(key, on: "second", at: noon)
        #expect(directory.entry(key)?.live?.node == "first")
    }

    @Test func `a second source that nobody was sent to does not take a stream over`() {
        let directory = StreamDirectory()
        let report = StreamReport(scope: "live", name: "a", role: .source, subscribers: 0)
        directory.update(node: "o", load: NodeLoad(group: GroupLoad()), from: [], to: [report], at: noon)
        directory.update(node: "x", load: NodeLoad(group: GroupLoad()), from: [], to: [report], at: noon)
        #expect(directory.entry(report.key)?.live?.node == "o")
        #expect(directory.liveStreams().map(\.key) == [report.key])
        directory.update(node: "o", load: NodeLoad(group: GroupLoad()), from: [report], to: [], at: noon)
        directory.update(node: "x", load: NodeLoad(group: GroupLoad()), from: [report], to: [report], at: noon)
        #expect(directory.entry(report.key)?.live?.node == "x")
        directory.update(node: "x", load: NodeLoad(group: GroupLoad()), from: [report], to: [], at: noon)
        #expect(directory.entry(report.key) == nil)
    }
}
