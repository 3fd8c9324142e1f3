/// Amazon EC2, or a server that speaks its Query API.
package struct EC2Spec: Sendable, Equatable {
    /// Which of an instance's addresses clients and probes are sent to.
    package enum Addresses: String, Sendable, CaseIterable {
        case `public`, `private`
    }

    /// How instances are found by their tags.
    package enum Lookup: String, Sendable, CaseIterable {
        /// By `DescribeInstances` with filters.
        case filters
        /// By `DescribeTags`, and then by their ids.
        case tags
    }

    /// In place of the public endpoints, for every region.
    package var endpoint: String?
    /// Nil: filters of Amazon's own servers, tags of any other.
    package var lookup: Lookup?
    /// The profile of the AWS configuration files; nil: the environment's credentials, or the default profile.
    package var profile: String?
    /// Whether spot instances are asked for first; a role's or region's setting `spot` stands above it.
    package var spot: Bool = false
    /// Amazon's names of our regions, where they differ.
    package var regions: [String: String] = [:]
    /// By instance type those that stand in for it where there is no capacity, in order of preference.
    package var substitutes: [String: [String]] = [:]
    package var addresses: Addresses = .public
    /// How its machines become nodes.
    package var bootstrap = BootstrapSpec()
    package init() {}

    /// Amazon's name of a region of ours.
    package func amazonRegion(of region: String) -> String { regions[region] ?? region }
}
