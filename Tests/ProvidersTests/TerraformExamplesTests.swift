import Foundation
import Reconciler
import Testing

@testable import Providers

/// The workspaces of `examples/terraform` and the module of `packaging/terraform`, as far as they can be looked at without a registry.
@Suite("Terraform's configurations", .enabled(if: TerraformLab.hasTerraform, "there is no terraform and no tofu here"))
struct TerraformExamplesTests {
    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// Runs Terraform in a copy of a directory of the repository; the code it exited with, and what it printed.
    private func terraform(
        _ directory: String, _ commands: [[String]], mirror: String? = nil
    ) async throws -> (code: Int32, text: String) {
        let copy = NSTemporaryDirectory() + "smreconcile-terraform-\(UInt64.random(in: 0..<(.max)))"
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        // The whole of 'packaging': the module takes the unit from beside itself.
        let top = String(directory.prefix { $0 != "/" })
        try FileManager.default.copyItem(atPath: "\(Self.repository)/\(top)", toPath: "\(copy)/\(top)")
        var settings = "/dev/null"
        if let mirror {
            settings = copy + "/rc"
            try Data(TerraformMirror.settings(mirror).utf8).write(to: URL(fileURLWithPath: settings))
        }
        var environment = ProcessInfo.processInfo.environment
        environment["TF_CLI_CONFIG_FILE"] = settings
        environment["CHECKPOINT_DISABLE"] = "1"
        var text = ""
        for command in commands {
            let child = ChildProcess(
                program: try #require(TerraformLab.realBinary), arguments: command, environment: environment,
                workingDirectory: "\(copy)/\(directory)")
            let outcome = await CommandRun(process: child, input: [], maximumOutput: 10_000_000, grace: .seconds(1))
                .run(until: .now + .seconds(240))
            text += String(decoding: outcome.output + outcome.errors, as: UTF8.self)
            guard outcome.end == .exited(0) else {
                guard case .exited(let code) = outcome.end else { return (-1, text + "\(outcome.end)") }
                return (code, text)
            }
        }
        return (0, text)
    }

    @Test(arguments: ["examples/terraform", "packaging/terraform"]) func `are formatted`(_ directory: String)
        async throws
    {
        let result = try await terraform(directory, [["fmt", "-check", "-recursive", "-diff"]])
        #expect(result.code == 0, "\(result.text)")
    }

    @Test func `the local example is valid`() async throws {
        let result = try await terraform(
            "examples/terraform/local", [["init", "-input=false", "-no-color"], ["validate", "-no-color"]])
        #expect(result.code == 0, "\(result.text)")
    }

    @Test func `the examples of the clouds share one contract`() throws {
        let clouds = ["aws", "oci", "azure", "gcp", "digitalocean", "linode"]
        let contracts = try clouds.map {
            try String(contentsOfFile: "\(Self.repository)/examples/terraform/\($0)/variables.tf", encoding: .utf8)
        }
        #expect(Set(contracts).count == 1)
        for cloud in clouds {
            let main = try String(
                contentsOfFile: "\(Self.repository)/examples/terraform/\(cloud)/main.tf", encoding: .utf8)
            #expect(main.contains("for_each = var.nodes") && main.contains("output \"nodes\""), "\(cloud)")
            #expect(main.contains("var.user_data[each.key]") && main.contains("ignore_changes"), "\(cloud)")
        }
    }

    @Test(
        .enabled(if: TerraformMirror.place != nil, "the AWS provider is not on this machine"),
        arguments: ["examples/terraform/aws", "packaging/terraform/aws"])
    func `are valid for the provider of AWS`(_ directory: String) async throws {
        let result = try await terraform(
            directory, [["init", "-input=false", "-no-color"], ["validate", "-no-color"]], mirror: TerraformMirror.place
        )
        #expect(result.code == 0, "\(result.text)")
    }
}
