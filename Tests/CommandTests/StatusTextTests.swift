import Foundation
import Reconciler
import Testing

@testable import smreconcile

@Suite("What status prints")
struct StatusTextTests {
    @Test("it is as recorded: whole, in colours, and at 80 and 40 columns", arguments: GoldenCase.all("status"))
    func golden(_ golden: GoldenCase) throws {
        let status = try Self.status(golden)
        func text(_ columns: Int?, colored: Bool = false) -> String {
            let console = RememberingConsole(usesColor: colored).console
            return StatusText.render(
                status, server: "http://127.0.0.1:5080", isWhole: true, console, columns: columns)
        }
        try golden.compare(text(nil), "want.out")
        try golden.compare(text(nil, colored: true), "want.color")
        try golden.compare(text(80), "want.80")
        try golden.compare(text(40), "want.40")
    }

    private static func status(_ golden: GoldenCase) throws -> ClusterStatus {
        try ServerClient.decode(ClusterStatus.self, from: Data(try #require(golden.text("answer.json")).utf8))
    }

    @Test(
        "no line is wider than a terminal that has room for words, and none is endless on one that has not",
        arguments: [1, 2, 20, 60, 200])
    func widths(_ columns: Int) throws {
        let status = try Self.status(GoldenCase(topic: "status", name: "wrong"))
        let console = RememberingConsole().console
        let text = StatusText.render(status, server: "http://127.0.0.1:5080", isWhole: true, console, columns: columns)
        let widest = text.split(separator: "\n").map { TerminalText.width(String($0)) }.max() ?? 0
        #expect(widest <= max(columns, 40), "\(text)")
        #expect(!text.contains("\u{1B}"))
    }

    @Test(
        "the exit code says whether a person should look",
        arguments: [
            (ClusterStatus.State.ok, Int32(0), Int32(0)), (.progressing, 0, 2), (.held, 3, 3), (.degraded, 3, 3),
        ])
    func codes(_ state: ClusterStatus.State, _ plain: Int32, _ detailed: Int32) {
        #expect(StatusCommand.code(state, isDetailed: false) == plain)
        #expect(StatusCommand.code(state, isDetailed: true) == detailed)
    }
}
