/// The desired state, read and checked: what the files say should exist. It holds no contradiction; ``SpecReader`` saw to that.
package struct Spec: Sendable, Equatable {
    package var manager: ManagerSpec
    package var providers: [String: ProviderSpec]
    /// In the order of the files.
    package var groups: [NodeGroupSpec]

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
    /// A plan that removes more than this share of all nodes needs an approval, percent 0...100 (safety rule 7).
    package var approvalShare: Int = 50
    /// A change of the spec that adds more than this percent of the serving nodes, 0 or more, needs an approval too: a typo of one
    /// digit is ten times the bill.
    package var approvalGrowth: Int = 100
    /// Addresses whose X-Forwarded-For and Forwarded count.
    package var trustedProxies: [AddressBlock] = []
    /// The path of a MaxMind-format database for the place of a client's address; one without a slash in front is seen from the
    /// directory in which the manager was started.
    package var geoDatabase: String?
    package var logFormat: LogFormat = .text
    package var tokenLifetime: Duration = .seconds(3600)
    package var tickets = Tickets()

    /// What lets clients in at media nodes.
    package struct Tickets: Sendable, Equatable {
        /// How long a client may take to come with its ticket: whole seconds, 1 s to a day.
        package var lifetime: Duration = .seconds(60)
        package init() {}
    }

    package enum LogFormat: String, Sendable, Equatable, CaseIterable { case text, json }

    package init() {}
}

/// How instances are listed, made and destroyed, kind `Provider`.
package struct ProviderSpec: Sendable, Equatable {
    package var name: String
    package var settings: Settings
    /// What bounds its calls.
    package var limits: CallLimits
    package var source: SourceLocation?

    package enum Settings: Sendable, Equatable {
        case simulated(SimulatedSpec)
        case process(ProcessSpec)
        case shell(ShellSpec)
        case ec2(EC2Spec)
        case terraform(TerraformSpec)

        package var typeName: String {
            switch self {
            case .simulated: "simulated"
            case .process: "process"
            case .shell: "shell"
            case .ec2: "ec2"
            case .terraform: "terraform"
            }
        }
    }

    /// Without `limits` those of its type.
    package init(name: String, settings: Settings, limits: CallLimits? = nil, source: SourceLocation? = nil) {
        self.name = name
        self.settings = settings
        self.limits = limits ?? CallLimits(defaultsFor: settings)
        self.source = source
    }
}

/// A provider without a cloud: instances are records in memory that boot, report load and fail as told.
package struct SimulatedSpec: Sendable, Equatable {
    /// From create to the first heartbeat.
    package var boot: Duration = .seconds(2)
    package var seed: UInt64 = 1
    package var load = Load()
    package var failures = Failures()

    /// What its nodes report beside the publishers and viewers that were assigned to them.
    package struct Load: Sendable, Equatable {
        /// From assignment to the client's being connected.
        package var connectAfter: Duration = .milliseconds(500)
        /// How long an assigned viewer or publisher stays; nil: until its node goes.
        package var stay: Duration?
        /// `cpu.system.load` of an idle node and of one at its capacity, 0...1.
        package var idleCPU: Double = 0.05
        package var fullCPU: Double = 0.9
        package init() {}
    }

    /// Probabilities 0...1, drawn from the seed.
    package struct Failures: Sendable, Equatable {
        /// A create is refused.
        package var create: Double = 0
        /// A create happens, and its answer is lost.
        package var createLost: Double = 0
        /// A list fails.
        package var list: Double = 0
        /// A list is cut short, and says so.
        package var listPartial: Double = 0
        /// A destroy fails.
        package var destroy: Double = 0
        /// A created node never sends a heartbeat.
        package var neverBoots: Double = 0
        /// A serving node dies, per node and minute.
        package var dies: Double = 0
        package init() {}
    }

    package init() {}
}

/// Nodes as local processes: one command line per role.
package struct ProcessSpec: Sendable, Equatable {
    /// By role name.
    package var roles: [String: Command]
    /// The address that nodes listen on and clients are sent to.
    package var address: String = "127.0.0.1"
    /// Free ports are taken from this range; nil: the system picks.
    package var ports: ClosedRange<Int>?
    /// From TERM to KILL when a node is destroyed.
    package var stopTimeout: Duration = .seconds(10)

    package struct Command: Sendable, Equatable {
        /// Program and arguments; `{{nodeId}}`, `{{port.rtmp}}` and the like are filled in.
        package var arguments: [String]
        package var environment: [String: String] = [:]
        package var workingDirectory: String?
        /// The spec file's place, against which relative paths are resolved.
        package var source: SourceLocation?
        package init(arguments: [String]) { self.arguments = arguments }
    }

    package init(roles: [String: Command]) { self.roles = roles }
}

/// Three commands that speak JSON.
package struct ShellSpec: Sendable, Equatable {
    package var list: [String]
    package var create: [String]
    package var destroy: [String]
    package var environment: [String: String] = [:]
    /// Variables of the manager's environment that the commands get too, by name. Their values are never shown.
    package var secrets: [String] = []
    package var timeout: Duration = .seconds(60)
    /// Creates and destroys under way at once, over all regions.
    package var concurrency: Int = 4
    /// The spec file's place, against which relative paths are resolved.
    package var source: SourceLocation?
    package init(list: [String], create: [String], destroy: [String]) {
        self.list = list
        self.create = create
        self.destroy = destroy
    }
}

/// Amazon EC2, or a server that speaks its Query API.
package struct EC2Spec: Sendable, Equatable {
    /// In place of the public endpoint.
    package var endpoint: String?
    package var profile: String?
    package var spot: Bool = false
    /// Node group regions by their names at the provider, where they differ.
    package var regions: [String: String] = [:]
    package init() {}
}

/// A Terraform or OpenTofu workspace of the user's own.
package struct TerraformSpec: Sendable, Equatable {
    package var directory: String
    package var binary: String = "terraform"
    package var timeout: Duration = .seconds(1800)
    package init(directory: String) { self.directory = directory }
}
