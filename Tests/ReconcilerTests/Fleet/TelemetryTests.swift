import Testing

@testable import Reconciler

@Suite struct TelemetryTests {
    private let stream = StreamReport(scope: "live", name: "a", role: .source, subscribers: 0)

    private func observe(_ fleet: inout Fleet, _ heartbeat: Heartbeat, at heard: Timestamp) {
        var random = SeededRandom(seed: 1)
        let telemetry: [NodeID: Telemetry] = ["a": Telemetry(heartbeat: heartbeat, receivedAt: heard)]
        let events = fleet.observe(
            Observation(telemetry: telemetry), owner: Sample.owner, now: noon + .seconds(60), using: &random)
        #expect(events.isEmpty)
    }

    @Test func `a heartbeat is taken over, and worth a write when its streams changed`() {
        var fleet = Sample.fleet([Sample.node("a")])
        observe(&fleet, Sample.heartbeat(subscribers: 5), at: noon + .seconds(1))
        #expect(fleet.nodes["a"]?.clients == 5)
        #expect(fleet.nodes["a"]?.lastHeartbeatAt == noon + .seconds(1))
        #expect(fleet.unstored.upserts.isEmpty)
        observe(&fleet, Sample.heartbeat(streams: [stream]), at: noon + .seconds(2))
        #expect(fleet.unstored.upserts.map(\.streams) == [[stream]])
    }

    @Test func `the first heartbeat is worth a write`() {
        var fleet = Sample.fleet([Sample.node("a", .created)])
        observe(&fleet, Sample.heartbeat(), at: noon)
        #expect(fleet.unstored.upserts.count == 1)
    }

    @Test func `a heartbeat that was taken over already changes nothing`() {
        var fleet = Sample.fleet([Sample.node("a") { $0.metrics = [Metric.subscribers: 7] }])
        observe(&fleet, Sample.heartbeat(subscribers: 5), at: noon)
        #expect(fleet.nodes["a"]?.clients == 7)
    }

    @Test(arguments: [NodeState.requested, .creating, .terminating, .terminated])
    func `a heartbeat moves no node that is not up`(_ state: NodeState) {
        var fleet = Sample.fleet([Sample.node("a", state) { $0.since = noon }])
        observe(&fleet, Sample.heartbeat(), at: noon + .seconds(1))
        #expect(fleet.judge(spec: Sample.spec(Sample.edge()), now: noon + .seconds(1)).isEmpty)
        #expect(fleet.nodes["a"]?.state == state)
    }

    @Test(arguments: [
        (Double.nan, 0), (.infinity, 1_000_000_000), (-.infinity, 0), (-1, 0), (1e300, 1_000_000_000), (0.9, 0),
        (2.9, 2),
    ])
    func `a count is a whole number, whatever a node says`(_ value: Double, _ count: Int) {
        #expect(Metric.count(value) == count)
        #expect(Sample.node("a") { $0.metrics = [Metric.publishers: value] }.clients == count)
    }

    // MARK: - The book

    @Test func `a late heartbeat is not taken in, and 1 begins anew`() {
        let book = TelemetryBook()
        #expect(book.record(Sample.heartbeat(5), of: "a", at: noon) == .accepted(previous: nil))
        #expect(book.record(Sample.heartbeat(5), of: "a", at: noon) == .late)
        #expect(book.record(Sample.heartbeat(4), of: "a", at: noon + .seconds(1)) == .late)
        #expect(
            book.record(Sample.heartbeat(6), of: "a", at: noon + .seconds(1))
                == .accepted(previous: Telemetry(heartbeat: Sample.heartbeat(5), receivedAt: noon)))
        #expect(
            book.record(Sample.heartbeat(1), of: "a", at: noon + .seconds(1))
                == .accepted(previous: Telemetry(heartbeat: Sample.heartbeat(6), receivedAt: noon + .seconds(1))))
        #expect(book.latest(of: "a")?.heartbeat.sequence == 1)
    }

    @Test func `an agent that began anew and whose first heartbeat was lost is heard before it is suspect`() {
        let book = TelemetryBook()
        _ = book.record(Sample.heartbeat(500), of: "a", at: noon)
        #expect(book.record(Sample.heartbeat(2), of: "a", at: noon + .seconds(2)) == .late)
        #expect(book.record(Sample.heartbeat(3), of: "a", at: noon + .seconds(3)) != .late)
        #expect(book.record(Sample.heartbeat(4), of: "a", at: noon + .seconds(4)) != .late)
    }

    @Test func `the store's last heartbeat is where a restart goes on`() {
        let book = TelemetryBook()
        book.resume(Sample.node("a") { $0.streams = [stream] })
        book.resume(Sample.node("never", .created))
        #expect(book.latest(of: "a")?.receivedAt == noon && book.latest(of: "never") == nil)
        guard case .accepted(let previous) = book.record(Sample.heartbeat(7), of: "a", at: noon + .seconds(1)) else {
            Issue.record("it was late")
            return
        }
        #expect(previous?.heartbeat.streams == [stream])
    }

    @Test func `forgetting one node leaves the others`() {
        let book = TelemetryBook()
        for id in ["a", "b"] { _ = book.record(Sample.heartbeat(), of: NodeID(id), at: noon) }
        book.forget("a")
        #expect(book.snapshot().keys.map(\.rawValue) == ["b"])
    }

    @Test func `after the clock was set back nothing was heard in the future`() {
        let book = TelemetryBook()
        _ = book.record(Sample.heartbeat(), of: "a", at: noon)
        book.setBack(to: noon - .seconds(3600))
        #expect(book.latest(of: "a")?.receivedAt == noon - .seconds(3600))
    }
}
