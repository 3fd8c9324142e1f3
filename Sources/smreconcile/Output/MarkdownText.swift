internal import Reconciler

/// Words of others in the Markdown of GitHub and GitLab: they are shown, and do nothing. No mention, no link, no reference to an issue, no
/// HTML, no quick action of GitLab comes of them, and no row of a table is torn.
enum MarkdownText {
    /// What breaks up a word that a forge would make something of.
    private static let joint = "\u{200B}"

    /// As a part of a paragraph or a cell.
    static func plain(_ text: String, limit: Int = 400) -> String {
        var result = ""
        for character in PlainText.line(text, limit: limit) {
            switch character {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "@", "#", "!": result += "\(character == "@" ? "" : "\\")\(character)\(joint)"
            case "/" where result.hasSuffix(":"): result += "\(joint)/"
            case "\\", "`", "*", "_", "[", "]", "|", "~", "$", "{", "}": result += "\\\(character)"
            default: result.append(character)
            }
        }
        // `www.` is made a link without a scheme too.
        result.replace("www.", with: "www\(joint).")
        // GitHub: an issue as `GH-12`, a commit by its whole id, an emoji as `:+1:`. GitLab: a milestone as `%5`.
        result.replace(/(?i)gh-(?=[0-9])/) { "\($0.output.prefix(2))\(joint)-" }
        result.replace(/[0-9a-fA-F]{40}/) { "\($0.output.prefix(7))\(joint)\($0.output.dropFirst(7))" }
        result.replace(/:(?=[A-Za-z+\-][A-Za-z0-9_+\-\\]*:)/) { _ in ":\(joint)" }
        result.replace(/%(?=[0-9A-Za-z])/) { _ in "%\(joint)" }
        return result
    }

    /// As code within a line or a cell.
    static func code(_ text: String, limit: Int = 200) -> String {
        let line = PlainText.line(text, limit: limit)
        if line.isEmpty { return "` `" }
        let fence = String(repeating: "`", count: longestRun(in: line) + 1)
        // Within a table a bar ends the cell even in code (GFM, section 4.10).
        let inner = line.replacing("|", with: "\\|")
        return fence.count > 1 ? "\(fence) \(inner) \(fence)" : "`\(inner)`"
    }

    /// Lines as they are, in a block of their own.
    static func block(_ text: String, language: String = "text") -> String {
        let lines = text.split(whereSeparator: \.isNewline).map { line in
            // The columns of a caret must stay.
            String(
                line.unicodeScalars.filter {
                    $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
                }.map(Character.init))
        }
        let fence = String(repeating: "`", count: max(3, longestRun(in: text) + 1))
        return "\(fence)\(language)\n\(lines.joined(separator: "\n"))\n\(fence)"
    }

    private static func longestRun(in text: String) -> Int {
        var (longest, run) = (0, 0)
        for character in text {
            run = character == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }
}

/// A page of Markdown that stays within a size: what does not fit is counted in its place.
struct MarkdownPage {
    private(set) var text = ""
    private let limit: Int

    /// A page of so many bytes at most.
    init(limit: Int) { self.limit = limit }

    private var room: Int { limit - text.utf8.count }

    /// Adds a paragraph and an empty line, if there is room.
    mutating func add(_ paragraph: String) {
        guard paragraph.utf8.count + 2 <= room else { return }
        text += paragraph + "\n\n"
    }

    /// Adds a table with as many rows as fit into `share` bytes, and says how many do not.
    mutating func table(_ head: [String], _ rows: [[String]], share: Int, of noun: String) {
        if rows.isEmpty { return }
        let top = Self.row(head) + Self.row(head.map { _ in "---" })
        var budget = min(share, room) - top.utf8.count - Self.reserve
        guard budget > 0 else { return }
        text += top
        for (index, row) in rows.enumerated() {
            let line = Self.row(row)
            budget -= line.utf8.count
            if budget < 0 {
                text += "\nand \(rows.count - index) more \(noun), which do not fit in here\n"
                break
            }
            text += line
        }
        text += "\n"
    }

    /// Adds what is folded away until someone asks for it.
    mutating func fold(_ title: String, _ content: (inout MarkdownPage) -> Void) {
        var inner = MarkdownPage(limit: room - title.utf8.count - Self.reserve)
        content(&inner)
        if inner.text.isEmpty { return }
        text += "<details><summary>\(title)</summary>\n\n\(inner.text)</details>\n\n"
    }

    /// For the sentence that something is missing, and the tags of a fold.
    private static let reserve = 200

    private static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
}
