import Testing

@testable import Reconciler

@Suite struct LoadCounterTests {
    /// What the packed word means, as three plain numbers.
    private struct Shadow {
        var reported = 0
        var older = 0
        var newer = 0
        var total: Int { reported + older + newer }

        mutating func tryAdd(limit: Int) -> Bool {
            if total >= limit { return false }
            newer += 1
            return true
        }

        mutating func report(_ value: Int) {
            var arrived = max(value - reported, 0)
            while arrived > 0, older + newer > 0 {
                if older > 0 { older -= 1 } else { newer -= 1 }
                arrived -= 1
            }
            reported = value
        }

        mutating func age() { (older, newer) = (newer, 0) }

        mutating func takeBack() {
            if newer > 0 { newer -= 1 } else if older > 0 { older -= 1 }
        }
    }

    @Test(arguments: 1...20) func `the counter is what three plain numbers are`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let counter = LoadCounter()
        var shadow = Shadow()
        for step in 0..<2000 {
            let before = shadow.total
            switch random.next() % 8 {
            case 0:
                let value = Int(random.next() % 40)
                shadow.report(value)
                let change = counter.report(value)
                #expect(change == shadow.total - before, "seed \(seed), step \(step)")
            case 1:
                shadow.age()
                let change = counter.age()
                #expect(change == shadow.total - before, "seed \(seed), step \(step)")
            case 2:
                shadow.takeBack()
                let change = counter.takeBack()
                #expect(change == shadow.total - before, "seed \(seed), step \(step)")
            default:
                let limit = Int(random.next() % 50)
                let added = counter.tryAdd(limit: limit)
                #expect(added == shadow.tryAdd(limit: limit), "seed \(seed), step \(step)")
            }
            let (total, reported) = (counter.total, counter.reported)
            #expect(total == shadow.total && reported == shadow.reported, "seed \(seed), step \(step)")
        }
    }

    @Test func `a report beyond the counter's range is its largest, one below nothing is nothing`() {
        let counter = LoadCounter()
        let largest = (1 << 24) - 1
        let changes = [counter.report(.max), counter.report(.min)]
        let total = counter.total
        #expect(changes == [largest, -largest] && total == 0)
    }

    @Test func `no client is counted beyond what can be pending`() {
        let counter = LoadCounter()
        for _ in 0..<(1 << 20) - 1 { _ = counter.tryAdd(limit: .max) }
        let oneMore = counter.tryAdd(limit: .max)
        let (total, reported) = (counter.total, counter.reported)
        #expect(!oneMore && total == (1 << 20) - 1 && reported == 0)
    }

    @Test func `a group's sum is that of its nodes, also after a node is forgotten`() {
        let registry = LoadRegistry()
        let nodes = ["a", "b"].map { id in
            Sample.node(id) { $0.metrics = [Metric.subscribers: 7, Metric.publishers: .nan] }
        }
        let loads = nodes.map { registry.load(of: $0) }
        #expect(loads[0] === registry.load(of: nodes[0]))
        #expect(loads[0].tryAdd(.subscribe, limit: 8, groupLimit: .max))
        #expect(!loads[0].tryAdd(.subscribe, limit: 8, groupLimit: .max))
        #expect(registry.group("live").total(.subscribe) == 15)
        #expect(registry.group("live").total(.publish) == 0)
        registry.forget(["a"])
        #expect(registry.group("live").total(.subscribe) == 7)
        registry.age()
        registry.age()
        #expect(registry.group("live").total(.subscribe) == 7)
    }
}
