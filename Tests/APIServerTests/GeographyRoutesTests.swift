import Reconciler
import Testing

@testable import APIServer

/// Addresses and places as a test says.
private final class FixedLocator: GeoLocator {
    let places: [String: GeoPoint]
    let trouble: String?

    init(places: [String: GeoPoint], trouble: String?) { (self.places, self.trouble) = (places, trouble) }

    func place(of address: IPAddress) -> GeoPoint? { places.first { IPAddress($0.key) == address }?.value }
}

@Suite("Geography")
struct GeographyRoutesTests {
    private static let munich = GeoPoint(latitude: 48.1, longitude: 11.6)
    private static let boston = GeoPoint(latitude: 42.4, longitude: -71.1)

    /// An API whose clients at 198.51.100.1 and 2001:db8::1 are in Munich, those at 198.51.100.2 in Boston, behind proxies in
    /// 10.0.0.0/8.
    private static func api(trouble: String? = nil) async throws -> (TestAPI, APIHandler) {
        let api = try await TestAPI()
        var manager = ManagerSpec()
        manager.trustedProxies = [try #require(AddressBlock("10.0.0.0/8"))]
        api.publish(manager: manager)
        #expect(api.live.published(StreamKey(scope: "live", name: "a"), on: "origin-1", at: api.time.now()))
        var services = api.services
        services.locator = FixedLocator(
            places: ["198.51.100.1": munich, "2001:db8::1": munich, "198.51.100.2": boston], trouble: trouble)
        return (api, APIHandler(services: services))
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var peer: String
        var forwarded: String?
        var parameters = ""
        var want: String
    }

    static let cases = [
        Case(testDescription: "by the address of the connection", peer: "198.51.100.1", want: "edge-2"),
        Case(testDescription: "of IPv6", peer: "2001:db8::1", want: "edge-2"),
        Case(testDescription: "mapped", peer: "::ffff:198.51.100.2", want: "edge-1"),
        Case(testDescription: "through a proxy", peer: "10.1.1.1", forwarded: "198.51.100.2", want: "edge-1"),
        Case(
            testDescription: "not by a lie", peer: "198.51.100.1", forwarded: "198.51.100.2", want: "edge-2"),
        Case(
            testDescription: "by coordinates rather than by address", peer: "198.51.100.1",
            parameters: "?lat=42&lon=-71",
            want: "edge-1"),
        Case(
            testDescription: "by name rather than by address", peer: "198.51.100.1", parameters: "?region=us-east",
            want: "edge-1"),
        Case(
            testDescription: "by zone rather than by address", peer: "198.51.100.1",
            parameters: "?zone=americas&strict=true", want: "edge-1"),
        Case(
            testDescription: "by address when the name is unknown", peer: "198.51.100.1", parameters: "?region=mars",
            want: "edge-2"),
    ]

    @Test("a viewer is sent to the nearest region", arguments: cases)
    func nearest(_ test: Case) async throws {
        let (api, handler) = try await Self.api()
        let fields = [try api.bearer(.app)] + (test.forwarded.map { [("X-Forwarded-For", $0)] } ?? [])
        for _ in 0..<8 {
            let answer = await handler.respond(
                to: HTTPRequest(
                    .get, "/as/v1/streams/live/a/subscribe\(test.parameters)", headers: fields, remoteAddress: test.peer
                ))
            #expect(answer.json["nodeId"] as? String == test.want)
        }
    }

    @Test(
        "an address that nobody knows is no preference",
        arguments: ["203.0.113.7", "127.0.0.1", "192.168.1.1", "::1", ""])
    func unknown(_ peer: String) async throws {
        let (api, handler) = try await Self.api()
        let bearer = try api.bearer(.app)
        var seen: Set<String> = []
        for _ in 0..<60 {
            let answer = await handler.respond(
                to: HTTPRequest(.get, "/as/v1/streams/live/a/subscribe", headers: [bearer], remoteAddress: peer))
            seen.insert(answer.json["nodeId"] as? String ?? "none")
        }
        #expect(seen == ["edge-1", "edge-2"])
    }

    @Test(
        "parameters that cannot be understood are 400 and named",
        arguments: [
            ("lat=nan&lon=0", "lat"), ("lat=91&lon=0", "lat"), ("lat=-90.0001&lon=0", "lat"), ("lat=0&lon=inf", "lon"),
            ("lat=0&lon=180.5", "lon"), ("lat=1", "lat"), ("lon=1", "lon"), ("lat=&lon=1", "lat"),
            ("lat=x&lon=1", "lat"),
            ("lat=1e999&lon=1", "lat"), ("strict=maybe", "strict"),
            ("region=" + String(repeating: "a,", count: 65), "region"),
            ("region=" + String(repeating: "a,", count: 64) + "&zone=b", "zone"),
        ])
    func parameters(_ query: String, _ name: String) async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.get, "/as/v1/streams/live/a/publish?\(query)")
        #expect(answer.status == 400)
        let detail = answer.json["detail"] as? String ?? ""
        #expect(detail.hasPrefix("the parameter '\(name)'"), "\(detail)")
        #expect(detail.utf8.count < 300)
    }

    @Test(
        "the ends of the globe are places",
        arguments: ["lat=90&lon=180", "lat=-90&lon=-180", "lat=0&lon=0", "lat=-0&lon=1e-300"])
    func ends(_ query: String) async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.get, "/as/v1/streams/live/a/publish?\(query)").status == 200)
    }

    @Test("strict with unknown regions is 404 and says which they are")
    func strict() async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.get, "/as/v1/streams/live/a/publish?region=mars,venus&strict=true")
        #expect(answer.status == 404)
        #expect(
            answer.json["detail"] as? String
                == "no region or zone is called 'mars' or 'venus', and strict=true allows no other (node group 'live')")
        let long = String(repeating: "m", count: 4000)
        let other = try await api.ask(.get, "/as/v1/streams/live/a/publish?region=\(long)&strict=true")
        #expect(other.status == 404)
        #expect((other.json["detail"] as? String ?? "").utf8.count < 300)
    }

    @Test("what is wrong with the database is among the troubles, and keeps nobody from being ready")
    func troubles() async throws {
        let (_, handler) = try await Self.api(trouble: "geoip: '/x' cannot be used")
        let answer = await handler.respond(to: HTTPRequest(.get, "/readyz"))
        #expect(answer.status == 200)
        #expect(answer.json["troubles"] as? [String] == ["geoip: '/x' cannot be used"])
    }
}
