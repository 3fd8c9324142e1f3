import Glibc
import Reconciler
import Synchronization
import Testing

@testable import APIServer

@Suite("Awaited answers")
struct AwaitedAnswersTests {
    @Test("work that ends while the server stops resumes no connection whose request is being read")
    func closing() async throws {
        let awaited = AwaitedAnswers()
        let exchange = Exchange(remoteAddress: "127.0.0.1")
        let resumed = Locked(0)
        let mayEnd = Locked(false)
        let isTaken = awaited.begin(exchange) {
            while !mayEnd.current { await Task.yield() }
            return .text("late")
        } suspend: {
            { resumed.with { $0 += 1 } }
        }
        #expect(isTaken)
        awaited.close { _ in
            mayEnd.replace(with: true)
            // Time enough for the work to end, if it has a thread; without one there is nothing to see.
            for _ in 0..<50_000 where resumed.current == 0 { sched_yield() }
            #expect(resumed.current == 0)
            return .text("stopping")
        }
        #expect(resumed.current == 1)
        #expect(exchange.takeLate()?.body == Array("stopping".utf8))
        #expect(
            !awaited.begin(exchange) {
                .text("more")
            } suspend: {
                {}
            })
    }
}
