internal import Reconciler

/// One condition of the contract of ``Provider``, as a value: what it proves, and how.
///
/// A case makes instances of an owner of its run's own and need not clear up: ``Conformance`` does that, however the case ended.
package struct ConformanceCase: Sendable {
    /// Short words with hyphens: `same-token`.
    package let name: String
    /// What a pass says, in one sentence.
    package let proves: String
    /// The sentence of the contract (see ``Provider`` and docs/providers.md) that it holds the provider to.
    package let contract: String
    /// How many instances it makes at most, when the run was asked for so many where the number matters.
    package let instances: @Sendable (Int) -> Int
    /// Returns when the condition holds, and throws ``CaseEnd`` otherwise.
    let run: @Sendable (ConformanceBench) async throws -> Void

    init(
        _ name: String, proves: String, contract: String, instances: @escaping @Sendable (Int) -> Int,
        run: @escaping @Sendable (ConformanceBench) async throws -> Void
    ) {
        self.name = name
        self.proves = proves
        self.contract = contract
        self.instances = instances
        self.run = run
    }

    /// Every case, in the order in which they are run: what the later ones lean on comes first.
    package static let all: [ConformanceCase] = [
        .emptyList, .exactTags, .oddValues, .runs, .address, .sameToken, .sameTokenAtOnce, .lostAnswer, .manyAtOnce,
        .paging,
        .listWhileCreating, .owners, .regions, .destroy, .destroyUnknown, .destroyByToken, .destroyWrongTags,
        .destroyElsewhere, .badRequest, .bystanders, .timeouts,
    ]
}

/// How a case ended that did not pass.
enum CaseEnd: Error, Equatable, Sendable {
    /// The provider broke the contract: what was found, and what was expected.
    case failed(String)
    /// The condition cannot be provoked here: why.
    case skipped(String)
    /// The run was called off.
    case interrupted
}

/// What became of a case.
package enum CaseVerdict: Equatable, Sendable {
    case pass
    case fail(String)
    case skip(String)
}
