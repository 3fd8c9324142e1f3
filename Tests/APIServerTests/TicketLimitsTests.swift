import Reconciler
import Testing

@testable import APIServer

@Suite("What tickets cost")
struct TicketLimitsTests {
    private let noon = Timestamp(milliseconds: 1_800_000_000_000)

    @Test("a node's ticket for a pull is made once for half of its life")
    func pulls() {
        let tickets = PullTickets()
        let key = PullTickets.Key(stream: StreamKey(scope: "live", name: "a"), source: "o", child: "e")
        var made = 0
        func ask(_ key: PullTickets.Key, at now: Timestamp) -> String? {
            tickets.arguments(key, lifetime: .seconds(600), at: now) {
                made += 1
                return "ticket=\(made)"
            }
        }
        #expect(ask(key, at: noon) == "ticket=1")
        #expect(ask(key, at: noon + .seconds(299)) == "ticket=1")
        #expect(ask(key, at: noon + .seconds(300)) == "ticket=2")
        // The clock was set back: one from the future is not trusted.
        #expect(ask(key, at: noon) == "ticket=3")
        let other = PullTickets.Key(stream: key.stream, source: "o", child: "f")
        #expect(ask(other, at: noon) == "ticket=4")
    }

    @Test("a crowd that is turned away gets five lines a second, and the next tells how many there were")
    func refusals() {
        let log = RefusalLog()
        let first = (0..<300).map { _ in log.note(at: noon) }
        #expect(first.compactMap { $0 } == [0, 0, 0, 0, 0])
        #expect(log.note(at: noon + .seconds(1)) == 295)
        #expect(log.note(at: noon + .seconds(1)) == 0)
    }
}
