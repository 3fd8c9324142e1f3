import Testing

@testable import Reconciler

@Suite struct QuantityTests {
    @Test(arguments: [
        ("500ms", 500), ("90s", 90_000), ("5m", 300_000), ("1h30m", 5_400_000), ("2d", 172_800_000), ("0", 0),
        ("0s", 0),
        ("1.5s", 1500), ("2.5h", 9_000_000), ("1m500ms", 60_500), ("3650d", 315_360_000_000),
    ])
    func `durations are numbers with units`(text: String, milliseconds: Int) {
        #expect(DurationText.parse(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "s", "5", "-5s", "+5s", "5 s", "5y", "1.s", ".5s", "1.2345s", "0.5ms", "5ss", "3651d", "999999999999d",
        "1e3s",
        "9999999999999s", "5S",
    ])
    func `what is no duration is refused`(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test func `a duration reads back as it is written`() {
        for milliseconds in [0, 1, 999, 1000, 2500, 59_900, 60_000, 90_000, 3_600_000, 90_061_000] {
            let duration = Duration.milliseconds(milliseconds)
            #expect(DurationText.parse(duration.specText) == duration)
        }
    }

    @Test(arguments: [
        ("a b", ["a", "b"]), ("  a\t'b c' ", ["a", "b c"]), (#"a"b c"d"#, ["ab cd"]), (#"'' """#, ["", ""]),
        (#"a\ b "\"\\\x""#, ["a b", #""\\x"#]), (#"'a\b'"#, [#"a\b"#]), ("", []),
    ])
    func `command lines are split as a shell splits them`(line: String, words: [String]) {
        #expect(CommandLineText.split(line) == words)
    }

    @Test(arguments: ["'a", #"a "b"#, #"a\"#])
    func `open quotes are refused`(line: String) {
        #expect(CommandLineText.split(line) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", true), ("192.0.2.1", true), ("::1", true), ("fd00::/8", true), ("::ffff:192.0.2.1/128", true),
        ("1:2:3:4:5:6:7:8", true), ("10.0.0/8", false), ("10.0.0.0/33", false), ("256.0.0.1", false), (":::", false),
        ("1:2:3:4:5:6:7", false), ("1::2::3", false), ("host", false), ("10.0.0.0/", false), ("12345::", false),
        ("", false), ("010.0.0.0/8", false), ("fe80::%1/64", false),
    ])
    func `addresses and blocks are told from other texts`(text: String, isValid: Bool) {
        #expect((AddressBlock(text) != nil) == isValid)
    }

    @Test(arguments: [
        ("minNodez", ["min", "minNodes", "max"], "minNodes"), ("regoins", ["roles", "regions"], "regions"),
        ("xyz", ["min", "max"], nil), ("Min", ["min"], "min"), ("a", ["b"], nil),
    ])
    func `the nearest word is suggested`(word: String, known: [String], want: String?) {
        #expect(Suggestion.nearest(to: word, among: known) == want)
    }
}

@Suite struct SourceExcerptTests {
    @Test(arguments: [
        ("key: value", 6, "    key: value\n         ^"), ("\tkey", 2, "    \tkey\n    \t^"),
        ("日本: x", 5, "    日本: x\n          ^"),
        ("a\u{7}b", 3, "    a\u{FFFD}b\n      ^"), ("", 1, "    \n    ^"), ("ab", 9, "    ab\n      ^"),
    ])
    func `the caret stands under the place`(line: String, column: Int, want: String) {
        #expect(SourceExcerpt(line: line, column: column).rendered == want)
    }

    @Test(arguments: [1, 500, 1000])
    func `a long line is cut around the place`(column: Int) throws {
        let line = String(repeating: "abcdefghij", count: 100)
        let lines = SourceExcerpt(line: line, column: column).rendered.split(separator: "\n")
        let caret = try #require(lines[1].firstIndex(of: "^"))
        let under = lines[0][
            lines[0].index(lines[0].startIndex, offsetBy: lines[1].distance(from: lines[1].startIndex, to: caret))]
        #expect(under == Array(line)[column - 1])
        #expect(lines[0].count <= 120)
    }
}
