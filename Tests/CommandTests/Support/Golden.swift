import Foundation
import Testing

@testable import smreconcile

/// A case of `Fixtures/<topic>/<case>`: the words in `command`, and all that they must print in `want.out`, `want.err` and
/// `want.code`; one that is not there stands for nothing printed, and for 0.
///
/// `@/` in the words is the case's own folder, and is taken out of what is printed again. The word `color` in front turns
/// colours on. `UPDATE_GOLDEN=1` writes what came, and fails, so that it cannot pass where it must not run.
struct GoldenCase: Sendable, CustomTestStringConvertible {
    static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures")
    static let isRecording = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"

    let topic: String
    let name: String

    var testDescription: String { "\(topic)/\(name)" }
    var folder: URL { Self.fixtures.appendingPathComponent("\(topic)/\(name)") }

    /// Those of some topics, by name.
    static func all(_ topics: String...) -> [GoldenCase] {
        topics.flatMap { topic in
            let names = try? FileManager.default.contentsOfDirectory(
                atPath: fixtures.appendingPathComponent(topic).path)
            return (names ?? []).sorted().map { GoldenCase(topic: topic, name: $0) }
        }
    }

    /// A file of the case; nil when it has none of that name.
    func text(_ file: String) -> String? {
        FileManager.default.contents(atPath: folder.appendingPathComponent(file).path)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// Runs the words and compares all that comes.
    func check() async throws {
        var words = try #require(text("command")).split(whereSeparator: \.isWhitespace).map(String.init)
        let usesColor = words.first == "color"
        if usesColor { words.removeFirst() }
        let place = folder.path + "/"
        let memory = RememberingConsole(usesColor: usesColor)
        let code = await CommandTable.run(words.map { $0.replacing("@/", with: place) }, memory.console)
        try compare(memory.out.replacing(place, with: ""), "want.out")
        try compare(memory.error.replacing(place, with: ""), "want.err")
        try compare(code == 0 ? "" : "\(code)\n", "want.code")
    }

    /// Compares, or records.
    func compare(_ text: String, _ file: String) throws {
        if !Self.isRecording {
            #expect(text == self.text(file) ?? "", "\(testDescription)/\(file)")
            return
        }
        let place = folder.appendingPathComponent(file)
        try? FileManager.default.removeItem(at: place)
        if !text.isEmpty { try Data(text.utf8).write(to: place) }
        Issue.record("\(testDescription)/\(file) was recorded; read it, and run again without UPDATE_GOLDEN")
    }
}
