import Foundation
import Reconciler
import Testing

@testable import Providers

/// The workspace of `examples/terraform/aws` with AWS's own provider over moto: the resources and the errors of a real cloud, which
/// `terraform_data` has not. A plan and an apply take some seconds each, for the plugin is large; so there are few, in one test.
@Suite("The AWS workspace", .serialized, .timeLimit(.minutes(10)))
struct TerraformAWSTests {
    @Test(
        "makes, keeps, loses and destroys instances of EC2, and leaves others alone",
        .enabled(
            if: TerraformLab.hasTerraform && TerraformMirror.place != nil,
            "there is no terraform, or no AWS provider, on this machine"))
    func cloud() async throws {
        let region = try await MotoRegion.take()
        let cloud = region.provider()
        let bystander = try await cloud.create(ofAWS("theirs", owner: "them"))
        try await Self.withWorkspace(region) { provider in
            // Several at once are one apply, and each has its address and its tags.
            let made = await create([ofAWS("n1"), ofAWS("n2"), ofAWS("n3")], in: provider)
            for (name, result) in made {
                let instance = try result.get()
                #expect(instance.id.hasPrefix("i-") && instance.address?.isEmpty == false, "\(name)")
            }
            #expect(Set(try made.values.map { try $0.get().id }).count == 3)
            #expect(
                try await provider.list(owner: "us", region: "lab").instances.map(\.tags.node) == ["n1", "n2", "n3"])
            #expect(try await Self.names(cloud) == ["n1", "n2", "n3"])

            // A create that is asked for again is the same instance.
            #expect(try await provider.create(ofAWS("n2")).id == made["n2"]?.get().id)
            #expect(try await Self.names(cloud) == ["n1", "n2", "n3"])

            try await provider.destroy(ofAWS("n1").reference)
            try await provider.destroy(ofAWS("nobody").reference)
            #expect(try await provider.list(owner: "us", region: "lab").instances.map(\.tags.node) == ["n2", "n3"])
            #expect(try await Self.names(cloud) == ["n2", "n3"])

            // One that the cloud lost is forgotten, one that EC2 refuses is told in its words, and both hold nothing up.
            var lost = ofAWS("n3").reference
            lost.id = try made["n3"]?.get().id
            lost.token = ""
            try await cloud.destroy(lost)
            let next = await create(
                [ofAWS("n4"), ofAWS("n5", image: "ami-0000000000000000f")], in: provider)
            #expect(try next["n4"]?.get().id.hasPrefix("i-") == true)
            guard case .failure(let refusal)? = next["n5"] else {
                Issue.record("an image that is not there made an instance")
                return
            }
            #expect(refusal.message.contains("InvalidAMIID") && refusal.message.contains("n5"), "\(refusal)")
            let listing = try await provider.list(owner: "us", region: "lab")
            #expect(listing.complete && listing.instances.map(\.tags.node) == ["n2", "n4"], "\(listing)")
            #expect(try await Self.names(cloud) == ["n2", "n4"])
            let others = try await cloud.list(owner: "them", region: "lab").instances
            #expect(others.map(\.id) == [bystander.id])
        }
    }

    /// A copy of the example whose provider asks moto, in its own region of it.
    private static func withWorkspace(
        _ region: MotoRegion, _ body: (TerraformProvider) async throws -> Void
    ) async throws {
        let mirror = try #require(TerraformMirror.place)
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        func example(_ name: String) throws -> String {
            try String(contentsOfFile: "\(repository)/examples/terraform/aws/\(name)", encoding: .utf8)
        }
        try await TerraformLab.real(try example("main.tf")) { lab in
            try lab.write("variables.tf", try example("variables.tf"))
            try lab.write("settings", TerraformMirror.settings(mirror))
            // An override file is merged into the example: https://developer.hashicorp.com/terraform/language/files/override
            try lab.write(
                "moto_override.tf",
                """
                provider "aws" {
                  region                      = "\(region.name)"
                  skip_credentials_validation = true
                  skip_metadata_api_check     = true
                  skip_requesting_account_id  = true
                  endpoints {
                    ec2 = "\(region.moto.url)"
                  }
                }

                """)
            let keys = [
                "AWS_ACCESS_KEY_ID": region.moto.builder[0], "AWS_SECRET_ACCESS_KEY": region.moto.builder[1],
            ]
            try await body(
                lab.provider(variables: keys) { spec in
                    spec.environment = ["TF_CLI_CONFIG_FILE": lab.directory + "/settings"]
                    spec.secrets = keys.keys.sorted()
                })
        }
    }

    /// The nodes whose instances EC2 itself has.
    private static func names(_ cloud: EC2Provider) async throws -> [String] {
        try await cloud.list(owner: "us", region: "lab").instances.map(\.tags.node.rawValue).sorted()
    }
}

/// A request with an image and a type that moto knows.
private func ofAWS(_ node: String, owner: String = "us", image: String = MotoRegion.image) -> CreateRequest {
    var made = request(node, owner: owner)
    made.template.image = image
    made.template.instanceType = "c6i.large"
    return made
}
