import Reconciler
import Testing

@testable import Providers

/// A provider whose calls wait until the test answers them, and which takes no notice of a cancellation but to count it.
private final class HangingProvider: Provider {
    private let begun = Locked<[FirstAnswer<ProviderFailure?>]>([])
    private let cancellations = Locked(0)

    /// Calls begun so far.
    var calls: Int { begun.current.count }
    /// Calls that were told to stop.
    var cancelled: Int { cancellations.current }

    func waitForCalls(_ count: Int) async {
        while calls < count { await Task.yield() }
    }

    func waitForCancellations(_ count: Int) async {
        while cancelled < count { await Task.yield() }
    }

    /// Ends a call: with success when there is no failure.
    func answer(_ call: Int, _ failure: ProviderFailure? = nil) { begun.current[call].give(failure) }

    private func hang() async throws(ProviderFailure) {
        let answer = FirstAnswer<ProviderFailure?>()
        begun.with { $0.append(answer) }
        let failure = await withTaskCancellationHandler {
            await answer.value()
        } onCancel: {
            cancellations.with { $0 += 1 }
        }
        if let failure { throw failure }
    }

    func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        try await hang()
        return Listing(instances: [], complete: true)
    }

    func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        try await hang()
        return Instance(
            id: "i-1", tags: request.tags, token: request.token, revision: request.revision, state: .running)
    }

    func destroy(_ instance: InstanceReference) async throws(ProviderFailure) { try await hang() }
}

@Suite("A guarded provider")
struct GuardedProviderTests {
    private let time = SteppedTime()
    private let inner = HangingProvider()

    private func guarded(_ rate: CallRate? = nil, changesAtOnce: Int? = nil) -> GuardedProvider {
        var limits = CallLimits()
        limits.timeout = .seconds(60)
        limits.rate = rate
        limits.changesAtOnce = changesAtOnce
        return GuardedProvider(inner, name: "lab", limits: limits, time: time)
    }

    private enum Call: CaseIterable, Sendable {
        case list, create, destroy

        func make(_ provider: any Provider) async -> ProviderFailure? {
            do throws(ProviderFailure) {
                switch self {
                case .list: _ = try await provider.list(owner: "us", region: "east")
                case .create: _ = try await provider.create(request("n1"))
                case .destroy: try await provider.destroy(request("n1").reference)
                }
                return nil
            } catch {
                return error
            }
        }

        /// What it comes to when nobody answers.
        func unanswered(_ words: String) -> ProviderFailure {
            switch self {
            case .list: .retryable("the list of region 'east' \(words)")
            case .create: .unknown("the create of n1 \(words)")
            case .destroy: .unknown("the destroy of n1 \(words)")
            }
        }
    }

    @Test(
        "hands answers and failures on as they are", arguments: Call.allCases,
        [nil, ProviderFailure.noCapacity("full")])
    private func passesOn(_ call: Call, _ failure: ProviderFailure?) async {
        let provider = guarded()
        async let outcome = call.make(provider)
        await inner.waitForCalls(1)
        inner.answer(0, failure)
        #expect(await outcome == failure)
        // The clock of the call is stopped with it.
        await time.waitForSleepers(0)
    }

    @Test("ends a call that hangs at its time-out, and drops the answer that comes later", arguments: Call.allCases)
    private func timeOut(_ call: Call) async {
        let provider = guarded()
        async let outcome = call.make(provider)
        await inner.waitForCalls(1)
        await time.waitForSleepers(1)
        time.advance(.milliseconds(59_999))
        #expect(inner.cancelled == 0)
        time.advance(.milliseconds(1))
        #expect(await outcome == call.unanswered("was not answered by provider 'lab' within 1m"))
        await inner.waitForCancellations(1)
        inner.answer(0)
        // The next call has its own answer.
        async let next = call.make(provider)
        await inner.waitForCalls(2)
        inner.answer(1, .terminal("no"))
        #expect(await next == .terminal("no"))
    }

    @Test("ends at once when its task is cancelled, as unknown where it may have happened", arguments: Call.allCases)
    private func cancellation(_ call: Call) async {
        let provider = guarded()
        let task = Task { await call.make(provider) }
        await inner.waitForCalls(1)
        task.cancel()
        #expect(await task.value == call.unanswered("was cancelled before provider 'lab' answered"))
        await inner.waitForCancellations(1)
        inner.answer(0)
        await time.waitForSleepers(0)
    }

    @Test("asks nothing of the provider for a task that is cancelled already")
    func cancelledBefore() async {
        let provider = guarded()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await Call.create.make(provider)
        }
        task.cancel()
        #expect(await task.value == .retryable("the create of n1 was cancelled before it began"))
        #expect(inner.calls == 0)
    }

    @Test("does not count the wait for its turn towards the time-out")
    func waitingIsFree() async {
        let provider = guarded(CallRate(perSecond: 0.05, burst: 1))
        async let first = Call.list.make(provider)
        await inner.waitForCalls(1)
        inner.answer(0)
        #expect(await first == nil)
        await time.waitForSleepers(0)
        async let second = Call.create.make(provider)
        await time.waitForSleepers(1)
        #expect(inner.calls == 1)
        time.advance(.seconds(20))
        await inner.waitForCalls(2)
        await time.waitForSleepers(1)
        time.advance(.seconds(59))
        inner.answer(1)
        #expect(await second == nil)
    }

    @Test("lets so many changes through at once; the wait of the others is none of their time-out, and lists pass by")
    func changesAtOnce() async {
        let provider = guarded(changesAtOnce: 1)
        async let first = Call.create.make(provider)
        await inner.waitForCalls(1)
        async let second = Call.destroy.make(provider)
        async let list = Call.list.make(provider)
        await inner.waitForCalls(2)
        inner.answer(1)
        #expect(await list == nil)
        await time.waitForSleepers(1)
        time.advance(.seconds(60))
        #expect(await first == Call.create.unanswered("was not answered by provider 'lab' within 1m"))
        // Now it has its own minute.
        await inner.waitForCalls(3)
        await time.waitForSleepers(1)
        time.advance(.seconds(59))
        inner.answer(2)
        #expect(await second == nil)
        inner.answer(0)
    }

    @Test("a change that is cancelled while it waits for a place was never begun, and takes no place")
    func cancelledAtTheGate() async {
        let gate = CallGate(1)
        #expect(await gate.enter())
        let waiting = Task { await gate.enter() }
        while gate.waiting != 1 { await Task.yield() }
        waiting.cancel()
        #expect(await !waiting.value)
        gate.leave()
        #expect(await gate.enter())
    }

    @Test("fails a call whose turn is too far away, without asking the provider")
    func rateLimit() async {
        let provider = guarded(CallRate(perSecond: 0.02, burst: 1))
        async let first = Call.list.make(provider)
        await inner.waitForCalls(1)
        let outcome = await Call.destroy.make(provider)
        #expect(
            outcome
                == .retryable(
                    "rate limit of provider 'lab': the destroy of n1 would wait 50s for its turn, which is over 30s"))
        #expect(inner.calls == 1)
        inner.answer(0)
        #expect(await first == nil)
    }

    @Test("keeps nothing of a call that was given up, once the provider lets it go")
    func noLeak() async {
        let waiting = FirstAnswer<Int>()
        weak var kept: FirstAnswer<Int>?
        do {
            let released = FirstAnswer<Int>()
            kept = released
            let time = time
            async let outcome = limited(to: .seconds(1), time, "work") {
                _ = await waiting.value()
                return await released.value()
            }
            await time.waitForSleepers(1)
            time.advance(.seconds(1))
            guard case .timedOut = await outcome else {
                Issue.record("it was answered")
                return
            }
            released.give(1)
        }
        waiting.give(1)
        while kept != nil { await Task.yield() }
        #expect(time.sleepers == 0)
    }
}
