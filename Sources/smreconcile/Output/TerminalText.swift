/// Text on a terminal: what may be shown, how wide it is, and how it is cut and wrapped. Pure functions.
enum TerminalText {
    /// The text with what a terminal obeys in place of showing made visible: names come from far away, and an escape code in one must not
    /// move the cursor, set the title or hide a line. Controls, format characters such as right-to-left marks, and line ends become
    /// `\u001b` and the like.
    static func printable(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: max(4 - digits.count, 0)) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The same for a text of several lines, such as JSON: line ends and tabs stay.
    static func printableLines(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A || $0 == 0x09 }) { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map { printable(String($0)) }
                .joined(separator: "\t")
        }.joined(separator: "\n")
    }

    /// How many columns a text takes, without our own styles (`ESC [ … m`).
    static func width(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 != 0x1B && $0 < 0x80 }) { return text.utf8.count }
        var columns = 0
        walk(text) { piece in columns += piece.columns }
        return columns
    }

    /// The beginning of a text that takes at most so many columns; one that was cut ends in `…`. Styles are kept, and ended.
    static func cut(_ text: String, to columns: Int) -> String {
        if width(text) <= columns { return text }
        guard columns > 1 else { return columns == 1 ? "…" : "" }
        var result = ""
        var room = columns - 1
        var isStyled = false
        var isFull = false
        walk(text) { piece in
            if piece.columns == 0, piece.text.hasPrefix("\u{1B}") {
                if isFull { return }
                isStyled = piece.text != "\u{1B}[0m"
                result += piece.text
            } else if !isFull, piece.columns <= room {
                room -= piece.columns
                result += piece.text
            } else {
                isFull = true
            }
        }
        return result + "…" + (isStyled ? "\u{1B}[0m" : "")
    }

    /// The words of a text in lines of at most so many columns; a word that is longer is broken. At least one line. Not for styled texts.
    static func wrap(_ text: String, to columns: Int) -> [String] {
        guard columns > 0, width(text) > columns else { return [text] }
        var lines: [String] = []
        var line = ""
        var used = 0
        for word in text.split(separator: " ", omittingEmptySubsequences: false).map(String.init) {
            let wide = width(word)
            if !line.isEmpty || used > 0, used + 1 + wide <= columns {
                line += " " + word
                used += 1 + wide
                continue
            }
            if used > 0 { lines.append(line) }
            (line, used) = (word, wide)
            if used > columns {
                var pieces = broken(word, columns)
                line = pieces.popLast() ?? ""
                used = width(line)
                lines += pieces
            }
        }
        if used > 0 || lines.isEmpty { lines.append(line) }
        return lines
    }

    /// A word in pieces of at most so many columns, each of one character at least.
    private static func broken(_ word: String, _ columns: Int) -> [String] {
        var pieces: [String] = []
        var piece = ""
        var used = 0
        for character in word {
            let wide = self.columns(of: character)
            if used + wide > columns, !piece.isEmpty {
                pieces.append(piece)
                (piece, used) = ("", 0)
            }
            piece.append(character)
            used += wide
        }
        return pieces + [piece]
    }

    private struct Piece {
        var text: String
        var columns: Int
    }

    /// Goes through the characters of a text, and its styles as one piece each.
    private static func walk(_ text: String, _ visit: (Piece) -> Void) {
        var rest = Substring(text)
        while let first = rest.first {
            if first == "\u{1B}", let end = rest.firstIndex(of: "m") {
                visit(Piece(text: String(rest[...end]), columns: 0))
                rest = rest[rest.index(after: end)...]
                continue
            }
            visit(Piece(text: String(first), columns: columns(of: first)))
            rest = rest.dropFirst()
        }
    }

    /// A character is as wide as its first sign; what is put onto it takes nothing (Unicode Standard Annex 11).
    private static func columns(of character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        return wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// East Asian wide characters and emoji, by blocks.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
        0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]
}
