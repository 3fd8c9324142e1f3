import Testing

@testable import Reconciler

@Suite struct OperationsTests {
    @Test(arguments: NodeState.allCases) func `a state asks for its call`(_ state: NodeState) {
        let due = Operations.due(Sample.fleet([Sample.node("a", state)]), inFlight: [], now: noon).map(\.kind)
        switch state {
        case .requested, .creating: #expect(due == [.create])
        case .terminating: #expect(due == [.destroy])
        default: #expect(due == [])
        }
    }

    @Test func `no second call is made while one is out`() {
        #expect(Operations.due(Sample.fleet([Sample.node("a", .creating)]), inFlight: ["a"], now: noon).isEmpty)
    }

    @Test func `a failed call waits until its time`() {
        let fleet = Sample.fleet([Sample.node("a", .creating) { $0.retryAt = noon }])
        #expect(Operations.due(fleet, inFlight: [], now: noon - .milliseconds(1)).isEmpty)
        #expect(Operations.due(fleet, inFlight: [], now: noon).count == 1)
    }

    @Test func `a provider has a bounded number of calls, the longest waiting first`() {
        let nodes = (0..<40).map { index in
            Sample.node("n\(index)", .requested) { $0.requestedAt = noon - .seconds(index) }
        }
        let due = Operations.due(Sample.fleet(nodes), inFlight: ["n0", "n1"], now: noon)
        #expect(due.count == Operations.concurrency * 3 / 4 - 2)
        #expect(due.first?.node == "n39")
    }

    @Test func `back-off doubles, is bounded, and never sums to nothing`() {
        var random = SeededRandom(seed: 1)
        var last = Duration.zero
        for attempt in 1...7 {
            let wait = Backoff.delay(after: attempt, .retryable(""), using: &random)
            #expect(wait > last)
            last = wait
        }
        for attempt in [20, 1000, Int.max] {
            let wait = Backoff.delay(after: attempt, .terminal(""), using: &random)
            #expect(wait <= Backoff.longest && wait >= Backoff.longest * 3 / 4)
        }
        for attempt in [Int.min, -1, 0] {
            #expect(Backoff.delay(after: attempt, .unknown(""), using: &random) > .zero)
        }
    }
}
