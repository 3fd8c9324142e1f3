/// Columns as wide as their widest cell, two spaces apart; nothing after the last.
struct Table {
    private let header: [String]
    private var rows: [[String]] = []

    init(_ header: [String]) { self.header = header }

    mutating func add(_ row: [String]) { rows.append(row) }

    var text: String {
        var widths: [Int] = []
        return text(widening: &widths)
    }

    /// The same under columns that are at least `widths` wide, which become as wide as these: for a table that goes on, whose
    /// further parts have no header.
    func text(widening widths: inout [Int], withHeader: Bool = true) -> String {
        let all = (withHeader ? [header] : []) + rows
        widths = header.indices.map { column in
            max(all.map { $0[column].count }.max() ?? 0, column < widths.count ? widths[column] : 0)
        }
        return all.map { [widths] row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += column == row.count - 1 ? cell : cell.padded(to: widths[column]) + "  "
            }
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}
