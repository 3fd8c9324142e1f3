import Foundation
import Reconciler
import Testing

@testable import Providers

/// The user-data of new machines.
@Suite("A new machine's user-data")
struct BootstrapTests {
    private static func node(_ adjust: (inout CreateRequest) -> Void = { _ in }) -> CreateRequest {
        var node = request("live-edge-cc27zk2f")
        node.credential = "secret.of.the-node"
        node.managerURL = "https://manager.example.org"
        adjust(&node)
        return node
    }

    private struct Config: Decodable {
        struct File: Decodable { var path: String, permissions: String, content: String }
        var files: [File]
        var commands: [[String]]
        enum CodingKeys: String, CodingKey {
            case files = "write_files"
            case commands = "runcmd"
        }
    }

    private static func config(_ spec: BootstrapSpec) throws -> Config {
        let text = NodeBootstrap.userData(spec, for: node())
        // The line by which cloud-init knows what it is.
        #expect(text.hasPrefix("#cloud-config\n"))
        return try JSONDecoder().decode(Config.self, from: Data(text.drop { $0 != "\n" }.utf8))
    }

    @Test("holds the token in a file of root's alone, and nowhere else")
    func token() throws {
        let files = try Self.config(BootstrapSpec()).files
        let holding = files.filter { $0.content.contains("secret.of.the-node") }
        #expect(holding.map(\.path) == [AgentUnit.tokenFile])
        #expect(holding.map(\.permissions) == ["0600"])
        #expect(holding.map(\.content) == ["secret.of.the-node\n"])
    }

    @Test("starts the agent of this node for this manager")
    func agent() throws {
        var spec = BootstrapSpec()
        spec.agent = ["--statistics", #"command=awk '{print $1 "%"}' \x"#]
        let config = try Self.config(spec)
        let environment = try #require(config.files.first { $0.path == AgentUnit.environmentFile })
        #expect(
            environment.content == """
                SMRECONCILE_SERVER="https://manager.example.org"
                SMRECONCILE_NODE_ID="live-edge-cc27zk2f"

                """)
        let unit = try #require(config.files.first { $0.path.hasSuffix(AgentUnit.name) })
        #expect(unit.path == "/etc/systemd/system/smreconcile-agent.service")
        let start = try #require(unit.content.split(separator: "\n").first { $0.hasPrefix("ExecStart=") })
        #expect(start.hasSuffix(#"/token "--statistics" "command=awk '{print $$1 \"%%\"}' \\x""#))
        #expect(config.commands.last == ["systemctl", "enable", "--now", AgentUnit.name])
    }

    @Test("is the spec's own template, filled in once")
    func template() {
        var spec = BootstrapSpec()
        spec.userData =
            "{{nodeId}} {{group}} {{region}} {{role}} {{image}} {{managerUrl}} {{token}} {{setting.disk}}{{setting.none}}."
        let text = NodeBootstrap.userData(
            spec,
            for: Self.node {
                $0.template.image = "{{token}}"
                $0.template.settings["disk"] = "40"
            })
        #expect(
            text == "live-edge-cc27zk2f live lab edge {{token}} https://manager.example.org secret.of.the-node 40.")
    }

    /// `UPDATE_GOLDEN=1` writes it, and fails.
    @Test("has the unit that packaging/systemd has for images")
    func packaged() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("packaging/systemd/\(AgentUnit.name)")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
            try Data(AgentUnit.text(options: []).utf8).write(to: file)
            Issue.record("wrote \(file.lastPathComponent): read it, and run again without UPDATE_GOLDEN")
            return
        }
        #expect(try String(decoding: Data(contentsOf: file), as: UTF8.self) == AgentUnit.text(options: []))
    }
}
