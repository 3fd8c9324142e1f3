/// What `get --watch` writes: on a terminal the newest table in place of the last, elsewhere each table that brings news.
///
/// A value without input or output. A terminal is drawn over from its first line, each line cleared behind its text and never wrapped, so
/// that nothing flickers, nothing scrolls and nothing of an older table stays (ECMA-48: CUP, EL, ED).
struct WatchScreen {
    private var last: String?
    private var isDrawn = false

    /// What to write for a text that is like another when `likeness` is the same.
    mutating func show(_ text: String, like likeness: String, on terminal: TerminalSize?) -> String {
        guard let terminal else {
            defer { last = likeness }
            if likeness == last { return "" }
            return (last == nil ? "" : "\n") + text
        }
        defer { isDrawn = true }
        let clear = isDrawn ? "" : "\u{1B}[2J"
        // A line that fills its row leaves nothing to clear, and clearing there would take its last sign.
        let lines = Self.fit(text, terminal).map { $0 + ($0.count < terminal.columns ? "\u{1B}[K" : "") + "\n" }
        return clear + "\u{1B}[H" + lines.joined() + "\u{1B}[J"
    }

    /// The lines as far as they fit above the one that the cursor rests on; the last says how many do not.
    private static func fit(_ text: String, _ terminal: TerminalSize) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        let room = max(terminal.rows - 1, 1)
        if lines.count > room {
            let hidden = lines.count - (room - 1)
            lines = Array(lines.prefix(room - 1)) + ["\(hidden) more row\(hidden == 1 ? " is" : "s are") not shown"]
        }
        return lines.map { String($0.prefix(terminal.columns)) }
    }
}
