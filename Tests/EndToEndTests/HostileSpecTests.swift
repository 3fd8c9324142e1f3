import Foundation
import Testing

/// Files that no one can read, or that are made to do harm, through the built `validate`.
@Suite("Hostile spec files", .sharesMachine, .serialized, .timeLimit(.minutes(3)))
struct HostileSpecTests {
    /// A file, and what must be said of it.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var text: @Sendable () -> String
        var says: String

        var testDescription: String { name }
    }

    /// The most that one of them may take, on a busy machine and unoptimised; they are refused in a fraction of it.
    static let limit: Duration = .seconds(15)

    static let cases: [Case] = [
        Case(
            name: "a billion laughs",
            text: {
                let lines = (1...12).map { level in
                    "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                        + "]"
                }
                return "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + lines.joined(separator: "\n") + "\n"
            }, says: "alias"),
        Case(
            name: "an alias within itself", text: { "a: &a [*a]\n" }, says: "a"),
        Case(
            name: "ten thousand brackets", text: { String(repeating: "[", count: 10_000) }, says: "deep"),
        Case(
            name: "ten thousand levels of block lists",
            text: { String(repeating: "- ", count: 10_000) + "x\n" }, says: "deep"),
        Case(
            name: "twenty megabytes", text: { String(repeating: "# nothing but comment\n", count: 1_000_000) },
            says: "larger than"),
        Case(name: "bytes that are no text", text: { "a: \u{0}\u{1}\n" }, says: ":1:"),
        Case(
            name: "a key without an end", text: { "apiVersion: smreconcile/v1\nkind: 'Provider\n" }, says: ":"),
    ]

    @Test("is refused with its place, with 1, quickly", arguments: cases)
    func refused(_ hostile: Case) async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(hostile.text(), to: "spec.yaml")
            let outcome = try await workspace.run("validate", "-f", file, within: Self.limit)
            #expect(outcome.code == 1)
            #expect(outcome.out.hasPrefix(file + ":"), "\(outcome.out)")
            #expect(outcome.out.contains(hostile.says), "\(outcome.out)")
            #expect(outcome.error == "1 error\n")
            #expect(outcome.out.utf8.count < 2000, "an error is short, whatever the file is")
        }
    }

    @Test(
        "what is no regular file is told so, and not waited for",
        arguments: [
            ("/dev/zero", "not a regular file"), ("/nowhere/spec.yaml", "no such file or directory"),
            ("/proc/self/mem", "cannot read"),
        ])
    func notAFile(_ path: String, _ words: String) async throws {
        try await Workspace.with { workspace in
            let outcome = try await workspace.run("validate", "-f", path, within: Self.limit)
            #expect(outcome.code == 1)
            #expect(outcome.out.hasPrefix("\(path): \(words)"))
        }
    }

    @Test("standard input is a file like others")
    func standardInput() async throws {
        try await Workspace.with { workspace in
            let good = try workspace.write(Specs.simulated(edges: 1), to: "good.yaml")
            #expect(try await workspace.run("validate", "-f", "-", input: good).code == 0)
            let bad = try workspace.write("kind: Nothing\n", to: "bad.yaml")
            let outcome = try await workspace.run("validate", "-f", "-", input: bad)
            #expect(outcome.code == 1 && outcome.out.hasPrefix("<stdin>:1:"))
        }
    }
}
