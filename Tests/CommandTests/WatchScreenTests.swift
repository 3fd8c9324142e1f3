import Testing

@testable import smreconcile

@Suite("A table that is watched")
struct WatchScreenTests {
    private let terminal = TerminalSize(columns: 10, rows: 4)

    @Test("a pipe gets a new table only when something changed, apart by an empty line")
    func pipe() {
        var screen = WatchScreen()
        #expect(screen.show("a 1s\n", like: "a -\n", on: nil) == "a 1s\n")
        #expect(screen.show("a 3s\n", like: "a -\n", on: nil) == "")
        #expect(screen.show("b 0s\n", like: "b -\n", on: nil) == "\nb 0s\n")
    }

    @Test("a terminal is cleared once and then drawn over, each line cleared behind its text")
    func terminalIsDrawnOver() {
        var screen = WatchScreen()
        let first = screen.show("A  B\n1  2\n", like: "", on: terminal)
        #expect(first == "\u{1B}[2J\u{1B}[HA  B\u{1B}[K\n1  2\u{1B}[K\n\u{1B}[J")
        #expect(screen.show("A\n", like: "", on: terminal) == "\u{1B}[HA\u{1B}[K\n\u{1B}[J")
    }

    @Test("no line is wider than the terminal, and one that fills it is not cleared behind")
    func width() {
        var screen = WatchScreen()
        let text = screen.show("0123456789abc\n012345678\n", like: "", on: terminal)
        #expect(text == "\u{1B}[2J\u{1B}[H012345678…\n012345678\u{1B}[K\n\u{1B}[J")
    }

    @Test("a terminal of another size is cleared, and a note has its last line")
    func resized() {
        var screen = WatchScreen()
        _ = screen.show("A\n1\n2\n3\n", like: "", on: TerminalSize(columns: 40, rows: 9))
        let text = screen.show("A\n1\n2\n3\n", like: "", on: TerminalSize(columns: 40, rows: 4), note: "away")
        #expect(
            text == "\u{1B}[2J\u{1B}[HA\u{1B}[K\n3 more rows are not shown\u{1B}[K\naway\u{1B}[K\n\u{1B}[J")
    }

    @Test(
        "a manager that is away is waited for, one that refuses is not",
        arguments: [
            (CommandError("away", code: ExitCode.unreachable), true), (CommandError("busy", status: 503), true),
            (CommandError("slow down", status: 429), true), (CommandError("who are you", status: 401), false),
            (CommandError("none", status: 404), false), (CommandError("not read"), false),
        ])
    func passing(_ error: CommandError, _ want: Bool) {
        #expect((Watch.passing(error) != nil) == want)
    }

    @Test("no table is longer than the terminal: the last line says how many rows are not shown")
    func height() {
        var screen = WatchScreen()
        let wide = TerminalSize(columns: 80, rows: 4)
        let fits = screen.show("H\n1\n2\n", like: "", on: wide)
        #expect(fits.contains("H\u{1B}[K\n1\u{1B}[K\n2\u{1B}[K\n") && !fits.contains("not shown"))
        let long = screen.show("H\n1\n2\n3\n4\n", like: "", on: wide)
        #expect(long == "\u{1B}[HH\u{1B}[K\n1\u{1B}[K\n3 more rows are not shown\u{1B}[K\n\u{1B}[J")
    }

    @Test("a terminal of any size is drawn on", arguments: [(1, 1), (1, 2), (80, 1)])
    func tiny(_ columns: Int, _ rows: Int) {
        var screen = WatchScreen()
        let text = screen.show("H\n1\n2\n", like: "", on: TerminalSize(columns: columns, rows: rows))
        #expect(text.split(separator: "\n").count == 2)
    }
}
