import Foundation

@testable import Reconciler

/// A clock that the test moves.
final class HandTime: TimeSource {
    private let moment: Locked<Timestamp>
    init(_ start: Timestamp) { moment = Locked(start) }
    func now() -> Timestamp { moment.current }
    func advance(_ duration: Duration) { moment.with { $0 = $0 + duration } }
    func sleep(for duration: Duration) async throws { throw CancellationError() }
}

/// A provider in memory that records its calls, and fails as it is told.
final class FakeProvider: Provider {
    struct State: Sendable {
        var instances: [String: Instance] = [:]
        var calls: [String] = []
        var nextCreate: ProviderFailure?
        var nextDestroy: ProviderFailure?
        var list: ProviderFailure?
        /// The create happens, and its answer is lost.
        var losesAnswer = false
    }

    let state = Locked(State())

    /// The calls since it was asked last, without lists.
    func takeCalls() -> [String] {
        state.with { state in
            defer { state.calls = [] }
            return state.calls.filter { $0 != "list" }
        }
    }

    func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        let (failure, found) = state.with { state in
            state.calls.append("list")
            return (state.list, state.instances.values.sorted { $0.id < $1.id })
        }
        if let failure { throw failure }
        return Listing(instances: found.filter { $0.tags.region == region }, complete: true)
    }

    func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        let result: Result<Instance, ProviderFailure> = state.with { state in
            state.calls.append("create \(request.token)")
            if let failure = state.nextCreate {
                state.nextCreate = nil
                return .failure(failure)
            }
            let made =
                state.instances[request.token]
                ?? Instance(
                    id: "i-\(request.tags.node)", tags: request.tags, token: request.token, revision: request.revision,
                    state: .running, address: "203.0.113.7")
            state.instances[request.token] = made
            return state.losesAnswer ? .failure(.unknown("lost")) : .success(made)
        }
        return try result.get()
    }

    func destroy(_ instance: InstanceReference) async throws(ProviderFailure) {
        let failure: ProviderFailure? = state.with { state in
            state.calls.append("destroy \(instance.tags.node)")
            defer { state.nextDestroy = nil }
            if state.nextDestroy == nil { state.instances[instance.token] = nil }
            return state.nextDestroy
        }
        if let failure { throw failure }
    }
}

/// Makes each call at once, and hands its result over at once or when the test says.
final class InlineEffects: EffectRunner {
    private let held = Locked<[@Sendable () -> Void]?>(nil)

    /// From now on results wait for ``release()``.
    func hold() { held.replace(with: []) }

    func release() {
        let waiting = held.with { held in
            defer { held = nil }
            return held ?? []
        }
        for deliver in waiting { deliver() }
    }

    func run(
        _ effects: [Effect], with providers: ProviderSet, owner: String,
        deliver: @escaping @Sendable (EffectResult) -> Void
    ) async {
        for effect in effects {
            let result = await effect.perform(with: providers, owner: owner)
            let isHeld = held.with { held in
                held?.append { deliver(result) }
                return held != nil
            }
            if !isHeld { deliver(result) }
        }
    }
}

/// A store whose next commits fail as it is told.
struct FailingStore: Store {
    let memory = MemoryStore()
    let failure = Locked<StoreFailure?>(nil)

    func load() async throws(StoreFailure) -> StoredState { memory.load() }
    func commit(_ change: StoreChange) async throws(StoreFailure) {
        if let failure = failure.current { throw failure }
        memory.commit(change)
    }
    func events(after: Int64, about subject: String?, limit: Int) async throws(StoreFailure) -> [Event] {
        memory.events(after: after, about: subject, limit: limit)
    }
    func value(_ key: String) async throws(StoreFailure) -> Data? { memory.value(key) }
    func setValue(_ value: Data, for key: String) async throws(StoreFailure) { memory.setValue(value, for: key) }
    func value(_ key: String, orFirst first: Data) async throws(StoreFailure) -> Data {
        memory.value(key, orFirst: first)
    }
}

/// A control loop with everything around it in the test's hand.
final class LoopFixture {
    let time = HandTime(noon)
    let provider = FakeProvider()
    let effects = InlineEffects()
    let store = FailingStore()
    let wakes = Locked(0)
    private(set) var live: LiveState
    private(set) var loop: ControlLoop
    private var sequence = 0

    init(_ spec: Spec, stored: [Node] = []) async throws {
        store.memory.commit(StoreChange(upserts: stored))
        live = LiveState(startedAt: noon) { [wakes] in wakes.with { $0 += 1 } }
        loop = try await Self.loop(spec, store, time, live, effects, provider)
    }

    /// A new process over the same store and world.
    func restart(_ spec: Spec) async throws {
        live = LiveState(startedAt: time.now()) { [wakes] in wakes.with { $0 += 1 } }
        loop = try await Self.loop(spec, store, time, live, effects, provider)
    }

    private static func loop(
        _ spec: Spec, _ store: FailingStore, _ time: HandTime, _ live: LiveState, _ effects: InlineEffects,
        _ provider: FakeProvider
    ) async throws -> ControlLoop {
        try await ControlLoop(
            ControlLoop.Environment(
                store: store, time: time, live: live, effects: effects, owner: Sample.owner,
                providers: { _ in ProviderSet(["lab": provider]) }, credential: { node, _ in "secret-\(node)" },
                managerURL: { "http://manager" }, seed: 7, log: { _ in }),
            spec: spec)
    }

    /// Some seconds pass, every node that has an instance is heard, and a round is made.
    @discardableResult
    func round(after seconds: Int = 2, heard: Bool = true, streams: [StreamReport] = []) async -> ControlLoop.Report {
        time.advance(.seconds(seconds))
        sequence += 1
        if heard {
            for instance in provider.state.current.instances.values {
                _ = live.heartbeat(
                    Sample.heartbeat(sequence, streams: streams), from: instance.tags.node, at: time.now())
            }
        }
        return await loop.round()
    }

    func rounds(_ count: Int) async { for _ in 0..<count { await round() } }

    var states: [String] {
        live.snapshot.fleet.nodes.values.map(\.state.rawValue).sorted()
    }

    var storedReasons: [String] { store.memory.events(after: 0, about: nil, limit: 1000).map(\.reason) }

    /// Gives a command and makes the round that carries it out.
    func command(_ body: @escaping @Sendable (ControlLoop) async throws -> Void) async throws {
        let before = wakes.current
        let loop = loop
        let task = Task(name: "command") { try await body(loop) }
        while wakes.current == before { await Task.yield() }
        await round()
        try await task.value
    }
}
