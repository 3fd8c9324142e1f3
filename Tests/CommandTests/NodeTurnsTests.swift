import Reconciler
import Testing

@testable import smreconcile

/// A clock whose sleeps end when they are told to.
private final class HeldTime: TimeSource {
    private let sleepers = Locked<[CheckedContinuation<Void, Never>]>([])
    var sleeping: Int { sleepers.current.count }

    func now() -> Timestamp { Timestamp(milliseconds: 0) }
    func sleep(for duration: Duration) async throws {
        await withCheckedContinuation { continuation in sleepers.with { $0.append(continuation) } }
    }
    func wake() {
        let woken = sleepers.with { sleepers in
            defer { sleepers = [] }
            return sleepers
        }
        woken.forEach { $0.resume() }
    }
}

@Suite("Turns at media nodes")
struct NodeTurnsTests {
    private let time = HeldTime()
    private let turns: NodeTurns

    init() {
        turns = NodeTurns(.init(total: 3, perNode: 2, waitingPerNode: 1, patience: .seconds(5)), time: time)
    }

    private func waiting(_ node: String, sleeping: Int) async -> Task<Bool, Never> {
        let turns = turns
        let task = Task { await turns.begin(node) }
        while time.sleeping < sleeping { await Task.yield() }
        return task
    }

    @Test("a node that hangs has its own share and a bounded queue, and others are asked all the same")
    func share() async {
        #expect(await turns.begin("a"))
        #expect(await turns.begin("a"))
        let third = await waiting("a", sleeping: 1)
        // The queue is full: refused at once.
        #expect(await turns.begin("a") == false)
        #expect(await turns.begin("b"))
        // Its time is over.
        time.wake()
        #expect(await third.value == false)
    }

    @Test("who waits goes when there is room at its node, in turn, past those whose node has none")
    func order() async {
        for node in ["a", "a", "b"] { #expect(await turns.begin(node)) }
        let (one, other) = (await waiting("a", sleeping: 1), await waiting("c", sleeping: 2))
        turns.end("b")
        #expect(await other.value)
        turns.end("a")
        #expect(await one.value)
        // All given back: as at the beginning.
        for node in ["a", "a", "c"] { turns.end(node) }
        for node in ["a", "a", "b"] { #expect(await turns.begin(node)) }
        time.wake()
    }

    @Test("who is cancelled waits no more, and takes no turn")
    func cancelled() async {
        for node in ["a", "a"] { #expect(await turns.begin(node)) }
        let task = await waiting("a", sleeping: 1)
        task.cancel()
        #expect(await task.value == false)
        turns.end("a")
        #expect(await turns.begin("a"))
        time.wake()
    }
}
