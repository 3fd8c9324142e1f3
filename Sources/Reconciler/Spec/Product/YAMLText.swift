/// A piece of YAML, written as a person would: block style, short mappings in braces on one line, quotes where they are needed.
indirect enum YAMLText: Sendable, Equatable {
    /// A text, in quotes where it would be read as something else.
    case text(String)
    /// A number or a word that stands as it is: `3`, `60%`.
    case bare(String)
    /// `[a, b]`.
    case words([YAMLText])
    /// A mapping over several lines.
    case block([Member])
    /// A mapping in braces, if that fits into a line.
    case braces([Member])
    /// A list, one element per line.
    case list([YAMLText])

    /// A key and its value; the key needs no quotes, or gets them.
    struct Member: Sendable, Equatable {
        var key: String
        var value: YAMLText

        init(_ key: String, _ value: YAMLText) {
            self.key = key
            self.value = value
        }
    }

    /// Characters in a line, its indentation counted in.
    private static let width = 110

    /// A whole number.
    static func number(_ value: Int) -> YAMLText { .bare("\(value)") }
    /// A number, whole ones without a point.
    static func number(_ value: Double) -> YAMLText { .bare(Int64(exactly: value).map { "\($0)" } ?? "\(value)") }
    /// A value of `settings`: what looks like a plain number stands without quotes.
    static func setting(_ text: String) -> YAMLText {
        text.count < 10 && !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
            && (text == "0" || !text.hasPrefix("0")) ? .bare(text) : .text(text)
    }

    /// The lines of a document that is a mapping.
    var document: String {
        var lines: [String] = []
        append(to: &lines, indent: 0)
        return lines.map { $0 + "\n" }.joined()
    }

    // MARK: - Lines

    /// On one line; nil for what needs several.
    private var flow: String? {
        switch self {
        case .text(let text): return Self.quoted(text)
        case .bare(let text): return text
        case .words(let words):
            let parts = words.compactMap(\.flow)
            return parts.count == words.count ? "[\(parts.joined(separator: ", "))]" : nil
        case .braces(let members):
            let parts = members.compactMap { member in member.value.flow.map { "\(Self.quoted(member.key)): \($0)" } }
            return parts.count == members.count ? "{\(parts.joined(separator: ", "))}" : nil
        case .block(let members): return members.isEmpty ? "{}" : nil
        case .list(let elements): return elements.isEmpty ? "[]" : nil
        }
    }

    private func append(to lines: inout [String], indent: Int) {
        let space = String(repeating: " ", count: indent)
        switch self {
        case .block(let members), .braces(let members):
            for member in members {
                let key = "\(space)\(Self.quoted(member.key)):"
                if let flow = member.value.flow, key.count + flow.count < Self.width || !member.value.hasBlockForm {
                    lines.append("\(key) \(flow)")
                } else {
                    lines.append(key)
                    member.value.append(to: &lines, indent: indent + 2)
                }
            }
        case .list(let elements):
            for element in elements {
                if let flow = element.flow, indent + flow.count < Self.width || !element.hasBlockForm {
                    lines.append("\(space)- \(flow)")
                } else {
                    let start = lines.count
                    element.append(to: &lines, indent: indent + 2)
                    // Its first line begins behind the dash.
                    lines[start] = "\(space)- " + lines[start].dropFirst(indent + 2)
                }
            }
        case .words(let words): Self.list(words).append(to: &lines, indent: indent)
        case .text, .bare: lines.append(space + (flow ?? ""))
        }
    }

    private var hasBlockForm: Bool {
        switch self {
        case .text, .bare: false
        case .words(let parts), .list(let parts): !parts.isEmpty
        case .block(let members), .braces(let members): !members.isEmpty
        }
    }

    // MARK: - Quotes

    private static let wordsWithMeaning: Set<String> = [
        "true", "false", "null", "yes", "no", "on", "off", "y", "n",
    ]

    /// The text as a plain scalar where that is certain to be read as the same text, else in double quotes.
    static func quoted(_ text: String) -> String {
        let plain = UInt8(ascii: " ")
        let isSafe =
            !text.isEmpty && text.utf8.first != plain && text.utf8.last != plain
            && text.utf8.allSatisfy { MetricName.isWord($0) || $0 == plain || "./-+".utf8.contains($0) }
            && (text.utf8.first.map { MetricName.isWord($0) || $0 == UInt8(ascii: "/") } ?? false)
            && !YAMLScalar.isNumber(text) && !wordsWithMeaning.contains(text.lowercased())
        if isSafe { return text }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default:
                if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028
                    || scalar.value == 0x2029 || scalar.value == 0xFEFF
                {
                    let hex = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
