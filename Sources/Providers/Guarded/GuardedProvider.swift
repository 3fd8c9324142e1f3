package import Reconciler

/// Any provider, with an end to every call and a pace of calls: what a real one is wrapped in.
///
/// A create or destroy first waits for a place, where so many at once are allowed, and every call for its turn at the rate limit; then it
/// has the whole time-out for itself. One that is not answered within that is given
/// up, also when the provider hangs and takes no notice of a cancellation: a create or destroy as ``ProviderFailure/unknown(_:)``, for
/// it may have happened; a list as retryable. An answer that comes later is dropped: the next list shows what it did.
package final class GuardedProvider: Provider {
    /// A call whose turn is further away fails instead, to be tried again by the control loop's own pace: until then the reason for
    /// it may be gone.
    static let longestWait: Duration = .seconds(30)

    private let name: String
    private let inner: any Provider
    private let timeout: Duration
    private let limiter: RateLimiter?
    private let gate: CallGate?
    private let time: any TimeSource

    /// `name` is the provider's, for the words of its failures.
    package init(_ inner: any Provider, name: String, limits: CallLimits, time: any TimeSource) {
        self.name = name
        self.inner = inner
        timeout = limits.timeout
        limiter = limits.rate.map { RateLimiter($0, longestWait: Self.longestWait, time: time) }
        gate = limits.changesAtOnce.map { CallGate($0) }
        self.time = time
    }

    /// See ``Provider``; retryable when it is not answered in time.
    package func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        let inner = inner
        return try await call("the list of region '\(region)'", ifUnanswered: { .retryable($0) }) {
            () throws(ProviderFailure) in try await inner.list(owner: owner, region: region)
        }
    }

    /// See ``Provider``; unknown when it is not answered in time.
    package func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        let inner = inner
        return try await change("the create of \(request.tags.node)") { () throws(ProviderFailure) in
            try await inner.create(request)
        }
    }

    /// See ``Provider``; unknown when it is not answered in time.
    package func destroy(_ instance: InstanceReference) async throws(ProviderFailure) {
        let inner = inner
        try await change("the destroy of \(instance.tags.node)") { () throws(ProviderFailure) in
            try await inner.destroy(instance)
        }
    }

    /// A call that changes something: with a place of its own, where those are counted.
    private func change<Value: Sendable>(
        _ what: String, _ body: @escaping @Sendable () async throws(ProviderFailure) -> Value
    ) async throws(ProviderFailure) -> Value {
        if let gate, await !gate.enter() { throw Self.neverBegun(what) }
        defer { gate?.leave() }
        return try await call(what, ifUnanswered: { .unknown($0) }, body)
    }

    private func call<Value: Sendable>(
        _ what: String, ifUnanswered failure: (String) -> ProviderFailure,
        _ body: @escaping @Sendable () async throws(ProviderFailure) -> Value
    ) async throws(ProviderFailure) -> Value {
        try await waitForTurn(what)
        let outcome = await limited(to: timeout, time, "\(what) by provider '\(name)'") {
            do throws(ProviderFailure) {
                return Result<Value, ProviderFailure>.success(try await body())
            } catch {
                return .failure(error)
            }
        }
        switch outcome {
        case .answered(let result): return try result.get()
        case .timedOut:
            throw failure("\(what) was not answered by provider '\(name)' within \(timeout.specText)")
        case .cancelled: throw failure("\(what) was cancelled before provider '\(name)' answered")
        }
    }

    /// Nothing was asked of the provider when this throws.
    private func waitForTurn(_ what: String) async throws(ProviderFailure) {
        if Task.isCancelled { throw Self.neverBegun(what) }
        guard let limiter else { return }
        do throws(RateLimiter.Refusal) {
            try await limiter.enter()
        } catch {
            switch error {
            case .wouldWait(let wait):
                throw .retryable(
                    "rate limit of provider '\(name)': \(what) would wait \(wait.specText) for its turn, which is over "
                        + Self.longestWait.specText)
            case .cancelled: throw Self.neverBegun(what)
            }
        }
    }

    private static func neverBegun(_ what: String) -> ProviderFailure {
        .retryable("\(what) was cancelled before it began")
    }
}
