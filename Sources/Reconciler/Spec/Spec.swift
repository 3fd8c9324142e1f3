/// The desired state, read and checked: what the files say should exist. It holds no contradiction; ``SpecReader`` saw to that.
package struct Spec: Sendable, Equatable {
    package var manager: ManagerSpec
    package var providers: [String: ProviderSpec]
    /// In the order of the files.
    package var groups: [NodeGroupSpec]
    /// Groups that a person deleted by name over the API: their nodes go without another approval (safety rule 7). Disjoint
    /// from the names in ``groups``.
    package var deletedGroups: Set<String> = []
    /// Groups that do not read any more: their nodes stay as they are. Disjoint from the names in ``groups`` and ``deletedGroups``.
    package var setAside: [SetAsideGroup] = []
    /// The commit that it is from; nil where no repository is followed.
    package var origin: SpecOrigin?

    package init(
        manager: ManagerSpec = ManagerSpec(), providers: [String: ProviderSpec] = [:], groups: [NodeGroupSpec] = []
    ) {
        self.manager = manager
        self.providers = providers
        self.groups = groups
    }

    package func group(_ name: String) -> NodeGroupSpec? { groups.first { $0.name == name } }
}

/// A place in a spec file; line and column count from 1, columns in characters.
package struct SourceLocation: Sendable, Equatable, Hashable, CustomStringConvertible {
    package var file: String
    package var line: Int
    package var column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    package var description: String { "\(file):\(line):\(column)" }
}

/// The daemon's own settings, kind `Manager`. At most one document of this kind.
package struct ManagerSpec: Sendable, Equatable {
    /// `address:port` of the API; the command line's `--listen` wins.
    package var listen: String?
    /// The URL under which nodes reach this manager; default: derived from the listening address.
    package var advertiseURL: String?
    /// A round of the control loop at least this often.
    package var interval: Duration = .seconds(2)
    /// The exact owner tag on every instance; default: drawn at the first start and kept in the store.
    package var owner: String?
    /// No more nodes than this, over all groups.
    package var maxNodes: Int?
    /// Hashes of what is approved, by the annotation of the document: where the group that goes cannot bear it itself.
    package var approvals: Set<String> = []
    /// A plan that removes more than this share of all nodes needs an approval, percent 0...100 (safety rule 7).
    package var approvalShare: Int = 50
    /// A change of the spec that adds more than this percent of the serving nodes, 0 or more, needs an approval too: a typo of one
    /// digit is ten times the bill.
    package var approvalGrowth: Int = 100
    /// Both of them.
    var approvalLimits: ApprovalLimits { ApprovalLimits(share: approvalShare, growth: approvalGrowth) }
    /// Addresses whose X-Forwarded-For and Forwarded count.
    package var trustedProxies: [AddressBlock] = []
    /// The path of a MaxMind-format database for the place of a client's address.
    package var geoDatabase: String?
    package var log = Log()
    package var tokens = Tokens()
    package var tickets = Tickets()
    package var api = API()
    /// Where events are sent, in the order of the file; their names differ.
    package var webhooks: [WebhookSpec] = []

    /// The API: where it is served, who may ask what without a token, and how much a client may take.
    package struct API: Sendable, Equatable {
        /// HTTPS beside HTTP; nil: plain HTTP alone.
        package var tls: TLS?
        /// Pages of other origins that may read answers.
        package var cors = CORS()
        /// What a client may take.
        package var limits = Limits()
        /// `/metrics` answers anyone: for a Prometheus that has no token, on a network that nobody else is in.
        package var areMetricsOpen = false
        /// The reference product's routes for streams and its WHIP and WHEP answer anyone: its clients bring no token.
        package var areStreamsOpen = false
        /// Where media nodes speak WHIP: `{scope}` and `{name}` are the stream's.
        package var whipPath = "/{scope}/whip/endpoint/{name}"
        /// Where they speak WHEP.
        package var whepPath = "/{scope}/whep/endpoint/{name}"
        package init() {}
    }

    /// The API's bearer tokens.
    package struct Tokens: Sendable, Equatable {
        /// How long an access token is good, 1 s to a day.
        package var lifetime: Duration = .seconds(3600)
        /// How long a login can be renewed by its refresh token, at least as long as an access token is good.
        package var refreshLifetime: Duration = .seconds(7 * 86_400)
        /// How often the key that signs them changes, at least every ten years and at most every hour.
        package var keyRotation: Duration = .seconds(90 * 86_400)
        package init() {}
    }

    /// What lets clients in at media nodes.
    package struct Tickets: Sendable, Equatable {
        /// How long a client may take to come with its ticket: whole seconds, 1 s to a day.
        package var lifetime: Duration = .seconds(60)
        package init() {}
    }

    /// How the daemon logs.
    package struct Log: Sendable, Equatable {
        /// Read at the start; the command line's `--log-format` wins.
        package var format: LogFormat = .text
        /// Which answered requests get a line.
        package var requests: LoggedRequests = .none
        package init() {}
    }

    package enum LogFormat: String, Sendable, Equatable, CaseIterable { case text, json }

    /// `errors`: those with a status of 500 and above.
    package enum LoggedRequests: String, Sendable, Equatable, CaseIterable { case none, errors, all }

    package init() {}
}
