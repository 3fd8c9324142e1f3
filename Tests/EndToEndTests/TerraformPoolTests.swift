import Foundation
import Glibc
import Testing

/// The provider `terraform` with the workspace of `examples/terraform/local`: a real Terraform, whose nodes are agents of this machine.
/// Terraform can be had from neither Debian nor PyPI: without it the provider's own tests run over a stand-in.
@Suite(
    "A workspace of Terraform", .sharesMachine, .serialized, .timeLimit(.minutes(5)),
    .enabled(if: TerraformPool.hasTerraform, "there is no terraform here"))
struct TerraformPoolTests {
    @Test("comes to its count, up and down, and the nodes that go end")
    func count() async throws {
        try await Workspace.with { workspace in
            let pool = try TerraformPool(workspace, nodes: 4)
            let manager = try await Manager(workspace, spec: pool.file)
            try await manager.serves(4, within: .seconds(60))
            #expect(try pool.nodes().count == 4 && pool.agents() == pool.nodes())
            try pool.write(nodes: 2)
            try await eventually("two nodes fewer", within: .seconds(60)) {
                try pool.nodes().count == 2 && pool.agents() == pool.nodes()
            }
            try pool.write(nodes: 5)
            let nodes = try await manager.serves(5, within: .seconds(60))
            #expect(try pool.nodes() == nodes.map(\.id).sorted() && pool.agents() == pool.nodes())
        }
    }

    @Test(
        "is neither doubled nor leaked when the manager is killed in the middle of applies",
        arguments: [Duration.zero, .milliseconds(300), .milliseconds(900)])
    func killed(delay: Duration) async throws {
        try await Workspace.with { workspace in
            let pool = try TerraformPool(workspace, nodes: 6, slow: true)
            var manager = try await Manager(workspace, spec: pool.file)
            // In the first creates, then in a scale-up, then in a scale-down.
            for (number, count) in [6, 9, 5].enumerated() {
                try pool.write(nodes: count)
                try await eventually("an apply", pace: .milliseconds(5)) { pool.isApplying }
                let end = ContinuousClock.now + delay
                try await eventually("the moment to die", pace: .milliseconds(5)) { ContinuousClock.now >= end }
                try await manager.crash()
                manager = try await Manager(workspace, spec: pool.file, follows: manager)
                try await eventually("\(count) nodes after kill \(number + 1)", within: .seconds(90)) {
                    let nodes = try await manager.serving().map(\.id).sorted()
                    return try nodes.count == count && pool.nodes() == nodes && pool.agents() == nodes
                }
            }
            let nodes = try pool.nodes()
            #expect(try await holds(for: .seconds(2)) { try pool.nodes() == nodes && pool.agents() == nodes })
        }
    }

    @Test("goes on with an apply whose manager was killed, and makes each machine once")
    func once() async throws {
        try await Workspace.with { workspace in
            let pool = try TerraformPool(workspace, nodes: 3)
            // A machine that is made again is a line more: nothing here forgives it, as an idempotent script would.
            let text = try String(contentsOfFile: workspace.path("main.tf"), encoding: .utf8)
            try workspace.write(
                text.replacing("./node.sh start", with: "echo $SMRECONCILE_NODE_ID >>ledger; sleep 4"), to: "main.tf")
            func made() -> [String] {
                let text = (try? String(contentsOfFile: workspace.path("ledger"), encoding: .utf8)) ?? ""
                return text.split(separator: "\n").map(String.init).sorted()
            }
            let manager = try await Manager(workspace, spec: pool.file)
            try await eventually("the first machine", within: .seconds(60)) { !made().isEmpty }
            try await manager.crash()
            // Terraform reports at its end, and would die of it if nobody could take that.
            try await eventually("the end of the apply", within: .seconds(60)) { !pool.isApplying }
            let second = try await Manager(workspace, spec: pool.file, follows: manager)
            let nodes = try await eventually("three nodes", within: .seconds(60)) {
                let nodes = try await second.get("/as/v1/nodes", as: [NodeAnswer].self)
                return nodes.count == 3 && nodes.allSatisfy { $0.state == "created" } ? nodes.map(\.id).sorted() : nil
            }
            #expect(made() == nodes)
            #expect(try pool.nodes() == nodes)
            #expect(try await holds(for: .seconds(2)) { made() == nodes })
        }
    }
}

/// A copy of the example in a workspace.
private struct TerraformPool {
    static let hasTerraform = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/terraform")
    }

    let workspace: Workspace

    /// `slow`: each node takes a moment to be made and to be ended, so that there is a middle to be killed in.
    init(_ workspace: Workspace, nodes: Int, slow: Bool = false) throws {
        self.workspace = workspace
        for name in ["main.tf", "node.sh"] {
            try FileManager.default.copyItem(
                atPath: "\(Workspace.repository)/examples/terraform/local/\(name)", toPath: workspace.path(name))
        }
        if slow {
            let text = try String(contentsOfFile: workspace.path("main.tf"), encoding: .utf8)
            try workspace.write(text.replacing("./node.sh", with: "sleep 0.5; ./node.sh"), to: "main.tf")
        }
        try write(nodes: nodes)
    }

    var file: String { workspace.path("cluster.yaml") }

    /// Writes the spec, with so many nodes.
    func write(nodes: Int) throws {
        try workspace.write(
            """
            \(Specs.manager)apiVersion: smreconcile/v1
            kind: Provider
            metadata: {name: workspace}
            spec:
              type: terraform
              terraform:
                directory: .
                timeout: 2m
                environment: {TF_CLI_CONFIG_FILE: /dev/null}
            ---
            apiVersion: smreconcile/v1
            kind: NodeGroup
            metadata: {name: live}
            spec:
              provider: workspace
              regions: [{name: lab}]
              roles:
                edge:
                  capabilities: [subscribe]
                  endpoints: [{protocol: rtmp, port: 21935}]
                  min: \(nodes)
                  max: \(nodes)
                  drain: {timeout: 1s, evictTimeout: 1s}

            """, to: "cluster.yaml")
    }

    /// The nodes in Terraform's state, sorted.
    func nodes() throws -> [String] {
        struct State: Decodable {
            struct Resource: Decodable {
                struct Instance: Decodable {
                    var key: String?
                    enum CodingKeys: String, CodingKey { case key = "index_key" }
                }
                var instances: [Instance]
            }
            var resources: [Resource]
        }
        guard let data = FileManager.default.contents(atPath: workspace.path("terraform.tfstate")), !data.isEmpty,
            let state = try? JSONDecoder().decode(State.self, from: data)
        else { return [] }
        return state.resources.flatMap(\.instances).compactMap(\.key).sorted()
    }

    func agents() -> [String] { workspace.agents() }

    /// Whether Terraform changes something now.
    var isApplying: Bool { workspace.processes().contains { $0.arguments.contains("apply") } }
}
