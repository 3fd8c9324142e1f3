import Reconciler
import Testing

@Suite("Shards")
struct ShardsTests {
    @Test("are each their own, and a thread's own is one of them")
    func own() {
        let shards = Shards<5, [Int]> { [$0] }
        shards.with(2) { $0.append(20) }
        shards.withOwn { $0.append(100) }
        var all: [[Int]] = []
        shards.forEach { all.append($0) }
        #expect(shards.indices == 0..<5 && all.map(\.first) == [0, 1, 2, 3, 4])
        #expect(all[2].contains(20) && all.count { $0.contains(20) } == 1 && all.count { $0.contains(100) } == 1)
    }

    @Test("lose nothing where many count at once")
    func many() async {
        let shards = Shards<3, Int> { _ in 0 }
        await withTaskGroup { group in
            for _ in 0..<16 {
                group.addTask {
                    for step in 0..<1000 {
                        shards.withOwn { $0 += 1 }
                        shards.with(step % 3) { $0 += 1 }
                        if step.isMultiple(of: 100) { await Task.yield() }
                    }
                }
            }
        }
        var sum = 0
        shards.forEach { sum += $0 }
        #expect(sum == 32_000)
    }
}
