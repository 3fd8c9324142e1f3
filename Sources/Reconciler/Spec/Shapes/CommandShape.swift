extension Shape where Value == [String] {
    private static let arguments = Shape<String>.anyScalar.list(atLeast: 1)

    /// Program and arguments: a list, or a text that is split as a shell splits it.
    static let command = Shape(
        [
            "title": "command line, or list of program and arguments",
            "oneOf": [["type": "string", "minLength": 1], arguments.schema],
        ]
    ) { node, context in
        if case .sequence = node.value { return arguments.read(node, context).flatMap { $0.isEmpty ? nil : $0 } }
        guard let text = node.text, !node.isNull else {
            context.expected("a command line, or a list of program and arguments", node)
            return nil
        }
        guard let words = CommandLineText.split(text) else {
            context.error("a quote of the command line is not closed", at: node)
            return nil
        }
        if words.isEmpty {
            context.expected("a command line that is not empty", node)
            return nil
        }
        return words
    }
}

/// The quoting of command lines. Words and quotes only: no variables, no patterns, no pipes.
enum CommandLineText {
    /// The words of a line, after the rules of POSIX shells for quotes (XCU 2.2); nil when a quote is not closed.
    static func split(_ line: String) -> [String]? {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        var isWord = false
        var quote: Unicode.Scalar?
        var scalars = line.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            switch (scalar, quote) {
            case ("'", nil), ("\"", nil):
                quote = scalar
                isWord = true
            case (let end, let open?) where end == open:
                quote = nil
            case ("\\", nil):
                guard let next = scalars.next() else { return nil }
                word.append(next)
                isWord = true
            case ("\\", "\""):
                guard let next = scalars.next() else { return nil }
                // Within double quotes a backslash escapes only these.
                if next != "\"", next != "\\", next != "$", next != "`" { word.append("\\") }
                word.append(next)
            case (" ", nil), ("\t", nil), ("\n", nil), ("\r", nil):
                if isWord { words.append(String(word)) }
                word = String.UnicodeScalarView()
                isWord = false
            default:
                word.append(scalar)
                isWord = true
            }
        }
        guard quote == nil else { return nil }
        if isWord { words.append(String(word)) }
        return words
    }
}
