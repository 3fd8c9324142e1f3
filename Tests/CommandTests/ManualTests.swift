import Foundation
import Testing

@testable import smreconcile

@Suite("The manual page")
struct ManualTests {
    private static let path = GoldenCase.fixtures.deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("packaging/man/smreconcile.1")

    @Test("packaging/man has the one that the command table makes")
    func current() throws {
        if GoldenCase.isRecording {
            try Data(ManualPage.text.utf8).write(to: Self.path)
            Issue.record("packaging/man/smreconcile.1 was recorded; read it, and run again without UPDATE_GOLDEN")
            return
        }
        #expect(
            try String(contentsOf: Self.path, encoding: .utf8) == ManualPage.text,
            "UPDATE_GOLDEN=1 writes it anew")
    }

    @Test("it tells every command, option and exit code")
    func whole() {
        let page = ManualPage.text
        for command in CommandTable.commands {
            #expect(page.contains("\n.SS \(command.name)\n"))
            for option in command.options {
                #expect(page.contains("\\-\\-\(ManualPage.escaped(option.name))\\fR"), "\(command.name) \(option.name)")
            }
        }
        for code in [
            ExitCode.done, ExitCode.failed, ExitCode.changes, ExitCode.unwell, ExitCode.usage, ExitCode.unreachable,
        ] {
            #expect(page.contains("\n.B \(code)\n"))
        }
    }

    @Test(
        "what roff would read is escaped",
        arguments: [
            ("-f PATH", "\\-f PATH"), (".dot", "\\&.dot"), ("a\\b", "a\\eb"), ("'x'", "\\(aqx\\(aq"),
            ("~/x", "\\(ti/x"),
        ])
    func escapes(_ text: String, _ want: String) {
        #expect(ManualPage.escaped(text) == want)
    }
}
