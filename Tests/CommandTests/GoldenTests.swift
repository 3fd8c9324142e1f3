import Foundation
import Reconciler
import Testing

@testable import smreconcile

/// All that the commands print, and their exit codes, against files; see ``GoldenCase``.
@Suite("What commands print")
struct GoldenTests {
    @Test(
        "is as recorded",
        arguments: GoldenCase.all(
            "validate", "import", "plan", "evaluate", "explain", "route", "simulate", "help", "usage"))
    func output(_ golden: GoldenCase) async throws {
        try await golden.check()
    }

    @Test("every command has its recorded help")
    func helps() {
        let recorded = Set(GoldenCase.all("help").map(\.name))
        #expect(Set(CommandTable.commands.map { $0.name }).isSubset(of: recorded))
    }

    @Test(
        "a command that takes no words says so to one",
        arguments: ["login", "logout", "state", "agent", "manual", "version"])
    func strayWords(_ command: String) async {
        let memory = RememberingConsole()
        #expect(await CommandTable.run([command, "http://127.0.0.1:5080"], memory.console) == ExitCode.usage)
        #expect(memory.out.isEmpty)
        #expect(
            memory.error
                == "'http://127.0.0.1:5080' is one word too many; see 'smreconcile \(command) --help'\n")
    }

    /// The time that the tables of answers are shown at.
    private static let now = Timestamp("2026-11-22T12:00:00Z") ?? Timestamp(milliseconds: 0)

    @Test("the tables of answers are as recorded, narrow and wide", arguments: GoldenCase.all("tables"))
    func tables(_ golden: GoldenCase) throws {
        let kind = try #require(GetCommand.Kind(word: golden.name))
        let answer = Data(try #require(golden.text("answer.json")).utf8)
        try golden.compare(ResourceTables.render(kind, answer, wide: false, now: Self.now), "want.out")
        try golden.compare(ResourceTables.render(kind, answer, wide: true, now: Self.now), "want.wide")
    }

    @Test("where a screen cannot show all nodes, those that need a look come first")
    func urgentFirst() throws {
        let rows = (1...9).map { number in
            #"{"id":"e\#(number)","nodeGroup":"g","region":"r","role":"edge","state":"\#(number % 4 == 0 ? "fault" : "inService")"}"#
        }
        let answer = Data("[\(rows.joined(separator: ","))]".utf8)
        func names(_ rows: Int?) throws -> [Substring] {
            try ResourceTables.render(.nodes, answer, wide: false, now: Self.now, columns: 200, rows: rows)
                .split(separator: "\n").dropFirst().map { $0.prefix(2) }
        }
        #expect(try names(nil) == ["e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9"])
        #expect(try names(12) == names(nil))
        #expect(try names(11) == ["e4", "e8", "e1", "e2", "e3", "e5", "e6", "e7", "e9"])
    }

    @Test("a table of nothing is its header alone", arguments: GetCommand.Kind.allCases.filter { $0 != .source })
    func emptyTables(_ kind: GetCommand.Kind) throws {
        let text = try ResourceTables.render(kind, Data("[]".utf8), wide: false, now: Self.now)
        #expect(text.split(separator: "\n").count == 1)
    }

    @Test("an answer of another shape is an error in words")
    func foreignAnswer() {
        #expect(throws: CommandError.self) { try GetCommand.Kind.nodes.render(Data("{}".utf8), .table) }
    }

    @Test("the schema is JSON, and says what it is")
    func schema() async throws {
        let memory = RememberingConsole()
        #expect(await CommandTable.run(["schema"], memory.console) == 0)
        let schema = try JSONSerialization.jsonObject(with: Data(memory.out.utf8)) as? [String: Any]
        #expect((schema?["$schema"] as? String)?.contains("json-schema.org") == true)
        #expect(memory.out.hasSuffix("}\n") && memory.error == "")
    }

    @Test("there is a schema of each kind", arguments: ["NodeGroup", "Provider", "Manager", "State"])
    func schema(of kind: String) async throws {
        let memory = RememberingConsole()
        #expect(await CommandTable.run(["schema", "--kind", kind], memory.console) == 0)
        let schema = try JSONSerialization.jsonObject(with: Data(memory.out.utf8)) as? [String: Any]
        #expect(schema?["title"] as? String == "smreconcile \(kind)" && schema?["properties"] is [String: Any])
        #expect(memory.out.hasSuffix("}\n") && memory.error == "")
    }

    @Test("init writes a spec that is valid, tells how to go on, and never writes over a file")
    func initiation() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("smr-init-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path + "/cluster.yaml"
        let first = RememberingConsole()
        #expect(await CommandTable.run(["init", folder.path], first.console) == 0)
        #expect(
            first.out == """
                wrote \(path)
                next:
                  smreconcile validate -f \(path)
                  smreconcile plan -f \(path)
                  smreconcile run -f \(path)

                """)
        let valid = RememberingConsole()
        #expect(await CommandTable.run(["validate", "-f", folder.path], valid.console) == 0)
        #expect(valid.out == "valid: 1 node group, 4 pools, 1 provider\n")

        try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
        let again = RememberingConsole()
        #expect(await CommandTable.run(["init", folder.path], again.console) == 1)
        #expect(again.error == "'\(path)' exists already; nothing was written\n" && again.out == "")
        #expect(FileManager.default.contents(atPath: path) == Data("mine".utf8))
    }

    @Test("what a terminal would obey in an argument is shown, in usage errors too")
    func usageErrorsAreFit() async {
        for words in [["get", "no\u{1B}[2Jdes"], ["get", "--\u{1B}[2J"], ["completion", "\u{1B}[2J"]] {
            let memory = RememberingConsole()
            #expect(await CommandTable.run(words, memory.console) == ExitCode.usage)
            #expect(memory.error.contains("\\u001b[2J") && !memory.error.contains("\u{1B}"), "\(words)")
        }
    }

    @Test("a stored token goes to no other server than the one that gave it")
    func strangeServer() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("smr-home-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let environment = ["HOME": folder.path]
        let path = try Credentials(server: "http://127.0.0.1:1", token: "t").save(environment)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let own = RememberingConsole(environment: environment)
        #expect(await CommandTable.run(["get", "nodes"], own.console) == ExitCode.unreachable)
        #expect(own.error == "cannot reach http://127.0.0.1:1/as/v1/nodes: connection refused\n")
        let other = RememberingConsole(environment: environment)
        #expect(await CommandTable.run(["get", "nodes", "--server", "127.0.0.1:2"], other.console) == 1)
        #expect(other.error.hasPrefix("not logged in at http://127.0.0.1:2; run 'smreconcile login"))
    }
}
