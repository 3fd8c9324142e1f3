import Foundation
import Testing

@testable import Reconciler

/// A crowd from all over the world: everyone is in the nearest region that had room, as found by trying all regions.
@Suite struct CrowdTests {
    private static let environment = ProcessInfo.processInfo.environment
    /// `VIEWERS=1000000` tries so many; `SEED=n` another crowd.
    private static let viewers = environment["VIEWERS"].flatMap { Int($0) } ?? 30_000
    private static let seed = environment["SEED"].flatMap { UInt64($0) } ?? 20_261_127

    /// Regions of public clouds.
    private static let sites: [(name: String, latitude: Double, longitude: Double)] = [
        ("virginia", 38.9, -77.4), ("ohio", 40.0, -83.0), ("oregon", 45.8, -119.7), ("california", 37.4, -121.9),
        ("montreal", 45.5, -73.6), ("calgary", 51.0, -114.1), ("saopaulo", -23.5, -46.6), ("santiago", -33.4, -70.7),
        ("dublin", 53.3, -6.3), ("london", 51.5, -0.1), ("paris", 48.9, 2.4), ("frankfurt", 50.1, 8.7),
        ("zurich", 47.4, 8.5), ("milan", 45.5, 9.2), ("madrid", 40.4, -3.7), ("stockholm", 59.3, 18.1),
        ("warsaw", 52.2, 21.0), ("capetown", -33.9, 18.4), ("bahrain", 26.1, 50.6), ("dubai", 25.2, 55.3),
        ("telaviv", 32.1, 34.8), ("mumbai", 19.1, 72.9), ("hyderabad", 17.4, 78.5), ("singapore", 1.4, 103.8),
        ("jakarta", -6.2, 106.8), ("hongkong", 22.3, 114.2), ("seoul", 37.6, 127.0), ("tokyo", 35.7, 139.7),
        ("sydney", -33.9, 151.2), ("auckland", -36.8, 174.8),
    ]

    private static func cities() throws -> [GeoPoint] {
        let file = SpecFixtures.folder.deletingLastPathComponent().appendingPathComponent("cities.tsv")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            let columns = line.split(separator: "\t")
            guard columns.count == 3, let latitude = Double(columns[1]), let longitude = Double(columns[2]) else {
                return nil
            }
            return GeoPoint(latitude: latitude, longitude: longitude)
        }
    }

    /// Room for the whole crowd and a few more, of which every region has a share of its own.
    private static func fixture(_ random: inout SeededRandom) -> (fixture: RoutingFixture, room: [Int]) {
        let nodesPerRegion = 5
        let limits = sites.map { _ in viewers / sites.count / nodesPerRegion * Int(30 + random.next() % 180) / 100 + 1 }
        let roles = limits.enumerated().map { index, limit in
            Sample.edge(min: 0, max: nodesPerRegion) { role in
                role.name = "edge\(index)"
                role.capacity = [Metric.subscribers: Double(limit)]
            }
        }
        var spec = Sample.spec(Sample.origin(), regions: sites.map(\.name))
        spec.groups[0].roles += roles
        for (index, site) in sites.enumerated() {
            spec.groups[0].regions[index].location = GeoPoint(latitude: site.latitude, longitude: site.longitude)
        }
        var nodes = [Sample.node("o", in: PoolKey(group: "live", region: "ohio", role: "origin"))]
        for (index, site) in sites.enumerated() {
            let pool = PoolKey(group: "live", region: site.name, role: "edge\(index)")
            nodes += (0..<nodesPerRegion).map { Sample.node("\(site.name)-\($0)", in: pool) }
        }
        let fixture = RoutingFixture(nodes, spec: spec)
        fixture.goLive(on: "o")
        return (fixture, limits.map { $0 * nodesPerRegion })
    }

    @Test func `everyone is in the nearest region that has room`() throws {
        var random = SeededRandom(seed: Self.seed)
        let cities = try Self.cities()
        #expect(cities.count > 400)
        var (fixture, room) = Self.fixture(&random)
        let index = Dictionary(uniqueKeysWithValues: Self.sites.enumerated().map { ($1.name, $0) })
        let places = Self.sites.map { GeoPoint(latitude: $0.latitude, longitude: $0.longitude) }
        var (wrong, refused, spilled) = (0, 0, 0)
        for viewer in 0..<Self.viewers {
            let city = cities[Int(random.next() % UInt64(cities.count))]
            let client = GeoPoint(
                latitude: city.latitude + Double.random(in: -0.4...0.4, using: &random),
                longitude: max(-180, min(180, city.longitude + Double.random(in: -0.4...0.4, using: &random))))
            let distances = places.map { client.distance(to: $0) }
            let want = places.indices.filter { room[$0] > 0 }.min { (distances[$0], $0) < (distances[$1], $1) }
            let answer = fixture.route(.subscribe, place: client, seed: UInt64(viewer))
            let got = answer.candidate.flatMap { index[$0.region] }
            if got != want { wrong += 1 }
            guard let got else {
                refused += 1
                continue
            }
            room[got] -= 1
            if distances.contains(where: { $0 < distances[got] }) { spilled += 1 }
        }
        #expect(wrong == 0, "seed \(Self.seed), \(Self.viewers) viewers")
        // Some regions were full, or nothing was tried.
        #expect(spilled > Self.viewers / 100)
        #expect(refused == max(0, Self.viewers - Self.capacity(fixture)))
        for candidate in fixture.live.view.groups[0].everywhere.subscribe.all.candidates {
            #expect(candidate.clients <= candidate.limit)
        }
        print(
            "\(Self.viewers) viewers, seed \(Self.seed): \(spilled) not in the nearest region of all, \(refused) refused"
        )
    }

    private static func capacity(_ fixture: RoutingFixture) -> Int {
        fixture.live.view.groups[0].everywhere.subscribe.all.candidates.reduce(0) { $0 + $1.limit }
    }
}
