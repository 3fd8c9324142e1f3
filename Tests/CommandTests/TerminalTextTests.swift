import Testing

@testable import smreconcile

@Suite("Text on a terminal")
struct TerminalTextTests {
    @Test(
        "what a terminal obeys is shown in its place",
        arguments: [
            ("plain", "plain"), ("a\u{1B}[2Jb", "a\\u001b[2Jb"), ("a\nb", "a\\u000ab"), ("\u{9B}31m", "\\u009b31m"),
            ("a\u{202E}b", "a\\u202eb"), ("é 日本", "é 日本"), ("\u{7}\u{7F}", "\\u0007\\u007f"),
        ])
    func printable(_ text: String, _ want: String) {
        #expect(TerminalText.printable(text) == want)
    }

    @Test("in a text of lines these stay")
    func lines() {
        #expect(TerminalText.printableLines("a\n\tb\u{1B}c\n") == "a\n\tb\\u001bc\n")
    }

    @Test(
        "a text is as wide as it is shown",
        arguments: [("abc", 3), ("日本", 4), ("\u{1B}[31mab\u{1B}[0m", 2), ("e\u{301}", 1)])
    func width(_ text: String, _ want: Int) {
        #expect(TerminalText.width(text) == want)
    }

    @Test(
        "what is too wide is cut, and a style ends with it",
        arguments: [
            ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("abc", 1, "…"), ("abc", 0, ""), ("日本語", 4, "日…"),
            ("\u{1B}[31mabcdef\u{1B}[0m", 3, "\u{1B}[31mab…\u{1B}[0m"),
        ])
    func cut(_ text: String, _ columns: Int, _ want: String) {
        #expect(TerminalText.cut(text, to: columns) == want)
    }

    @Test(
        "words go on in the next line, and a long one is broken",
        arguments: [
            ("a bc def", 20, ["a bc def"]), ("a bc def", 4, ["a bc", "def"]), ("abcdefgh", 3, ["abc", "def", "gh"]),
            ("ab abcdef", 3, ["ab", "abc", "def"]), ("", 3, [""]), ("ab", 0, ["ab"]), ("日本語", 1, ["日", "本", "語"]),
        ])
    func wrap(_ text: String, _ columns: Int, _ want: [String]) {
        #expect(TerminalText.wrap(text, to: columns) == want)
    }
}

@Suite("A table on a terminal")
struct TableFitTests {
    private static let table: Table = {
        var table = Table(["NODE", "GROUP", "STATE", "REASON"], wraps: true, optional: ["GROUP", "STATE"])
        table.add(["live-edge-1", "live", "fault", "no heartbeat for a quarter of a minute and more"])
        return table
    }()

    @Test("one that fits is as it is")
    func fits() {
        #expect(Self.table.text(fitting: 200) == Self.table.text && Self.table.text(fitting: nil) == Self.table.text)
    }

    @Test("the words wrap first")
    func words() {
        #expect(
            Self.table.text(fitting: 52) == """
                NODE         GROUP  STATE  REASON
                live-edge-1  live   fault  no heartbeat for a
                                           quarter of a minute and
                                           more

                """)
    }

    @Test("then columns are left out, which is said")
    func leftOut() {
        #expect(
            Self.table.text(fitting: 40) == """
                NODE         REASON
                live-edge-1  no heartbeat for a quarter
                             of a minute and more
                not shown: GROUP, STATE

                """)
    }

    @Test("no line is wider than the terminal, whatever its width", arguments: 1...60)
    func never(_ columns: Int) {
        for line in Self.table.text(fitting: columns).split(separator: "\n") {
            #expect(TerminalText.width(String(line)) <= columns, "\(line)")
        }
    }

    @Test("a name cannot move the cursor")
    func hostile() {
        var table = Table(["NODE"])
        table.add(["a\u{1B}[2J\nb"])
        #expect(table.text == "NODE\na\\u001b[2J\\u000ab\n")
    }
}
