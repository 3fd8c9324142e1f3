import Testing

@testable import Reconciler

/// What a provision puts into a routing question, and where its publishers go.
@Suite struct ProvisionRoutingTests {
    private let spec = Sample.spec(
        Sample.origin { $0.capacity = [Metric.publishers: 4] }, Sample.edge(), regions: ["us", "eu"])
    private static let far = PoolKey(group: "live", region: "eu", role: "origin")

    private func fixture(_ nodes: [Node]? = nil) -> RoutingFixture {
        RoutingFixture(
            nodes ?? [Sample.node("o", in: Sample.origins), Sample.node("p", in: Self.far), Sample.node("e")],
            spec: spec)
    }

    private func provision(
        _ guid: String = "live/match", streams: [Provision.Stream] = [.init(guid: "live/a")], group: String = "live",
        _ change: (inout Provision) -> Void = { _ in }
    ) -> Provision {
        var provision = Provision(group: group, guid: guid, streams: streams)
        change(&provision)
        return provision
    }

    private func query(_ action: StreamAction, _ name: String = "a") -> RouteQuery {
        RouteQuery(stream: StreamKey(scope: "live", name: name), action: action)
    }

    // MARK: - Questions

    @Test func `a question about a stream without a provision stays as it is`() {
        let live = fixture().live
        for provisions in [[], [provision()], [provision("live/b", streams: [.init(guid: "live/b")], group: "other")]] {
            live.provisions.replace(with: provisions)
            for action in StreamAction.allCases {
                var asked = query(action, "b")
                live.honourProvisions(in: &asked)
                #expect(asked == query(action, "b"))
            }
        }
    }

    @Test func `rules and capabilities are put into it, for the provision's own name and for its streams'`() {
        let live = fixture().live
        live.provisions.replace(with: [
            provision {
                $0.geoRules = .init(regions: ["us"], restricted: true)
                $0.streams[0].details = ["videoParams": "{}"]
                $0.distribution = .init(nodes: ["p"], at: noon, capabilities: [.transcode, .relay])
            }
        ])
        for name in ["a", "match"] {
            var asked = query(.publish, name)
            live.honourProvisions(in: &asked)
            #expect(asked.regionRule == .never(["us"]) && asked.transcode && asked.capabilities == [.relay])
            #expect(asked.promised == ["p"] && asked.stream.name == name)
            var own = query(.publish, name)
            live.honourProvisions(in: &own, hasOwnCapabilities: true)
            #expect(!own.transcode && own.regionRule == .never(["us"]) && own.promised == ["p"])
            // What the node is not capable of, it was not picked for.
            own = query(.publish, name)
            own.transcode = true
            live.honourProvisions(in: &own, hasOwnCapabilities: true)
            #expect(own.transcode && own.promised == [])
        }
        // A viewer has no use for a transcoder.
        live.streams.markLive(StreamKey(scope: "live", name: "a"), on: "o", at: noon)
        var asked = query(.subscribe)
        live.honourProvisions(in: &asked)
        #expect(asked.regionRule == .never(["us"]) && !asked.transcode && asked.promised == [])
    }

    struct Ladder: Sendable, CustomTestStringConvertible {
        var testDescription: String { "\(live) live: \(want)" }
        var live: [String]
        var want: String
    }

    @Test(arguments: [
        Ladder(live: ["match", "low", "high"], want: "match"), Ladder(live: ["low", "high"], want: "high"),
        Ladder(live: ["low"], want: "low"), Ladder(live: ["middle", "low"], want: "middle"),
        Ladder(live: ["other"], want: "match"), Ladder(live: [], want: "match"),
    ])
    func `a viewer of the ladder gets its best live level`(_ row: Ladder) {
        let fixture = fixture()
        fixture.live.provisions.replace(with: [
            provision(streams: [
                .init(guid: "live/low", abrLevel: 3), .init(guid: "live/high", abrLevel: 0),
                .init(guid: "live/middle", abrLevel: 2),
            ])
        ])
        for name in row.live { fixture.goLive(name, on: "o") }
        var asked = query(.subscribe, "match")
        fixture.live.honourProvisions(in: &asked)
        #expect(asked.stream.name == row.want)
        // A publisher's question is about the stream that it names.
        var publish = query(.publish, "match")
        fixture.live.honourProvisions(in: &publish)
        #expect(publish.stream.name == "match")
    }

    @Test func `a level that is live in another group is not of this ladder`() {
        var spec = spec
        var other = spec.groups[0]
        other.name = "vod"
        spec.groups.append(other)
        let pool = PoolKey(group: "vod", region: "us", role: "origin")
        let fixture = RoutingFixture([Sample.node("o", in: Sample.origins), Sample.node("v", in: pool)], spec: spec)
        fixture.live.provisions.replace(with: [
            provision {
                $0.geoRules = .init(regions: ["us"], restricted: false)
            }
        ])
        fixture.goLive("a", on: "v")
        for name in ["match", "a"] {
            var asked = query(.subscribe, name)
            fixture.live.honourProvisions(in: &asked)
            #expect(asked == query(.subscribe, name))
        }
        fixture.goLive("b", on: "o")
    }

    // MARK: - Publishers of a distributed provision

    private func publish(_ live: LiveState, _ name: String = "a", at now: Timestamp = noon, seed: UInt64 = 1) -> String?
    {
        var asked = query(.publish, name)
        live.honourProvisions(in: &asked)
        var random = SeededRandom(seed: seed)
        return live.route(asked, at: now, using: &random).node
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `publishers go to the node that was picked, whatever the draw`(_ seed: UInt64) {
        let live = fixture().live
        live.provisions.replace(with: [provision { $0.distribution = .init(nodes: ["p"], at: noon) }])
        // Long after a claim would have ended.
        #expect(publish(live, at: noon, seed: seed) == "p")
        #expect(publish(live, at: noon + .seconds(3600), seed: seed + 1) == "p")
        #expect(live.view.nodes["p"]?.load.total(.publish) == 2)
    }

    @Test func `a node that is full, or whose group is, is not kept to, and keeps its place`() {
        let fixture = fixture()
        let live = fixture.live
        live.provisions.replace(with: [provision { $0.distribution = .init(nodes: ["p"], at: noon) }])
        live.view.nodes["p"]?.load.report(publishers: 4, subscribers: 0)
        #expect(publish(live) == "o")
        #expect(live.provisions.table.provisions(of: "live")[0].distribution?.nodes == ["p"])
        #expect(live.provisions.moved.isEmpty)
    }

    @Test func `when the node serves no more another is picked, and the distribution follows`() {
        let fixture = fixture()
        let live = fixture.live
        live.provisions.replace(with: [
            provision(streams: [.init(guid: "live/a"), .init(guid: "live/b")]) {
                $0.distribution = .init(nodes: ["p", "gone"], at: noon)
            }
        ])
        #expect(publish(live) == "p")
        fixture.publish([
            Sample.node("o", in: Sample.origins), Sample.node("p", .draining, in: Self.far), Sample.node("e"),
        ])
        let later = noon + .seconds(60)
        #expect(publish(live, at: later) == "o")
        let moved = live.provisions.table.provisions(of: "live")[0]
        #expect(moved.distribution == .init(nodes: ["o"], at: later))
        #expect(live.provisions.moved == [moved])
        // The others follow, also when the node is back.
        fixture.publish([
            Sample.node("o", in: Sample.origins), Sample.node("p", in: Self.far), Sample.node("e"),
        ])
        #expect(publish(live, "b", at: later + .seconds(60)) == "o")
    }

    @Test func `a question for its reasons finds the picked node, and moves nothing`() {
        let live = fixture().live
        live.provisions.replace(with: [provision { $0.distribution = .init(nodes: ["p"], at: noon) }])
        var asked = query(.publish)
        live.honourProvisions(in: &asked)
        var random = SeededRandom(seed: 1)
        let trace = RouteTrace()
        let answer = Router(view: live.view, streams: live.streams).route(asked, at: noon, using: &random, trace: trace)
        #expect(answer.node == "p" && trace.stickiness == .distributed)
        #expect(live.view.nodes["p"]?.load.total(.publish) == 0 && live.streams.entry(asked.stream) == nil)
    }

    // MARK: - At the media node

    @Test func `a publisher is refused without its secret, on nodes of the provision's group that take publishers`() {
        let live = fixture().live
        let secret = PublishSecret(username: "ann", secret: "s3cret", salt: [1, 2, 3])
        live.provisions.replace(with: [provision { $0.credentials = secret }])
        let stream = StreamKey(scope: "live", name: "a")
        #expect(
            live.refusal(of: .init(), for: stream, on: "o")
                == "a publisher of 'live/a' needs the 'username' and 'password' of its provision, and it brought none")
        let wrong = live.refusal(of: .init(username: "ann", password: "guess"), for: stream, on: "o")
        #expect(wrong?.hasSuffix("and what it brought is not right") == true && wrong?.contains("guess") == false)
        #expect(live.refusal(of: .init(username: "ann", password: "s3cret"), for: stream, on: "o") == nil)
        #expect(live.isGuarded(stream, on: "o"))
        // An edge can only be pulling; another stream, and a node that is not there, are not its business.
        #expect(live.refusal(of: .init(), for: stream, on: "e") == nil)
        #expect(live.refusal(of: .init(), for: StreamKey(scope: "live", name: "b"), on: "o") == nil)
        #expect(live.refusal(of: .init(), for: stream, on: "nobody") == nil)
    }

    @Test func `the secret of a stream holds in every group that serves its scope`() {
        var both = spec
        var other = both.groups[0]
        other.name = "other"
        both.groups.append(other)
        let stranger = PoolKey(group: "other", region: "us", role: "origin")
        let live = RoutingFixture(
            [Sample.node("o", in: Sample.origins), Sample.node("x", in: stranger)], spec: both
        ).live
        let stream = StreamKey(scope: "live", name: "a")
        let (secret, second) = (
            PublishSecret(username: nil, secret: "one", salt: [1]),
            PublishSecret(username: nil, secret: "two", salt: [2])
        )
        live.provisions.replace(with: [provision { $0.credentials = secret }])
        #expect(live.refusal(of: .init(), for: stream, on: "x") != nil)
        #expect(live.refusal(of: .init(token: "one"), for: stream, on: "x") == nil)
        // Its own group's comes first.
        live.provisions.replace(
            with: [provision { $0.credentials = secret }, provision(group: "other") { $0.credentials = second }])
        #expect(live.refusal(of: .init(token: "one"), for: stream, on: "x") != nil)
        #expect(live.refusal(of: .init(token: "two"), for: stream, on: "x") == nil)
    }

    @Test func `a region that a stream is barred from neither takes nor plays it`() {
        let live = RoutingFixture(
            [
                Sample.node("o", in: Sample.origins), Sample.node("p", in: Self.far), Sample.node("e"),
                Sample.node("f", in: PoolKey(group: "live", region: "eu", role: "edge")),
            ], spec: spec
        ).live
        live.provisions.replace(with: [provision { $0.geoRules = .init(regions: ["us"], restricted: false) }])
        let stream = StreamKey(scope: "live", name: "a")
        #expect(
            live.barrier(of: stream, .publish, at: "o") == nil && live.barrier(of: stream, .subscribe, at: "e") == nil)
        #expect(live.barrier(of: stream, .publish, at: "p") == "the provision of 'live/a' does not allow it in eu")
        #expect(live.barrier(of: stream, .subscribe, at: "f") == "the provision of 'live/a' does not allow it in eu")
        // What others pull from an origin is for viewers elsewhere.
        #expect(live.barrier(of: stream, .subscribe, at: "p") == nil)
        #expect(live.barrier(of: StreamKey(scope: "live", name: "b"), .subscribe, at: "f") == nil)
    }
}
