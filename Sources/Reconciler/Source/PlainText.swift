/// Words of strangers, such as a commit's author and subject, made fit for a line of a log, a table or a terminal.
package enum PlainText {
    /// The text on one line, without what moves a cursor, turns the reading direction or cannot be seen, and no longer than `limit`
    /// scalars: a longer one ends with `…`.
    package static func line(_ text: String, limit: Int) -> String {
        var kept: [Unicode.Scalar] = []
        var marks = 0
        for scalar in text.unicodeScalars {
            if kept.count > limit { break }
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .spaceSeparator:
                if let last = kept.last, last != " " { kept.append(" ") }
            case .format, .surrogate, .privateUse, .unassigned: continue
            case .nonspacingMark, .enclosingMark, .spacingMark:
                // Towers of accents reach over the lines around them.
                marks += 1
                if marks <= 2, !kept.isEmpty { kept.append(scalar) }
                continue
            default: kept.append(scalar)
            }
            marks = 0
        }
        if kept.last == " " { kept.removeLast() }
        let isCut = kept.count > limit
        var result = String.UnicodeScalarView()
        result.append(contentsOf: isCut ? Array(kept.prefix(max(limit - 1, 0))) + ["…"] : kept)
        return String(result)
    }
}
