internal import Foundation
package import Reconciler

/// Tries whether a provider could do its work: reads, and asks for dry runs. Nothing is made, ended or written.
package struct ProviderCheckup: Sendable {
    /// One thing that was tried.
    package struct Finding: Sendable, Equatable {
        /// What: `list us-east`.
        package var what: String
        /// What came of it, and where it failed why.
        package var words: String
        /// Whether it failed.
        package var isFailure: Bool

        package init(what: String, words: String, isFailure: Bool) {
            self.what = what
            self.words = words
            self.isFailure = isFailure
        }
    }

    private let provider: ProviderSpec
    private let dataDirectory: String
    private let time: any TimeSource

    package init(_ provider: ProviderSpec, dataDirectory: String, time: any TimeSource) {
        self.provider = provider
        self.dataDirectory = dataDirectory
        self.time = time
    }

    /// `samples` are creates as the spec's pools would make them, with the owner's tags.
    package func run(_ samples: [CreateRequest]) async -> [Finding] {
        switch provider.settings {
        case .simulated: return [Finding(what: "simulated", words: "needs nothing", isFailure: false)]
        case .process(let settings): return Self.programs(settings)
        case .terraform(let settings): return await TerraformCheckup(settings).run()
        case .shell, .ec2: break
        }
        let made: any Provider
        do throws(ProviderUnavailable) {
            made = try makeProvider(provider, dataDirectory: dataDirectory, time: time)
        } catch {
            return [Finding(what: "settings", words: error.description, isFailure: true)]
        }
        let guarded = GuardedProvider(made, name: provider.name, limits: provider.limits, time: time)
        var findings: [Finding] = []
        var regions: Set<String> = []
        for sample in samples where regions.insert(sample.tags.region).inserted {
            let region = sample.tags.region
            var present: String?
            do throws(ProviderFailure) {
                let listing = try await guarded.list(owner: sample.tags.owner, region: region)
                present = listing.instances.first?.id
                let count = listing.instances.count
                findings.append(
                    listing.complete
                        ? Finding(
                            what: "list \(region)", words: "\(count) instance\(count == 1 ? "" : "s")", isFailure: false
                        )
                        : Finding(
                            what: "list \(region)", words: "cut short: \(listing.shortfall ?? "no reason given")",
                            isFailure: true))
            } catch {
                findings.append(Finding(what: "list \(region)", words: error.message, isFailure: true))
            }
            guard let amazon = made as? EC2Provider else { continue }
            let failure = await amazon.tryDestroy(instance: present, in: region)
            findings.append(Self.dryRun("destroy \(region)", failure))
        }
        if let amazon = made as? EC2Provider {
            for sample in samples {
                let failure = await amazon.tryCreate(sample)
                findings.append(Self.dryRun("create \(sample.tags.region)/\(sample.tags.role)", failure))
            }
        }
        return findings
    }

    private static func dryRun(_ what: String, _ failure: ProviderFailure?) -> Finding {
        Finding(what: what, words: failure?.message ?? "allowed, by a dry run", isFailure: failure != nil)
    }

    /// Whether the programs of local nodes are there.
    private static func programs(_ settings: ProcessSpec) -> [Finding] {
        settings.roles.sorted { $0.key < $1.key }.map { role, command in
            let program = command.arguments.first ?? ""
            // What is filled in is known when a node is made.
            guard !program.contains("{{") else {
                return Finding(what: "program of \(role)", words: "'\(program)' depends on the node", isFailure: false)
            }
            let path = program.contains("/") ? NodeCommand.path(program, command.source) : program
            let found = ProgramSearch.find(path, in: ProcessInfo.processInfo.environment["PATH"] ?? "")
            return Finding(
                what: "program of \(role)",
                words: found.map { "'\($0)'" } ?? "there is no program '\(path)' that may be run",
                isFailure: found == nil)
        }
    }
}
