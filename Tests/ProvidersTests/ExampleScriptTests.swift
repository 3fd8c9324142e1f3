import Foundation
import Reconciler
import Testing

@testable import Providers

/// The scripts of `examples/providers`: against a real server where there is one, else with a stand-in of the cloud's tool.
@Suite("Every example script")
struct ExampleScriptTests {
    /// What nothing here can provoke: nobody watches what is not of the run.
    private static let unprovoked: Set<String> = ["bystanders"]

    @Test("keeps the contract of providers", arguments: ExampleScript.allCases)
    func contract(_ example: ExampleScript) async throws {
        try await example.withProvider { provider in
            var setup = ConformanceSetup.fresh(timeout: .seconds(120), pause: .milliseconds(100))
            setup.template = example.template
            // Every call of this tool takes the better part of a second of a core.
            if example == .awsCLI { setup.instances = 2 }
            var limits = CallLimits()
            limits.timeout = .seconds(130)
            let report = try await Conformance.run(ConformanceCase.all, of: provider, setup: setup, limits: limits)
            #expect(report.results.count == ConformanceCase.all.count)
            for result in report.results {
                switch result.verdict {
                case .pass: break
                case .skip(let reason):
                    let isKnown =
                        Self.unprovoked.contains(result.proven.name)
                        || example.takesAnyImage && result.proven.name == "bad-request"
                    #expect(isKnown, "\(result.proven.name) was skipped: \(reason)")
                case .fail(let words): Issue.record("\(result.proven.name): \(words)")
                }
            }
            #expect(report.leftovers == [])
        }
    }

    /// What a tool says, and what it means for a create.
    struct Saying: Sendable, CustomTestStringConvertible {
        var example: ExampleScript
        var text: String
        var meaning: String
        /// The first command that says it.
        var verb: String
        var testDescription: String { "\(example.rawValue): \(meaning)" }

        init(_ example: ExampleScript, _ text: String, _ meaning: String, on verb: String = "create") {
            (self.example, self.text, self.meaning, self.verb) = (example, text, meaning, verb)
        }
    }

    private static let ec2Error = "An error occurred (%) when calling the RunInstances operation: text"
    private static func ec2(_ code: String) -> String { ec2Error.replacing("%", with: code) }

    // The words of the clouds' own documentation of their errors.
    private static let sayings: [Saying] = [
        Saying(.awsCLI, ec2("InsufficientInstanceCapacity"), "noCapacity"),
        Saying(.awsCLI, ec2("VcpuLimitExceeded"), "noCapacity"),
        Saying(.awsCLI, ec2("RequestLimitExceeded"), "retryable"),
        Saying(.awsCLI, "Could not connect to the endpoint URL: \"https://ec2.us-east-1.amazonaws.com/\"", "retryable"),
        Saying(.awsCLI, ec2("UnauthorizedOperation"), "terminal"),
        Saying(.awsCLI, ec2("InvalidAMIID.NotFound"), "terminal"),
        Saying(.awsCLI, ec2("IdempotentParameterMismatch"), "unknown"),
        Saying(.awsCLI, ec2("InternalError"), "unknown"),
        Saying(.awsCLI, ec2("Unavailable") + " could not be found", "unknown"),
        Saying(.virsh, "error: internal error: Not enough free space in pool for volume 'a'", "noCapacity"),
        Saying(.virsh, "error: failed to connect to the hypervisor", "retryable"),
        Saying(.virsh, "error: authentication failed: denied by policy", "terminal"),
        Saying(.virsh, "error: Storage pool not found: no storage pool with matching name 'a'", "terminal"),
        Saying(.virsh, "error: internal error: client socket is closed", "unknown"),
        Saying(
            .kubectl, "Error from server (Forbidden): pods \"a\" is forbidden: exceeded quota: pods, requested: 1",
            "noCapacity"),
        Saying(
            .kubectl, "Error from server (Forbidden): pods is forbidden: User \"a\" cannot create resource", "terminal"),
        Saying(
            .kubectl, "The connection to the server localhost:8080 was refused - did you specify the right host?",
            "retryable"),
        Saying(.kubectl, "error: context \"a\" does not exist", "terminal"),
        Saying(.kubectl, "Error from server (InternalError): an error on the server", "unknown"),
        Saying(.kubectl, "Error from server (ServiceUnavailable): the lease of 'a' does not exist", "unknown"),
        Saying(
            .gcloud, "ERROR: - The zone 'a' does not have enough resources available to fulfill the request.",
            "noCapacity"),
        Saying(.gcloud, "ERROR: - Quota 'CPUS' exceeded.  Limit: 24.0 in region us-central1.", "noCapacity"),
        Saying(.gcloud, "ERROR: - Rate Limit Exceeded", "retryable", on: "list"),
        Saying(.gcloud, "ERROR: - Rate Limit Exceeded", "unknown"),
        Saying(.gcloud, "ERROR: You do not currently have an active account selected.", "terminal"),
        Saying(.gcloud, "ERROR: - Invalid value for field 'resource.machineType'", "terminal"),
        Saying(.gcloud, "ERROR: - Internal error. Please try again", "unknown"),
        Saying(.gcloud, "ERROR: HTTPError 503: the backend does not exist, or was not found", "unknown"),
        Saying(.az, "ERROR: (SkuNotAvailable) The requested VM size is currently not available", "noCapacity"),
        Saying(
            .az, "ERROR: Operation could not be completed as it results in exceeding approved Total Cores quota.",
            "noCapacity"),
        Saying(.az, "ERROR: Too Many Requests({\"error\":{\"code\":\"TooManyRequests\"}})", "retryable"),
        Saying(.az, "ERROR: Please run 'az login' to setup account.", "terminal"),
        Saying(.az, "ERROR: Bad Request({\"error\":{\"code\":\"InvalidParameter\"}})", "terminal"),
        Saying(.az, "ERROR: Internal Server Error", "unknown"),
        Saying(.az, "ERROR: Service Unavailable({\"error\":{\"message\":\"ImageNotFound here\"}})", "unknown"),
        Saying(
            .oci,
            "ServiceError:\n{\"code\": \"InternalError\", \"message\": \"Out of host capacity.\", \"status\": 500}",
            "noCapacity"),
        Saying(.oci, "ServiceError:\n{\"code\": \"LimitExceeded\", \"status\": 400}", "noCapacity"),
        Saying(.oci, "ServiceError:\n{\"code\": \"TooManyRequests\", \"status\": 429}", "retryable"),
        Saying(.oci, "ServiceError:\n{\"code\": \"NotAuthenticated\", \"status\": 401}", "terminal"),
        Saying(.oci, "ServiceError:\n{\"code\": \"InternalServerError\", \"status\": 500}", "unknown"),
        Saying(.oci, "ServiceError:\n{\"message\": \"InvalidParameter in a peer\", \"status\": 503}", "unknown"),
        Saying(
            .doctl, "POST https://api.digitalocean.com/v2/droplets: 422 creating this would exceed your droplet limit",
            "noCapacity"),
        Saying(
            .doctl, "POST https://api.digitalocean.com/v2/droplets: 429 (request \"a\") Too many requests", "retryable"),
        Saying(.doctl, "POST https://api.digitalocean.com/v2/droplets: 401 Unable to authenticate you", "terminal"),
        Saying(.doctl, "POST https://api.digitalocean.com/v2/droplets: 500 Server Error", "unknown"),
        Saying(.doctl, "POST https://api.digitalocean.com/v2/droplets: 503 image is required", "unknown"),
        Saying(.hcloud, "hcloud: error during placement (resource_unavailable, 0123456789abcdef)", "noCapacity"),
        Saying(.hcloud, "hcloud: server limit exceeded (resource_limit_exceeded, 0123456789abcdef)", "noCapacity"),
        Saying(
            .hcloud, "hcloud: limit of 3600 requests per hour reached (rate_limit_exceeded, 0123)", "retryable",
            on: "list"),
        Saying(.hcloud, "hcloud: limit of 3600 requests per hour reached (rate_limit_exceeded, 0123)", "unknown"),
        Saying(.hcloud, "hcloud: the token you provided is invalid (unauthorized, 0123456789abcdef)", "terminal"),
        Saying(.hcloud, "hcloud: server error (service_error, 0123456789abcdef)", "unknown"),
        Saying(.hcloud, "hcloud: image not found (service_error, 0123456789abcdef)", "unknown"),
        Saying(
            .linodeCLI, "Request failed: 400\nerrors: Account Limit reached. Please open a support ticket.",
            "noCapacity"),
        Saying(.linodeCLI, "Request failed: 429\nerrors: Too many requests", "retryable"),
        Saying(.linodeCLI, "Request failed: 401\nerrors: Invalid Token", "terminal"),
        Saying(.linodeCLI, "Request failed: 500\nerrors: Internal server error", "unknown"),
    ]

    @Test("says what an error of its tool means", .serialized, arguments: sayings)
    func errors(_ saying: Saying) async throws {
        try await saying.example.withStandIn { scripts, provider in
            let fault = try JSONEncoder().encode(["on": saying.verb, "text": saying.text])
            try fault.write(to: URL(fileURLWithPath: scripts.directory + "/fail"))
            var wanted = request("n1")
            wanted.template = saying.example.template
            do throws(ProviderFailure) {
                let made = try await provider.create(wanted)
                Issue.record("it made '\(made.id)'")
            } catch {
                #expect(Self.meaning(error) == saying.meaning, "\(error)")
            }
        }
    }

    private static func meaning(_ failure: ProviderFailure) -> String {
        switch failure {
        case .retryable: "retryable"
        case .noCapacity: "noCapacity"
        case .terminal: "terminal"
        case .unknown: "unknown"
        }
    }

    @Test(
        "says that a list failed, and never that there is nothing",
        .serialized,
        arguments: ExampleScript.allCases.filter { $0 != .docker })
    func failedList(_ example: ExampleScript) async throws {
        try await example.withStandIn { scripts, provider in
            let fault = try JSONEncoder().encode(["on": "list", "text": "something broke"])
            try fault.write(to: URL(fileURLWithPath: scripts.directory + "/fail"))
            await #expect {
                _ = try await provider.list(owner: "us", region: "lab")
            } throws: { error in
                guard case .retryable(let words)? = error as? ProviderFailure else { return false }
                return words.contains("something broke")
            }
        }
    }

    /// Those that hand values of the template to their tool as words of their own; virsh asks its server something else first.
    @Test(
        "takes no value for an option of its tool", .serialized,
        arguments: [ExampleScript.awsCLI, .oci, .doctl, .hcloud, .linodeCLI])
    func dashes(_ example: ExampleScript) async throws {
        let changes: [@Sendable (inout NodeTemplate) -> Void] = [
            { $0.image = "--debug" }, { $0.instanceType = "-x" }, { $0.settings["subnet"] = "subnet-1 --no-wait" },
        ]
        try await example.withStandIn { scripts, provider in
            for change in changes {
                var wanted = request("n1")
                wanted.template = example.template
                change(&wanted.template)
                let failure = await #expect(throws: ProviderFailure.self) { try await provider.create(wanted) }
                guard case .terminal(let words)? = failure else {
                    Issue.record("\(String(describing: failure))")
                    continue
                }
                #expect(words.contains("must not begin with a dash"), "\(words)")
            }
        }
    }

    /// A script, and what damages the tags of an instance in the store of its tool's stand-in.
    private static let damages: [(ExampleScript, String, String, String)] = [
        (.kubectl, "kubectl", "smreconcile/node", "smreconcile/other"),
        (.gcloud, "gcloud", #""smreconcile": "{"#, #""smreconcile": "["#),
        (.hcloud, "hcloud", #""smreconcile/0": ""#, #""smreconcile/0": "a"#),
        (.doctl, "doctl", "smreconcile:0:", "smreconcile:0:a"), (.linodeCLI, "linode-cli", "smr00:", "smr00:a"),
    ]

    @Test("leaves alone what has its labels and not its tags, and lists the rest", .serialized, arguments: damages)
    func damaged(_ example: ExampleScript, _ tool: String, _ sound: String, _ broken: String) async throws {
        try await example.withStandIn { scripts, provider in
            func make(_ name: String) async throws {
                var wanted = request(name)
                wanted.template = example.template
                _ = try await provider.create(wanted)
            }
            try await make("n1")
            let before = scripts.text("\(tool).json")
            let after = before.replacing(sound, with: broken)
            #expect(before != after)
            try scripts.write("\(tool).json", after)
            try await make("n2")
            let listing = try await provider.list(owner: "us", region: "lab")
            #expect(listing.complete && listing.instances.map(\.tags.node) == ["n2"])
        }
    }

    @Test("has user-data like that of the other providers, where its nodes are machines")
    func userData() throws {
        let machines: [ExampleScript] = [.awsCLI, .virsh, .gcloud, .az, .oci, .doctl, .hcloud, .linodeCLI]
        let texts = try machines.map { try String(contentsOfFile: $0.folder + "/user-data", encoding: .utf8) }
        let text = try #require(texts.first)
        #expect(Set(texts).count == 1)
        #expect(text.hasPrefix("#cloud-config\n"))
        #expect(text.contains("  - path: \(AgentUnit.tokenFile)\n    permissions: \"0600\"\n"))
        for part in [AgentUnit.environmentFile, AgentUnit.imageFile, "/etc/systemd/system/\(AgentUnit.name)"] {
            #expect(text.contains(part))
        }
        #expect(text.contains("LoadCredential=token:\(AgentUnit.tokenFile)"))
    }

    @Test("has a spec that is valid, by its file and by its folder", arguments: ExampleScript.allCases)
    func spec(_ example: ExampleScript) {
        for path in [example.folder, example.folder + "/cluster.yaml"] {
            let reading = SpecFiles.read([path])
            #expect(reading.spec != nil && reading.diagnostics.isEmpty, "\(reading.diagnostics)")
        }
    }
}
