internal import Reconciler

/// How calls fail, and when they end.
extension ConformanceCase {
    /// The image of ``badRequest``: none has this name.
    static let noSuchImage = "conformance-no-such-image"
    /// So often a failure that says that it may pass is believed.
    private static let beliefs = 4

    /// A request that can never be met is told as such.
    static let badRequest = ConformanceCase(
        "bad-request", proves: "a create that can never succeed is refused for good, and makes nothing",
        contract: "a failure says honestly what is known: 'unknown' only when the work may have happened",
        instances: { _ in 1 }
    ) { bench in
        let request = bench.request { request in
            request.template.image = noSuchImage
            request.revision = request.template.revision
        }
        bench.ledger.intend(request)
        var wait = bench.setup.pause
        for attempt in 1... {
            guard let failure = await refusal(of: request, bench) else {
                try await bench.eventually("a list with what was made") { !$0.isEmpty }
                throw CaseEnd.skipped("the provider takes any image, '\(noSuchImage)' too")
            }
            if case .terminal = failure { break }
            if case .noCapacity(let words) = failure { throw CaseEnd.skipped("there is no room for it: \(words)") }
            if attempt == beliefs {
                throw CaseEnd.failed(
                    "image '\(noSuchImage)' was refused \(attempt) times, and not for good: \(failure.message)")
            }
            try await bench.pause(&wait, after: failure.message)
        }
        let listed = try await bench.list()
        try bench.expect(
            listed.isEmpty, "the create was refused for good, and made \(ConformanceBench.words(listed))")
    }

    /// Nil when it was not refused.
    private static func refusal(of request: CreateRequest, _ bench: ConformanceBench) async -> ProviderFailure? {
        do throws(ProviderFailure) {
            let made = try await bench.provider.create(request)
            bench.learn(made, of: request)
            return nil
        } catch {
            return error
        }
    }

    /// Nothing hangs.
    static let timeouts = ConformanceCase(
        "timeouts", proves: "every call of this run ended within the provider's time-out",
        contract: "each call ends within its own time-out", instances: { _ in 1 }
    ) { bench in
        let (provider, request) = (bench.provider, bench.request())
        bench.ledger.intend(request)
        // Once each, without patience: how they end is what other cases look at.
        let made = try? await provider.create(request)
        _ = try? await provider.list(owner: bench.setup.owner, region: bench.setup.region)
        try expectNoneOverdue(bench)
        if let made {
            bench.learn(made, of: request)
            try? await bench.untilListed([made])
        }
        try? await provider.destroy(InstanceReference(id: made?.id, tags: request.tags, token: request.token))
        try expectNoneOverdue(bench)
    }

    private static func expectNoneOverdue(_ bench: ConformanceBench) throws(CaseEnd) {
        let overdue = bench.watch.overdue
        let more = overdue.count > 1 ? ", and \(overdue.count - 1) more" : ""
        try bench.expect(overdue.isEmpty, "\(overdue.first ?? "") did not end in time\(more)")
    }
}
