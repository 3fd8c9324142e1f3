import Foundation
import Testing

/// A Markdown page of the documentation, as far as its commands and files go. `docs/README.md` tells how one is written.
struct Page: Sendable, CustomTestStringConvertible {
    /// From the root of the repository: `docs/tutorial.md`.
    let name: String
    /// Its lines, without line ends.
    let lines: [String]
    /// In their order.
    let blocks: [PageBlock]
    /// What cannot be understood, with its place.
    let troubles: [String]

    var testDescription: String { name }

    /// Reads a page of this text.
    init(name: String, text: String) {
        self.name = name
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var reader = PageReader(name: name, lines: lines)
        reader.read()
        blocks = reader.blocks
        troubles = reader.troubles
    }

    /// The page of the repository with this name.
    init(file name: String) throws {
        self.init(name: name, text: try String(contentsOfFile: Workspace.repository + "/" + name, encoding: .utf8))
    }

    /// Whether there is anything to run.
    var runs: Bool { blocks.contains { $0.kind == .console || $0.kind == .hidden } }

    /// The programs without which it cannot be followed, and which not every machine has: `<!-- needs terraform -->`.
    var needs: [String] {
        lines.filter { $0.hasPrefix("<!-- needs ") && $0.hasSuffix(" -->") }.flatMap {
            $0.dropFirst(11).dropLast(4).split(separator: " ").map(String.init)
        }
    }

    /// Whether this machine has them.
    var canRun: Bool {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return needs.allSatisfy { program in
            folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
        }
    }

    /// Whether it shows parts of specs.
    var hasParts: Bool {
        blocks.contains { block in
            if case .part = block.kind { true } else { false }
        }
    }

    /// Every page for people: the README, `docs` and what lies beside the examples.
    static let all: [Page] = {
        let manager = FileManager.default
        let root = Workspace.repository
        var names = ["README.md"]
        for folder in ["docs", "examples"] {
            let files = manager.enumerator(atPath: root + "/" + folder)?.compactMap { $0 as? String } ?? []
            names += files.filter { $0.hasSuffix(".md") }.sorted().map { folder + "/" + $0 }
        }
        return names.compactMap { try? Page(file: $0) }
    }()
}

/// A fenced block, or a comment with hidden commands.
struct PageBlock: Sendable {
    /// What is done with it.
    enum Kind: Sendable, Equatable {
        /// Its commands are run, and their output is compared.
        case console
        /// Its commands are run, and must end with 0: `<!-- run` ... `-->`.
        case hidden
        /// It is written to a file of this name.
        case file(String)
        /// It is part of a spec and is checked in its place: the key that it is under.
        case part(String)
        /// It is JSON, and is read as such.
        case json
        /// It is for people alone, for this reason.
        case shown(String)
    }

    var kind: Kind
    /// The first line within, counted from zero.
    var start: Int
    /// The line behind the last one within.
    var end: Int
    /// The words behind the language: `retry`, `exit`, `within`, `anyorder`.
    var options: [String: String]
}

/// Finds the blocks of a page. The fences are those of CommonMark 0.31, section 4.5, with three backticks at the line's start.
struct PageReader {
    let name: String
    let lines: [String]
    private(set) var blocks: [PageBlock] = []
    private(set) var troubles: [String] = []

    init(name: String, lines: [String]) {
        self.name = name
        self.lines = lines
    }

    mutating func read() {
        var index = 0
        var isInList = false
        while index < lines.count {
            let line = lines[index]
            if line.hasPrefix("```") {
                let end = (index + 1..<lines.count).first { lines[$0].hasPrefix("```") } ?? lines.count
                if end == lines.count { trouble(index, "a fence that is not closed") }
                add(String(line.dropFirst(3)), index, end)
                index = end + 1
                continue
            }
            if line == "<!-- run" {
                let end = (index + 1..<lines.count).first { lines[$0] == "-->" } ?? lines.count
                if end == lines.count { trouble(index, "a comment that is not closed") }
                blocks.append(PageBlock(kind: .hidden, start: index + 1, end: end, options: [:]))
                index = end + 1
                continue
            }
            if line.hasPrefix("- ") || line.first?.isNumber == true { isInList = true }
            if !line.isEmpty, !line.hasPrefix(" "), !line.hasPrefix("- "), line.first?.isNumber != true {
                isInList = false
            }
            if line.hasPrefix("    "), index > 0, lines[index - 1].isEmpty, !isInList {
                trouble(index, "a block by indentation, which no test sees: put it between fences")
                while index < lines.count, lines[index].hasPrefix("    ") || lines[index].isEmpty { index += 1 }
                continue
            }
            index += 1
        }
    }

    private mutating func add(_ info: String, _ fence: Int, _ end: Int) {
        let (language, options) = Self.options(info)
        let kind: PageBlock.Kind
        if let reason = options["norun"] {
            if reason.isEmpty { trouble(fence, "norun without a reason: norun=\"needs an account\"") }
            kind = .shown(reason)
        } else if let title = options["title"] {
            kind = .file(title)
        } else if let key = options["in"] {
            kind = .part(key)
        } else if language == "console" {
            kind = .console
        } else if language == "json" {
            kind = .json
        } else {
            trouble(
                fence,
                "a block that no test sees: make it ```console, give it title=FILE or in=KEY, or say norun=\"why\"")
            kind = .shown("")
        }
        blocks.append(PageBlock(kind: kind, start: fence + 1, end: end, options: options))
    }

    private mutating func trouble(_ line: Int, _ words: String) { troubles.append("\(name):\(line + 1): \(words)") }

    /// The language of an info string, and its words: `retry`, `exit=1`, `norun="a reason"`.
    private static func options(_ info: String) -> (language: String, [String: String]) {
        var words: [String] = [""]
        var isQuoted = false
        for character in info {
            switch character {
            case "\"": isQuoted.toggle()
            case " " where !isQuoted: words.append("")
            default: words[words.count - 1].append(character)
            }
        }
        var options: [String: String] = [:]
        for word in words.dropFirst() where !word.isEmpty {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            options[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        return (words[0], options)
    }
}
