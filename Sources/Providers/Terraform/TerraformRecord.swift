internal import Foundation
internal import Reconciler

/// One node as the variable `nodes` has it: all that its create asked for. It stays as it is while the node lives.
struct TerraformEntry: Codable, Equatable, Sendable {
    var owner: String
    var group: String
    var region: String
    var role: String
    var node: String
    /// The idempotency token of its create. No secret.
    var token: String
    var revision: String
    var image: String?
    var instanceType: String?
    /// Of the region and the role.
    var settings: [String: String]
    var endpoints: [ShellEndpoint]
    var managerURL: String

    private enum CodingKeys: String, CodingKey {
        case owner, group, region, role, node, token, revision, image
        case instanceType = "instance_type"
        case settings, endpoints
        case managerURL = "manager_url"
    }

    init(_ request: CreateRequest) {
        owner = request.tags.owner
        group = request.tags.group
        region = request.tags.region
        role = request.tags.role
        node = request.tags.node.rawValue
        token = request.token
        revision = request.revision
        image = request.template.image
        instanceType = request.template.instanceType
        settings = request.template.settings
        endpoints = request.template.endpoints.map(ShellEndpoint.init)
        managerURL = request.managerURL
    }

    /// Every attribute is there: a type in Terraform would want it.
    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(owner, forKey: .owner)
        try fields.encode(group, forKey: .group)
        try fields.encode(region, forKey: .region)
        try fields.encode(role, forKey: .role)
        try fields.encode(node, forKey: .node)
        try fields.encode(token, forKey: .token)
        try fields.encode(revision, forKey: .revision)
        try fields.encode(image, forKey: .image)
        try fields.encode(instanceType, forKey: .instanceType)
        try fields.encode(settings, forKey: .settings)
        try fields.encode(endpoints, forKey: .endpoints)
        try fields.encode(managerURL, forKey: .managerURL)
    }

    /// The exact ownership tags.
    var tags: InstanceTags {
        InstanceTags(owner: owner, group: group, region: region, role: role, node: NodeID(node))
    }

    /// The node as an instance.
    func instance(
        _ id: String, _ state: Instance.State, address: String? = nil, endpoints: [Endpoint] = []
    ) -> Instance {
        Instance(
            id: id, tags: tags, token: token, revision: revision, state: state, address: address, endpoints: endpoints)
    }
}

/// A node with what belongs to it and must not be seen.
struct TerraformNode: Codable, Equatable, Sendable {
    var entry: TerraformEntry
    /// For the variable `user_data`: what the machine begins with. The node's own token is in it.
    var userData: String
    /// For the variable `node_tokens`: the node's own token for its heartbeats.
    var nodeToken: String
}

/// The nodes that the workspace's variables ask for, by their ids.
struct TerraformVariables: Equatable, Sendable {
    var nodes: [String: TerraformNode] = [:]

    private struct Wire: Codable {
        var nodes: [String: TerraformEntry]
        var userData: [String: String]?
        var nodeTokens: [String: String]?

        enum CodingKeys: String, CodingKey {
            case nodes
            case userData = "user_data"
            case nodeTokens = "node_tokens"
        }
    }

    init(nodes: [String: TerraformNode] = [:]) { self.nodes = nodes }

    /// Reads `nodes.auto.tfvars.json`.
    init(_ data: Data) throws {
        let wire = try JSONDecoder().decode(Wire.self, from: data)
        for (name, entry) in wire.nodes {
            nodes[name] = TerraformNode(
                entry: entry, userData: wire.userData?[name] ?? "", nodeToken: wire.nodeTokens?[name] ?? "")
        }
    }

    /// What is written there: three variables, of which the two with secrets are apart, for Terraform makes no resources from a map that
    /// is sensitive.
    func data() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let wire = Wire(
            nodes: nodes.mapValues(\.entry), userData: nodes.mapValues(\.userData),
            nodeTokens: nodes.mapValues(\.nodeToken))
        return try encoder.encode(wire) + Data("\n".utf8)
    }
}

/// What the manager must know of a workspace beside its variables, also after a crash.
struct TerraformJournal: Codable, Equatable, Sendable {
    /// Of the state that was seen last: another one says nothing about our nodes.
    var lineage = ""
    var serial = 0
    /// Nodes whose making is under way, or ended without its being known how. Whether all of it is there, the state says.
    var unfinished: Set<String> = []
    /// Nodes that are to be destroyed, out of the variables already, and not known to be gone.
    var leaving: [String: TerraformNode] = [:]

    /// Nodes that the cloud lost, out of the variables already, and still in the state.
    var forgotten: [String: TerraformNode] = [:]

    /// What the variables file holds, so that it can be written anew when somebody changed it; nil: a journal of an older version.
    var nodes: [String: TerraformNode]?
    /// SHA-256 of what may be in the variables file, in hexadecimal digits: while it is replaced, of the old and the new.
    var digests: [String]?

    /// Nothing is under way.
    var isQuiet: Bool { unfinished.isEmpty && leaving.isEmpty && forgotten.isEmpty }
}

/// Both, as they are on the disk.
struct TerraformRecord: Equatable, Sendable {
    var variables = TerraformVariables()
    var journal = TerraformJournal()
    /// The words for it when the variables file is not what was written there: then the variables here are the journal's. Nil: it is.
    var edit: String?

    /// All nodes that there may be.
    var nodes: [String: TerraformNode] {
        variables.nodes.merging(journal.leaving) { asked, _ in asked }.merging(journal.forgotten) { asked, _ in asked }
    }
}
