import Testing

@testable import Reconciler

/// Which region a client is sent to.
@Suite struct RegionTests {
    private static let spec = Sample.spec(
        Sample.origin { $0.capacity = [Metric.publishers: 1] }, regions: ["oregon", "dublin", "tokyo"]
    ) {
        $0.groups[0].regions[0].zone = "americas"
        $0.groups[0].regions[0].location = GeoPoint(latitude: 45.8, longitude: -119.7)
        $0.groups[0].regions[1].location = GeoPoint(latitude: 53.3, longitude: -6.3)
    }

    private func fixture(full: Set<String> = []) -> RoutingFixture {
        let nodes = Self.spec.groups[0].regions.map { region in
            Sample.node("at-\(region.name)", in: PoolKey(group: "live", region: region.name, role: "origin")) {
                $0.metrics = [Metric.publishers: full.contains(region.name) ? 1 : 0]
            }
        }
        return RoutingFixture(nodes, spec: Self.spec)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var regions: [String] = []
        var strict = false
        var place: GeoPoint?
        var full: Set<String> = []
        var want: String?
        var testDescription: String { name }
    }

    private static let paris = GeoPoint(latitude: 48.9, longitude: 2.4)
    static let cases = [
        Case(name: "the wanted region", regions: ["tokyo"], want: "at-tokyo"),
        Case(name: "a zone stands for its regions", regions: ["americas"], want: "at-oregon"),
        Case(name: "the first of the list", regions: ["dublin", "tokyo"], want: "at-dublin"),
        Case(
            name: "the second when the first is full", regions: ["dublin", "tokyo"], full: ["dublin"], want: "at-tokyo"),
        Case(
            name: "another than the list when the list is full", regions: ["dublin"], full: ["dublin"],
            want: "at-oregon"),
        Case(name: "strict allows no other", regions: ["dublin"], strict: true, full: ["dublin"], want: nil),
        Case(name: "strict and unknown is nowhere", regions: ["mars"], strict: true, want: nil),
        Case(
            name: "strict without regions forbids nothing", strict: true, full: ["oregon", "dublin"], want: "at-tokyo"),
        Case(name: "the nearest", place: paris, want: "at-dublin"),
        Case(name: "the next nearest when it is full", place: paris, full: ["dublin"], want: "at-oregon"),
        Case(
            name: "a region without a place comes last", place: paris, full: ["dublin", "oregon"], want: "at-tokyo"),
        Case(name: "a wanted region before a near one", regions: ["tokyo"], place: paris, want: "at-tokyo"),
        Case(
            name: "then the nearest", regions: ["tokyo"], place: paris, full: ["tokyo"], want: "at-dublin"),
        Case(
            name: "nearest over the date line", place: GeoPoint(latitude: 50, longitude: 179), want: "at-oregon"),
        Case(name: "all full", full: ["oregon", "dublin", "tokyo"], want: nil),
    ]

    @Test(arguments: cases) func `a client is sent to`(_ test: Case) {
        let answer = fixture(full: test.full).route(
            .publish, regions: test.regions, strict: test.strict, place: test.place)
        #expect(answer.node == test.want)
    }

    @Test func `a client without a preference goes anywhere, and so does one whose region is nowhere`() {
        for regions in [[], ["mars"]] {
            let seen = Set((0..<60).map { fixture().route(.publish, regions: regions, seed: $0 &* 77).node })
            #expect(seen == ["at-oregon", "at-dublin", "at-tokyo"])
        }
    }

    @Test func `distances are those of the globe`() {
        let zero = GeoPoint(latitude: 0, longitude: 0)
        #expect(zero.distance(to: zero) == 0)
        let quarter = 6_371_008.8 * Double.pi / 2
        #expect(abs(zero.distance(to: GeoPoint(latitude: 0, longitude: 90)) - quarter) < 1)
        #expect(abs(zero.distance(to: GeoPoint(latitude: -90, longitude: 12)) - quarter) < 1)
        #expect(abs(zero.distance(to: GeoPoint(latitude: 0, longitude: 180)) - 2 * quarter) < 1)
    }

    @Test func `only endpoints of the asked protocol are answered`() throws {
        let spec = Sample.spec(
            Sample.origin {
                $0.endpoints = [Endpoint(protocol: "rtmp", port: 1935), Endpoint(protocol: "wss", port: 443)]
            })
        let nodes = [
            Sample.node("both", in: Sample.origins),
            Sample.node("rtmp", in: Sample.origins) { $0.endpoints = [Endpoint(protocol: "rtmp", port: 7)] },
        ]
        let fixture = RoutingFixture(nodes, spec: spec)
        for seed in 0..<20 {
            guard case .node(let chosen) = fixture.route(.publish, "s\(seed)", protocol: "wss", seed: UInt64(seed))
            else {
                Issue.record("no node over wss")
                continue
            }
            #expect(chosen.node == "both" && chosen.endpoint == Endpoint(protocol: "wss", port: 443))
        }
        #expect(
            fixture.route(.publish, "x", protocol: "srt").refusal
                == "404 no role can publish over srt (node group 'live')")
        // A publisher that asks again over another protocol keeps its node where that has it.
        #expect(fixture.route(.publish, "s1", protocol: "rtmp").node == "both")
        // Where that does not have it, one that is promised moves, and one that is live cannot be in two places.
        let streams = (0..<20).map { StreamKey(scope: "live", name: "r\($0)") }
        let moved = try #require(
            streams.first { fixture.route(.publish, $0.name, protocol: "rtmp", seed: 3).node == "rtmp" })
        #expect(fixture.route(.publish, moved.name, protocol: "wss").node == "both")
        fixture.goLive(moved.name, on: "rtmp")
        #expect(
            fixture.route(.publish, moved.name, protocol: "wss").refusal
                == "409 the stream '\(moved)' is live on rtmp, which has no endpoint for wss")
        #expect(fixture.live.streams.entry(moved)?.live?.node == "rtmp")
    }
}
