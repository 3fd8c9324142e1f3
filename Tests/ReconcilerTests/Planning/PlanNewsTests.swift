import Testing

@testable import Reconciler

@Suite struct PlanNewsTests {
    @Test("a metric that stops, and comes back, is told once")
    func unknownMetric() {
        var fixture = ScalingFixture(ScalingFixture.target(50), capacity: 100)
        fixture.add([50, 50])
        let measured = fixture.plan
        for index in fixture.nodes.indices { fixture.nodes[index].metrics = [:] }
        let mute = fixture.plan
        #expect(mute.news(since: measured, at: noon).map(\.reason) == ["MetricUnknown"])
        #expect(mute.news(since: mute, at: noon).isEmpty)
        #expect(measured.news(since: mute, at: noon).map(\.reason) == ["MetricKnown"])
        #expect(measured.news(since: measured, at: noon).isEmpty)
    }
}
