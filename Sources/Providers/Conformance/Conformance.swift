package import Reconciler

/// How one case went.
package struct ConformanceResult: Sendable {
    package let proven: ConformanceCase
    package let verdict: CaseVerdict
    package let took: Duration
    /// What was tried again, as the control loop would; empty for nothing.
    package let setbacks: String

    package init(proven: ConformanceCase, verdict: CaseVerdict, took: Duration, setbacks: String) {
        self.proven = proven
        self.verdict = verdict
        self.took = took
        self.setbacks = setbacks
    }
}

/// How a run went.
package struct ConformanceReport: Sendable {
    package var results: [ConformanceResult]
    /// So many instances were made, as far as they were ever seen.
    package var made: Int
    /// What could not be cleared up.
    package var leftovers: [ConformanceLeftover]
    /// It was called off before its last case.
    package var wasInterrupted: Bool

    package init(
        results: [ConformanceResult], made: Int, leftovers: [ConformanceLeftover], wasInterrupted: Bool
    ) {
        self.results = results
        self.made = made
        self.leftovers = leftovers
        self.wasInterrupted = wasInterrupted
    }

    /// All that was run passed, something was run, and nothing is left.
    package var isPassed: Bool {
        !wasInterrupted && leftovers.isEmpty && results.contains { $0.verdict == .pass }
            && !results.contains { if case .fail = $0.verdict { true } else { false } }
    }
}

/// A run of conformance cases against one provider: one case after the other, and after each all is cleared up that it made.
///
/// All instances have an owner tag that is drawn for the run: no fleet has it, so that a provider that keeps to the contract touches
/// nobody else's instances, and the run's own are found by it.
package struct Conformance: Sendable {
    /// What is going on.
    package enum Progress: Sendable {
        case began(ConformanceCase)
        case ended(ConformanceResult)
        /// What is still there at the end is waited for.
        case clearing
    }

    private let bench: ConformanceBench
    private let callTimeout: Duration

    /// `made` is the provider itself: the run puts the time-out and the rate limit around it, as the daemon does.
    package init(
        _ made: any Provider, name: String, limits: CallLimits, setup: ConformanceSetup, time: any TimeSource
    ) {
        bench = ConformanceBench(made, name: name, limits: limits, setup: setup, time: time)
        callTimeout = limits.timeout + .seconds(1)
    }

    /// Runs the cases. When its task is cancelled it stops soon, and clears up all the same. Throws before anything is made when the
    /// witness has nothing to say.
    package func run(
        _ cases: [ConformanceCase], progress: @Sendable (Progress) -> Void = { _ in }
    ) async throws(ConformanceSetup.WitnessFailure) -> ConformanceReport {
        var results: [ConformanceResult] = []
        try await bench.hearWitness()
        for proven in cases {
            if Task.isCancelled { break }
            bench.ledger.beginChapter()
            progress(.began(proven))
            let begin = ContinuousClock.now
            var verdict = await verdict(of: proven)
            let took = ContinuousClock.now - begin
            if verdict == nil { break }
            _ = await clear(untilGone: false)
            let late = bench.lateFindings.with { findings in
                defer { findings = [] }
                return findings.first
            }
            if let late, verdict == .pass { verdict = .fail(late) }
            guard let verdict else { break }
            let result = ConformanceResult(
                proven: proven, verdict: verdict, took: took, setbacks: bench.takeSetbacks())
            results.append(result)
            progress(.ended(result))
        }
        progress(.clearing)
        let leftovers = await clear(untilGone: true)
        return ConformanceReport(
            results: results, made: bench.ledger.made, leftovers: leftovers,
            wasInterrupted: results.count < cases.count)
    }

    /// Nil when the run was called off.
    private func verdict(of proven: ConformanceCase) async -> CaseVerdict? {
        do {
            try await proven.run(bench)
            return .pass
        } catch let end as CaseEnd {
            switch end {
            case .failed(let words): return .fail(words)
            case .skipped(let words): return .skip(words)
            case .interrupted: return nil
            }
        } catch {
            return Task.isCancelled ? nil : .fail("\(error)")
        }
    }

    /// In a task of its own, which the end of the run's does not end.
    private func clear(untilGone: Bool) async -> [ConformanceLeftover] {
        let (bench, callTimeout) = (bench, callTimeout)
        return await Task(name: "conformance clean-up") {
            await bench.clear(untilGone: untilGone, callTimeout: callTimeout)
        }.value
    }
}
