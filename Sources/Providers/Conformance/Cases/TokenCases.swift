internal import Reconciler

/// One token, one instance.
extension ConformanceCase {
    private static let sentence =
        "'create' is idempotent by the token: a second call with the same token returns the same instance"

    /// One after the other.
    static let sameToken = ConformanceCase(
        "same-token", proves: "creates with the same token, one after the other, make one instance",
        contract: sentence, instances: { _ in 1 }
    ) { bench in
        let request = bench.request()
        let first = try await bench.make(request)
        try await repeated(request, first, bench)
        try await bench.untilListed([first])
        try await repeated(request, first, bench)
        try await one(of: [first], bench)
    }

    private static func repeated(_ request: CreateRequest, _ first: Instance, _ bench: ConformanceBench) async throws {
        let again = try await bench.make(request)
        try bench.expect(
            again.id == first.id,
            "the same token made '\(first.id)' and then '\(again.id)'")
        if let before = first.address, let after = again.address {
            try bench.expect(
                before == after, "the address of '\(first.id)' was \(before), and is \(after) when asked again")
        }
    }

    /// All at the same time.
    static let sameTokenAtOnce = ConformanceCase(
        "same-token-at-once", proves: "creates with the same token at the same time make one instance",
        contract: "a create is asked for again also while the first call still runs", instances: { _ in 1 }
    ) { bench in
        let request = bench.request()
        let made = try await bench.makeAtOnce(Array(repeating: request, count: 4))
        let ids = Set(made.map(\.id)).sorted()
        try bench.expect(ids.count == 1, "one token made \(ids.map { "'\($0)'" }.joined(separator: " and "))")
        try await one(of: Array(made.prefix(1)), bench)
    }

    /// Different tokens do not share an instance, and none is lost.
    static let manyAtOnce = ConformanceCase(
        "many-at-once", proves: "many creates at the same time make as many instances, each of its own request",
        contract: "every call may be made from any task, several at once", instances: { $0 }
    ) { bench in
        let requests = (0..<bench.setup.instances).map { _ in bench.request() }
        let made = try await bench.makeAtOnce(requests + requests)
        let ids = Set(made.map(\.id))
        try bench.expect(
            ids.count == requests.count, "\(requests.count) tokens, each asked for twice, made \(ids.count) instances")
        try await one(of: Array(made.prefix(requests.count)), bench)
    }

    /// How long the callers of ``lostAnswer`` wait before they lose interest, in milliseconds.
    private static let patience: [Int] = [0, 30, 300]

    /// The caller went away before the answer came.
    static let lostAnswer = ConformanceCase(
        "lost-answer", proves: "a create whose answer is lost, and which is asked for again, makes one instance",
        contract: "after an unknown result the same create with the same token tells what became of the first",
        instances: { min($0, patience.count) }
    ) { bench in
        let provider = bench.provider
        let made = try await withThrowingTaskGroup(of: Instance.self) { group in
            for patience in patience.prefix(bench.setup.instances) {
                let request = bench.request()
                bench.ledger.intend(request)
                group.addTask {
                    let call = Task(name: "create that nobody waits for") { _ = try? await provider.create(request) }
                    try? await Task.sleep(for: .milliseconds(patience))
                    call.cancel()
                    // The outer time-out answers for the provider: this does not wait for it.
                    await call.value
                    return try await bench.make(request)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        // What the lost calls still do must show before it is looked for.
        _ = await bench.watch.idle(within: bench.setup.timeout)
        try await one(of: made, bench)
    }

    /// These are listed, and no others.
    private static func one(of made: [Instance], _ bench: ConformanceBench) async throws {
        try await bench.untilListed(made)
        let listed = try await bench.list()
        try bench.expect(
            Set(listed.map(\.id)) == Set(made.map(\.id)),
            "made were \(ConformanceBench.words(made)); listed are \(ConformanceBench.words(listed))")
    }
}
