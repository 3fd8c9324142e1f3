internal import Reconciler

/// Any provider, telling in which regions it has, or may have, instances.
struct AnchoredProvider: Provider {
    let inner: any Provider
    /// Told of a region as soon as an instance may be there.
    let anchor: @Sendable (_ region: String) -> Void

    /// See ``Provider``.
    func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        let listing = try await inner.list(owner: owner, region: region)
        if !listing.instances.isEmpty { anchor(region) }
        return listing
    }

    /// See ``Provider``. After an unknown result there may be an instance too.
    func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        do throws(ProviderFailure) {
            let made = try await inner.create(request)
            anchor(request.tags.region)
            return made
        } catch {
            if case .unknown = error { anchor(request.tags.region) }
            throw error
        }
    }

    /// See ``Provider``.
    func destroy(_ instance: InstanceReference) async throws(ProviderFailure) { try await inner.destroy(instance) }
}
