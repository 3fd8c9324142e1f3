import Foundation
import Glibc
import Reconciler
import Testing

@testable import Providers

/// With the real program; that it keeps the contract of providers is tested with all others.
@Suite(
    "A Terraform provider with Terraform", .serialized,
    .enabled(if: TerraformLab.hasTerraform, "there is no terraform and no tofu here"))
struct TerraformTests {
    @Test func `a round is one apply, and the files are nobody else's to read`() async throws {
        try await TerraformLab.real { lab in
            let provider = lab.provider()
            let made = await create(["n1", "n2", "n3"], in: provider)
            for (name, result) in made { #expect(try result.get().address == "192.0.2.1", "\(name)") }
            let state = try TerraformState(Array(lab.text("terraform.tfstate").utf8))
            #expect(Set(state.nodes?.keys ?? [:].keys) == ["n1", "n2", "n3"])
            #expect(state.resources.count == 6)
            for path in [lab.files.variables, lab.files.journal] {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
            #expect(!FileManager.default.fileExists(atPath: lab.files.plan), "it holds the tokens")
            #expect(
                try JSONDecoder().decode(TerraformJournal.self, from: Data(lab.text(".smreconcile/journal.json").utf8))
                    .isQuiet)
            #expect(lab.text("terraform.tfstate").contains("user-data of n1 with secret-of-n1"))
        }
    }

    @Test func `a plan that touches what is not ours is refused, and the file is as it was`() async throws {
        try await TerraformLab.real { lab in
            let provider = lab.provider()
            _ = try await provider.create(request("n1"))
            let before = lab.text("nodes.auto.tfvars.json")
            try lab.write("more.tf", "resource \"terraform_data\" \"shared\" {}\n")
            let refused = await failure { () throws(ProviderFailure) in try await provider.create(request("n2")) }
            #expect(refused?.kind == "terminal" && refused?.message.contains("create terraform_data.shared") == true)
            #expect(lab.text("nodes.auto.tfvars.json") == before)
            #expect(try lab.state().count == 2)
            // A configuration that would replace a node that runs.
            lab.remove("more.tf")
            try lab.write(
                "main.tf",
                TerraformLab.nodes.replacingOccurrences(
                    of: "input    = {", with: "triggers_replace = 1\n  input    = {"))
            let again = await failure { () throws(ProviderFailure) in try await provider.create(request("n2")) }
            #expect(again?.kind == "terminal" && again?.message.contains(#"replace terraform_data.node["n1"]"#) == true)
            #expect(try await names(provider) == ["n1"])
            try lab.write("main.tf", TerraformLab.nodes)
            _ = try await provider.create(request("n2"))
            #expect(try await names(provider) == ["n1", "n2"])
        }
    }

    @Test func `one node that fails costs the others nothing, and nothing is left of it`() async throws {
        try await TerraformLab.real { lab in
            let provider = lab.provider()
            try lab.write("fail-n2", "InsufficientInstanceCapacity in us-east-1a")
            let made = await create(["n1", "n2", "n3"], in: provider)
            for name in ["n1", "n3"] { #expect(try made[name]?.get().address == "192.0.2.1") }
            guard case .failure(let failure)? = made["n2"] else {
                Issue.record("n2 was made")
                return
            }
            #expect(failure.kind == "noCapacity", "\(failure)")
            let listing = try await provider.list(owner: "us", region: "lab")
            #expect(listing.complete && listing.instances.map(\.tags.node) == ["n1", "n3"])
            #expect(try lab.state().count == 4 && lab.written() == ["n1", "n3"])
            lab.remove("fail-n2")
            _ = try await provider.create(request("n2"))
            #expect(try await names(provider) == ["n1", "n2", "n3"])
        }
    }

    @Test func `a destroy that fails is told, and goes on when it is asked for again`() async throws {
        try await TerraformLab.real { lab in
            let provider = lab.provider()
            let made = await create(["n1", "n2"], in: provider)
            #expect(made.count == 2)
            try lab.write("keep-n1", "")
            async let new = failure { () throws(ProviderFailure) in try await provider.create(request("n3")) }
            let kept = await failure { () throws(ProviderFailure) in try await provider.destroy(request("n1").reference)
            }
            #expect(kept?.kind == "retryable", "\(String(describing: kept))")
            _ = await new
            #expect(try await names(provider).contains("n1"))
            lab.remove("keep-n1")
            try await provider.destroy(request("n1").reference)
            _ = try await provider.create(request("n3"))
            #expect(try await names(provider) == ["n2", "n3"])
            #expect(try lab.state().count == 4)
        }
    }

    @Test func `an apply whose time is up is interrupted, and what it left is brought to its end`() async throws {
        try await TerraformLab.real { lab in
            _ = await lab.terraform("init", "-input=false")
            try lab.write("slow", "")
            let provider = lab.provider { $0.timeout = .seconds(15) }
            let late = await failure { () throws(ProviderFailure) in try await provider.create(request("n1")) }
            #expect(late?.kind == "unknown", "\(String(describing: late))")
            lab.remove("slow")
            #expect(
                try await eventually {
                    let listing = try await lab.provider().list(owner: "us", region: "lab")
                    return listing.complete
                })
            let made = try await lab.provider().create(request("n1"))
            #expect(try await names(lab.provider()) == ["n1"] && made.address == "192.0.2.1")
            #expect(try lab.state().count == 2)
        }
    }

    @Test func `a Terraform that outlives its manager is waited for, and its nodes are not made again`() async throws {
        try await TerraformLab.real { lab in
            _ = await lab.terraform("init", "-input=false")
            // What a manager leaves that is killed in the middle of an apply: the journal, the variables, and Terraform at work.
            try lab.files.prepare()
            try lab.files.begin(
                TerraformRecord(
                    variables: TerraformVariables(nodes: TerraformDecisionTests.nodes("n1", "n2")),
                    journal: TerraformJournal(unfinished: ["n1", "n2"])))
            try lab.write("slow", "")
            let place = TerraformCommand.place(lab.directory)
            await lab.terraform(place, "plan", "-input=false", "-out=" + lab.files.plan)
            let orphan = try ChildProcess(
                program: lab.binary, arguments: [place, "apply", "-input=false", "-json", lab.files.plan],
                environment: ProcessInfo.processInfo.environment.merging(["TF_CLI_CONFIG_FILE": "/dev/null"]) {
                    _, own in own
                },
                workingDirectory: lab.directory, log: lab.directory + "/log"
            ).spawn()
            defer { kill(-orphan, SIGKILL) }
            #expect(await eventually { lab.text("made").contains("n1") })
            let provider = lab.provider()
            #expect(!(try await provider.list(owner: "us", region: "lab").complete))
            async let creates = create(["n1", "n2"], in: provider)
            #expect(await eventually { FileManager.default.fileExists(atPath: lab.files.lock) })
            lab.remove("slow")
            let made = await creates
            ChildProcess.reap(orphan)
            for (name, result) in made { #expect(try result.get().tags.node.rawValue == name) }
            #expect(lab.text("made").split(separator: "\n").sorted() == ["n1", "n2"], "each was made once")
            #expect(try await provider.list(owner: "us", region: "lab").complete)
        }
    }

    @Test func `a lost state, and an output that is gone, are no empty lists`() async throws {
        try await TerraformLab.real { lab in
            let provider = lab.provider()
            _ = try await provider.create(request("n1"))
            let state = lab.text("terraform.tfstate")
            func list() async -> ProviderFailure? {
                await failure { () throws(ProviderFailure) in try await provider.list(owner: "us", region: "lab") }
            }
            for broken in [
                "", "{", #"{"version": 4, "serial": 9, "lineage": "other", "outputs": {}, "resources": []}"#,
            ] {
                try lab.write("terraform.tfstate", broken)
                #expect(await list() != nil, "\(broken)")
            }
            try lab.write("terraform.tfstate", state)
            #expect(await list() == nil)
            let variables = lab.text("nodes.auto.tfvars.json")
            lab.remove("nodes.auto.tfvars.json")
            let listing = try await provider.list(owner: "us", region: "lab")
            #expect(listing.instances.map(\.tags.node) == ["n1"] && listing.shortfall?.contains("is missing") == true)
            #expect(await eventually { lab.text("nodes.auto.tfvars.json") == variables })
        }
    }

    @Test func `a configuration that cannot be planned is told in its own words, and changes nothing`() async throws {
        try await TerraformLab.real("resource \"nothing\" {\n") { lab in
            let wrong = await failure { () throws(ProviderFailure) in try await lab.provider().create(request("n1")) }
            #expect(wrong?.kind == "retryable", "\(String(describing: wrong))")
            #expect(wrong?.message.contains("main.tf") == true || wrong?.message.contains("configuration") == true)
            let written = try lab.written()
            #expect(written.isEmpty)
        }
        try await TerraformLab.real("variable \"nodes\" {\n  type = any\n}\n") { lab in
            let nothing = await failure { () throws(ProviderFailure) in try await lab.provider().create(request("n1")) }
            #expect(nothing?.kind == "terminal" && nothing?.message.contains("makes nothing for 'n1'") == true)
            let written = try lab.written()
            #expect(written.isEmpty)
        }
    }
}

/// With a stand-in that can be told to fail in ways that the real program seldom does.
@Suite("A Terraform provider with what goes wrong", .serialized)
struct TerraformFaultTests {
    private static let faults: [(fault: String, kind: String, words: String)] = [
        ("plan lock", "retryable", "state lock"), ("plan garbage", "retryable", "not understood"),
        ("plan die", "retryable", "killed by signal 9"), ("plan miscount", "retryable", "counts other changes"),
        ("apply lock", "retryable", "state lock"), ("apply die", "unknown", "killed by signal 9"),
        ("state garbage", "retryable", "not understood"),
        ("apply fail n1 quotaExceeded", "noCapacity", "quotaExceeded"),
        ("apply fail n1 bad image", "retryable", "bad image"), ("plan hang", "retryable", "did not end in time"),
        ("apply hang", "unknown", "did not end in time"),
    ]

    @Test(arguments: faults) private func `what went wrong is told as far as it is known`(
        _ fault: String, _ kind: String, _ words: String
    ) async throws {
        try await TerraformLab.standIn { lab in
            _ = try await lab.provider().create(request("n0"))
            // Long enough for what comes before the command that hangs.
            let provider = lab.provider { $0.timeout = .seconds(fault.hasSuffix("hang") ? 15 : 60) }
            try lab.write("fault", fault)
            let found = await failure { () throws(ProviderFailure) in try await provider.create(request("n1")) }
            #expect(found?.kind == kind && found?.message.contains(words) == true, "\(String(describing: found))")
            lab.remove("fault")
            #expect(
                try await eventually {
                    let listing = try await provider.list(owner: "us", region: "lab")
                    return listing.complete && listing.instances.map(\.tags.node) == ["n0"]
                })
            _ = try await lab.provider().create(request("n1"))
            #expect(try await names(provider) == ["n0", "n1"])
            #expect(lab.text("made").split(separator: "\n").sorted() == ["n0", "n1"])
        }
    }

    @Test func `after a Terraform that died in the middle nothing is doubled`() async throws {
        try await TerraformLab.standIn { lab in
            try lab.write("fault", "apply die after n1")
            let made = await create(["n0", "n1", "n2"], in: lab.provider())
            for (name, result) in made {
                guard case .failure(.unknown) = result else {
                    Issue.record("\(name): \(result)")
                    continue
                }
            }
            lab.remove("fault")
            let provider = lab.provider()
            let first = try await provider.list(owner: "us", region: "lab")
            #expect(!first.complete && first.instances.map(\.tags.node) == ["n0", "n1"])
            let again = await create(["n0", "n1", "n2"], in: provider)
            for (name, result) in again { #expect(try result.get().address == "192.0.2.1", "\(name)") }
            #expect(lab.text("made").split(separator: "\n").sorted() == ["n0", "n1", "n2"])
            #expect(try await provider.list(owner: "us", region: "lab").complete)
        }
    }

    @Test func `a node that cannot be planned does not keep the others from being made`() async throws {
        try await TerraformLab.standIn { lab in
            try lab.write("fault", "plan refuse n2")
            let made = await create(["n1", "n2", "n3"], in: lab.provider())
            guard case .failure(.retryable(let words))? = made["n2"] else {
                Issue.record("\(made)")
                return
            }
            #expect(words.contains("Invalid value"))
            #expect(try lab.written() == ["n1", "n3"])
        }
    }

    @Test func `changes that come while an apply runs are taken together into the next`() async throws {
        try await TerraformLab.standIn { lab in
            let provider = lab.provider()
            let made = await create((0..<20).map { "n\($0)" }, in: provider)
            #expect(made.count == 20)
            let calls = lab.text("calls").split(separator: "\n")
            #expect((1...2).contains(calls.count { $0 == "apply " }), "\(calls)")
            // Listings that are asked for at the same moment share one look.
            let before = lab.text("calls").split(separator: "\n").count { $0.hasPrefix("state") }
            try await withThrowingTaskGroup(of: Listing.self) { group in
                for region in 0..<12 {
                    group.addTask { try await provider.list(owner: "us", region: region == 0 ? "lab" : "r\(region)") }
                }
                for try await listing in group { #expect(listing.complete) }
            }
            let after = lab.text("calls").split(separator: "\n").count { $0.hasPrefix("state") }
            #expect(after - before <= 2)
        }
    }

    @Test func `a machine that the cloud lost is listed as gone and not made again`() async throws {
        try await TerraformLab.standIn { lab in
            let provider = lab.provider { $0.refresh = .milliseconds(1) }
            _ = await create(["n1", "n2"], in: provider)
            try lab.write("gone", "n1")
            var states: Set<String> = []
            let isForgotten = try await eventually {
                let listing = try await provider.list(owner: "us", region: "lab")
                #expect(listing.complete)
                states.formUnion(listing.instances.map { "\($0.tags.node) \($0.state)" })
                return listing.instances.map(\.tags.node) == ["n2"]
            }
            #expect(isForgotten)
            #expect(states.isSuperset(of: ["n1 running", "n2 running"]))
            #expect(try lab.written() == ["n2"])
            #expect(lab.text("made").split(separator: "\n").sorted() == ["n1", "n2"])
        }
    }

    @Test func `a change beside a machine that the cloud lost forgets it`() async throws {
        try await TerraformLab.standIn { lab in
            let provider = lab.provider()
            _ = await create(["n1", "n2"], in: provider)
            try lab.write("gone", "n1")
            _ = try await provider.create(request("n3"))
            #expect(try await names(provider) == ["n2", "n3"])
            #expect(lab.text("made").split(separator: "\n").sorted() == ["n1", "n2", "n3"])
        }
    }

    @Test func `two managers in one workspace wait for each other`() async throws {
        try await TerraformLab.standIn { lab in
            let (one, two) = (lab.provider(), lab.provider())
            async let first = create(["n1", "n2"], in: one)
            async let second = create(["n3", "n4"], in: two)
            for (name, result) in await first.merging(second, uniquingKeysWith: { one, _ in one }) {
                let made = try result.get()
                #expect(made.tags.node.rawValue == name)
            }
            let written = try lab.written()
            #expect(written == ["n1", "n2", "n3", "n4"])
            #expect(try await names(one) == ["n1", "n2", "n3", "n4"])
        }
    }

    @Test func `of the manager's environment little is passed on, and a secret that is not there is said`() async throws
    {
        for name in ["PATH", "TF_WORKSPACE", "https_proxy", "LC_ALL"] { #expect(TerraformCommand.isPassedOn(name)) }
        for name in ["TF_CLI_ARGS_plan", "TF_LOG", "DATABASE_PASSWORD", "AWS_SECRET_ACCESS_KEY"] {
            #expect(!TerraformCommand.isPassedOn(name))
        }
        try await TerraformLab.standIn { lab in
            let provider = lab.provider { $0.secrets = ["NOT_THERE_AT_ALL"] }
            let found = await failure { () throws(ProviderFailure) in try await provider.create(request("n1")) }
            #expect(found?.kind == "terminal" && found?.message.contains("NOT_THERE_AT_ALL") == true)
            let missing = await failure { () throws(ProviderFailure) in
                try await lab.provider { $0.binary = "no-such-terraform" }.create(request("n1"))
            }
            #expect(missing?.kind == "terminal" && missing?.message.contains("install it") == true)
        }
    }
}
