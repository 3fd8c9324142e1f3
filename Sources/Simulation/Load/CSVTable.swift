package import Reconciler

/// Comma-separated values with a header row (RFC 4180, without line ends inside of quotes); `#` begins a comment line.
struct CSVTable {
    struct Cell {
        var text: String
        /// Counted from 1, in Unicode scalars.
        var column: Int
    }

    struct Row {
        var line: Int
        var cells: [Cell]
    }

    let file: String
    private let lines: [Substring]
    /// Column names to their places in a row.
    let columns: [String: Int]
    let rows: [Row]
    /// What is wrong with the header and the shape of the rows.
    private(set) var problems: [SpecDiagnostic] = []

    /// - Parameters:
    ///   - known: every column that there may be; case does not count.
    ///   - required: those that there must be.
    init(_ text: String, file: String, known: [String], required: [String]) {
        self.file = file
        lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        var problems: [SpecDiagnostic] = []
        var header: Row?
        var rows: [Row] = []
        for (index, line) in lines.enumerated() {
            let content = index == 0 && line.hasPrefix("\u{FEFF}") ? line.dropFirst() : line
            if content.allSatisfy(\.isWhitespace) || content.first == "#" { continue }
            let (cells, open) = Self.cells(content)
            let row = Row(line: index + 1, cells: cells)
            if let open, problems.count < LoadTraceLimits.errors {
                problems.append(
                    SpecDiagnostic(
                        location: SourceLocation(file: file, line: row.line, column: open),
                        message: "a quote that is not closed"))
            }
            if header == nil { header = row } else { rows.append(row) }
        }
        var columns: [String: Int] = [:]
        for (index, cell) in (header?.cells ?? []).enumerated() {
            let place = SourceLocation(file: file, line: header?.line ?? 1, column: cell.column)
            guard let name = known.first(where: { $0.lowercased() == cell.text.lowercased() }) else {
                let near = Suggestion.nearest(to: cell.text, among: known)
                problems.append(
                    SpecDiagnostic(
                        location: place, message: "unknown column '\(cell.text)'",
                        suggestion: near.map { "did you mean '\($0)'?" }
                            ?? "there are \(known.joined(separator: ", "))"))
                continue
            }
            if columns[name] != nil {
                problems.append(SpecDiagnostic(location: place, message: "column '\(name)' is there twice"))
            }
            columns[name] = index
        }
        if let header, problems.isEmpty {
            for name in required where columns[name] == nil {
                problems.append(
                    SpecDiagnostic(
                        location: SourceLocation(file: file, line: header.line, column: 1),
                        message: "there is no column '\(name)'; the first row names the columns"))
            }
        }
        if header == nil {
            problems.append(
                SpecDiagnostic(
                    location: SourceLocation(file: file, line: 0, column: 0),
                    message: "it is empty; expected a header row with \(required.joined(separator: ", "))"))
        }
        let quotes = Set(problems.map(\.location.line))
        for row in rows where row.cells.count != header?.cells.count && !quotes.contains(row.line) {
            if problems.count >= LoadTraceLimits.errors { break }
            problems.append(
                SpecDiagnostic(
                    location: SourceLocation(file: file, line: row.line, column: 1),
                    message: "\(row.cells.count) values, expected \(header?.cells.count ?? 0) as in the first row"))
        }
        self.columns = columns
        self.rows = rows
        self.problems = problems.map { [lines] in Self.excerpted($0, lines) }
    }

    /// The cell of a column; nil when there is no such column.
    func cell(_ name: String, of row: Row) -> Cell? {
        columns[name].flatMap { $0 < row.cells.count ? row.cells[$0] : nil }
    }

    func problem(_ row: Row, _ cell: Cell?, _ message: String, _ suggestion: String? = nil) -> SpecDiagnostic {
        Self.excerpted(
            SpecDiagnostic(
                location: SourceLocation(file: file, line: row.line, column: cell?.column ?? 1), message: message,
                suggestion: suggestion), lines)
    }

    private static func excerpted(_ problem: SpecDiagnostic, _ lines: [Substring]) -> SpecDiagnostic {
        var problem = problem
        problem.message = escaped(problem.message)
        let line = problem.location.line
        if line > 0 {
            // One character for another, so that the caret stands right.
            let shown = lines[line - 1].unicodeScalars.map { isControl($0) && $0 != "\t" ? "\u{FFFD}" : $0 }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: shown)
            problem.excerpt = SourceExcerpt(line: String(text), column: problem.location.column)
        }
        return problem
    }

    /// A value of a binary file can be long.
    private static let longestMessage = 400

    /// What a terminal would obey becomes visible: `\u{1b}`.
    private static func escaped(_ message: String) -> String {
        let scalars = message.unicodeScalars
        return scalars.prefix(longestMessage).map { scalar in
            isControl(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }.joined() + (scalars.count > longestMessage ? "..." : "")
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// The cells, and the column of a quote that is not closed.
    private static func cells(_ line: Substring) -> ([Cell], open: Int?) {
        var cells: [Cell] = []
        var text = ""
        var start = 1
        var column = 0
        var isQuoted = false
        var lastQuote = 0
        func finish() {
            var trimmed = text[...]
            while trimmed.first?.isWhitespace == true {
                trimmed.removeFirst()
                start += 1
            }
            while trimmed.last?.isWhitespace == true { trimmed.removeLast() }
            if trimmed.count > 1, trimmed.first == "\"", trimmed.last == "\"" {
                cells.append(
                    Cell(text: String(trimmed.dropFirst().dropLast()).replacing("\"\"", with: "\""), column: start))
            } else {
                cells.append(Cell(text: String(trimmed), column: start))
            }
        }
        for scalar in line.unicodeScalars {
            column += 1
            if scalar == "\"" {
                isQuoted.toggle()
                if isQuoted { lastQuote = column }
            }
            if scalar == ",", !isQuoted {
                finish()
                text = ""
                start = column + 1
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        finish()
        return (cells, isQuoted ? lastQuote : nil)
    }
}

/// What is wrong with a file that a simulation was given; every place of it.
package struct SimulationInputError: Error, Sendable, Equatable {
    package var diagnostics: [SpecDiagnostic]

    package init(_ diagnostics: [SpecDiagnostic]) {
        self.diagnostics = Array(diagnostics.prefix(LoadTraceLimits.errors))
    }

    /// The errors as a person reads them, without a line end at the end.
    package var message: String { String(diagnostics.rendered.dropLast()) }
}
