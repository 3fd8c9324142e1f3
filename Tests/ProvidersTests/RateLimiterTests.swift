import Reconciler
import Testing

@testable import Providers

@Suite("A token bucket")
struct TokenBucketTests {
    private let start = Timestamp(milliseconds: 1_000_000)

    /// When calls were let through that come as fast as they may, in milliseconds after the start.
    private func pace(_ rate: CallRate, _ count: Int) -> [Int64] {
        var bucket = TokenBucket(rate, at: start)
        var now = start
        return (0..<count).map { _ in
            while let wait = bucket.take(at: now) { now = now + wait }
            return now.milliseconds - start.milliseconds
        }
    }

    @Test("lets a burst through at once, and then one by one at its rate")
    func burst() {
        #expect(pace(CallRate(perSecond: 10, burst: 3), 6) == [0, 0, 0, 100, 200, 300])
        #expect(pace(CallRate(perSecond: 0.5, burst: 1), 3) == [0, 2000, 4000])
    }

    @Test("keeps its rate in the long run, however the milliseconds round", arguments: [0.3, 3, 7, 30, 999, 10_000])
    func longRun(_ perSecond: Double) throws {
        let last = try #require(pace(CallRate(perSecond: perSecond, burst: 1), 1001).last)
        let ideal = 1000 / perSecond * 1000
        // Waits are whole milliseconds, rounded up: never faster, and slower by less than one each.
        #expect(Double(last) >= ideal - 1 && Double(last) <= ideal + 1001)
    }

    @Test("fills up again while nobody comes, and no further than its burst")
    func refill() {
        var bucket = TokenBucket(CallRate(perSecond: 10, burst: 2), at: start)
        #expect(bucket.take(at: start) == nil && bucket.take(at: start) == nil)
        #expect(bucket.take(at: start + .milliseconds(40)) == .milliseconds(60))
        let later = start + .seconds(3600)
        #expect(bucket.take(at: later) == nil && bucket.take(at: later) == nil)
        #expect(bucket.take(at: later) == .milliseconds(100))
    }

    @Test("knows the wait of one behind others")
    func position() {
        var bucket = TokenBucket(CallRate(perSecond: 4, burst: 2), at: start)
        #expect(bucket.wait(for: 2, at: start) == .zero)
        #expect(bucket.wait(for: 3, at: start) == .milliseconds(250))
        #expect(bucket.take(at: start) == nil)
        #expect(bucket.wait(for: 3, at: start + .milliseconds(100)) == .milliseconds(400))
    }

    @Test("goes on when the clock is set back")
    func clock() {
        var bucket = TokenBucket(CallRate(perSecond: 1, burst: 1), at: start)
        #expect(bucket.take(at: start) == nil)
        let back = start - .seconds(86_400)
        #expect(bucket.take(at: back) == .seconds(1))
        #expect(bucket.take(at: back + .seconds(1)) == nil)
    }
}

@Suite("A rate limiter")
struct RateLimiterTests {
    private let time = SteppedTime()
    private let passed = Locked<[Int]>([])

    private func limiter(longestWait: Duration = .seconds(30)) -> RateLimiter {
        RateLimiter(CallRate(perSecond: 1, burst: 1), longestWait: longestWait, time: time)
    }

    /// Begins calls one after the other, each when the one before has its place.
    private func enter(_ limiter: RateLimiter, _ numbers: ClosedRange<Int>) async -> [Task<RateLimiter.Refusal?, Never>]
    {
        var tasks: [Task<RateLimiter.Refusal?, Never>] = []
        for number in numbers {
            let waiting = limiter.waiting
            tasks.append(
                Task { [passed] in
                    do throws(RateLimiter.Refusal) {
                        try await limiter.enter()
                        passed.with { $0.append(number) }
                        return nil
                    } catch {
                        return error
                    }
                })
            while limiter.waiting == waiting { await Task.yield() }
        }
        return tasks
    }

    private func waitForPassed(_ count: Int) async {
        while passed.current.count < count { await Task.yield() }
    }

    @Test("lets calls through in the order in which they came, one per token")
    func order() async throws {
        let limiter = limiter()
        try await limiter.enter()
        let tasks = await enter(limiter, 1...5)
        for number in 1...5 {
            await time.waitForSleepers(1)
            #expect(passed.current.count == number - 1)
            time.advance(.seconds(1))
            await waitForPassed(number)
        }
        for task in tasks { #expect(await task.value == nil) }
        #expect(passed.current == [1, 2, 3, 4, 5])
        #expect(limiter.waiting == 0 && time.sleepers == 0)
    }

    @Test("lets all go whose tokens have come, when the clock jumps")
    func jump() async throws {
        let limiter = RateLimiter(CallRate(perSecond: 1, burst: 3), longestWait: .seconds(30), time: time)
        for _ in 0..<3 { try await limiter.enter() }
        let tasks = await enter(limiter, 1...3)
        await time.waitForSleepers(1)
        time.advance(.seconds(10))
        for task in tasks { #expect(await task.value == nil) }
        #expect(passed.current == [1, 2, 3])
    }

    @Test("a cancelled call leaves, and those behind it move up", arguments: [0, 1, 3])
    func cancelled(_ index: Int) async throws {
        let limiter = limiter()
        try await limiter.enter()
        let tasks = await enter(limiter, 1...4)
        tasks[index].cancel()
        #expect(await tasks[index].value == .cancelled)
        let left = (1...4).filter { $0 != index + 1 }
        for count in 1...3 {
            await time.waitForSleepers(1)
            time.advance(.seconds(1))
            await waitForPassed(count)
        }
        #expect(passed.current == left)
        for task in tasks { _ = await task.value }
        #expect(limiter.waiting == 0 && time.sleepers == 0)
    }

    @Test("refuses at once what would wait too long, and no earlier")
    func bound() async throws {
        let limiter = limiter(longestWait: .seconds(3))
        try await limiter.enter()
        let tasks = await enter(limiter, 1...3)
        await #expect(throws: RateLimiter.Refusal.wouldWait(.seconds(4))) { try await limiter.enter() }
        for task in tasks { task.cancel() }
        for task in tasks { #expect(await task.value == .cancelled) }
        #expect(limiter.waiting == 0)
    }
}
