import Foundation
import Glibc
import Testing

/// The provider `shell` with the pool of `examples/providers/static`: the hosts are addresses of this machine, and half of them are
/// reached over what stands in for ssh.
@Suite("A pool of hosts by shell commands", .sharesMachine, .serialized, .timeLimit(.minutes(3)))
struct ShellPoolTests {
    private static let hosts = 10

    @Test("comes to its count, gives hosts back, and the nodes there end")
    func count() async throws {
        try await Workspace.with { workspace in
            let pool = try Pool(workspace, hosts: Self.hosts, nodes: 4)
            let manager = try await Manager(workspace, spec: pool.file)
            let nodes = try await manager.serves(4)
            #expect(Set(nodes.compactMap(\.address)).isSubset(of: pool.addresses))
            #expect(try pool.taken().count == 4 && pool.agents().count == 4)
            try pool.write(nodes: 2)
            try await manager.serves(2)
            try await eventually("two hosts given back") {
                try pool.taken().count == 2 && pool.agents().count == 2
            }
        }
    }

    @Test("has its agents running when a create ends, however late they leave its process group")
    func slowStart() async throws {
        try await Workspace.with { workspace in
            let pool = try Pool(workspace, hosts: 2, nodes: 2)
            // What a busy machine does: the child gets its turn when the script that started it is long over.
            let path = try workspace.write("#!/bin/sh\nsleep 0.7\nexec /usr/bin/setsid \"$@\"\n", to: "bin/setsid")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            let manager = try await Manager(workspace, spec: pool.file)
            try await manager.serves(2)
            #expect(pool.agents().count == 2)
        }
    }

    /// The manager dies so long after the first hosts are taken.
    private static let moments: [(taken: Int, delay: Duration)] = [
        (1, .zero), (2, .milliseconds(150)), (5, .milliseconds(40)),
    ]

    @Test("is neither doubled nor leaked when the manager is killed in the middle of creates", arguments: moments)
    private func killed(taken: Int, delay: Duration) async throws {
        try await Workspace.with { workspace in
            let pool = try Pool(workspace, hosts: Self.hosts, nodes: 6)
            let manager = try await Manager(workspace, spec: pool.file)
            try await eventually("\(taken) hosts taken", pace: .milliseconds(2)) { try pool.taken().count >= taken }
            let end = ContinuousClock.now + delay
            try await eventually("the moment to die", pace: .milliseconds(2)) { ContinuousClock.now >= end }
            try await manager.crash()
            let before = try pool.taken()
            let second = try await Manager(workspace, spec: pool.file, follows: manager)
            let nodes = try await second.serves(6, within: .seconds(60))
            let after = try pool.taken()
            #expect(after.count == 6 && Set(after.values) == Set(nodes.map(\.id)))
            #expect(before.allSatisfy { after[$0.key] == $0.value }, "a host that was taken keeps its node")
            #expect(pool.agents() == nodes.map(\.id).sorted(), "one agent for each node")
            #expect(try await holds(for: .seconds(1)) { try pool.taken() == after })
        }
    }

    @Test(
        "tells in events what a script did wrong, and serves once it does right",
        arguments: [
            ("hang", "did not end within 10s and was killed"),
            ("half", #"its answer is not understood: it is not valid JSON"#),
            ("full", "exited with 69, no capacity: the region is sold out"),
        ])
    private func wrong(mode: String, words: String) async throws {
        try await Workspace.with { workspace in
            let pool = try Pool(workspace, hosts: 4, nodes: 2, timeout: "10s")
            try workspace.write(mode, to: "mode")
            let manager = try await Manager(workspace, spec: pool.file)
            try await eventually("an event that says '\(words)'") {
                try await manager.get("/as/v1/events?limit=1000", as: [EventAnswer].self).contains {
                    $0.reason == "CreateFailed" && $0.message.contains(words)
                }
            }
            if mode == "hang" {
                try await eventually("the end of what hung") {
                    !workspace.processes().contains { $0.arguments == ["sleep", "1000"] }
                }
            }
            #expect(try pool.taken().isEmpty)
            try workspace.write("", to: "mode")
            try await manager.serves(2, within: .seconds(60))
            #expect(try pool.taken().count == 2 && pool.agents().count == 2)
        }
    }
}

/// A copy of the example in a workspace, with hosts of its own.
private struct Pool {
    let workspace: Workspace
    let addresses: Set<String>
    private let timeout: String

    init(_ workspace: Workspace, hosts: Int, nodes: Int, timeout: String = "30s") throws {
        self.workspace = workspace
        self.timeout = timeout
        // Of the loopback network, where another test draws other ones.
        let net = "127.\(Int.random(in: 1...250)).\(Int.random(in: 1...250))"
        addresses = Set((1...hosts).map { "\(net).\($0)" })
        for name in ["pool", "start.sh", "stop.sh"] {
            try FileManager.default.copyItem(
                atPath: "\(Workspace.repository)/examples/providers/static/\(name)", toPath: workspace.path(name))
        }
        let entries = (1...hosts).map { number in
            let ssh = number.isMultiple(of: 2) ? #", "ssh": "nobody@nowhere.invalid""# : ""
            return #"{"name": "h\#(number)", "region": "lab", "address": "\#(net).\#(number)"\#(ssh)}"#
        }
        try workspace.write(#"{"hosts": [\#(entries.joined(separator: ", "))]}"#, to: "pool.json")
        // What ssh does with a host and a command, but here.
        try script("remote", "shift; exec \"$@\"")
        try script(
            "create",
            """
            case "$(cat mode 2>/dev/null)" in
                hang) sleep 1000 ;;
                half) printf '{"id": "h1/'; exit 0 ;;
                full) echo "the region is sold out" >&2; exit 69 ;;
                *) exec ./pool create ;;
            esac
            """)
        try FileManager.default.createDirectory(atPath: workspace.path("bin"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: workspace.path("bin/smreconcile"), withDestinationPath: Workspace.binary)
        try write(nodes: nodes)
    }

    var file: String { workspace.path("cluster.yaml") }

    private func script(_ name: String, _ lines: String) throws {
        try workspace.write("#!/bin/sh\n\(lines)\n", to: name)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: workspace.path(name))
    }

    /// Writes the spec, with so many nodes.
    func write(nodes: Int) throws {
        let path = "\(workspace.path("bin")):\(workspace.environment["PATH"] ?? "")"
        try workspace.write(
            """
            \(Specs.manager)apiVersion: smreconcile/v1
            kind: Provider
            metadata: {name: pool}
            spec:
              type: shell
              shell:
                list: ./pool list
                create: ./create
                destroy: ./pool destroy
                environment: {SSH: "\(workspace.path("remote"))", PATH: "\(path)"}
                timeout: \(timeout)
            ---
            apiVersion: smreconcile/v1
            kind: NodeGroup
            metadata: {name: live}
            spec:
              provider: pool
              regions: [{name: lab}]
              roles:
                edge:
                  capabilities: [subscribe]
                  endpoints: [{protocol: rtmp, port: 21935}]
                  min: \(nodes)
                  max: \(nodes)
                  update: {maxSurge: 1}
                  drain: {timeout: 1s, evictTimeout: 1s}

            """, to: "cluster.yaml")
    }

    /// The nodes by the host that each has.
    func taken() throws -> [String: String] {
        struct Entry: Decodable {
            struct Tags: Decodable { var node: String }
            var tags: Tags
        }
        guard let data = FileManager.default.contents(atPath: workspace.path("pool.json.taken")) else { return [:] }
        return try JSONDecoder().decode([String: Entry].self, from: data).mapValues(\.tags.node)
    }

    func agents() -> [String] { workspace.agents() }
}
