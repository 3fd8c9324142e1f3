import Foundation
import Reconciler
import Testing

@testable import Providers

/// A script of `examples/providers` that asks a tool or a server. The pool of hosts there is tested as a ``ProviderKind``.
enum ExampleScript: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case awsCLI = "aws-cli/ec2"
    case virsh = "virsh/domains"
    case docker = "docker/docker"
    case kubectl = "kubectl/pods"
    case gcloud = "gcloud/instances"
    case az = "az/machines"
    case oci = "oci/instances"
    case doctl = "doctl/droplets"
    case hcloud = "hcloud/servers"
    case linodeCLI = "linode-cli/linodes"

    var testDescription: String { rawValue }

    /// Where it is.
    var folder: String { ShellScripts.repository + "/examples/providers/" + rawValue.split(separator: "/")[0] }
    private var program: String { "./" + rawValue.split(separator: "/")[1] }

    /// The server that it is run against; nil: there is none here, and a stand-in of its tool keeps the instances.
    var peer: ExamplePeer.Kind? {
        switch self {
        case .awsCLI: .moto
        case .virsh: .libvirt
        case .docker: .podman
        case .kubectl, .gcloud, .az, .oci, .doctl, .hcloud, .linodeCLI: nil
        }
    }

    /// Nothing there can be refused for good: Kubernetes takes a pod of any image, and pulls it later.
    var takesAnyImage: Bool { self == .kubectl }

    /// What its nodes are made from.
    var template: NodeTemplate {
        let (image, type) =
            switch self {
            case .awsCLI: ("ami-03cf127a", "t3.small")
            case .virsh: ("media-2.4", "1x64")
            default: ("media-2.4", "small")
            }
        return NodeTemplate(
            image: image, instanceType: type, endpoints: [Endpoint(protocol: "rtmp", port: 1935)],
            settings: self == .awsCLI ? [:] : ["subnet": "subnet-1", "availabilityDomain": "one"],
            providerSettings: [])
    }

    /// Runs `body` with the script over a fresh cloud, and clears up after it, also when it failed.
    func withProvider(_ body: (ShellProvider) async throws -> Void) async throws {
        guard let peer else {
            return try await withStandIn { _, provider in try await body(provider) }
        }
        try await ExamplePeer.with(peer) { variables in
            try await ShellScripts.with { scripts in
                var variables = variables
                variables["REGIONS"] = "lab=us-east-1 lab2=eu-west-1"
                try await body(install(in: scripts, variables))
            }
        }
    }

    /// Runs `body` with the script over the stand-in of its tool, whose directory is the scripts'.
    func withStandIn(_ body: (ShellScripts, ShellProvider) async throws -> Void) async throws {
        try await ShellScripts.with { scripts in
            let tools = scripts.directory + "/tools"
            try FileManager.default.createDirectory(atPath: tools, withIntermediateDirectories: true)
            for tool in ["aws", "virsh", "kubectl", "gcloud", "az", "oci", "doctl", "hcloud", "linode-cli"] {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(tools)/\(tool)", withDestinationPath: ExamplePeer.fixtures + "/cloud.py")
            }
            try await body(
                scripts, install(in: scripts, ["PATH": tools + ":/usr/bin:/bin", "CLOUD": scripts.directory]))
        }
    }

    private func install(in scripts: ShellScripts, _ variables: [String: String]) throws -> ShellProvider {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name != "cluster.yaml" {
            try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: "\(scripts.directory)/\(name)")
        }
        if self == .virsh {
            let domain = scripts.text("domain.xml").replacing(#"type="kvm""#, with: #"type="test""#)
            try Data(domain.utf8).write(to: URL(fileURLWithPath: scripts.directory + "/domain.xml"))
        }
        var environment = variables
        environment["LOCKS"] = scripts.directory + "/locks"
        environment.merge([
            "RESOURCE_GROUP": "media", "SSH_KEY": "ssh-ed25519 AAAA", "COMPARTMENT": "ocid1.compartment",
        ]) { $1 }
        return scripts.provider {
            $0.list = [program, "list"]
            $0.create = [program, "create"]
            $0.destroy = [program, "destroy"]
            $0.environment = environment
            $0.timeout = .seconds(120)
        }
    }
}
