/// What makes, lists and destroys instances: a cloud, a shell script, local processes, a simulation.
///
/// The contract, which every provider keeps and the conformance tests check:
/// - `create` is idempotent by ``CreateRequest/token``: a second call with the same token returns the same instance.
/// - Every instance carries the request's ``InstanceTags``, and `list` returns them exactly.
/// - `list` says whether it is complete. A list that failed throws; one that was cut short returns `complete: false`.
/// - `destroy` of an instance that is not there succeeds.
/// - Each call ends within its own time-out and says honestly what it knows: ``ProviderFailure/unknown(_:)`` when the
///   work may have happened.
/// - Every call may be made from any task, several at once.
package protocol Provider: Sendable {
    /// All instances of `owner` in `region` that are not gone.
    func list(owner: String, region: String) async throws(ProviderFailure) -> Listing
    /// Makes one instance, or returns that which was made with the same token. Need not wait for its boot.
    func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance
    /// Ends one instance of ours; returns when the provider accepted it.
    func destroy(_ instance: InstanceReference) async throws(ProviderFailure)
}

/// How a provider call failed, as far as the caller must react differently.
package enum ProviderFailure: Error, Equatable, Sendable {
    /// It did not happen; trying later may help.
    case retryable(String)
    /// It did not happen: no capacity or quota there now.
    case noCapacity(String)
    /// It did not happen, and will not without a change of the spec or of the provider's settings.
    case terminal(String)
    /// It may have happened: find out by the token before anything else.
    case unknown(String)

    package var message: String {
        switch self {
        case .retryable(let text), .noCapacity(let text), .terminal(let text), .unknown(let text): text
        }
    }
}

/// The exact ownership tags (safety rule 2).
package struct InstanceTags: Sendable, Hashable, Codable {
    package var owner: String
    package var group: String
    package var region: String
    package var role: String
    package var node: NodeID

    package init(owner: String, group: String, region: String, role: String, node: NodeID) {
        self.owner = owner
        self.group = group
        self.region = region
        self.role = role
        self.node = node
    }

    package var pool: PoolKey { PoolKey(group: group, region: region, role: role) }
}

package struct Listing: Sendable, Equatable {
    package var instances: [Instance]
    /// False when the list was cut short: then it proves the presence of what is in it, and no absence.
    package var complete: Bool
    /// Why it was cut short, where the provider knows.
    package var shortfall: String?

    package init(instances: [Instance], complete: Bool, shortfall: String? = nil) {
        self.instances = instances
        self.complete = complete
        self.shortfall = shortfall
    }
}

/// One instance, as the provider sees it.
package struct Instance: Sendable, Equatable {
    package enum State: String, Sendable, Codable {
        case pending, running, stopping, gone
    }

    package var id: String
    package var tags: InstanceTags
    package var token: String
    package var revision: String
    package var state: State
    package var address: String?
    /// Where it listens, where that differs from the role's endpoints.
    package var endpoints: [Endpoint]

    package init(
        id: String, tags: InstanceTags, token: String, revision: String, state: State, address: String? = nil,
        endpoints: [Endpoint] = []
    ) {
        self.id = id
        self.tags = tags
        self.token = token
        self.revision = revision
        self.state = state
        self.address = address
        self.endpoints = endpoints
    }
}

/// What a node is made from. A change here is drift; a change of scaling or capacity is not.
package struct NodeTemplate: Sendable, Equatable, Codable {
    package var image: String?
    package var instanceType: String?
    package var endpoints: [Endpoint]
    package var settings: [String: String]
    /// What the provider itself adds, e.g. the command line of a role.
    package var providerSettings: [String]

    package init(
        image: String?, instanceType: String?, endpoints: [Endpoint], settings: [String: String],
        providerSettings: [String]
    ) {
        self.image = image
        self.instanceType = instanceType
        self.endpoints = endpoints
        self.settings = settings
        self.providerSettings = providerSettings
    }
}

package struct CreateRequest: Sendable, Equatable {
    package var tags: InstanceTags
    /// The idempotency token.
    package var token: String
    package var revision: String
    package var template: NodeTemplate
    /// The node's own bearer token for its heartbeats. A secret: never logged.
    package var credential: String
    /// Where the node reaches the manager.
    package var managerURL: String

    package init(
        tags: InstanceTags, token: String, revision: String, template: NodeTemplate, credential: String,
        managerURL: String
    ) {
        self.tags = tags
        self.token = token
        self.revision = revision
        self.template = template
        self.credential = credential
        self.managerURL = managerURL
    }
}

/// Enough to destroy exactly one instance.
package struct InstanceReference: Sendable, Equatable {
    /// What the provider called it; nil when the answer to its create never came: then the tags and the token find it.
    package var id: String?
    package var tags: InstanceTags
    package var token: String

    package init(id: String?, tags: InstanceTags, token: String) {
        self.id = id
        self.tags = tags
        self.token = token
    }
}
