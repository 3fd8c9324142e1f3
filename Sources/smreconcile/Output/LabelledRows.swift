/// Lines under labels: what `explain` is made of.
///
///       now      4 in service
///       rule     connections.subscriber target 60%: asks for 6
///                on average 83% over 3 nodes
struct LabelledRows {
    /// A label and its lines; yellow for what needs a look.
    struct Row {
        var label: String
        var lines: [String]
        var style: Console.Style?
    }

    private(set) var rows: [Row] = []

    /// Adds a label with its lines; nothing for none.
    mutating func add(_ label: String, _ lines: [String], _ style: Console.Style? = nil) {
        if !lines.isEmpty { rows.append(Row(label: label, lines: lines.map(TerminalText.printable), style: style)) }
    }

    /// The lines, the labels in one column.
    func render(_ console: Console) -> String {
        let width = rows.map(\.label.count).max() ?? 0
        return rows.flatMap { row in
            row.lines.enumerated().map { index, line in
                let label = (index == 0 ? row.label : "").padded(to: width)
                return "  \(console.styled(label, row.style ?? .dim))  \(line)\n"
            }
        }.joined()
    }
}
