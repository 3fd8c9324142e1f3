import Testing

@testable import Reconciler

/// Instances that come back, and those that are there twice.
@Suite struct TombstoneTests {
    private func observe(_ fleet: inout Fleet, _ observation: Observation, at now: Timestamp = noon) -> [String] {
        var random = SeededRandom(seed: 1)
        return fleet.observe(observation, owner: Sample.owner, now: now, using: &random).map(\.reason)
    }

    @Test func `a tombstone that is listed again is destroyed again`() {
        var fleet = Sample.fleet([Sample.node("a", .terminated) { $0.since = noon }])
        #expect(observe(&fleet, Sample.list([Sample.instance("a")])) == ["NodeReappeared"])
        #expect(fleet.nodes["a"]?.state == .terminating)
        #expect(Operations.due(fleet, inFlight: [], now: noon).map(\.kind) == [.destroy])
    }

    @Test func `a tombstone stands for its lifetime and is then struck`() {
        var fleet = Sample.fleet([Sample.node("a", .terminated) { $0.since = noon }])
        _ = observe(&fleet, Observation(), at: noon + Fleet.tombstoneLifetime - .milliseconds(1))
        #expect(fleet.nodes["a"] != nil)
        _ = observe(&fleet, Observation(), at: noon + Fleet.tombstoneLifetime)
        #expect(fleet.nodes["a"] == nil)
        #expect(fleet.unstored.deletes == ["a"])
    }

    @Test func `a second instance of a node is told once and does not take its place`() {
        var fleet = Sample.fleet([Sample.node("a")])
        let both = [Sample.instance("a"), Sample.instance("a", id: "i-twin", address: "203.0.113.9")]
        #expect(observe(&fleet, Sample.list(both)) == ["DuplicateInstance"])
        #expect(observe(&fleet, Sample.list(both.reversed(), askedAt: noon + .seconds(2))) == [])
        #expect(fleet.nodes["a"]?.address == "203.0.113.7")
    }

    @Test func `a second instance in a list that was cut short does not take the node's place`() {
        var fleet = Sample.fleet([Sample.node("a")])
        let twin = Sample.instance("a", id: "i-twin", address: "203.0.113.9")
        #expect(observe(&fleet, Sample.list([twin], complete: false)) == ["DuplicateInstance", "ListFailed"])
        #expect(fleet.nodes["a"]?.instanceID == "i-a")
    }

    @Test func `a node is destroyed with all its instances, one after the other`() {
        var fleet = Sample.fleet([Sample.node("a", .terminating)])
        let twin = Sample.instance("a", id: "i-twin")
        _ = observe(&fleet, Sample.list([Sample.instance("a"), twin]))
        #expect(fleet.nodes["a"]?.instanceID == "i-a")
        _ = observe(&fleet, Sample.list([twin], askedAt: noon + .seconds(2)))
        #expect(fleet.nodes["a"]?.instanceID == "i-twin")
        #expect(fleet.nodes["a"]?.state == .terminating)
        #expect(observe(&fleet, Sample.list([], askedAt: noon + .seconds(4))) == ["NodeDestroyed"])
    }
}
