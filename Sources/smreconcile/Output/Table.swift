/// Columns as wide as their widest cell, two spaces apart; nothing after the last.
///
/// On a terminal that is too narrow, the last column wraps if it is made of words, then columns that matter least are left out, which is
/// said below, and then the widest are cut. Cells show what a terminal would obey (``TerminalText/printable(_:)``).
struct Table {
    /// A column of words that wraps is never narrower.
    private static let narrowestWords = 24
    /// Columns that are cut keep so much.
    private static let narrowest = 3
    private static let gap = 2

    private let header: [String]
    private let wraps: Bool
    private let optional: [String]
    private var rows: [[String]] = []

    /// `wraps`: the last column is made of words. `optional`: what may be left out, first what matters least.
    init(_ header: [String], wraps: Bool = false, optional: [String] = []) {
        self.header = header
        self.wraps = wraps
        self.optional = optional
    }

    mutating func add(_ row: [String]) { rows.append(row.map(TerminalText.printable)) }

    /// As wide as it is.
    var text: String {
        var widths: [Int] = []
        return text(widening: &widths)
    }

    /// The same under columns that are at least `widths` wide, which become as wide as these: for a table that goes on, whose
    /// further parts have no header.
    func text(widening widths: inout [Int], withHeader: Bool = true) -> String {
        let all = (withHeader ? [header] : []) + rows
        let own = self.widths(of: all)
        widths = own.indices.map { max(own[$0], $0 < widths.count ? widths[$0] : 0) }
        return all.map { [widths] in Self.line($0, widths) + "\n" }.joined()
    }

    /// No wider than `columns`; nil: as wide as it is.
    func text(fitting columns: Int?) -> String {
        guard let columns, columns > 0 else { return text }
        let all = [header] + rows
        let natural = widths(of: all)
        if Self.total(natural) <= columns { return text }
        var kept = Array(header.indices)
        var left: [String] = []
        func least() -> Int {
            Self.total(
                kept.map { $0 == header.count - 1 && wraps ? min(natural[$0], Self.narrowestWords) : natural[$0] })
        }
        for name in optional where least() > columns {
            guard let index = header.firstIndex(of: name), kept.count > 1 else { continue }
            kept.removeAll { $0 == index }
            left.append(name)
        }
        var widths = kept.map { natural[$0] }
        let hasWords = wraps && kept.last == header.count - 1
        if hasWords, let last = widths.indices.last {
            let others = Self.total(widths) - widths[last]
            widths[last] = max(columns - others, min(natural[header.count - 1], Self.narrowestWords))
        }
        while Self.total(widths) > columns, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }),
            widths[widest] > Self.narrowest
        {
            widths[widest] -= 1
        }
        var lines = all.flatMap { row in Self.lines(kept.map { row[$0] }, widths, hasWords) }
            .map { TerminalText.cut($0, to: columns) }
        if !left.isEmpty {
            lines.append(TerminalText.cut("not shown: \(left.joined(separator: ", "))", to: columns))
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func widths(of rows: [[String]]) -> [Int] {
        header.indices.map { column in rows.map { TerminalText.width($0[column]) }.max() ?? 0 }
    }

    private static func total(_ widths: [Int]) -> Int { widths.reduce(0, +) + gap * max(widths.count - 1, 0) }

    /// One row in as many lines as its last cell takes.
    private static func lines(_ row: [String], _ widths: [Int], _ hasWords: Bool) -> [String] {
        guard let last = row.indices.last else { return [] }
        let words = hasWords ? TerminalText.wrap(row[last], to: widths[last]) : [row[last]]
        return words.enumerated().map { index, text in
            let cells = row.indices.map { column in
                column == last ? text : index == 0 ? row[column] : ""
            }
            return line(zip(cells, widths).map { TerminalText.cut($0, to: $1) }, widths)
        }
    }

    private static func line(_ row: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in row.enumerated() {
            let rest = widths[column] - TerminalText.width(cell)
            line += column == row.count - 1 ? cell : cell + String(repeating: " ", count: max(rest, 0) + gap)
        }
        return String(line.reversed().drop { $0 == " " }.reversed())
    }
}
