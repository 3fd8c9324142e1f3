/// libyaml's findings in words that help.
enum YAMLSyntax {
    /// A byte sequence that is no text.
    static func unreadable(_ problem: String, atByte offset: Int, of bytes: [UInt8]) -> YAMLProblem {
        let before = bytes.prefix(offset)
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        // Continuation bytes are no characters of their own.
        let column = before[start...].count { $0 & 0xC0 != 0x80 } + 1
        let message =
            problem.contains("control characters")
            ? "a control character is not allowed in YAML" : "this is no valid UTF-8"
        return YAMLProblem(message: message, line: line, column: column)
    }

    /// A syntax error at a place, in a context that began on another line. The lines are those of `bytes`, before
    /// which the file has `linesBefore` more.
    static func problem(
        _ problem: String, line: Int, column: Int, context: String?, contextLine: Int, linesBefore: Int,
        in bytes: [UInt8]
    ) -> YAMLProblem {
        let found = character(line: line, column: column, in: bytes)
        let message = words(
            problem, found: found, context: context, contextLine: contextLine + linesBefore, line: line + linesBefore)
        return YAMLProblem(message: message, line: line, column: column)
    }

    private static func words(
        _ problem: String, found: Character?, context: String?, contextLine: Int, line: Int
    ) -> String {
        let opened = contextLine == line ? "" : ", which begins on line \(contextLine)"
        switch problem {
        case "found character that cannot start any token":
            if found == "\t" { return "a tab is not allowed here; indent with spaces" }
            if let found { return "a text cannot begin with '\(found)'; put it in quotes" }
            return "this character cannot stand here; put the text in quotes"
        case let tab where tab.hasPrefix("found a tab character"):
            return "a tab is not allowed here; indent with spaces"
        case "did not find expected node content":
            return "expected a value"
        case "mapping values are not allowed in this context":
            return "a ':' is not allowed here; put a text that contains ': ' in quotes, and check the indentation"
        case "did not find expected key":
            return "expected a key; check the indentation and the quotes of the mapping\(opened)"
        case "did not find expected '-' indicator":
            return "expected '- '; check the indentation of the list\(opened)"
        case "did not find expected ',' or '}'": return "expected ',' or '}' in the mapping\(opened)"
        case "did not find expected ',' or ']'": return "expected ',' or ']' in the list\(opened)"
        case "could not find expected ':'": return "expected ':' after the key on line \(contextLine)"
        case "found unexpected end of stream": return "a quote is not closed; it opens on line \(contextLine)"
        case "found unexpected document indicator": return "a quote is not closed; it opens on line \(contextLine)"
        case "found unknown escape character": return "unknown escape in a double-quoted text; single quotes have none"
        case "did not find expected <document start>": return "expected the end of the document, or '---'"
        case "block sequence entries are not allowed in this context": return "a list item is not allowed here"
        case "found undefined tag handle": return "unknown tag"
        default:
            guard let context else { return problem }
            return "\(problem) \(context)"
        }
    }

    /// The character at a place; nil past the end.
    private static func character(line: Int, column: Int, in bytes: [UInt8]) -> Character? {
        let text = SourceText(name: "", bytes: bytes)
        guard let content = text.line(line) else { return nil }
        let scalars = content.unicodeScalars
        guard let index = scalars.index(scalars.startIndex, offsetBy: column - 1, limitedBy: scalars.endIndex),
            index < scalars.endIndex
        else { return nil }
        return Character(scalars[index])
    }
}
