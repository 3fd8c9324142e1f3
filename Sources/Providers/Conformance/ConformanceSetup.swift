package import Reconciler

/// What a run of the conformance cases makes its instances from, and how patient it is.
package struct ConformanceSetup: Sendable {
    /// What the user says must not change: prints it.
    package typealias Witness = @Sendable () async throws(WitnessFailure) -> String

    /// The witness has nothing to say; the text says why.
    package struct WitnessFailure: Error, Equatable, Sendable {
        package var message: String
        package init(_ message: String) { self.message = message }
    }

    /// Nodes report to this manager, which is not there: port 9 is that of the discard service (RFC 863).
    package static let managerURL = "http://127.0.0.1:9"
    /// So many instances a run may be asked for where the number matters.
    package static let allowedInstances = 2...200

    /// Drawn for the run; in the owner, the ids and the tokens of all that it makes.
    package var runID: String
    package var group = "conformance"
    package var role: String
    package var region: String
    /// Further regions of the provider, which must not show what is in ``region``.
    package var otherRegions: [String] = []
    package var template: NodeTemplate
    /// So many where the number matters: more than one page, where the provider has pages.
    package var instances = 3
    /// Something that may come late is waited for so long.
    package var timeout: Duration = .seconds(300)
    /// The first wait before a failed call is made again; it doubles up to ``longestPause``.
    package var pause: Duration = .milliseconds(100)
    package var longestPause: Duration = .seconds(5)
    /// Nil: nobody watches what is not of this run.
    package var witness: Witness?

    /// `runID` must be fresh: nothing else may carry it.
    package init(runID: String, role: String, region: String, template: NodeTemplate) {
        self.runID = runID
        self.role = role
        self.region = region
        self.template = template
    }

    /// The owner tag of the run: that of no manager.
    package var owner: String { "conformance-\(runID)" }
    /// Another owner of the run, whose name begins like it.
    package var otherOwner: String { "\(owner)-other" }
}
