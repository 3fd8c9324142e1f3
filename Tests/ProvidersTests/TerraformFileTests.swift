import Foundation
import Glibc
import Reconciler
import Testing

@testable import Providers

/// What people do to the files of a workspace, and to its processes. Over the stand-in: none of it is Terraform's own.
@Suite("The files of a Terraform workspace", .serialized)
struct TerraformFileTests {
    @Test(arguments: ["without one", "without all", "no JSON", "with one more", "with another group", "missing"])
    func `variables that somebody changed are written anew, and nothing is destroyed`(_ edit: String) async throws {
        try await TerraformLab.standIn { lab in
            let provider = lab.provider()
            _ = await create(["n1", "n2"], in: provider)
            let (variables, state) = (lab.text("nodes.auto.tfvars.json"), lab.text("terraform.tfstate"))
            var nodes = TerraformVariables(nodes: TerraformDecisionTests.nodes("n1", "n2"))
            switch edit {
            case "without one": nodes.nodes["n2"] = nil
            case "without all": nodes.nodes = [:]
            case "with one more": nodes.nodes["n3"] = TerraformDecisionTests.node("n3")
            case "with another group": nodes.nodes["n2"]?.entry.group = "other"
            default: break
            }
            let changed = edit == "no JSON" ? "{" : String(decoding: try nodes.data(), as: UTF8.self)
            if edit == "missing" {
                lab.remove("nodes.auto.tfvars.json")
            } else {
                try lab.write("nodes.auto.tfvars.json", changed)
            }
            let listing = try await lab.provider().list(owner: "us", region: "lab")
            #expect(listing.instances.map(\.tags.node) == ["n1", "n2"])
            #expect(listing.instances.allSatisfy { $0.tags.group == "live" })
            #expect(!listing.complete && listing.shortfall?.contains(lab.files.variables) == true, "\(listing)")
            // A listing that is cut short has set it going.
            #expect(
                try await eventually {
                    let listing = try await lab.provider().list(owner: "us", region: "lab")
                    return listing.complete && listing.instances.map(\.tags.node) == ["n1", "n2"]
                })
            #expect(lab.text("nodes.auto.tfvars.json") == variables && lab.text("terraform.tfstate") == state)
            #expect(lab.text(".smreconcile/changed.tfvars.json") == (edit == "missing" ? "" : changed))
        }
    }

    @Test func `a change that finds the variables changed goes by what was written`() async throws {
        try await TerraformLab.standIn { lab in
            let provider = lab.provider()
            _ = await create(["n1", "n2"], in: provider)
            try lab.write("nodes.auto.tfvars.json", #"{"nodes": {}}"#)
            _ = try await provider.create(request("n3"))
            #expect(try await names(provider) == ["n1", "n2", "n3"])
            #expect(lab.text("made").split(separator: "\n").sorted() == ["n1", "n2", "n3"])
        }
    }

    @Test func `a crash at any write looks like nobody's change`() throws {
        let place = NSTemporaryDirectory() + "smreconcile-terraform-\(UInt64.random(in: 0..<(.max)))"
        try FileManager.default.createDirectory(atPath: place + "/.smreconcile", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let files = TerraformFiles(directory: place)
        let old = TerraformRecord(variables: .init(nodes: TerraformDecisionTests.nodes("n1")))
        var new = TerraformRecord(variables: .init(nodes: TerraformDecisionTests.nodes("n1", "n2")))
        new.journal.unfinished = ["n2"]
        try files.finish(old)
        let before = try Data(contentsOf: URL(fileURLWithPath: files.variables))
        try files.begin(new)
        let after = try Data(contentsOf: URL(fileURLWithPath: files.variables))
        for (data, nodes) in [(before, ["n1"]), (after, ["n1", "n2"])] {
            // The journal is written, and the variables are not, or are.
            try data.write(to: URL(fileURLWithPath: files.variables))
            let record = try #require(try files.load())
            #expect(record.edit == nil && record.variables.nodes.keys.sorted() == nodes)
            #expect(record.journal.unfinished == ["n2"])
        }
        try Data("{}".utf8).write(to: URL(fileURLWithPath: files.variables))
        #expect(try files.load()?.edit != nil)
        try files.finish(old)
        #expect(try files.load()?.edit == nil)
    }

    @Test func `a journal of an older version is read, and the variables with it are believed`() async throws {
        try await TerraformLab.standIn { lab in
            _ = await create(["n1"], in: lab.provider())
            var journal = try #require(
                try JSONSerialization.jsonObject(with: Data(lab.text(".smreconcile/journal.json").utf8))
                    as? [String: Any])
            journal["nodes"] = nil
            journal["digests"] = nil
            try JSONSerialization.data(withJSONObject: journal).write(to: URL(fileURLWithPath: lab.files.journal))
            let listing = try await lab.provider().list(owner: "us", region: "lab")
            #expect(listing.complete && listing.instances.map(\.tags.node) == ["n1"])
            _ = try await lab.provider().create(request("n2"))
            #expect(lab.text(".smreconcile/journal.json").contains("digests"))
        }
    }

    @Test func `a workspace that was cleaned is no empty one while the manager runs`() async throws {
        try await TerraformLab.standIn { lab in
            let provider = lab.provider()
            _ = await create(["n1"], in: provider)
            // As `git clean -fdx` does it.
            for name in ["nodes.auto.tfvars.json", ".smreconcile", "terraform.tfstate"] { lab.remove(name) }
            let lost = await failure { () throws(ProviderFailure) in
                try await provider.list(owner: "us", region: "lab")
            }
            #expect(lost?.message.contains("git clean") == true && lost?.message.contains("1 nodes") == true)
            let refused = await failure { () throws(ProviderFailure) in try await provider.create(request("n2")) }
            #expect(refused?.kind == "retryable" && lab.text("made") == "n1\n")
        }
    }

    @Test func `a state that was cleaned away alone is not believed by the next manager either`() async throws {
        try await TerraformLab.standIn { lab in
            _ = await create(["n1"], in: lab.provider())
            lab.remove("terraform.tfstate")
            let lost = await failure { () throws(ProviderFailure) in
                try await lab.provider().list(owner: "us", region: "lab")
            }
            #expect(lost?.message.contains("is empty, and was not") == true)
        }
    }

    @Test func `one broken node and a destroy that hangs hold up no other`() async throws {
        try await TerraformLab.standIn { lab in
            let provider = lab.provider { $0.timeout = .seconds(40) }
            _ = await create(["n0", "n1", "n2"], in: provider)
            try lab.write("fault", "plan broken n0")
            _ = try await provider.create(request("n3"))
            try await provider.destroy(request("n1").reference)
            #expect(try await names(provider) == ["n0", "n2", "n3"])
            try lab.write("fault", "apply hold n0")
            let destroy = Task {
                await failure { () throws(ProviderFailure) in try await provider.destroy(request("n0").reference) }
            }
            #expect(await eventually { lab.applying != nil })
            _ = try await provider.create(request("n4"))
            #expect(await destroy.value?.kind == "unknown")
            lab.remove("fault")
            try await provider.destroy(request("n0").reference)
            #expect(try await names(provider) == ["n2", "n3", "n4"])
        }
    }

    // MARK: - Orphans

    @Test func `a command is known by whatever path its workspace has, and a person's is not ended`() throws {
        let place =
            URL(fileURLWithPath: NSTemporaryDirectory()).resolvingSymlinksInPath().path
            + "/smreconcile-terraform-\(UInt64.random(in: 0..<(.max)))"
        try FileManager.default.createDirectory(atPath: place + "/real", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        try FileManager.default.createSymbolicLink(atPath: place + "/link", withDestinationPath: "real")
        let (real, link) = (place + "/real", place + "/link")
        #expect(TerraformOrphan.works(["terraform", "-chdir=" + link, "apply"], in: real))
        #expect(TerraformOrphan.works(["terraform", "-chdir=" + real, "plan"], in: real))
        #expect(!TerraformOrphan.works(["terraform", "-chdir=" + real, "plan", "-refresh-only"], in: real))
        #expect(!TerraformOrphan.works(["terraform", "-chdir=" + real, "state", "pull"], in: real))
        #expect(!TerraformOrphan.works(["terraform", "-chdir=" + place, "apply"], in: real))
        // A shell that waits for a program heeds no interrupt; one that waits to open a pipe does.
        #expect(unsafe mkfifo(place + "/pipe", 0o600) == 0)
        for isOurs in [false, true] {
            let pid = try ChildProcess(
                program: "/bin/sh", arguments: ["-c", "read x <$0/pipe", place, "-chdir=" + link, "apply"],
                environment: isOurs ? [TerraformOrphan.variable: real] : [:]
            ).spawn()
            defer {
                kill(-pid, SIGKILL)
                usleep(1000)
                ChildProcess.reap(pid)
            }
            // Its words are there when it has become the shell.
            let start = ContinuousClock.now + .seconds(10)
            while TerraformOrphan.find(in: link) == nil, ContinuousClock.now < start { usleep(1000) }
            let orphan = try #require(TerraformOrphan.find(in: link))
            #expect(orphan.entry.pid == pid && orphan.isOurs == isOurs)
            let age = try #require(orphan.age)
            #expect(age < .seconds(60) && age > .seconds(-1))
            orphan.end(olderThan: .seconds(1000))
            #expect(!ChildProcess.hasEnded(pid))
            orphan.end(olderThan: .seconds(-2))
            let deadline = ContinuousClock.now + (isOurs ? .seconds(10) : .zero)
            while !ChildProcess.hasEnded(pid), ContinuousClock.now < deadline { usleep(10_000) }
            #expect(ChildProcess.hasEnded(pid) == isOurs)
        }
    }
}
