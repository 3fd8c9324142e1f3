import Testing

@testable import Reconciler

@Suite struct ProbeBookTests {
    @Test func `results in a row are counted per node and probe`() {
        let book = ProbeBook()
        let first = book.record(.failed("no"), of: "a", index: 1, at: noon)
        #expect(first.previous == nil)
        #expect(first.current == ProbeRecord(failures: 1, successes: 0, at: noon, message: "no"))
        let second = book.record(.failed("still no"), of: "a", index: 1, at: noon + .seconds(5))
        #expect(second.previous == first.current && second.current.failures == 2)
        book.record(.well, of: "a", index: 0, at: noon)
        book.record(.well, of: "b", index: 0, at: noon)
        let known = book.snapshot()
        #expect(known["a"]?.map { $0?.failures } == [0, 2])
        #expect(known["b"] == [ProbeRecord(failures: 0, successes: 1, at: noon)])
        #expect(book.record(.well, of: "a", index: 1, at: noon).current.message == nil)
        book.forget("a")
        #expect(book.snapshot().keys.sorted() == ["b"])
        #expect(book.nodes { $0 == "b" } == ["b"])
    }

    @Test func `a probe that could not be made says nothing of the node`() {
        let book = ProbeBook()
        book.record(.failed("refused"), of: "a", index: 0, at: noon)
        let after = book.record(.unknown("too many open files"), of: "a", index: 0, at: noon + .seconds(5)).current
        #expect(after == ProbeRecord(failures: 1, successes: 0, at: noon, message: "too many open files"))
        let first = book.record(.unknown("no such program"), of: "b", index: 0, at: noon).current
        #expect(first.failures == 0 && first.successes == 0)
    }

    @Test func `after the clock was set back no result is later than now`() {
        let book = ProbeBook()
        book.record(.failed("no"), of: "a", index: 1, at: noon + .seconds(60))
        book.record(.well, of: "b", index: 0, at: noon - .seconds(60))
        book.setBack(to: noon)
        #expect(book.snapshot()["a"] == [nil, ProbeRecord(failures: 1, successes: 0, at: noon, message: "no")])
        #expect(book.snapshot()["b"]?.map { $0?.at } == [noon - .seconds(60)])
    }

    @Test func `the control loop forgets the results of nodes that are gone`() async throws {
        let fixture = try await LoopFixture(Sample.spec(Sample.edge(), Sample.origin()))
        await fixture.rounds(4)
        let node = try #require(fixture.live.snapshot.fleet.nodes.keys.first)
        fixture.live.probes.record(.well, of: node, index: 0, at: noon)
        fixture.live.probes.record(.well, of: "stranger", index: 0, at: noon)
        for _ in 0..<5 { await fixture.round(after: 10) }
        #expect(fixture.live.probes.snapshot().keys.sorted() == [node])
    }
}
