package import Reconciler

extension EC2Provider {
    /// Asks whether this create would be allowed, without making anything; nil when it would. Amazon checks permissions, image, type,
    /// subnet and groups, and neither capacity nor quota
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html, `DryRun`).
    package func tryCreate(_ request: CreateRequest) async -> ProviderFailure? {
        do throws(ProviderFailure) {
            let launch = try EC2Launch(request, spec: spec, userData: userData(request))
            guard let offer = launch.offers.first else { return nil }
            return await tryCall(launch.query(offer), request.tags.region, hiding: request.credential)
        } catch {
            return error
        }
    }

    /// Asks whether a destroy would be allowed; nil when it would. Without an `instance` one is named that there is not: that it is not
    /// found is told to those alone who may.
    package func tryDestroy(instance: String?, in region: String) async -> ProviderFailure? {
        var query = EC2Query("TerminateInstances", isChange: false)
        query.add("InstanceId", all: [instance ?? "i-00000000000000000"])
        return await tryCall(query, region, hiding: nil)
    }

    private func tryCall(_ query: EC2Query, _ region: String, hiding secret: String?) async -> ProviderFailure? {
        var query = query
        query.add("DryRun", "true")
        do throws(EC2Fault) {
            _ = try await client.call(
                query, in: spec.amazonRegion(of: region), by: deadline,
                hiding: [secret, query["UserData"]].compactMap { $0 })
            return .terminal(
                "\(query.action) in \(region): the server takes no dry runs, and answered as if it had done it")
        } catch {
            guard case .refused(let refusal) = error else {
                return EC2Failure.of(error, query, in: spec.amazonRegion(of: region))
            }
            // What it would have done, and what was not there to be ended.
            if refusal.code == "DryRunOperation" || refusal.kind == .notFound { return nil }
            return EC2Failure.of(error, query, in: spec.amazonRegion(of: region))
        }
    }
}
