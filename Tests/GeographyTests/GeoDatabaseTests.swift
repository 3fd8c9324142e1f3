import Foundation
import Reconciler
import Testing

@testable import Geography

/// The file of the database, as it comes, changes, breaks and goes.
@Suite struct GeoDatabaseTests {
    /// A clock that is moved by hand.
    private final class ManualTime: TimeSource {
        private let instant = Locked(Timestamp(milliseconds: 1_800_000_000_000))
        func now() -> Timestamp { instant.current }
        func sleep(for duration: Duration) async throws { try Task.checkCancellation() }
        func advance(by duration: Duration) { instant.with { $0 = $0 + duration } }
    }

    /// A directory of its own, a file that comes and goes in it, and what was said.
    private final class Fixture: Sendable {
        let directory = NSTemporaryDirectory() + "smreconcile-geo-\(UUID().uuidString)"
        let time = ManualTime()
        let wanted = Locked<String?>(nil)
        let said = Locked<[String]>([])
        let database: GeoDatabase
        var path: String { directory + "/db.mmdb" }

        init() throws {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let wanted = wanted
            let said = said
            database = GeoDatabase(
                directory: directory, time: time, path: { wanted.current },
                report: { event in said.with { $0.append("\(event.level.rawValue) \(event.reason): \(event.message)") }
                })
            wanted.replace(with: path)
        }

        deinit { try? FileManager.default.removeItem(atPath: directory) }

        /// In place, as `cp` does, or by a rename.
        func put(_ content: Data, inPlace: Bool = false) throws {
            try content.write(to: URL(fileURLWithPath: path), options: inPlace ? [] : .atomic)
        }

        /// Two looks: a change counts when it is seen a second time.
        func look() async {
            await database.look()
            await database.look()
        }

        func place(_ address: String) -> GeoPoint? { IPAddress(address).flatMap { database.place(of: $0) } }

        var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] }
    }

    static func fixture(_ name: String) throws -> Data {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
        return try Data(contentsOf: folder.appendingPathComponent(name))
    }

    private static let frankfurt = GeoPoint(latitude: 50.11, longitude: 8.68)
    private static let singapore = GeoPoint(latitude: 1.35, longitude: 103.82)

    @Test func `addresses of both kinds have their places`() async throws {
        let fixture = try Fixture()
        try fixture.put(try Self.fixture("city.mmdb"))
        await fixture.database.look()
        #expect(fixture.place("127.0.1.200") == Self.frankfurt)
        #expect(fixture.place("::ffff:127.0.2.1") == Self.singapore)
        #expect(fixture.place("192.0.2.5") == GeoPoint(latitude: 53.34, longitude: -6.26))
        #expect(fixture.place("2001:db8:2::1") == Self.singapore)
        #expect(fixture.said.current.count == 1)
        #expect(
            fixture.said.current.first?.hasPrefix("info GeoDatabaseRead: '\(fixture.path)' is in use: Test-City of 20")
                == true)
        #expect(fixture.database.trouble == nil)
        #expect(fixture.files == ["db.mmdb"])
    }

    @Test(arguments: [
        "127.0.0.1", "10.0.0.1", "::1", "fe80::1", "203.0.113.7", "2001:db8:3::1", "192.0.2.200", "198.51.101.1",
        "198.51.102.1", "198.51.103.1", "0.0.0.0", "255.255.255.255", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ])
    func `an address that is not in it, or there without a sound place, has none`(_ address: String) async throws {
        let fixture = try Fixture()
        try fixture.put(try Self.fixture("city.mmdb"))
        await fixture.database.look()
        #expect(fixture.place(address) == nil)
    }

    @Test func `a database of IPv4 and single precision serves, too`() async throws {
        let fixture = try Fixture()
        try fixture.put(try Self.fixture("old.mmdb"))
        await fixture.database.look()
        let place = try #require(fixture.place("127.0.1.1"))
        #expect(abs(place.latitude - 50.11) < 0.001 && abs(place.longitude - 8.68) < 0.001)
        #expect(fixture.place("2001:db8:2::1") == nil)
    }

    @Test(arguments: [true, false]) func `another file comes into force when it is whole`(inPlace: Bool) async throws {
        let fixture = try Fixture()
        try fixture.put(try Self.fixture("city.mmdb"))
        await fixture.look()
        let moved = try Self.fixture("moved.mmdb")
        // Half of it is there at one look, the rest at the next: nobody notices.
        try fixture.put(moved.prefix(moved.count / 2), inPlace: inPlace)
        await fixture.database.look()
        #expect(fixture.place("127.0.1.1") == Self.frankfurt)
        try fixture.put(moved, inPlace: inPlace)
        await fixture.database.look()
        #expect(fixture.place("127.0.1.1") == Self.frankfurt)
        await fixture.database.look()
        #expect(fixture.place("127.0.1.1") == Self.singapore)
        #expect(fixture.said.current.count == 2)
        await fixture.look()
        #expect(fixture.said.current.count == 2)
    }

    struct Damage: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var make: @Sendable (Data) -> Data
        var words: String
    }

    static let damages = [
        Damage(testDescription: "empty", make: { _ in Data() }, words: "it is empty"),
        Damage(
            testDescription: "half", make: { $0.prefix($0.count / 2) }, words: "it is no database in MaxMind's format"),
        Damage(
            testDescription: "text", make: { _ in Data("hello\n".utf8) }, words: "it is no database in MaxMind's format"
        ),
        Damage(
            testDescription: "a tree of nonsense",
            make: { Data(repeating: 0xff, count: $0.count / 2) + $0.suffix($0.count - $0.count / 2) },
            words: "its content is broken"),
    ]

    @Test(arguments: damages) func `a broken file leaves the last good one, and is said once`(_ damage: Damage)
        async throws
    {
        let fixture = try Fixture()
        let good = try Self.fixture("city.mmdb")
        try fixture.put(good)
        await fixture.look()
        try fixture.put(damage.make(good), inPlace: true)
        await fixture.look()
        #expect(fixture.place("127.0.1.1") == Self.frankfurt)
        let trouble = try #require(fixture.database.trouble)
        #expect(trouble.hasPrefix("geoip: '\(fixture.path)' cannot be used: \(damage.words)"), "\(trouble)")
        #expect(trouble.hasSuffix("; the last good database stays in use"))
        fixture.time.advance(by: .seconds(60))
        await fixture.look()
        #expect(fixture.said.current.count == 2)
        try fixture.put(good)
        await fixture.look()
        #expect(fixture.database.trouble == nil)
        #expect(fixture.said.current.map { $0.prefix(4) } == ["info", "warn", "info"])
        #expect(fixture.files == ["db.mmdb"])
    }

    @Test func `a missing file is said once, and used when it comes`() async throws {
        let fixture = try Fixture()
        await fixture.look()
        let trouble =
            "'\(fixture.path)' cannot be used: no such file or directory; clients have no place by their addresses"
        #expect(fixture.database.trouble == "geoip: " + trouble)
        #expect(fixture.said.current == ["warning GeoDatabaseRefused: " + trouble])
        #expect(fixture.place("127.0.1.1") == nil)
        try fixture.put(try Self.fixture("city.mmdb"))
        await fixture.look()
        #expect(fixture.place("127.0.1.1") == Self.frankfurt)
        // And away again: the last good one stays.
        try FileManager.default.removeItem(atPath: fixture.path)
        await fixture.look()
        #expect(fixture.place("127.0.1.1") == Self.frankfurt)
        #expect(
            fixture.database.trouble?.contains("no such file or directory; the last good database stays in use") == true
        )
    }

    @Test func `another path of the spec counts at the next look, and no path means no place`() async throws {
        let fixture = try Fixture()
        try fixture.put(try Self.fixture("city.mmdb"))
        await fixture.look()
        let other = fixture.directory + "/other.mmdb"
        try (try Self.fixture("moved.mmdb")).write(to: URL(fileURLWithPath: other))
        fixture.wanted.replace(with: other)
        await fixture.database.look()
        #expect(fixture.place("127.0.1.1") == Self.singapore)
        fixture.wanted.replace(with: nil)
        await fixture.look()
        #expect(fixture.place("127.0.1.1") == nil)
        #expect(fixture.database.trouble == nil)
        #expect(
            fixture.said.current.last
                == "info GeoDatabaseDropped: the spec names no database; clients have no place by their addresses")
        #expect(fixture.said.current.count == 3)
        fixture.wanted.replace(with: fixture.path)
        await fixture.database.look()
        #expect(fixture.place("127.0.1.1") == Self.frankfurt)
    }

    @Test(arguments: ["/dev/null", "/", "/proc/self/mem"]) func `what is no file is refused`(_ path: String)
        async throws
    {
        let fixture = try Fixture()
        fixture.wanted.replace(with: path)
        await fixture.database.look()
        #expect(fixture.database.trouble?.hasPrefix("geoip: '\(path)' cannot be used: it is") == true)
    }

    @Test func `bytes changed at random do no harm`() throws {
        let good = try Self.fixture("city.mmdb")
        let seed = ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init) ?? 20_261_122
        var random = SeededRandom(seed: seed)
        let fixture = try Fixture()
        var opened = 0
        for _ in 0..<300 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            try fixture.put(bytes)
            guard let database = try? MaxMindDatabase(path: fixture.path) else { continue }
            opened += 1
            for text in ["127.0.1.1", "127.0.2.1", "192.0.2.1", "198.51.103.1", "2001:db8:1::1", "::1"] {
                guard let place = IPAddress(text).flatMap({ database.place(of: $0) }) else { continue }
                #expect(abs(place.latitude) <= 90 && abs(place.longitude) <= 180, "SEED=\(seed)")
            }
        }
        #expect(opened > 0)
    }
}
