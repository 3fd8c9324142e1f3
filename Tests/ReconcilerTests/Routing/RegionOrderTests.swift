import Testing

@testable import Reconciler

/// The order of regions by distance, worked out once per cell, against sorting them for each client.
@Suite struct RegionOrderTests {
    private static let seed = SpecFuzzTests.seed

    /// A group that has nothing but regions.
    private static func group(_ places: [RegionAtlas.Place]) -> RoutingView.GroupView {
        let regions = places.map { place in
            RoutingView.RegionView(
                name: place.name, zone: place.zone, location: place.location, place: 1, candidates: .empty, atLimit: [],
                pools: [], serving: 0)
        }
        return RoutingView.GroupView(
            name: "live", scopes: [], publisherLimit: .max, subscriberLimit: .max,
            load: LoadRegistry().group("live"), offers: [], atLimit: [], regions: regions,
            atlas: RegionAtlas(places), everywhere: .empty)
    }

    private static func query(_ place: GeoPoint?, regions: [String] = [], strict: Bool = false) -> RouteQuery {
        RouteQuery(
            stream: StreamKey(scope: "live", name: "a"), action: .publish, regions: regions, strict: strict,
            place: place)
    }

    /// As it is meant: every distance is worked out, and all are sorted.
    private static func sorted(_ places: [RegionAtlas.Place], from client: GeoPoint) -> [Int] {
        places.indices.map { index in
            (places[index].location.map { client.distance(to: $0) } ?? .infinity, index)
        }.sorted { $0 < $1 }.map(\.1)
    }

    private static func draw(_ range: ClosedRange<Double>, _ random: inout SeededRandom) -> Double {
        Double.random(in: range, using: &random)
    }

    /// Region sets that are hard in different ways.
    private static func places(_ kind: Int, _ random: inout SeededRandom) -> [RegionAtlas.Place] {
        let count = Int.random(in: 1...40, using: &random)
        let centre = GeoPoint(latitude: draw(-90...90, &random), longitude: draw(-180...180, &random))
        return (0..<count).map { index in
            let location: GeoPoint? =
                switch kind % 5 {
                // Anywhere.
                case 0: GeoPoint(latitude: draw(-90...90, &random), longitude: draw(-180...180, &random))
                // All in one country: nearly every pair is ambiguous somewhere.
                case 1:
                    GeoPoint(
                        latitude: min(max(centre.latitude + draw(-3...3, &random), -90), 90),
                        longitude: min(max(centre.longitude + draw(-3...3, &random), -180), 180))
                // On whole degrees, on the poles and on both sides of the date line: ties.
                case 2:
                    GeoPoint(
                        latitude: Double(Int.random(in: -9...9, using: &random) * 10),
                        longitude: Double(Int.random(in: -4...4, using: &random) * 45))
                // All at one place, some nowhere.
                case 3: index % 3 == 0 ? nil : centre
                // Opposite to each other.
                default:
                    index % 2 == 0
                        ? centre
                        : GeoPoint(
                            latitude: -centre.latitude,
                            longitude: centre.longitude > 0 ? centre.longitude - 180 : centre.longitude + 180)
                }
            return RegionAtlas.Place(name: "r\(index)", zone: nil, location: location)
        }
    }

    @Test func `every client gets the order of its own distances`() {
        var random = SeededRandom(seed: Self.seed)
        for kind in 0..<60 {
            let places = Self.places(kind, &random)
            let group = Self.group(places)
            guard group.atlas.hasLocations else { continue }
            // Many clients in few cells, so that most find what another left there.
            let corner = GeoPoint(latitude: Self.draw(-90...86, &random), longitude: Self.draw(-180...176, &random))
            for number in 0..<400 {
                let client =
                    number % 2 == 0
                    ? GeoPoint(
                        latitude: corner.latitude + Self.draw(0...4, &random),
                        longitude: corner.longitude + Self.draw(0...4, &random))
                    : GeoPoint(latitude: Self.draw(-90...90, &random), longitude: Self.draw(-180...180, &random))
                let got = Self.query(client).regionOrder(of: group).map { Array($0) }
                #expect(
                    got == Self.sorted(places, from: client),
                    "SEED=\(Self.seed): kind \(kind), client \(client), \(places)")
            }
        }
    }

    @Test(arguments: [
        GeoPoint(latitude: 90, longitude: 180), GeoPoint(latitude: -90, longitude: -180),
        GeoPoint(latitude: 0, longitude: 0),
        GeoPoint(latitude: 90, longitude: -180), GeoPoint(latitude: -90, longitude: 180),
        GeoPoint(latitude: 89.999999, longitude: 179.999999), GeoPoint(latitude: -0.0000001, longitude: -0.0000001),
    ])
    func `the ends of the globe lie in a cell`(_ place: GeoPoint) {
        let cell = GeoCell(place)
        #expect((0..<64_800).contains(cell.index))
        #expect(cell.centre.distance(to: place) <= cell.radius + 0.001)
        let places = [RegionAtlas.Place(name: "a", location: place), .init(name: "b", location: nil)]
        #expect(Self.query(place).regionOrder(of: Self.group(places)).map { Array($0) } == [0, 1])
    }

    @Test func `no place is farther from the middle of its cell than the cell says`() {
        var random = SeededRandom(seed: Self.seed)
        for _ in 0..<20_000 {
            let place = GeoPoint(latitude: Self.draw(-90...90, &random), longitude: Self.draw(-180...180, &random))
            let cell = GeoCell(place)
            #expect(cell.centre.distance(to: place) <= cell.radius + 0.001, "SEED=\(Self.seed): \(place)")
            #expect(cell.radius < 79_000)
        }
    }

    @Test func `most regions are settled by the cell alone`() {
        let places = [
            (39.0, -77.5), (45.8, -119.7), (53.3, -6.3), (50.1, 8.7), (1.35, 103.8), (35.7, 139.7), (-33.9, 151.2),
        ].enumerated().map {
            RegionAtlas.Place(
                name: "r\($0.offset)", location: GeoPoint(latitude: $0.element.0, longitude: $0.element.1))
        }
        let atlas = RegionAtlas(places)
        let berlin = GeoPoint(latitude: 52.5, longitude: 13.4)
        let order = atlas.order(near: berlin)
        #expect(order.ends.first == 1)
        #expect(order.ends.last == places.count)
        #expect(atlas.order(near: GeoPoint(latitude: 52.1, longitude: 13.9)) === order)
    }

    @Test func `without any location a place is no preference`() {
        let places = [RegionAtlas.Place(name: "a"), RegionAtlas.Place(name: "b", zone: "z")]
        let group = Self.group(places)
        let place = GeoPoint(latitude: 1, longitude: 2)
        #expect(Self.query(place).regionOrder(of: group) == nil)
        #expect(Self.query(place, regions: ["z"]).regionOrder(of: group).map { Array($0) } == [1, 0])
        #expect(Self.query(place, regions: ["mars"]).regionOrder(of: group) == nil)
        #expect(Self.query(place, regions: ["mars"], strict: true).regionOrder(of: group).map { Array($0) } == [])
    }

    @Test func `names come first, each region once, then the nearest`() {
        let places = [
            RegionAtlas.Place(name: "a", zone: "x", location: GeoPoint(latitude: 0, longitude: 0)),
            RegionAtlas.Place(name: "b", zone: "x", location: GeoPoint(latitude: 0, longitude: 50)),
            RegionAtlas.Place(name: "c", zone: "y", location: GeoPoint(latitude: 0, longitude: 100)),
            RegionAtlas.Place(name: "x", zone: "x", location: nil),
        ]
        let query = Self.query(GeoPoint(latitude: 0, longitude: 90), regions: ["b", "x", "b"])
        let group = Self.group(places)
        #expect(query.regionOrder(of: group).map { Array($0) } == [1, 0, 3, 2])
        #expect(query.regionOrder(of: group)?.first == 1)
        #expect(Self.query(GeoPoint(latitude: 0, longitude: 90)).regionOrder(of: group)?.first == 2)
    }

    @Test func `the next view keeps what is known of the cells while the regions stay where they are`() {
        var spec = Sample.spec(Sample.origin(), regions: ["a", "b"]) {
            $0.groups[0].regions[0].location = GeoPoint(latitude: 1, longitude: 2)
        }
        let loads = LoadRegistry()
        func view(_ before: RoutingView) -> RoutingView {
            RoutingView.build(
                spec: spec, fleet: Sample.fleet([]), now: noon, heartbeatInterval: .seconds(1), loads: loads,
                before: before)
        }
        let first = view(.empty)
        let second = view(first)
        #expect(second.groups[0].atlas === first.groups[0].atlas)
        spec.groups[0].regions[1].location = GeoPoint(latitude: 3, longitude: 4)
        let third = view(second)
        #expect(third.groups[0].atlas !== second.groups[0].atlas)
        #expect(third.groups[0].atlas.places[1].location == GeoPoint(latitude: 3, longitude: 4))
    }
}
