import Reconciler
import Testing

@testable import Providers

/// The conformance cases, which are the contract of `Provider`, over each of ours.
/// One at a time: they start hundreds of processes, and other tests of this process have time-outs.
@Suite("Every provider", .serialized)
struct ProviderContractTests {
    /// What cannot be provoked: but for ec2 none of these providers looks at the image, and nobody watches what is not theirs.
    private static let unprovoked: Set<String> = ["bad-request", "bystanders"]

    @Test("keeps the contract", arguments: ProviderKind.allCases, ConformanceCase.all)
    func contract(_ kind: ProviderKind, _ proven: ConformanceCase) async throws {
        try await kind.withProvider { provider in
            let report = try await Conformance.run([proven], of: provider, setup: .fresh())
            let result = try #require(report.results.first)
            switch result.verdict {
            case .pass: break
            case .skip(let reason):
                let isKnown =
                    Self.unprovoked.contains(proven.name)
                    && (![.ec2, .ec2ByTags].contains(kind) || proven.name == "bystanders")
                #expect(isKnown, "skipped: \(reason)")
            case .fail(let words): Issue.record("\(words)")
            }
            #expect(report.leftovers == [])
        }
    }
}

extension ConformanceCase: CustomTestStringConvertible {
    /// The name of the case.
    public var testDescription: String { name }
}

extension ConformanceSetup {
    /// Of the region that all providers of the tests have, with a run id that no other test has.
    static func fresh(timeout: Duration = .seconds(60), pause: Duration = .milliseconds(5)) -> ConformanceSetup {
        let template = NodeTemplate(
            image: "media-2.4", instanceType: nil, endpoints: [Endpoint(protocol: "rtmp", port: 1935)], settings: [:],
            providerSettings: [])
        var setup = ConformanceSetup(
            runID: String(UInt64.random(in: 0..<(.max)), radix: 36), role: "edge", region: "lab", template: template)
        setup.otherRegions = ["lab2"]
        setup.timeout = timeout
        setup.pause = pause
        setup.longestPause = pause * 10
        return setup
    }
}

extension Conformance {
    /// Runs cases of a provider with the real clock.
    static func run(
        _ cases: [ConformanceCase], of provider: any Provider, setup: ConformanceSetup,
        limits: CallLimits = CallLimits(),
        progress: @Sendable (Progress) -> Void = { _ in }
    ) async throws(ConformanceSetup.WitnessFailure) -> ConformanceReport {
        try await Conformance(provider, name: "lab", limits: limits, setup: setup, time: RealTime())
            .run(cases, progress: progress)
    }
}
