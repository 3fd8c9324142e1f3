internal import Foundation
package import Reconciler

/// The provider of type `ec2`: instances of Amazon EC2, or of a server that speaks its Query API.
///
/// That a create happens once rests on three things, since none is enough everywhere:
/// - A look for the token's tag before every create. Nobody can tell a first create from a repetition: the manager may have been killed
///   in between. Reads are cheap beside `RunInstances`, of which EC2 allows two a second. It finds what any server made, also one that
///   knows no client tokens (moto) or has forgotten them (EC2, a day after the end of the instance).
/// - A client token for `RunInstances`. EC2 is eventually consistent: what was made a moment ago may not be listed yet, and then the token
///   brings it.
/// - ``settling``: what a manager that was killed had sent may still be on its way, and with several offers nobody knows which.
package final class EC2Provider: Provider {
    /// No create is begun for so long after the provider was made: requests of a manager before it have arrived by then, and are listed.
    static let settling: Duration = .seconds(5)
    /// A call may make several requests: one has this share of the call's time.
    static let requestShare = 2
    /// Requests at once.
    static let connections = 20

    let spec: EC2Spec
    let client: EC2Client
    private let search: EC2Search
    private let timeout: Duration
    private let time: any TimeSource
    let userData: @Sendable (CreateRequest) -> String
    private let settledAt: Timestamp
    private let turns = KeyedTurns()
    private let memory = Locked(EC2Memory())

    /// Nothing is asked yet. `timeout` is that of a whole call. `environment` is the manager's, for its credentials. `userData` is what an instance runs at its first boot.
    package init(
        spec: EC2Spec, timeout: Duration, environment: [String: String], time: any TimeSource, random: SeededRandom,
        userData: @escaping @Sendable (CreateRequest) -> String
    ) {
        self.spec = spec
        self.timeout = timeout
        self.time = time
        self.userData = userData
        settledAt = time.now() + Self.settling
        let http = HTTPClient(handles: Self.connections)
        let chain = AWSCredentialChain(environment: environment, profile: spec.profile, http: http)
        let store = AWSCredentialStore(time: time) {
            do throws(CredentialFailure) { return .success(try await chain.find()) } catch { return .failure(error) }
        }
        client = EC2Client(
            http: http, credentials: store, endpoint: spec.endpoint, timeout: timeout / Self.requestShare, time: time,
            random: random)
        search = EC2Search(client, usesTags: EC2Endpoint.usesTags(spec))
    }

    var deadline: EC2Deadline { EC2Deadline(timeout, from: time.now()) }

    // MARK: - List

    /// Page after page of what carries the owner's and the region's tag. A page that fails after the first leaves the list cut short.
    package func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        let condition = EC2Search.Condition(tags: [(EC2Tag.owner, owner), (EC2Tag.region, region)])
        let found = try await search.find(condition, in: spec.amazonRegion(of: region), by: deadline)
        let instances = found.instances.compactMap { $0.instance(spec.addresses) }
            .filter { $0.tags.owner == owner && $0.tags.region == region }
        return Listing(
            instances: instances, complete: found.shortfall == nil,
            shortfall: found.shortfall.map { "page \(found.pages + 1): \($0.message)" })
    }

    // MARK: - Create

    /// Returns the instance of this token, or makes one by the first offer that there is capacity for.
    package func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        let launch = try EC2Launch(request, spec: spec, userData: userData(request))
        let deadline = deadline
        return try await turns.run(request.token) { () throws(ProviderFailure) in
            try await settle()
            if let found = try await find(request.tags, token: request.token, by: deadline) { return found }
            return try await make(request, launch, by: deadline)
        }
    }

    private func settle() async throws(ProviderFailure) {
        let left = min(settledAt - time.now(), Self.settling)
        do {
            if left > .zero { try await time.sleep(for: left) }
            try Task.checkCancellation()
        } catch {
            throw .retryable("the create was cancelled before it began")
        }
    }

    private func make(
        _ request: CreateRequest, _ launch: EC2Launch, by deadline: EC2Deadline
    ) async throws(ProviderFailure) -> Instance {
        var refusals: [String] = []
        let first = memory.with { $0.offer(request.token) } ?? 0
        // The template may have fewer offers now.
        for (number, offer) in launch.offers.enumerated().dropFirst(first < launch.offers.count ? first : 0) {
            let query = launch.query(offer)
            memory.with { $0.note(number, request.token) }
            do throws(EC2Fault) {
                let answer = try await client.call(
                    query, in: spec.amazonRegion(of: request.tags.region), by: deadline,
                    hiding: [request.credential, query["UserData"] ?? ""])
                return try made(request, by: answer)
            } catch {
                if case .refused(let refusal) = error, refusal.kind == .capacity {
                    refusals.append("\(offer.words): \(refusal.code)")
                    // The last one tells the whole.
                    if number < launch.offers.count - 1 { continue }
                    memory.with { $0.forget(request.token) }
                    let earlier = refusals.dropLast().joined(separator: ", ")
                    throw .noCapacity(
                        refusal.words("RunInstances of \(offer.words)", in: spec.amazonRegion(of: request.tags.region))
                            + (earlier.isEmpty ? "" : "; before it \(earlier)"))
                }
                if let known = try await known(request, after: error, by: deadline) { return known }
                throw failure(error, query, request.tags.region)
            }
        }
        preconditionFailure("a launch without offers: \(launch.offers)")
    }

    private func made(_ request: CreateRequest, by answer: XMLTree) throws(EC2Fault) -> Instance {
        guard let item = answer.items("instancesSet").first, let made = EC2Instance(item) else {
            throw .lost("the answer to RunInstances names no instance")
        }
        return Instance(
            id: made.id, tags: request.tags, token: request.token, revision: request.revision, state: made.knownState,
            address: spec.addresses == .private ? made.privateAddress : made.publicAddress)
    }

    /// What these two refusals say: that there was an instance of this client token already. The parameters differ when the manager was
    /// started anew in between, for the node's credential is signed each time.
    private func known(
        _ request: CreateRequest, after fault: EC2Fault, by deadline: EC2Deadline
    ) async throws(ProviderFailure) -> Instance? {
        guard case .refused(let refusal) = fault, refusal.kind == .mismatch || refusal.kind == .ended else {
            return nil
        }
        let states = EC2Instance.presentStates + ["terminated"]
        if let found = try await find(request.tags, token: request.token, states: states, by: deadline) { return found }
        guard refusal.kind == .ended else { return nil }
        return Instance(
            id: "(no longer shown)", tags: request.tags, token: request.token, revision: request.revision, state: .gone)
    }

    private func find(
        _ tags: InstanceTags, token: String, states: [String] = EC2Instance.presentStates, by deadline: EC2Deadline
    ) async throws(ProviderFailure) -> Instance? {
        let found = try await instances(tags, token: token, states: states, by: deadline)
        return EC2Instance.preferred(of: found)?.instance(spec.addresses)
    }

    /// Those that carry this token and exactly these tags: all of them, or a failure.
    private func instances(
        _ tags: InstanceTags, token: String, states: [String] = EC2Instance.presentStates, by deadline: EC2Deadline
    ) async throws(ProviderFailure) -> [EC2Instance] {
        let condition = EC2Search.Condition(
            tags: [(EC2Tag.token, token), (EC2Tag.node, tags.node.rawValue)], states: states)
        let found = try await search.find(condition, in: spec.amazonRegion(of: tags.region), by: deadline)
        if let shortfall = found.shortfall { throw shortfall }
        return found.instances.filter { $0.ownership == tags && $0.tags[EC2Tag.token] == token }
    }

    // MARK: - Destroy

    /// Terminates what carries exactly these tags: the instance of that id, or without one all of that token.
    package func destroy(_ instance: InstanceReference) async throws(ProviderFailure) {
        let deadline = deadline
        try await turns.run(instance.token) { () throws(ProviderFailure) in
            let ours = try await targets(instance, by: deadline).filter {
                $0.ownership == instance.tags && $0.state != "terminated" && $0.state != "shutting-down"
            }
            // Not there, on its way out, or not ours. One that was made a moment ago and is not listed yet comes to the manager's eyes in
            // a list, and it asks again.
            // One by one: a request with an id that is not there ends none of the others.
            for id in ours.map(\.id) {
                var query = EC2Query("TerminateInstances", isChange: true)
                query.add("InstanceId", all: [id])
                do throws(EC2Fault) {
                    _ = try await client.call(
                        query, in: spec.amazonRegion(of: instance.tags.region), by: deadline)
                } catch {
                    if case .refused(let refusal) = error, refusal.kind == .notFound { continue }
                    throw failure(error, query, instance.tags.region)
                }
            }
        }
    }

    private func targets(
        _ instance: InstanceReference, by deadline: EC2Deadline
    ) async throws(ProviderFailure) -> [EC2Instance] {
        guard let id = instance.id else {
            return try await instances(instance.tags, token: instance.token, by: deadline)
        }
        var query = EC2Query("DescribeInstances", isChange: false)
        query.add("InstanceId", all: [id])
        do throws(EC2Fault) {
            let answer = try await client.call(
                query, in: spec.amazonRegion(of: instance.tags.region), by: deadline)
            return try EC2Instance.described(by: answer).filter { $0.id == id }
        } catch {
            if case .refused(let refusal) = error, refusal.kind == .notFound { return [] }
            throw failure(error, query, instance.tags.region)
        }
    }

    // MARK: - Failures

    private func failure(_ fault: EC2Fault, _ query: EC2Query, _ region: String) -> ProviderFailure {
        EC2Failure.of(fault, query, in: spec.amazonRegion(of: region))
    }
}
