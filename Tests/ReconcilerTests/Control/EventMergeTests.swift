import Testing

@testable import Reconciler

/// What the events of a commit do to those that are kept, without a store.
@Suite struct EventMergeTests {
    private func event(_ message: String, at seconds: Int = 0, id: Int64 = 0) -> Event {
        Event(id: id, at: noon + .seconds(seconds), reason: "Tested", subject: "a", message: message)
    }

    private func merge(_ events: [Event], kept: [Event] = []) -> EventMerge {
        EventMerge(events) { identity in kept.last { $0.identity == identity } }
    }

    @Test func `what does not repeat is added as it came`() {
        let events = [event("x"), event("y"), event("z", at: 1)]
        let merge = merge(events, kept: [event("w", id: 7)])
        #expect(merge.added == events && merge.replaced == [])
    }

    @Test func `what repeats within a commit is there once, at its last place`() {
        let merge = merge([event("x"), event("y", at: 1), event("x", at: 2), event("x", at: 3)])
        #expect(merge.added.map(\.message) == ["y", "x"] && merge.added.map(\.count) == [1, 3])
        #expect(merge.added.last?.firstAt == noon && merge.added.last?.at == noon + .seconds(3))
        #expect(merge.replaced == [])
    }

    @Test func `what repeats a kept one takes its place, once`() {
        var kept = event("x", id: 7)
        kept.count = 4
        kept.firstAt = noon - .seconds(9000)
        let merge = merge([event("x", at: 2), event("x", at: 3)], kept: [event("x", at: -9000, id: 3), kept])
        #expect(merge.added.map(\.count) == [6] && merge.added.map(\.id) == [0])
        #expect(merge.added.first?.firstAt == kept.firstAt && merge.replaced == [7])
    }

    @Test func `the window is between one time and the next`() {
        let hour = Int(StoreLimits.eventRepeat.components.seconds)
        let merge = merge(
            [event("x", at: hour), event("x", at: 2 * hour + 1), event("x", at: 3 * hour)], kept: [event("x", id: 7)])
        #expect(merge.added.map(\.count) == [2, 2] && merge.replaced == [7])
        #expect(merge.added.map(\.firstAt) == [noon, noon + .seconds(2 * hour + 1)])
        let late = self.merge([event("x", at: hour + 1), event("x", at: hour + 2)], kept: [event("x", id: 7)])
        #expect(late.added.map(\.count) == [2] && late.replaced == [])
    }

    @Test func `a clock that was set back parts nothing, and the first time stays the earliest`() {
        let merge = merge([event("x", at: -60)], kept: [event("x", id: 7)])
        #expect(merge.added.map(\.count) == [2] && merge.replaced == [7])
        #expect(merge.added.first.map { $0.firstAt == $0.at && $0.at == noon - .seconds(60) } == true)
        let far = self.merge([event("x", at: -3601)], kept: [event("x", id: 7)])
        #expect(far.added.map(\.count) == [1] && far.replaced == [])
    }
}
