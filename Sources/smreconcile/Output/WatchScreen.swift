/// What `--watch` writes: on a terminal the newest table in place of the last, elsewhere each table that brings news.
///
/// A value without input or output. A terminal is drawn over from its first line, each line cleared behind its text and never wrapped, so
/// that nothing flickers, nothing scrolls and nothing of an older table stays (ECMA-48: CUP, EL, ED). The cursor rests below and is never
/// hidden: whatever ends the program, there is nothing to put right.
struct WatchScreen {
    private var last: String?
    /// The size that was drawn for.
    private var drawn: TerminalSize?

    /// What to write for a text that is like another when `likeness` is the same. `note` stands in the last line of a terminal: why
    /// there is nothing newer.
    mutating func show(_ text: String, like likeness: String, on terminal: TerminalSize?, note: String? = nil) -> String
    {
        guard let terminal else {
            defer { last = likeness }
            if likeness == last { return "" }
            return (last == nil ? "" : "\n") + text
        }
        // A terminal of another size has wrapped or cut what was there.
        let clear = drawn == terminal ? "" : "\u{1B}[2J"
        drawn = terminal
        // A line that fills its row leaves nothing to clear, and clearing there would take its last sign.
        let lines = Self.fit(text, terminal, note).map { line in
            line + (TerminalText.width(line) < terminal.columns ? "\u{1B}[K" : "") + "\n"
        }
        return clear + "\u{1B}[H" + lines.joined() + "\u{1B}[J"
    }

    /// The lines as far as they fit above the one that the cursor rests on; the last says how many do not.
    private static func fit(_ text: String, _ terminal: TerminalSize, _ note: String?) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        let room = max(terminal.rows - 1 - (note == nil ? 0 : 1), 1)
        if lines.count > room {
            let hidden = lines.count - (room - 1)
            lines = Array(lines.prefix(room - 1)) + ["\(hidden) more row\(hidden == 1 ? " is" : "s are") not shown"]
        }
        if let note { lines.append(note) }
        return lines.map { TerminalText.cut($0, to: terminal.columns) }
    }
}
