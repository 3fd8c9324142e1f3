internal import Reconciler

/// A provider whose calls are watched: which are under way, and which took longer than they may.
///
/// It stands inside the outer time-out of ``GuardedProvider``: it sees when a provider did not end by itself.
final class WatchedProvider: Provider {
    private struct Call: Sendable {
        let what: String
        let since: ContinuousClock.Instant
    }

    private struct State: Sendable {
        var underWay: [Int: Call] = [:]
        var begun = 0
        var overdue: [String] = []
    }

    /// How often an end is looked for.
    private static let step: Duration = .milliseconds(10)

    private let inner: any Provider
    private let timeout: Duration
    private let state = Locked(State())

    /// A call that takes `timeout` is overdue. A hundredth less is too: what ends because the outer time-out ended it must not look as
    /// if it had ended by itself.
    init(_ inner: any Provider, timeout: Duration) {
        self.inner = inner
        self.timeout = timeout - timeout / 100
    }

    /// See ``Provider``.
    func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        let call = begin("a list of region '\(region)'")
        defer { end(call) }
        return try await inner.list(owner: owner, region: region)
    }

    /// See ``Provider``.
    func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        let call = begin("the create of \(request.tags.node)")
        defer { end(call) }
        return try await inner.create(request)
    }

    /// See ``Provider``.
    func destroy(_ instance: InstanceReference) async throws(ProviderFailure) {
        let call = begin("the destroy of \(instance.tags.node)")
        defer { end(call) }
        try await inner.destroy(instance)
    }

    /// The calls that took too long, those that still do among them.
    var overdue: [String] {
        let now = ContinuousClock.now
        return state.with { state in
            state.overdue
                + state.underWay.sorted { $0.key < $1.key }.map(\.value)
                .filter { now - $0.since >= timeout }.map(\.what)
        }
    }

    /// Waits until no call is under way, also none that nobody waits for any more; false when some still are after `limit`.
    func idle(within limit: Duration) async -> Bool {
        let deadline = ContinuousClock.now + limit
        while !state.with({ $0.underWay.isEmpty }) {
            guard ContinuousClock.now < deadline, (try? await Task.sleep(for: Self.step)) != nil else { return false }
        }
        return true
    }

    private func begin(_ what: String) -> Int {
        state.with { state in
            state.begun += 1
            state.underWay[state.begun] = Call(what: what, since: .now)
            return state.begun
        }
    }

    private func end(_ number: Int) {
        let now = ContinuousClock.now
        state.with { state in
            guard let call = state.underWay.removeValue(forKey: number) else { return }
            if now - call.since >= timeout { state.overdue.append(call.what) }
        }
    }
}
