import Foundation
import Reconciler
import Testing

@Suite("Published values")
struct PublishedTests {
    /// On threads of their own.
    private static func onThreads(_ count: Int, _ work: @escaping @Sendable (Int) -> Void) async {
        await withTaskGroup { group in
            for number in 0..<count {
                group.addTask {
                    await withCheckedContinuation { done in
                        Thread.detachNewThread {
                            work(number)
                            done.resume()
                        }
                    }
                }
            }
        }
    }

    @Test("are seen by whoever looks afterwards, on whatever thread")
    func afterwards() async {
        let value = Published(0)
        for next in 1...5 {
            value.replace(with: next)
            let seen = Locked(Set<Int>())
            await Self.onThreads(48) { _ in _ = seen.with { $0.insert(value.current) } }
            #expect(seen.current == [next])
        }
    }

    @Test("are one on all threads when several replaced them at once")
    func atOnce() async {
        let value = Published(-1)
        for _ in 0..<20 {
            await Self.onThreads(8) { value.replace(with: $0) }
            let seen = Locked(Set<Int>())
            await Self.onThreads(48) { _ in _ = seen.with { $0.insert(value.current) } }
            #expect(seen.current.count == 1 && !seen.current.contains(-1))
        }
    }
}
