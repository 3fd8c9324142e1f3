import Foundation
import Glibc
import Reconciler
import Testing

@testable import Providers

/// A scratch directory with the three commands of a shell provider in it; what they left running ends with the test.
struct ShellScripts {
    let directory: String

    /// Runs `body` over a fresh directory.
    static func with(_ body: (ShellScripts) async throws -> Void) async throws {
        let name = "smreconcile-shell-\(UInt64.random(in: 0..<(.max)))"
        let scripts = ShellScripts(
            directory: URL(fileURLWithPath: NSTemporaryDirectory()).resolvingSymlinksInPath().path + "/" + name)
        try FileManager.default.createDirectory(atPath: scripts.directory, withIntermediateDirectories: true)
        defer {
            for pid in scripts.processes { kill(pid, SIGKILL) }
            try? FileManager.default.removeItem(atPath: scripts.directory)
        }
        try await body(scripts)
    }

    /// Writes an executable file.
    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(directory)/\(name)")
    }

    /// What a script wrote to a file; empty when there is none.
    func text(_ name: String) -> String {
        (try? String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)) ?? ""
    }

    /// The living processes that work in the directory.
    var processes: [Int32] {
        ProcessTable.all().filter { entry in
            guard !entry.isDead, entry.pid != getpid() else { return false }
            let place = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(entry.pid)/cwd")
            return place == directory
        }.map(\.pid)
    }

    /// A provider whose commands are run in the directory: each a script of sh, or one that fails the test when it is called.
    func provider(
        list: String = "exit 99", create: String = "exit 99", destroy: String = "exit 99",
        manager: [String: String] = environment, _ adjust: (inout ShellSpec) -> Void = { _ in }
    ) -> ShellProvider {
        var spec = ShellSpec(
            list: ["/bin/sh", "-c", list], create: ["/bin/sh", "-c", create], destroy: ["/bin/sh", "-c", destroy])
        spec.source = SourceLocation(file: directory + "/cluster.yaml", line: 1, column: 1)
        adjust(&spec)
        return ShellProvider(spec: spec) { manager }
    }

    /// A provider over a directory of files, one for each instance, that lists two on a page.
    func overFiles() throws -> ShellProvider {
        try write("files", Self.files)
        return provider {
            $0.list = ["./files", "list"]
            $0.create = ["./files", "create"]
            $0.destroy = ["./files", "destroy"]
        }
    }

    /// The script that docs/providers.md shows, with its directory; throws when the text has none any more.
    func asDocumented() throws -> ShellProvider {
        let text = try String(contentsOfFile: Self.repository + "/docs/providers.md", encoding: .utf8)
        let begin = try #require(text.firstRange(of: /```sh[^\n]*\n#!\/bin\/sh\n/))
        let end = try #require(text[begin.upperBound...].firstRange(of: "\n```\n"))
        try write("cloud", "#!/bin/sh\n" + text[begin.upperBound..<end.lowerBound] + "\n")
        try FileManager.default.createDirectory(
            atPath: directory + "/instances", withIntermediateDirectories: true)
        return provider {
            $0.list = ["./cloud", "list"]
            $0.create = ["./cloud", "create"]
            $0.destroy = ["./cloud", "destroy"]
        }
    }

    /// The root of the repository.
    static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// The pool of `examples/providers/static` with free hosts in two regions, none of which is really asked.
    func overPool() throws -> ShellProvider {
        let example = Self.repository + "/examples/providers/static"
        for name in ["pool", "start.sh", "stop.sh"] {
            try FileManager.default.copyItem(atPath: "\(example)/\(name)", toPath: "\(directory)/\(name)")
        }
        let hosts = (1...20).map { number in
            let region = number <= 16 ? "lab" : "lab2"
            return #"{"name": "h\#(number)", "region": "\#(region)", "address": "192.0.2.\#(number)", "ssh": "h"}"#
        }
        try write("pool.json", #"{"hosts": [\#(hosts.joined(separator: ", "))]}"#)
        return provider {
            $0.list = ["./pool", "list"]
            $0.create = ["./pool", "create"]
            $0.destroy = ["./pool", "destroy"]
            $0.environment = ["SSH": "true"]
        }
    }

    /// The manager's environment, with the system's own programs first: what stands before them may be slow to start.
    private static var environment: [String: String] {
        var variables = ProcessInfo.processInfo.environment
        variables["PATH"] = "/usr/bin:/bin:" + (variables["PATH"] ?? "")
        return variables
    }

    private static let files = """
        #!/usr/bin/env python3
        import json, os, sys
        request = json.load(sys.stdin)
        os.makedirs("instances", exist_ok=True)
        def path(token): return "instances/" + token.encode().hex()
        if request["command"] == "list":
            names = sorted(n for n in os.listdir("instances") if not n.startswith("new."))
            rest = [n for n in names if n > request.get("cursor", "")]
            page = [json.load(open("instances/" + n)) for n in rest[:2]]
            json.dump({"complete": True, "instances": page, "next": rest[1] if len(rest) > 2 else None}, sys.stdout)
        elif request["command"] == "create":
            file = path(request["token"])
            new = "instances/new.%d" % os.getpid()
            with open(new, "w") as out:
                json.dump({"id": "i-%d" % os.getpid(), "tags": request["tags"], "token": request["token"],
                           "revision": request["revision"], "state": "running", "address": "192.0.2.1"}, out)
            try: os.link(new, file)
            except FileExistsError: pass
            os.unlink(new)
            print(open(file).read())
        else:
            file = path(request["token"])
            try: found = json.load(open(file))
            except FileNotFoundError: sys.exit(66)
            if found["tags"] != request["tags"]: sys.exit(66)
            os.unlink(file)
        """
}
