/// A command of a page and what it prints there.
struct Transcript: Sendable {
    /// For bash: several lines where it goes on.
    var command: String
    /// Where it stands, counted from zero.
    var line: Int
    /// What follows it in the page.
    var output: [String]
    /// The lines of the output in the page.
    var outputLines: Range<Int>

    /// Whether it stays running while the page goes on.
    var isBackground: Bool { command.hasSuffix("&") && !command.hasSuffix("&&") }

    /// The commands of a console block. One begins with `$ `, and goes on behind a backslash, up to the end of a here-document, and
    /// in lines that begin with `> `; every other line is output.
    static func all(_ block: PageBlock, of lines: [String]) -> [Transcript] {
        var found: [Transcript] = []
        var index = block.start
        while index < block.end {
            let line = lines[index]
            guard line.hasPrefix("$ ") else {
                // Output before the first command belongs to nothing, and so does not match anything.
                if found.isEmpty {
                    found.append(Transcript(command: ":", line: index, output: [], outputLines: index..<index))
                }
                found[found.count - 1].output.append(line)
                index += 1
                found[found.count - 1].outputLines = found[found.count - 1].outputLines.lowerBound..<index
                continue
            }
            let start = index
            var command = [String(line.dropFirst(2))]
            index += 1
            if let word = hereDocument(command[0]) {
                while index < block.end {
                    command.append(lines[index])
                    index += 1
                    if command.last == word { break }
                }
            }
            while index < block.end, command.last?.hasSuffix("\\") == true || lines[index].hasPrefix("> ") {
                command.append(lines[index].hasPrefix("> ") ? String(lines[index].dropFirst(2)) : lines[index])
                index += 1
            }
            found.append(
                Transcript(
                    command: command.joined(separator: "\n"), line: start, output: [], outputLines: index..<index))
        }
        return found
    }

    /// The word that ends a here-document that begins in this line.
    private static func hereDocument(_ line: String) -> String? {
        guard let mark = line.firstRange(of: "<<") else { return nil }
        let word = line[mark.upperBound...].drop { $0 == "'" || $0 == "\"" || $0 == "-" }.prefix { $0.isLetter }
        return word.isEmpty ? nil : String(word)
    }
}
