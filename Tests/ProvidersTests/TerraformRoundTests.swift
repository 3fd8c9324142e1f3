import Foundation
import Glibc
import Reconciler
import Testing

@testable import Providers

/// What one node's trouble does to the others, with the real program.
@Suite(
    "A round of a Terraform provider", .serialized,
    .enabled(if: TerraformLab.hasTerraform, "there is no terraform and no tofu here"))
struct TerraformRoundTests {
    private static func state(_ provider: TerraformProvider, _ node: String) async throws -> Instance.State? {
        let listing = try await provider.list(owner: "us", region: "lab")
        #expect(listing.complete, "\(listing)")
        return listing.instances.first { $0.tags.node.rawValue == node }?.state
    }

    @Test func `a destroy that hangs holds up no node that is made`() async throws {
        try await TerraformLab.real { lab in
            // A quarter of it is the patience with a destroy.
            let provider = lab.provider { $0.timeout = .seconds(60) }
            _ = try await provider.create(request("n1"))
            try lab.write("hold-n1", "")
            let destroy = Task {
                await failure { () throws(ProviderFailure) in try await provider.destroy(request("n1").reference) }
            }
            // The same round: it is made, whole, listed so, and answered, while the destroy has yet to begin or hangs.
            let made = try await provider.create(request("n2"))
            #expect(made.address == "192.0.2.1")
            #expect(await eventually { lab.text("unmade").contains("n1") })
            #expect(try await Self.state(provider, "n2") == .running)
            #expect(try await Self.state(provider, "n1") == .stopping)
            // The next round: the destroy that hangs is interrupted, and half of its node is gone.
            #expect(try await provider.create(request("n3")).address == "192.0.2.1")
            #expect(await destroy.value?.kind == "unknown")
            #expect(try lab.state().filter { $0.contains("n1") } == [#"terraform_data.node["n1"]"#])
            #expect(try await Self.state(provider, "n3") == .running)
            #expect(try await Self.state(provider, "n1") == .stopping)
            lab.remove("hold-n1")
            try await provider.destroy(request("n1").reference)
            #expect(try await names(provider) == ["n2", "n3"])
            #expect(try lab.state().count == 4)
        }
    }

    @Test func `a destroy that fails for good keeps nobody from being made or destroyed`() async throws {
        try await TerraformLab.real { lab in
            let provider = lab.provider()
            _ = await create(["n1", "n2"], in: provider)
            try lab.write("keep-n1", "")
            async let first = failure { () throws(ProviderFailure) in
                try await provider.destroy(request("n1").reference)
            }
            async let second = failure { () throws(ProviderFailure) in
                try await provider.destroy(request("n2").reference)
            }
            let made = try await provider.create(request("n3"))
            #expect(made.address == "192.0.2.1")
            let kept = await first
            #expect(kept?.kind == "retryable" && kept?.message.contains(#"terraform_data.node["n1"]"#) == true)
            #expect(await second == nil)
            _ = try await provider.create(request("n4"))
            #expect(try await names(provider) == ["n1", "n3", "n4"])
        }
    }

    @Test func `an error about one node that exists keeps no other from being changed`() async throws {
        try await TerraformLab.real { lab in
            let provider = lab.provider()
            _ = await create(["n1", "n2", "n3", "n4"], in: provider)
            try lab.write("bad-n1", "")
            let made = try await provider.create(request("n5"))
            #expect(made.address == "192.0.2.1")
            try await provider.destroy(request("n2").reference)
            #expect(try await names(provider) == ["n1", "n3", "n4", "n5"])
            #expect(try lab.state().count == 8, "each has both of its resources")
            // A new one that is bad itself is told so; another is made.
            try lab.write("bad-n6", "")
            let more = await create(["n6", "n7"], in: provider)
            #expect(try more["n7"]?.get().address == "192.0.2.1")
            guard case .failure(.retryable(let words))? = more["n6"] else {
                Issue.record("\(more)")
                return
            }
            #expect(words.contains("n6 is bad") && !words.contains("n1"), "\(words)")
            // The bad one can go, too.
            try await provider.destroy(request("n1").reference)
            #expect(try await names(provider) == ["n3", "n4", "n5", "n7"])
            // Most of them are no single nodes: it is the configuration, and the error says where.
            for name in ["n3", "n4", "n5"] { try lab.write("bad-\(name)", "") }
            let refused = await failure { () throws(ProviderFailure) in try await provider.create(request("n8")) }
            #expect(refused?.kind == "retryable" && refused?.message.contains(#"terraform_data.node["n3"]"#) == true)
            #expect(try await names(provider) == ["n3", "n4", "n5", "n7"])
        }
    }

    @Test func `an orphan of a manager is ended when it hangs, and one that is a person's is waited for`() async throws
    {
        try await TerraformLab.real { lab in
            _ = await lab.terraform("init", "-input=false")
            try lab.files.prepare()
            try lab.files.begin(
                TerraformRecord(
                    variables: TerraformVariables(nodes: TerraformDecisionTests.nodes("n1")),
                    journal: TerraformJournal(unfinished: ["n1"])))
            try lab.write("slow-n1", "")
            let place = TerraformCommand.place(lab.directory)
            await lab.terraform(place, "plan", "-input=false", "-out=" + lab.files.plan)
            let marks = ["TF_CLI_CONFIG_FILE": "/dev/null", TerraformOrphan.variable: lab.directory]
            let orphan = try ChildProcess(
                program: lab.binary, arguments: [place, "apply", "-input=false", "-json", lab.files.plan],
                environment: ProcessInfo.processInfo.environment.merging(marks) { _, own in own },
                workingDirectory: lab.directory, log: lab.directory + "/log"
            ).spawn()
            defer { kill(-orphan, SIGKILL) }
            #expect(await eventually { lab.text("made").contains("n1") })
            let provider = lab.provider { $0.timeout = .seconds(10) }
            var tries = 0
            while !ChildProcess.hasEnded(orphan) {
                let waits = await failure { () throws(ProviderFailure) in try await provider.create(request("n2")) }
                #expect(ChildProcess.hasEnded(orphan) || waits?.message.contains("an earlier manager started") == true)
                tries += 1
                try #require(tries < 5, "the orphan hangs on")
            }
            lab.remove("slow-n1")
            ChildProcess.reap(orphan)
            #expect(lab.text("log").contains("execution halted"), "it was asked to end, not killed")
            #expect(try await provider.create(request("n2")).address == "192.0.2.1")
            #expect(try await names(provider) == ["n1", "n2"])
        }
    }
}
