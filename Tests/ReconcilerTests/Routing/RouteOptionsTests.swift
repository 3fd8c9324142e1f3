import Testing

@testable import Reconciler

/// What a client may ask beside an action: several nodes, capabilities, a transcoder; what a spec says of a second publisher; and where a
/// stream is allowed.
@Suite struct RouteOptionsTests {
    private static let regions = ["us", "eu", "asia"]

    private static func spec(_ onDuplicate: RoutingSpec.OnDuplicate = .sameNode) -> Spec {
        Sample.spec(
            Sample.origin { role in
                role.capacity = [Metric.publishers: 10]
                role.routing.onDuplicate = onDuplicate
            },
            Sample.edge { $0.capacity = [Metric.subscribers: 10] },
            Sample.origin { role in
                role.name = "transcoder"
                role.capabilities = [.transcode]
                role.capacity = [Metric.publishers: 4]
                role.routing.onDuplicate = onDuplicate
            },
            Sample.edge { role in
                role.name = "relay"
                role.capabilities = [.subscribe, .relay]
                role.capacity = [Metric.subscribers: 10]
            }, regions: regions
        ) {
            $0.groups[0].regions[0].location = GeoPoint(latitude: 39, longitude: -77)
            $0.groups[0].regions[1].location = GeoPoint(latitude: 53, longitude: -6)
            $0.groups[0].regions[1].zone = "europe"
            $0.groups[0].regions[2].location = GeoPoint(latitude: 35, longitude: 139)
        }
    }

    /// In each region: two origins, three edges with 1, 2, 3 viewers, one transcoder, one relay.
    private func fixture(
        _ onDuplicate: RoutingSpec.OnDuplicate = .sameNode, without roles: Set<String> = []
    ) -> RoutingFixture {
        let spec = Self.spec(onDuplicate)
        var nodes: [Node] = []
        for region in Self.regions {
            func add(_ role: String, _ count: Int) {
                if roles.contains(role) { return }
                for index in 0..<count {
                    let pool = PoolKey(group: "live", region: region, role: role)
                    nodes.append(
                        Sample.node("\(region)-\(role)\(index)", in: pool, of: spec) {
                            $0.metrics[Metric.subscribers] = role == "edge" ? Double(index + 1) : 0
                        })
                }
            }
            add("origin", 2)
            add("edge", 3)
            add("transcoder", 1)
            add("relay", 1)
        }
        let fixture = RoutingFixture(nodes, spec: spec)
        fixture.goLive(on: "us-origin0")
        return fixture
    }

    private func ask(
        _ fixture: RoutingFixture, _ action: StreamAction, _ name: String = "a", seed: UInt64 = 1,
        at now: Timestamp = noon,
        change: (inout RouteQuery) -> Void = { _ in }
    ) -> RouteAnswer {
        var random = SeededRandom(seed: seed)
        var query = RouteQuery(stream: StreamKey(scope: "live", name: name), action: action)
        change(&query)
        return fixture.live.route(query, at: now, using: &random)
    }

    private func total(_ fixture: RoutingFixture, _ action: StreamAction) -> Int {
        fixture.live.view.groups[0].load.total(action)
    }

    // MARK: - Several nodes

    @Test func `several endpoints are those of the nearest regions, the less loaded first, and one viewer is counted`()
    {
        let fixture = fixture(without: ["relay"])
        let before = total(fixture, .subscribe)
        let answer = ask(fixture, .subscribe) { ($0.regions, $0.endpoints) = (["eu"], 5) }
        guard case .nodes(let nodes) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(nodes.count == 5 && Set(nodes.map(\.node)).count == 5)
        #expect(nodes.prefix(3).allSatisfy { $0.region == "eu" })
        #expect(total(fixture, .subscribe) == before + 1)
        #expect(nodes[0].clients == (nodes[0].node == "eu-edge0" ? 2 : nodes[0].node == "eu-edge1" ? 3 : 4))
        #expect(nodes.dropFirst().prefix(2).map(\.clients).sorted() == nodes.dropFirst().prefix(2).map(\.clients))
    }

    @Test func `fewer are fewer, unless strict wants all of them`() {
        let fixture = fixture(without: ["relay"])
        guard case .nodes(let some) = ask(fixture, .subscribe, change: { ($0.regions, $0.endpoints) = (["eu"], 100) })
        else {
            Issue.record("no list")
            return
        }
        #expect(some.count == 9)
        let before = total(fixture, .subscribe)
        let refusal = ask(fixture, .subscribe) { ($0.regions, $0.strict, $0.endpoints) = (["eu"], true, 4) }.refusal
        #expect(
            refusal == "503 3 of 4 nodes have room, and strict=true wants all of them (node group 'live')")
        #expect(total(fixture, .subscribe) == before)
        guard
            case .nodes(let all) = ask(
                fixture, .subscribe, change: { ($0.regions, $0.strict, $0.endpoints) = (["eu"], true, 3) })
        else {
            Issue.record("no list")
            return
        }
        #expect(all.count == 3 && all.allSatisfy { $0.region == "eu" })
    }

    @Test func `several for a publisher begin with the stream's own node`() {
        let fixture = fixture()
        for seed in 0..<10 {
            guard case .nodes(let nodes) = ask(fixture, .publish, seed: UInt64(seed), change: { $0.endpoints = 3 })
            else {
                Issue.record("no list")
                return
            }
            #expect(nodes.first?.node == "us-origin0")
            #expect(Set(nodes.map(\.node)).count == 3)
        }
    }

    @Test func `strict wants all of them also for a publisher that has its node already`() {
        let fixture = fixture()
        func ask(_ count: Int) -> RouteAnswer {
            self.ask(fixture, .publish) { ($0.regions, $0.strict, $0.endpoints) = (["us"], true, count) }
        }
        guard case .nodes(let both) = ask(2) else {
            Issue.record("no list")
            return
        }
        #expect(both.first?.node == "us-origin0" && both.count == 2)
        #expect(ask(3).refusal == "503 2 of 3 nodes have room, and strict=true wants all of them (node group 'live')")
        #expect(total(fixture, .publish) == 0)
    }

    // MARK: - Capabilities

    @Test func `a capability narrows the nodes, and one that nobody has is said`() {
        let fixture = fixture()
        for seed in 0..<20 {
            let node = ask(fixture, .subscribe, seed: UInt64(seed)) { $0.capabilities = [.relay] }.node
            #expect(node?.hasSuffix("relay0") == true)
        }
        #expect(
            ask(fixture, .subscribe, change: { $0.capabilities = [.transcode] }).refusal
                == "404 no role can subscribe and transcode (node group 'live')")
        #expect(
            ask(fixture, .publish, "new", change: { $0.capabilities = [.relay] }).refusal
                == "404 no role can publish and relay (node group 'live')")
    }

    // MARK: - Transcoding

    @Test func `a stream to be transcoded goes to a transcoder, with an origin near it, and both stay`() {
        let fixture = fixture()
        let before = total(fixture, .publish)
        guard
            case .transcoder(let first, let origin) = ask(
                fixture, .publish, "t", change: { ($0.transcode, $0.regions) = (true, ["eu"]) })
        else {
            Issue.record("no transcoder")
            return
        }
        #expect(first.node == "eu-transcoder0" && origin.region == "eu" && origin.node.rawValue.contains("origin"))
        #expect(total(fixture, .publish) == before + 2)
        for seed in 2..<8 {
            let again = ask(fixture, .publish, "t", seed: UInt64(seed)) { $0.transcode = true }
            guard case .transcoder(let node, let other) = again else {
                Issue.record("\(again)")
                return
            }
            #expect(node.node == first.node && other.node == origin.node)
        }
        #expect(total(fixture, .publish) == before + 2)
        // Live there, it stays there, and so does the origin.
        #expect(fixture.live.published(StreamKey(scope: "live", name: "t"), on: first.node, at: noon))
        guard
            case .transcoder(let live, let kept) = ask(
                fixture, .publish, "t", at: noon + .seconds(60), change: { $0.transcode = true })
        else {
            Issue.record("no transcoder")
            return
        }
        #expect(live.node == first.node && kept.node == origin.node)
    }

    @Test func `a plain publisher is never sent to a transcoder, and without origins nothing is transcoded`() {
        let fixture = fixture()
        for index in 0..<60 {
            #expect(ask(fixture, .publish, "s\(index)", seed: UInt64(index)).node?.contains("origin") == true)
        }
        #expect(ask(fixture, .publish, "s60").refusal == "503 no node has room to publish (node group 'live')")
        let bare = self.fixture(without: ["origin"])
        #expect(
            ask(bare, .publish, "t", change: { $0.transcode = true }).refusal
                == "503 no node has room to publish and transcode (node group 'live')")
        let none = self.fixture(without: ["transcoder"])
        #expect(
            ask(none, .publish, "t", change: { $0.transcode = true }).refusal
                == "503 no node is in service that can publish and transcode (node group 'live')")
    }

    @Test func `a stream that is live without an origin gets one, and keeps it however often it asks`() {
        let fixture = fixture()
        fixture.goLive("t", on: "eu-transcoder0")
        let before = total(fixture, .publish)
        var origins: Set<NodeID> = []
        for seed in 0..<30 {
            guard
                case .transcoder(let node, let origin) = ask(
                    fixture, .publish, "t", seed: UInt64(seed), change: { $0.transcode = true })
            else {
                Issue.record("no transcoder")
                return
            }
            #expect(node.node == "eu-transcoder0")
            origins.insert(origin.node)
        }
        #expect(origins.count == 1 && total(fixture, .publish) == before + 1)
    }

    @Test func `who is refused for want of an origin takes no transcoder's place`() {
        let fixture = fixture(without: ["origin"])
        for index in 0..<40 {
            #expect(ask(fixture, .publish, "t\(index)", change: { $0.transcode = true }).node == nil)
        }
        #expect(total(fixture, .publish) == 0)
        for entry in fixture.live.view.nodes.values { #expect(entry.load.total(.publish) == 0) }
    }

    @Test func `the origin need not speak the publisher's protocol`() {
        let spec = Self.spec()
        var nodes = [Sample.node("o", in: PoolKey(group: "live", region: "us", role: "origin"), of: spec)]
        nodes.append(
            Sample.node("t", in: PoolKey(group: "live", region: "us", role: "transcoder"), of: spec) {
                $0.endpoints = [Endpoint(protocol: "srt", port: 9000)]
            })
        let fixture = RoutingFixture(nodes, spec: spec)
        guard
            case .transcoder(let node, let origin) = ask(
                fixture, .publish, "t", change: { ($0.transcode, $0.protocol) = (true, "srt") })
        else {
            Issue.record("no transcoder")
            return
        }
        #expect(node.endpoint.protocol == "srt" && origin.node == "o" && origin.endpoint.protocol == "rtmp")
    }

    // MARK: - Demand

    @Test func `who is refused is demand of a role that could take it, and of none where more nodes would not help`() {
        let fixture = fixture(without: ["transcoder", "edge", "relay"])
        let spec = fixture.spec
        func demand() -> Set<String> {
            var fleet = Sample.fleet([])
            fleet.takeDemand(fixture.live.demand.refused(at: noon), spec: spec)
            return Set(fleet.unserved.keys.map { "\($0.region)/\($0.role)" })
        }
        _ = ask(fixture, .subscribe) { $0.capabilities = [.transcode] }
        _ = ask(fixture, .subscribe) { ($0.regions, $0.strict, $0.endpoints) = (["eu"], true, 50) }
        #expect(demand().isEmpty)
        _ = ask(fixture, .publish, "t") { ($0.transcode, $0.regions) = (true, ["asia"]) }
        #expect(demand() == ["asia/transcoder"])
        _ = ask(fixture, .subscribe) { ($0.capabilities, $0.regions) = ([.relay], ["eu"]) }
        #expect(demand() == ["asia/transcoder", "eu/relay"])
    }

    // MARK: - Many nodes

    @Test func `further endpoints of a long list are drawn from all of it, the less loaded first`() {
        let spec = Sample.spec(
            Sample.origin(), Sample.edge(max: 2000) { $0.capacity = [Metric.subscribers: 100] })
        let nodes = (0..<2000).map { index in
            Sample.node("e\(10_000 + index)", of: spec) { $0.metrics = [Metric.subscribers: index < 1200 ? 50 : 1] }
        }
        let fixture = RoutingFixture(nodes + [Sample.node("o", in: Sample.origins, of: spec)], spec: spec)
        fixture.goLive(on: "o")
        var others: [NodeID: Int] = [:]
        for seed in 0..<100 {
            guard case .nodes(let found) = ask(fixture, .subscribe, seed: UInt64(seed), change: { $0.endpoints = 4 })
            else {
                Issue.record("no list")
                return
            }
            #expect(Set(found.map(\.node)).count == 4)
            for candidate in found.dropFirst() {
                others[candidate.node, default: 0] += 1
                #expect(candidate.clients < 40)
            }
        }
        #expect(others.count > 150 && (others.values.max() ?? 0) < 12)
    }

    // MARK: - A second publisher

    @Test func `the second publisher of a live stream is sent to the same node, or refused`() {
        #expect(ask(fixture(), .publish).node == "us-origin0")
        let strict = fixture(.reject)
        #expect(
            ask(strict, .publish).refusal
                == "409 the stream 'live/a' is live on us-origin0, and takes no second publisher")
        // One who was promised a place may ask again until it is there.
        let place = ask(strict, .publish, "new").node
        #expect(place != nil && ask(strict, .publish, "new", seed: 9).node == place)
        // The media server of another node asks for a publisher who came by itself.
        let key = StreamKey(scope: "live", name: "a")
        #expect(!strict.live.published(key, on: "eu-origin0", at: noon))
        #expect(strict.live.published(key, on: "us-origin0", at: noon))
        #expect(strict.live.streams.entry(key)?.live?.node == "us-origin0")
        strict.live.unpublished(key, on: "us-origin0")
        #expect(ask(strict, .publish).node != nil)
    }

    @Test func `strict moves a stream that is only promised, and refuses one that is live elsewhere`() {
        let fixture = fixture()
        let first = ask(fixture, .publish, "new") { $0.regions = ["us"] }.candidate
        #expect(first?.region == "us")
        let moved = ask(fixture, .publish, "new") { ($0.regions, $0.strict) = (["eu"], true) }.candidate
        #expect(moved?.region == "eu")
        #expect(ask(fixture, .publish, "new").node == moved?.node.rawValue)
        #expect(ask(fixture, .publish, "new", change: { ($0.regions, $0.strict) = (["mars"], true) }).node == nil)
        #expect(
            ask(fixture, .publish, change: { ($0.regions, $0.strict) = (["eu", "asia"], true) }).refusal
                == "409 the stream 'live/a' is live on us-origin0 in us, and strict=true allows no region but eu, asia")
    }

    @Test func `a stream whose node does not serve any more may be published again`() {
        let fixture = fixture(.reject)
        let spec = fixture.spec
        fixture.publish([
            Sample.node("us-origin0", .draining, in: PoolKey(group: "live", region: "us", role: "origin"), of: spec),
            Sample.node("eu-origin0", in: PoolKey(group: "live", region: "eu", role: "origin"), of: spec),
        ])
        #expect(ask(fixture, .publish).node == "eu-origin0")
    }

    // MARK: - Where a stream is allowed

    struct RuleCase: CustomTestStringConvertible, Sendable {
        var name: String
        var rule: RegionRule
        var regions: [String] = []
        var strict = false
        var place: GeoPoint?
        var want: Set<String>
        var testDescription: String { name }
    }

    static let ruleCases = [
        RuleCase(name: "only one region", rule: .only(["asia"]), want: ["asia"]),
        RuleCase(name: "only one zone", rule: .only(["europe"]), want: ["eu"]),
        RuleCase(name: "never one", rule: .never(["us"]), want: ["eu", "asia"]),
        RuleCase(name: "never a zone", rule: .never(["europe"]), want: ["us", "asia"]),
        RuleCase(name: "the wish counts within the rule", rule: .never(["us"]), regions: ["asia"], want: ["asia"]),
        RuleCase(name: "a wish that is barred does not", rule: .only(["eu"]), regions: ["asia"], want: ["eu"]),
        RuleCase(
            name: "strict and barred is nowhere", rule: .only(["eu"]), regions: ["asia"], strict: true, want: []),
        RuleCase(
            name: "the nearest that is allowed", rule: .never(["europe"]),
            place: GeoPoint(latitude: 48, longitude: 2), want: ["us"]),
        RuleCase(name: "a region that there is not", rule: .only(["mars"]), want: []),
    ]

    @Test(arguments: ruleCases) func `a rule of the stream bounds the regions`(_ example: RuleCase) {
        let fixture = fixture()
        for action in StreamAction.allCases {
            var found: Set<String> = []
            for seed in 0..<15 {
                let answer = ask(fixture, action, action == .publish ? "n\(seed)" : "a", seed: UInt64(seed)) { query in
                    query.regionRule = example.rule
                    query.regions = example.regions
                    query.strict = example.strict
                    query.place = example.place
                }
                if let region = answer.candidate?.region { found.insert(region) }
                if example.want.isEmpty { #expect(answer.refusal?.hasPrefix("503 no node has room to") == true) }
            }
            #expect(found == example.want, "\(action)")
        }
    }

    @Test func `a live stream that its rule bars from its place is published elsewhere`() {
        let fixture = fixture()
        let answer = ask(fixture, .publish) { $0.regionRule = .never(["us"]) }
        #expect(answer.candidate.map { $0.region != "us" } == true)
    }
}
