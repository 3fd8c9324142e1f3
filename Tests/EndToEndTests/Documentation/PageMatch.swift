/// Whether an output is what a page says.
///
/// A line of three dots stands for any lines, three dots in a line for any text, and the words of ``PagePiece/Kind`` for others of
/// their kind. How many spaces lie between two words does not count, since columns grow with what is in them.
enum PageMatch {
    /// What is bound afterwards; nil when the output is another one.
    static func match(
        _ page: [String], _ actual: [String], _ bindings: PageBindings, anyOrder: Bool = false
    ) -> PageBindings? {
        let lines = page.map { line in
            line.drop { $0 == " " } == "..." ? nil : PagePiece.pieces(of: trimmed(line))
        }
        let found = actual.map { PagePiece.pieces(of: trimmed($0)) }
        return anyOrder
            ? unordered(lines[...], found, bindings)
            : ordered(lines[...], found[...], bindings)
    }

    private static func trimmed(_ line: String) -> String {
        var line = line[...]
        while line.last == " " { line = line.dropLast() }
        return String(line)
    }

    private static func ordered(
        _ page: ArraySlice<[PagePiece]?>, _ actual: ArraySlice<[PagePiece]>, _ bindings: PageBindings
    ) -> PageBindings? {
        guard let first = page.first else { return actual.isEmpty ? bindings : nil }
        let rest = page.dropFirst()
        guard let first else {
            for skipped in 0...actual.count {
                if let found = ordered(rest, actual.dropFirst(skipped), bindings) { return found }
            }
            return nil
        }
        guard let line = actual.first, let bound = matchLine(first[...], line[...], bindings) else { return nil }
        return ordered(rest, actual.dropFirst(), bound)
    }

    private static func unordered(
        _ page: ArraySlice<[PagePiece]?>, _ actual: [[PagePiece]], _ bindings: PageBindings
    ) -> PageBindings? {
        guard let first = page.first else { return actual.isEmpty ? bindings : nil }
        guard let first else {
            // Whatever the lines before these dots or behind them leave over.
            let lines: [[PagePiece]?] = page.filter { $0 != nil }
            return lines.isEmpty ? bindings : unordered(lines[...] + [nil], actual, bindings)
        }
        for index in actual.indices {
            guard let bound = matchLine(first[...], actual[index][...], bindings) else { continue }
            var left = actual
            left.remove(at: index)
            if let found = unordered(page.dropFirst(), left, bound) { return found }
        }
        return nil
    }

    private static func matchLine(
        _ page: ArraySlice<PagePiece>, _ actual: ArraySlice<PagePiece>, _ bindings: PageBindings
    ) -> PageBindings? {
        guard let first = page.first else { return actual.isEmpty ? bindings : nil }
        if first == .anything {
            for skipped in 0...actual.count {
                if let found = matchLine(page.dropFirst(), actual.dropFirst(skipped), bindings) { return found }
            }
            return nil
        }
        guard let other = actual.first else { return nil }
        var bound = bindings
        switch (first, other) {
        case (.space(let one), .space(let two)):
            // Indentation says what belongs to what.
            if page.startIndex == 0, one.count != two.count { return nil }
        case (.word(let kind, let word), .word(let otherKind, let value)):
            guard kind == otherKind, !kind.isKept || bound.bind(word, to: value) else { return nil }
        default:
            guard first == other else { return nil }
        }
        return matchLine(page.dropFirst(), actual.dropFirst(), bound)
    }
}
