import Testing

@testable import Reconciler

@Suite struct ProbeBookTests {
    @Test func `results in a row are counted per node and probe`() {
        let book = ProbeBook()
        let first = book.record(failure: "no", of: "a", index: 1, at: noon)
        #expect(first.previous == nil)
        #expect(first.current == ProbeRecord(failures: 1, successes: 0, at: noon, message: "no"))
        let second = book.record(failure: "still no", of: "a", index: 1, at: noon + .seconds(5))
        #expect(second.previous == first.current && second.current.failures == 2)
        book.record(failure: nil, of: "a", index: 0, at: noon)
        book.record(failure: nil, of: "b", index: 0, at: noon)
        let known = book.snapshot()
        #expect(known["a"]?.map { $0?.failures } == [0, 2])
        #expect(known["b"] == [ProbeRecord(failures: 0, successes: 1, at: noon)])
        #expect(book.record(failure: nil, of: "a", index: 1, at: noon).current.message == nil)
        book.forget("a")
        #expect(book.snapshot().keys.sorted() == ["b"])
        #expect(book.nodes { $0 == "b" } == ["b"])
    }

    @Test func `after the clock was set back no result is later than now`() {
        let book = ProbeBook()
        book.record(failure: "no", of: "a", index: 1, at: noon + .seconds(60))
        book.record(failure: nil, of: "b", index: 0, at: noon - .seconds(60))
        book.setBack(to: noon)
        #expect(book.snapshot()["a"] == [nil, ProbeRecord(failures: 1, successes: 0, at: noon, message: "no")])
        #expect(book.snapshot()["b"]?.map { $0?.at } == [noon - .seconds(60)])
    }

    @Test func `the control loop forgets the results of nodes that are gone`() async throws {
        let fixture = try await LoopFixture(Sample.spec(Sample.edge(), Sample.origin()))
        await fixture.rounds(4)
        let node = try #require(fixture.live.snapshot.fleet.nodes.keys.first)
        fixture.live.probes.record(failure: nil, of: node, index: 0, at: noon)
        fixture.live.probes.record(failure: nil, of: "stranger", index: 0, at: noon)
        for _ in 0..<5 { await fixture.round(after: 10) }
        #expect(fixture.live.probes.snapshot().keys.sorted() == [node])
    }
}
