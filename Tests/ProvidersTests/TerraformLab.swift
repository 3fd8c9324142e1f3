import Foundation
import Glibc
import Reconciler
import Testing

@testable import Providers

/// A scratch workspace; what was started in it ends with the test.
struct TerraformLab {
    let directory: String
    /// The program that is run in it.
    let binary: String

    /// A real Terraform or OpenTofu, where the machine has one. Neither is in Debian or on PyPI, so that a machine may lack both: then
    /// the tests that need one are skipped, and ``standIn`` is what the others run over.
    static let realBinary: String? = ["terraform", "tofu"].first { name in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
        }
    }

    /// Whether ``realBinary`` is there.
    static var hasTerraform: Bool { realBinary != nil }

    /// Runs `body` over a workspace of a real Terraform with this configuration.
    static func real(_ configuration: String = nodes, _ body: (TerraformLab) async throws -> Void) async throws {
        try await with(binary: try #require(realBinary)) { lab in
            try lab.write("main.tf", configuration)
            try await body(lab)
        }
    }

    /// Runs `body` over a workspace of the stand-in.
    static func standIn(_ body: (TerraformLab) async throws -> Void) async throws {
        try await with(binary: "./terraform") { lab in
            try lab.write("terraform", standInScript)
            // The stand-in reads none, and a workspace without one is believed to be none.
            try lab.write("main.tf", "")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: lab.directory + "/terraform")
            try await body(lab)
        }
    }

    private static func with(binary: String, _ body: (TerraformLab) async throws -> Void) async throws {
        let place = URL(fileURLWithPath: NSTemporaryDirectory()).resolvingSymlinksInPath().path
        let lab = TerraformLab(
            directory: "\(place)/smreconcile-terraform-\(UInt64.random(in: 0..<(.max)))", binary: binary)
        try FileManager.default.createDirectory(atPath: lab.directory, withIntermediateDirectories: true)
        defer {
            for pid in lab.processes { kill(pid, SIGKILL) }
            try? FileManager.default.removeItem(atPath: lab.directory)
        }
        try await body(lab)
    }

    /// A provider over the workspace; each call makes a new one, as a manager started anew does. `variables` are those of the manager's
    /// environment beside this process's.
    func provider(
        time: any TimeSource = RealTime(), variables: [String: String] = [:],
        _ adjust: (inout TerraformSpec) -> Void = { _ in }
    ) -> TerraformProvider {
        var spec = TerraformSpec(directory: ".")
        spec.source = SourceLocation(file: directory + "/cluster.yaml", line: 1, column: 1)
        spec.binary = binary
        spec.refresh = nil
        // Whatever the machine's own settings are.
        spec.environment = ["TF_CLI_CONFIG_FILE": "/dev/null"]
        adjust(&spec)
        return TerraformProvider(
            spec: spec, environment: { ProcessInfo.processInfo.environment.merging(variables) { _, own in own } },
            time: time,
            userData: { "user-data of \($0.tags.node) with \($0.credential)" })
    }

    var files: TerraformFiles { TerraformFiles(directory: directory) }

    /// Writes a file of the workspace.
    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
    }

    /// What a file of the workspace holds; empty when there is none.
    func text(_ name: String) -> String {
        (try? String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)) ?? ""
    }

    func remove(_ name: String) { try? FileManager.default.removeItem(atPath: "\(directory)/\(name)") }

    /// The nodes that the variables file names.
    func written() throws -> Set<String> { Set(try (files.load() ?? TerraformRecord()).variables.nodes.keys) }

    /// The addresses of the resources in the state file.
    func state() throws -> [String] {
        let data = FileManager.default.contents(atPath: directory + "/terraform.tfstate") ?? Data()
        return try TerraformState(Array(data)).resources.keys.map(\.description).sorted()
    }

    /// The living processes that work in the workspace.
    var processes: [Int32] {
        ProcessTable.all().filter { entry in
            guard !entry.isDead, entry.pid != getpid() else { return false }
            return (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(entry.pid)/cwd")) == directory
        }.map(\.pid)
    }

    /// Terraform's process for an apply, when there is one.
    var applying: Int32? {
        processes.first { pid in
            let words = ProcessTable.arguments(of: pid)
            return words.contains("apply") && words.contains(TerraformCommand.place(directory))
        }
    }

    /// Runs Terraform by hand and returns what it printed.
    @discardableResult
    func terraform(_ words: String...) async -> String {
        var environment = ProcessInfo.processInfo.environment
        environment["TF_CLI_CONFIG_FILE"] = "/dev/null"
        let child = ChildProcess(
            program: binary, arguments: words, environment: environment, workingDirectory: directory)
        let run = CommandRun(process: child, input: [], maximumOutput: 10_000_000, grace: .seconds(1))
        let outcome = await run.run(until: .now + .seconds(60))
        return String(decoding: outcome.output + outcome.errors, as: UTF8.self)
    }

    /// Two resources for each node, of which the first fails, waits, stays or is found bad as files of the workspace say.
    static let nodes = """
        variable "nodes" {
          type    = any
          default = {}
        }
        variable "user_data" {
          type      = map(string)
          default   = {}
          sensitive = true
        }
        variable "node_tokens" {
          type      = map(string)
          default   = {}
          sensitive = true
        }
        resource "terraform_data" "node" {
          for_each = var.nodes
          input    = { address = "192.0.2.1", user_data = var.user_data[each.key] }
          provisioner "local-exec" {
            command = "echo ${each.key} >>made; while [ -e slow -o -e slow-${each.key} ]; do sleep 0.1; done; test ! -e fail-${each.key} || { cat fail-${each.key}; exit 1; }"
          }
          provisioner "local-exec" {
            when    = destroy
            command = "echo ${each.key} >>unmade; while [ -e hold-${each.key} ]; do sleep 0.1; done; test ! -e keep-${each.key}"
          }
          lifecycle {
            postcondition {
              condition     = !fileexists("${path.module}/bad-${each.key}")
              error_message = "${each.key} is bad."
            }
          }
        }
        resource "terraform_data" "disk" {
          for_each = var.nodes
          input    = terraform_data.node[each.key].id
        }
        output "nodes" {
          value = {
            for id, node in terraform_data.node : id => {
              id      = node.id
              address = node.input.address
              disk    = try(terraform_data.disk[id].id, null)
            }
          }
        }
        """

    /// What speaks like Terraform: one resource for each node, and faults as the file `fault` says.
    private static let standInScript = #"""
        #!/usr/bin/env python3
        import json, os, sys, time, uuid
        words = sys.argv[1:]
        place = next(w for w in words if w.startswith("-chdir="))
        os.chdir(place[7:])
        words.remove(place)
        verb = words[0]
        with open("calls", "a") as log: log.write(" ".join(w for w in words if not w.startswith("-")) .split("/")[0] + "\n")
        def load(name, otherwise):
            try: return json.load(open(name))
            except FileNotFoundError: return otherwise
        def say(**message): print(json.dumps(message), flush=True)
        def error(summary, detail="", address=""):
            say(type="diagnostic", diagnostic=dict(severity="error", summary=summary, detail=detail, address=address))
        def fault(kind):
            try: text = open("fault").read()
            except FileNotFoundError: return None
            return text.split(" ", 1)[1].strip() if text.startswith(kind + " ") else None
        def address(node): return 'cloud_machine.node["%s"]' % node
        def save(state):
            state["serial"] += 1
            json.dump(state, open("state.new", "w"))
            os.rename("state.new", "terraform.tfstate")
        def nodes(state): return {i["index_key"]: i for r in state["resources"] for i in r["instances"]}
        def fill(state, found, fresh):
            state["resources"] = [dict(mode="managed", type="cloud_machine", name="node",
                                       instances=list(found.values()))] if found else []
            if fresh:
                state["outputs"] = {"nodes": {"value": {n: dict(id=i["id"], address="192.0.2.1") for n, i in found.items()}}}
            save(state)
        blank = dict(version=4, serial=0, lineage=str(uuid.uuid4()), outputs={}, resources=[])
        for kind in [verb, "any"]:
            what = fault(kind)
            if what == "hang":
                while True: time.sleep(1)
            if what == "garbage":
                print("{]"); sys.exit(0)
            if what == "die":
                print("panic", file=sys.stderr); os.kill(os.getpid(), 9)
            if what == "lock":
                error("Error acquiring the state lock", "Somebody has it\n\nLong words"); sys.exit(1)
        if verb == "state":
            if os.path.exists("terraform.tfstate"): print(open("terraform.tfstate").read())
        elif verb == "graph":
            print('digraph {\n\t"[root] cloud_machine.node (expand)" [label = "cloud_machine.node", shape = "box"]\n}')
        elif verb == "plan":
            wanted = load("nodes.auto.tfvars.json", {"nodes": {}})["nodes"]
            found = nodes(load("terraform.tfstate", blank))
            # Machines that the cloud lost.
            gone = sorted(set(open("gone").read().split()) & set(found)) if os.path.exists("gone") else []
            for n in gone: say(type="resource_drift", change=dict(resource=dict(addr=address(n)), action="delete"))
            if "-refresh-only" in words: sys.exit(0)
            targets = [w[8:] for w in words if w.startswith("-target=")]
            broken = [n for n in found if not targets and fault("plan") == "broken " + n]
            for n in broken: error("reading machine", "of " + n, address(n))
            left = set(found) - set(gone)
            create, delete = sorted(set(wanted) - left), sorted(left - set(wanted))
            bad = [n for n in create if fault("plan") == "refuse " + n]
            for n in bad: error("Invalid value", "of " + n, address(n))
            if bad or broken: sys.exit(1)
            if targets:
                create = [n for n in create if address(n) in targets]
                delete = [n for n in delete if address(n) in targets]
            def change(n, action): say(type="planned_change", change=dict(resource=dict(addr=address(n)), action=action))
            for n in create: change(n, "create")
            for n in delete: change(n, "delete")
            say(type="change_summary", changes=dict(add=len(create) + (fault("plan") == "miscount"), change=0,
                                                    remove=len(delete), operation="plan"))
            if create or delete or gone: say(type="outputs", outputs={"nodes": {"action": "update"}})
            for w in words:
                if w.startswith("-out="): json.dump([create, delete, gone], open(w[5:], "w"))
        elif verb == "apply":
            create, delete, gone = json.load(open(words[-1]))
            state = load("terraform.tfstate", blank)
            found = {n: i for n, i in nodes(state).items() if n not in gone}
            failed = False
            for n in create:
                what = fault("apply") or ""
                if what.startswith("fail " + n):
                    error("creating machine", what[len("fail " + n):].strip() or "no", address(n)); failed = True
                    continue
                found[n] = dict(index_key=n, id="m-" + uuid.uuid4().hex[:8])
                with open("made", "a") as log: log.write(n + "\n")
                fill(state, found, False)
                if what == "die after " + n: os.kill(os.getpid(), 9)
            for n in delete:
                while fault("apply") == "hold " + n: time.sleep(0.1)
                if fault("apply") == "keep " + n:
                    error("deleting machine", "no", address(n)); failed = True
                    continue
                del found[n]
            fill(state, found, not failed)
            sys.exit(1 if failed else 0)
        """#
}
