/// A provider call to be made.
package enum Effect: Sendable {
    case list(ProviderScope, askedAt: Timestamp)
    case create(NodeID, provider: String, CreateRequest)
    case destroy(NodeID, provider: String, InstanceReference)
}

/// How it ended.
package enum EffectResult: Sendable {
    case listed(ListingReport)
    case operated(OperationOutcome)
}

/// Makes provider calls for the control loop, which never waits for them: results come through `deliver`, in any order.
package protocol EffectRunner: Sendable {
    func run(
        _ effects: [Effect], with providers: ProviderSet, owner: String,
        deliver: @escaping @Sendable (EffectResult) -> Void
    ) async
}

extension Effect {
    /// Makes the call and waits for its end.
    package func perform(with providers: ProviderSet, owner: String) async -> EffectResult {
        switch self {
        case .list(let scope, let askedAt):
            guard let provider = providers.provider(scope.provider) else {
                let failure = ProviderFailure.terminal(providers.whyNot(scope.provider))
                return .listed(ListingReport(scope: scope, askedAt: askedAt, result: .failure(failure)))
            }
            do throws(ProviderFailure) {
                let listing = try await provider.list(owner: owner, region: scope.region)
                return .listed(ListingReport(scope: scope, askedAt: askedAt, result: .success(listing)))
            } catch {
                return .listed(ListingReport(scope: scope, askedAt: askedAt, result: .failure(error)))
            }
        case .create(let node, let name, let request):
            let operation = Operation(.create, node)
            guard let provider = providers.provider(name) else {
                return .operated(OperationOutcome(operation, .failure(.terminal(providers.whyNot(name)))))
            }
            do throws(ProviderFailure) {
                return .operated(OperationOutcome(operation, .success(try await provider.create(request))))
            } catch {
                return .operated(OperationOutcome(operation, .failure(error)))
            }
        case .destroy(let node, let name, let instance):
            let operation = Operation(.destroy, node)
            guard let provider = providers.provider(name) else {
                return .operated(OperationOutcome(operation, .failure(.terminal(providers.whyNot(name)))))
            }
            do throws(ProviderFailure) {
                try await provider.destroy(instance)
                return .operated(OperationOutcome(operation, .success(nil)))
            } catch {
                return .operated(OperationOutcome(operation, .failure(error)))
            }
        }
    }
}

/// The daemon's way: a task per call, so that a slow provider delays nothing but itself.
package struct ConcurrentEffects: EffectRunner {
    private let meter: ActivityMeter

    /// `meter` is told of every call.
    package init(meter: ActivityMeter) { self.meter = meter }

    package func run(
        _ effects: [Effect], with providers: ProviderSet, owner: String,
        deliver: @escaping @Sendable (EffectResult) -> Void
    ) async {
        for effect in effects {
            // Held by nobody on purpose: the call ends within the provider's own time-out, and its result is delivered or, when
            // the process ends first, found out by the node's token at the next start.
            Task(name: "provider call") { [meter] in
                let began = ContinuousClock.now
                let result = await effect.perform(with: providers, owner: owner)
                meter.call(.init(effect, result), took: ContinuousClock.now - began)
                deliver(result)
            }
        }
    }
}
