import Foundation
import Testing

@testable import Reconciler

/// Names are what their bytes are: `String` takes more for equal.
@Suite struct ByteTextTests {
    @Test func `streams and provisions whose names only look alike are two`() {
        let (one, two) = ("caf\u{e9}", "cafe\u{301}")
        #expect(one == two)
        let keys = [StreamKey(scope: "live", name: one), StreamKey(scope: "live", name: two)]
        #expect(keys[0] != keys[1] && Set(keys).count == 2)
        #expect((keys[0] < keys[1]) != (keys[1] < keys[0]))
        #expect(StreamKey(scope: one, name: "a") != StreamKey(scope: two, name: "a"))
        let provisions = [Provision.Key(group: "live", guid: one), Provision.Key(group: "live", guid: two)]
        #expect(provisions[0] != provisions[1] && Set(provisions).count == 2)
        let directory = StreamDirectory()
        directory.markLive(keys[0], on: "o", at: noon)
        #expect(directory.entry(keys[0])?.live != nil && directory.entry(keys[1]) == nil)
    }

    @Test func `scope and name do not run into each other`() {
        let keys = [("a", "bc"), ("ab", "c"), ("", "abc"), ("abc", "")].map { StreamKey(scope: $0, name: $1) }
        #expect(Set(keys).count == 4 && Set(keys.map(\.hashValue)).count == 4)
    }

    @Test(arguments: 0..<50) func `the order is one of all names`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let letters = ["a", "b", "\u{e9}", "e\u{301}", "/", "\u{1F600}", ""]
        let keys = (0..<30).map { _ in
            StreamKey(
                scope: letters[Int(random.next() % 7)],
                name: (0..<3).map { _ in letters[Int(random.next() % 7)] }.joined())
        }
        let sorted = keys.sorted()
        for (left, right) in zip(sorted, sorted.dropFirst()) { #expect(left == right || left < right, "seed \(seed)") }
        #expect(Set(keys).count == Set(keys.map { Array($0.scope.utf8) + [0] + Array($0.name.utf8) }).count)
    }

    @Test func `whatever a manager tells a node arrives`() throws {
        let answer = HeartbeatAnswer(
            directive: .drain, intervalMs: 500, parents: ["rtmp://p:1"],
            routes: [PullRoute(StreamKey(scope: "live", name: "a"), url: "rtmp://p:1/live/a?ticket=x")],
            tickets: TicketPolicy(publish: .required, subscribe: .open))
        #expect(try JSONDecoder().decode(HeartbeatAnswer.self, from: JSONEncoder().encode(answer)) == answer)
    }
}
