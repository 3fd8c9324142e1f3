/// Amazon EC2, or a server that speaks its Query API.
package struct EC2Spec: Sendable, Equatable {
    /// In place of the public endpoint.
    package var endpoint: String?
    package var profile: String?
    package var spot: Bool = false
    /// Node group regions by their names at the provider, where they differ.
    package var regions: [String: String] = [:]
    /// How its machines become nodes.
    package var bootstrap = BootstrapSpec()
    package init() {}
}
