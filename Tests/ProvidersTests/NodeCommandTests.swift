import Reconciler
import Testing

@testable import Providers

@Suite("The command of a local node")
struct NodeCommandTests {
    let context = NodeCommand.Context(
        request: request("n1"), address: "127.0.0.1", ports: ["rtmp": 4000], directory: "/data/nodes/n1",
        binary: "/usr/bin/smreconcile",
        inherited: ["PATH": "/bin", "LC_ALL": "C", "AWS_SECRET_ACCESS_KEY": "x", "HOME": "/root"])

    @Test("is filled in everywhere, and a value is never filled in again")
    func filledIn() throws {
        var template = ProcessSpec.Command(arguments: [
            "bin/serve", "{{nodeId}}:{{port.rtmp}}", "{{image}}{{", "{{dir}}",
        ])
        template.environment = ["WHERE": "{{region}}/{{group}}/{{role}}", "HOME": "{{specDir}}"]
        template.workingDirectory = "work"
        template.source = SourceLocation(file: "/etc/spec/live.yaml", line: 1, column: 1)
        var context = context
        context.request.template.image = "{{token}}"
        let command = try NodeCommand(template, context)
        #expect(command.program == "/etc/spec/bin/serve")
        #expect(command.arguments == ["n1:4000", "{{token}}{{", "/data/nodes/n1"])
        #expect(command.workingDirectory == "/etc/spec/work")
        #expect(command.environment["WHERE"] == "lab/live/edge")
        #expect(command.environment["HOME"] == "/etc/spec")
        #expect(command.environment["PATH"] == "/bin" && command.environment["LC_ALL"] == "C")
        #expect(command.environment["AWS_SECRET_ACCESS_KEY"] == nil)
        #expect(command.environment["SMRECONCILE_BIN"] == "/usr/bin/smreconcile")
    }

    @Test("runs in the node's directory, and is looked for in PATH without a slash")
    func plain() throws {
        let command = try NodeCommand(ProcessSpec.Command(arguments: ["nginx", "-v"]), context)
        #expect(command.program == "nginx" && command.workingDirectory == "/data/nodes/n1")
    }

    @Test("names every placeholder that means nothing, once")
    func unknown() {
        var template = ProcessSpec.Command(arguments: ["x", "{{a}} {{b}}", "{{a}}"])
        template.environment = ["E": "{{c}}"]
        #expect {
            try NodeCommand(template, context)
        } throws: { error in
            (error as? ProviderFailure)?.message.hasPrefix("unknown placeholder '{{a}}', '{{b}}', '{{c}}' in") == true
        }
    }

    @Test("asks for a port per protocol and per further name")
    func portNames() {
        var template = ProcessSpec.Command(arguments: ["x", "{{port.http}}", "{{ port.rtmp }}"])
        template.environment = ["STATS": "{{port.stats}}"]
        let endpoints = [Endpoint(protocol: "rtmp", port: 1935), Endpoint(protocol: "wss", port: 443)]
        #expect(NodeCommand.portNames(of: template, endpoints: endpoints) == ["rtmp", "wss", "http", "stats"])
    }
}
