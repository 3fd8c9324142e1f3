/// Parts of an output that differ from run to run, and what they are in this one.
///
/// The first time that a page shows a node's id, the id of this run is kept for it. Wherever the page shows it again, that one must
/// come, and in later commands it stands in its place. So with hashes, passwords, simulated addresses and ports that the system picked; times and
/// durations only have to be some.
struct PageBindings: Sendable {
    private var actual: [Substring: Substring] = [:]
    private var page: [Substring: Substring] = [:]

    /// Keeps that the page's word is this one in this run; false when either is bound to another.
    mutating func bind(_ word: Substring, to value: Substring) -> Bool {
        if let known = actual[word] { return known == value }
        if let known = page[value] { return known == word }
        actual[word] = value
        page[value] = word
        return true
    }

    /// A command of the page with the words of this run.
    func command(_ text: String) -> String { Self.replace(text, actual) }

    /// An output of this run with the words of the page.
    func output(_ text: String) -> String { Self.replace(text, page) }

    private static func replace(_ text: String, _ words: [Substring: Substring]) -> String {
        var result = ""
        for piece in PagePiece.pieces(of: text) {
            if case .word(let kind, let word) = piece, kind.isKept, let other = words[word] {
                result += other
            } else {
                result += piece.text
            }
        }
        return result
    }
}

/// A piece of a line of output.
enum PagePiece: Sendable, Equatable {
    /// What a word is that differs from run to run.
    enum Kind: Sendable, Equatable {
        /// The last part of a node's id.
        case node
        /// At least twelve hexadecimal digits.
        case hash
        /// Four groups of six.
        case password
        /// Behind an address of this machine.
        case port
        /// Of a simulated node, 198.18.0.0/16: which of several gets which is chance.
        case address
        /// RFC 3339.
        case time
        /// `29m57s`, `108ms`.
        case duration

        /// Whether a word stays the same where the page shows it again.
        var isKept: Bool { self != .time && self != .duration }
    }

    case word(Kind, Substring)
    case space(Substring)
    /// `...`
    case anything
    case plain(Character)

    /// As it is written.
    var text: String {
        switch self {
        case .word(_, let word), .space(let word): String(word)
        case .anything: "..."
        case .plain(let character): String(character)
        }
    }

    /// A line, cut to pieces.
    static func pieces(of line: String) -> [PagePiece] {
        var pieces: [PagePiece] = []
        var rest = line[...]
        var before: Character?
        var behind = line[line.startIndex..<line.startIndex]
        while let character = rest.first {
            let piece: PagePiece
            if rest.hasPrefix("...") {
                piece = .anything
            } else if character == " " {
                piece = .space(rest.prefix { $0 == " " })
            } else if let word = word(at: rest, behind: behind, before: before) {
                piece = word
            } else {
                piece = .plain(character)
            }
            pieces.append(piece)
            let length = piece.text.count
            let end = rest.index(rest.startIndex, offsetBy: length)
            before = line[line.index(before: end)]
            rest = rest[end...]
            behind = line[line.startIndex..<end]
        }
        return pieces
    }

    /// A word that differs from run to run, where it begins.
    private static func word(at rest: Substring, behind: Substring, before: Character?) -> PagePiece? {
        if before == "-", let word = node(rest) { return .word(.node, word) }
        if before == ":", let word = port(rest, behind) { return .word(.port, word) }
        if let before, before.isLetter || before.isNumber || before == "-" || before == "." { return nil }
        if let word = address(rest) { return .word(.address, word) }
        if let word = time(rest) { return .word(.time, word) }
        if let word = password(rest) { return .word(.password, word) }
        if let word = hash(rest) { return .word(.hash, word) }
        if let word = duration(rest) { return .word(.duration, word) }
        return nil
    }

    /// The end of a word, or nil when it goes on.
    private static func whole(_ word: Substring, of rest: Substring) -> Substring? {
        guard let next = rest[word.endIndex...].first else { return word }
        return next.isLetter || next.isNumber ? nil : word
    }

    private static func node(_ rest: Substring) -> Substring? {
        let word = rest.prefix(8)
        guard word.count == 8, word.allSatisfy("23456789bcdfghjkmnpqrstvwxz".contains) else { return nil }
        return whole(word, of: rest)
    }

    private static func port(_ rest: Substring, _ behind: Substring) -> Substring? {
        let address = behind.dropLast().suffix(9)
        let word = rest.prefix(5).prefix { $0.isNumber }
        guard address.hasPrefix("127.0.0."), word.count >= 4 else { return nil }
        return whole(word, of: rest)
    }

    private static func address(_ rest: Substring) -> Substring? {
        let prefix = "198.18."
        guard rest.hasPrefix(prefix) else { return nil }
        let word = rest.prefix { $0.isNumber || $0 == "." }
        return word.count > prefix.count + 2 ? whole(word, of: rest) : nil
    }

    private static func time(_ rest: Substring) -> Substring? {
        let shape = "dddd-dd-ddTdd:dd:dd"
        let word = rest.prefix(shape.count)
        guard word.count == shape.count, zip(word, shape).allSatisfy({ $1 == "d" ? $0.isNumber : $0 == $1 }) else {
            return nil
        }
        let more = rest[word.endIndex...].prefix { $0 == "." || $0.isNumber }
        guard rest[more.endIndex...].first == "Z" else { return nil }
        return whole(rest[word.startIndex...more.endIndex], of: rest)
    }

    private static func password(_ rest: Substring) -> Substring? {
        let word = rest.prefix(27)
        let groups = word.split(separator: "-", omittingEmptySubsequences: false)
        guard word.count == 27, groups.count == 4,
            groups.allSatisfy({ $0.count == 6 && $0.allSatisfy { $0.isLowercase || $0.isNumber } })
        else { return nil }
        return whole(word, of: rest)
    }

    private static func hash(_ rest: Substring) -> Substring? {
        let word = rest.prefix { $0.isHexDigit && !$0.isUppercase }
        guard word.count >= 12, word.contains(where: \.isNumber) else { return nil }
        return whole(word, of: rest)
    }

    private static func duration(_ rest: Substring) -> Substring? {
        var end = rest.startIndex
        while true {
            let number = rest[end...].prefix { $0.isNumber || $0 == "." }
            guard number.first?.isNumber == true else { break }
            let unit = rest[number.endIndex...].prefix { $0.isLetter }
            guard ["ms", "s", "m", "h", "d"].contains(unit) else {
                // `5m10s`: the letters of a unit end where digits go on, so that this is no duration at all.
                return nil
            }
            end = unit.endIndex
        }
        return end == rest.startIndex ? nil : whole(rest[..<end], of: rest)
    }
}
