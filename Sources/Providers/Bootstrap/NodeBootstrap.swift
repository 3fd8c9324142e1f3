internal import Foundation
package import Reconciler

/// The user-data that a new machine starts with, so that it becomes the node that was asked for.
///
/// Whoever can read a machine's user-data can read the node's token in it. The token is good for this one node's heartbeats.
package enum NodeBootstrap {
    /// The user-data of the node of `request`: the template of the spec, or cloud-init's that writes the token to a file of root's and
    /// starts the agent.
    package static func userData(_ spec: BootstrapSpec, for request: CreateRequest) -> String {
        guard let template = spec.userData else { return cloudConfig(spec, for: request) }
        return PlaceholderText.fill(template) { value(of: $0, request) }.text
    }

    private static func value(of name: String, _ request: CreateRequest) -> String? {
        switch name {
        case "nodeId": request.tags.node.rawValue
        case "group": request.tags.group
        case "region": request.tags.region
        case "role": request.tags.role
        case "image": request.template.image ?? ""
        case "managerUrl": request.managerURL
        case "token": request.credential
        default:
            name.hasPrefix(BootstrapSpec.settingPrefix)
                ? request.template.settings[String(name.dropFirst(BootstrapSpec.settingPrefix.count))] ?? "" : nil
        }
    }

    /// One file that cloud-init writes, and what it runs then (its modules write_files and runcmd).
    private struct CloudConfig: Encodable {
        struct File: Encodable {
            var path: String
            var permissions: String
            var content: String
        }

        var files: [File]
        var commands: [[String]]

        enum CodingKeys: String, CodingKey {
            case files = "write_files"
            case commands = "runcmd"
        }
    }

    /// JSON behind the line that cloud-init looks for: it is YAML, and no value in it can break out of its place.
    private static func cloudConfig(_ spec: BootstrapSpec, for request: CreateRequest) -> String {
        let environment = """
            SMRECONCILE_SERVER=\(AgentUnit.quotedVariable(request.managerURL))
            SMRECONCILE_NODE_ID=\(AgentUnit.quotedVariable(request.tags.node.rawValue))

            """
        let config = CloudConfig(
            files: [
                .init(path: AgentUnit.tokenFile, permissions: "0600", content: request.credential + "\n"),
                .init(path: AgentUnit.environmentFile, permissions: "0644", content: environment),
                .init(
                    path: "/etc/systemd/system/\(AgentUnit.name)", permissions: "0644",
                    content: AgentUnit.text(options: spec.agent)),
            ],
            commands: [["systemctl", "daemon-reload"], ["systemctl", "enable", "--now", AgentUnit.name]])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(config) else {
            preconditionFailure("a document of texts cannot be written as JSON")
        }
        return "#cloud-config\n" + String(decoding: json, as: UTF8.self) + "\n"
    }
}
