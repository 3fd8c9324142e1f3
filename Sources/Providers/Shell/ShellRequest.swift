internal import Reconciler

/// What the commands of a shell provider read. No secret is in it.
enum ShellRequest {
    /// The request of `list`.
    struct List: Encodable, Sendable {
        var command = ShellVerb.list.rawValue
        var owner: String
        var region: String
        /// Of the page before; absent at the first.
        var cursor: String?

        init(owner: String, region: String, cursor: String?) {
            self.owner = owner
            self.region = region
            self.cursor = cursor
        }
    }

    /// The request of `create`.
    struct Create: Encodable, Sendable {
        struct Template: Encodable, Sendable {
            var image: String?
            var instanceType: String?
            var endpoints: [ShellEndpoint]
            /// Of the region and the role.
            var settings: [String: String]
        }

        var command = ShellVerb.create.rawValue
        var token: String
        var revision: String
        var tags: ShellTags
        var template: Template
        var managerURL: String

        init(_ request: CreateRequest) {
            token = request.token
            revision = request.revision
            tags = ShellTags(request.tags)
            template = Template(
                image: request.template.image, instanceType: request.template.instanceType,
                endpoints: request.template.endpoints.map(ShellEndpoint.init), settings: request.template.settings)
            managerURL = request.managerURL
        }
    }

    /// The request of `destroy` and of `describe`.
    struct Instance: Encodable, Sendable {
        var command: String
        /// Absent when the answer to its create never came.
        var id: String?
        var token: String
        var tags: ShellTags

        init(_ verb: ShellVerb, _ instance: InstanceReference) {
            command = verb.rawValue
            id = instance.id
            token = instance.token
            tags = ShellTags(instance.tags)
        }
    }

    /// The request of `images` and of `types`.
    struct Catalog: Encodable, Sendable {
        var command: String
        var region: String

        init(_ verb: ShellVerb, region: String) {
            command = verb.rawValue
            self.region = region
        }
    }
}

/// The ownership tags as the commands read and print them.
struct ShellTags: Codable, Equatable, Sendable {
    var owner: String
    var group: String
    var region: String
    var role: String
    var node: String

    init(_ tags: InstanceTags) {
        owner = tags.owner
        group = tags.group
        region = tags.region
        role = tags.role
        node = tags.node.rawValue
    }

    /// The same for the control loop.
    var tags: InstanceTags {
        InstanceTags(owner: owner, group: group, region: region, role: role, node: NodeID(node))
    }
}

/// An endpoint as the commands read and print it.
struct ShellEndpoint: Codable, Equatable, Sendable {
    var `protocol`: String
    var port: Int

    init(_ endpoint: Endpoint) {
        `protocol` = endpoint.protocol
        port = endpoint.port
    }

    /// The same for the control loop; nil when there is no such port.
    var endpoint: Endpoint? {
        (1...65535).contains(port) && !`protocol`.isEmpty ? Endpoint(protocol: `protocol`, port: port) : nil
    }
}
