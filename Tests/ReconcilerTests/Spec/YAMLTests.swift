import Testing

@testable import Reconciler

@Suite struct YAMLTests {
    /// What YAML text comes to, written short: scalars as they are, lists in brackets, mappings in braces.
    private func short(_ text: String) -> String {
        let outcome = YAMLFile.parsed(Array(text.utf8))
        if let problem = outcome.problems.first { return "\(problem.line):\(problem.column): \(problem.message)" }
        return outcome.documents.map(short).joined(separator: " --- ")
    }

    private func short(_ node: YAMLNode) -> String {
        switch node.value {
        case .scalar(let text, let style): style == .plain ? text : "'\(text)'"
        case .sequence(let elements): "[" + elements.map(short).joined(separator: " ") + "]"
        case .mapping(let members):
            "{"
                + stride(from: 0, to: members.count, by: 2).map { short(members[$0]) + ":" + short(members[$0 + 1]) }
                .joined(separator: " ") + "}"
        }
    }

    @Test(arguments: [
        ("a: 1\nb: [x, 'y', \"z\"]\n", "{a:1 b:[x 'y' 'z']}"),
        ("a\n---\nb\n...\n---\nc\n", "a --- b --- c"),
        ("a: !!str 5\nb: !!int 5\n", "{a:'5' b:5}"),
        ("a: |\n  x\n  y\n", "{a:'x\ny\n'}"),
        ("", ""),
        ("\u{FEFF}a: 1", "{a:1}"),
    ])
    func `text becomes nodes`(text: String, want: String) {
        #expect(short(text) == want)
    }

    @Test(arguments: [
        ("a: &x [1, 2]\nb: *x\n", "{a:[1 2] b:[1 2]}"),
        ("a: &x 1\nb: &x 2\nc: *x\n", "{a:1 b:2 c:2}"),
        ("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\n", "{a:{p:1 q:2} b:{q:3 p:1}}"),
        ("a: &x {p: 1}\nb: &y {p: 2, r: 3}\nc: {<<: [*x, *y]}\n", "{a:{p:1} b:{p:2 r:3} c:{p:1 r:3}}"),
        ("a: {<<: {p: 1}, '<<': 2}\n", "2:"),
        ("a: {'<<': 2}\n", "{a:{'<<':2}}"),
    ])
    func `anchors, aliases and merge keys work`(text: String, want: String) {
        if want == "2:" {
            // A quoted '<<' is a key like any other, and the same text as the merge key.
            #expect(short(text).contains("is there twice"))
        } else {
            #expect(short(text) == want)
        }
    }

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3\n", "3:1: key 'a' is there twice; the first is on line 1"),
        ("a: *x\n", "1:4: alias '*x' names no anchor above it"),
        ("a: &x [*x]\n", "1:8: alias '*x' stands inside of what it names"),
        ("---\na: &x 1\n---\nb: *x\n", "4:4: alias '*x' names no anchor above it"),
        ("a: {<<: 5}\n", "1:9: '<<' merges mappings; found the number 5"),
        ("[a]: 1\n", "1:1: a key must be a text"),
        ("a: !thing 5\n", "1:4: unknown tag '!thing'"),
        ("a: \tb\n\tc: d\n", "2:1: a tab is not allowed here; indent with spaces"),
        ("a: @b\n", "1:4: a text cannot begin with '@'; put it in quotes"),
        ("a: b: c\n", "1:5: a ':' is not allowed here"),
        ("a: 'b\n", "2:1: a quote is not closed; it opens on line 1"),
        ("a: [1, 2\nb: 3\n", "2:2: expected ',' or ']' in the list, which begins on line 1"),
        ("a: \"\\q\"\n", "1:5: unknown escape in a double-quoted text"),
        ("a: b\u{0}\n", "1:5: a control character is not allowed in YAML"),
    ])
    func `what is wrong is said with its place`(text: String, want: String) {
        #expect(short(text).hasPrefix(want))
    }

    @Test func `bytes that are no UTF-8 are named with their place`() {
        let outcome = YAMLFile.parsed(Array("a: 1\nbä: ".utf8) + [0xFF, 0x0A])
        #expect(outcome.problems.first == YAMLProblem(message: "this is no valid UTF-8", line: 2, column: 5))
        #expect(YAMLFile.parsed([0xFF, 0xFE, 0x61, 0]).problems.first?.message.contains("UTF-16") == true)
    }

    @Test func `a repeated key is found in large mappings too`() {
        let keys = (0..<100).map { "k\($0): 1\n" }.joined()
        #expect(short(keys + "k7: 2\n") == "101:1: key 'k7' is there twice; the first is on line 8")
    }
}

/// Hostile files are refused by counting nodes, so that no clock is needed to tell that it was quick.
@Suite struct YAMLLimitTests {
    @Test(arguments: [2, 10, 100])
    func `a billion laughs are refused before they expand`(width: Int) {
        var text = "a0: &a0 lol\n"
        for level in 1...60 {
            let aliases = Array(repeating: "*a\(level - 1)", count: width).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let outcome = YAMLFile.parsed(Array(text.utf8))
        #expect(outcome.problems.first?.message == "aliases expand to more than 1000000 nodes")
        #expect(outcome.documents.isEmpty)
    }

    @Test func `merge keys are counted as aliases are`() {
        let wide = (0..<2000).map { "k\($0): 1" }.joined(separator: ", ")
        let text = "base: &b {\(wide)}\n" + (0..<1000).map { "m\($0): {<<: *b}\n" }.joined()
        #expect(
            YAMLFile.parsed(Array(text.utf8)).problems.first?.message == "aliases expand to more than 1000000 nodes")
    }

    @Test func `long texts cannot be multiplied`() {
        let text =
            "t: &t " + String(repeating: "x", count: 1 << 20) + "\n"
            + (0..<100).map { "k\($0): *t\n" }.joined()
        #expect(
            YAMLFile.parsed(Array(text.utf8)).problems.first?.message == "aliases expand to more than 1000000 nodes")
    }

    @Test func `many small aliases are fine`() {
        let text = "base: &b {x: 1, y: [1, 2]}\n" + (0..<10_000).map { "m\($0): {<<: *b, z: *b}\n" }.joined()
        let outcome = YAMLFile.parsed(Array(text.utf8))
        #expect(outcome.problems.first == nil)
        #expect(outcome.documents.count == 1)
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "])
    func `deep nesting is refused`(opening: String) {
        let text = String(repeating: opening, count: 100_000)
        #expect(YAMLFile.parsed(Array(text.utf8)).problems.first?.message == "nested more than 64 levels deep")
    }

    @Test func `nesting by aliases is refused`() {
        var text = "a0: &a0 [x]\n"
        for level in 1...70 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
        let problem = YAMLFile.parsed(Array(text.utf8)).problems.first
        #expect(problem?.message.hasPrefix("nested more than 64 levels deep with alias") == true)
    }

    @Test func `a huge file is refused at sight`() {
        let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: YAMLLimits.fileBytes + 1)
        #expect(YAMLFile.parsed(bytes).problems.first?.message.hasPrefix("too large") == true)
    }

    @Test func `errors beyond a thousand are not kept`() {
        let text =
            "apiVersion: smreconcile/v1\nkind: Manager\nspec:\n" + (0..<5000).map { "  key\($0)x: 1\n" }.joined()
        let reading = SpecFixtures.read(text)
        #expect(reading.spec == nil)
        #expect(reading.diagnostics.count == 1001)
        #expect(reading.diagnostics.last?.message == "and more errors, which are not shown")
    }

    @Test func `a large file is read in parts as it is read whole`() throws {
        let document = "# comment\nkey: [1, 2]\ntext: |\n  a\n  ---\n  b\n"
        let count = 2 * YAMLFile.partBytes / document.utf8.count + 40_000
        let text = Array(repeating: document, count: count).joined(separator: "---\n") + "---\nkey: [\n"
        let parts = YAMLFile.parts(of: Array(text.utf8))
        #expect(parts.count >= 3)
        let inParts = YAMLFile.parsed(Array(text.utf8))
        let whole = YAMLParser.parse(Array(text.utf8)[...])
        #expect(inParts.documents.count == count)
        #expect(inParts.documents.map(\.line) == whole.documents.map(\.line))
        #expect(inParts.problems == [whole.problem])
        #expect(YAMLFile.parts(of: Array((text + "%YAML 1.2\n---\n").utf8)).count == 1)
    }
}
