import Testing

@testable import Reconciler

@Suite struct DesignSpecTests {
    @Test func `the design's own spec is accepted, and says what it says`() throws {
        let reading = SpecReader.read([SpecSource(name: "design.yaml", bytes: try SpecFixtures.bytes("design.yaml"))])
        #expect(reading.diagnostics.map(\.rendered) == [])
        let spec = try #require(reading.spec)
        #expect(spec.providers["lab"]?.settings == .simulated(simulated))
        let group = try #require(spec.group("live"))
        #expect(group.labels == ["team": "video"])
        #expect(group.scopes == ["live"])
        #expect(group.limits.subscribers == 200_000)
        #expect(group.regions.map(\.name) == ["us-east", "eu-west"])
        #expect(group.regions[0].location == GeoPoint(latitude: 39, longitude: -77.5))
        #expect(group.regions[0].settings == ["subnet": "subnet-1"])
        #expect(group.effectiveRole("edge", in: "eu-west")?.min == 2)
        #expect(group.roles.map(\.name) == ["origin", "edge"])
        #expect(group.source == SourceLocation(file: "design.yaml", line: 8, column: 1))
    }

    @Test func `every part of a role is read`() throws {
        let reading = SpecReader.read([SpecSource(name: "design.yaml", bytes: try SpecFixtures.bytes("design.yaml"))])
        let edge = try #require(reading.spec?.group("live")?.role("edge"))
        #expect(edge.parent == "origin")
        #expect(edge.endpoints == [Endpoint(protocol: "wss", port: 443), Endpoint(protocol: "rtmp", port: 1935)])
        #expect(edge.capacity == ["connections.subscriber": 200])
        #expect(edge.scaling.rules.count == 2)
        #expect(edge.scaling.rules[0] == .target(metric: "connections.subscriber", .utilization(60)))
        #expect(edge.scaling.buffer == .nodes(.count(1)))
        #expect(edge.scaling.warmup == .seconds(90))
        #expect(edge.scaling.scaleOut.policies.map(\.change) == [.nodes(4), .percent(100)])
        #expect(edge.scaling.scaleIn.stabilization == .seconds(300))
        #expect(edge.scaling.schedules[0].window.timezone == "Europe/Dublin")
        #expect(edge.scaling.schedules[0].min == 8)
        #expect(edge.disruption[1].reasons == [.drift])
        #expect(edge.disruption[1].window?.duration == .seconds(4 * 3600))
        #expect(edge.drain.timeout == .seconds(1800))
        #expect(edge.health.maxUnhealthy == .most(.percent(40)))
    }

    private var simulated: SimulatedSpec {
        var simulated = SimulatedSpec()
        simulated.seed = 7
        return simulated
    }
}
