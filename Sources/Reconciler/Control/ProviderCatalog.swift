/// What some providers can also tell, for people who look or choose: beside ``Provider``, and optional in every part. The control loop
/// asks for none of it, and nothing is changed by it.
///
/// A part that a provider does not have fails as ``ProviderFailure/terminal(_:)``, with words that say how to get it.
package protocol ProviderCatalog: Sendable {
    /// All that the provider knows about one instance: the text of a JSON object.
    func describe(_ instance: InstanceReference) async throws(ProviderFailure) -> String
    /// The images that a node group may name there.
    func images(region: String) async throws(ProviderFailure) -> [ProviderImage]
    /// The instance types that a role may name there.
    func instanceTypes(region: String) async throws(ProviderFailure) -> [ProviderInstanceType]
}

/// An image, as `image` of a spec names it.
package struct ProviderImage: Sendable, Equatable, Codable {
    package var id: String
    /// For people.
    package var name: String?

    package init(id: String, name: String? = nil) {
        self.id = id
        self.name = name
    }
}

/// An instance type, as `instanceType` of a spec names it.
package struct ProviderInstanceType: Sendable, Equatable, Codable {
    package var type: String
    package var cpus: Double?
    /// In MB of 1,000,000 bytes or MiB, as the provider counts.
    package var memoryMB: Double?
    /// In the provider's currency.
    package var pricePerHour: Double?

    package init(type: String, cpus: Double? = nil, memoryMB: Double? = nil, pricePerHour: Double? = nil) {
        self.type = type
        self.cpus = cpus
        self.memoryMB = memoryMB
        self.pricePerHour = pricePerHour
    }
}
