/// Reads the fields of a cron expression.
struct CronParser {
    /// Longer than any that a person writes.
    static let maximumLength = 256

    private let text: String

    /// Reads nothing yet.
    init(text: String) { self.text = text }

    private struct Kind {
        var name: String
        var range: ClosedRange<Int>
        var names: [String] = []
    }

    private static let kinds = [
        Kind(name: "second", range: 0...59),
        Kind(name: "minute", range: 0...59),
        Kind(name: "hour", range: 0...23),
        Kind(name: "day of month", range: 1...31),
        Kind(
            name: "month", range: 1...12,
            names: ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
        // 7 is Sunday too, in ranges such as 5-7.
        Kind(name: "day of week", range: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ]

    private static let macros = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    /// The six fields, seconds first.
    mutating func fields() throws(CronError) -> [CronField] {
        guard text.utf8.count <= Self.maximumLength else {
            throw CronError(message: "is longer than \(Self.maximumLength) characters", offset: 0)
        }
        let meant = Self.macros[text.lowercased()] ?? text
        let words = Self.words(meant)
        guard words.count == 5 || words.count == 6 else {
            let found = words.count == 1 ? "1 field" : "\(words.count) fields"
            throw CronError(
                message: "has \(found); it needs 5 (minute, hour, day, month, day of week), or 6 with seconds first",
                offset: 0)
        }
        var result = words.count == 5 ? [CronField(bits: 1, isRestricted: true)] : []
        for (kind, word) in zip(Self.kinds.suffix(words.count), words) {
            result.append(try Self.field(word, kind))
        }
        return result
    }

    private struct Word {
        var text: Substring
        /// In characters from the beginning of the expression.
        var offset: Int
    }

    private static func words(_ text: String) -> [Word] {
        split(Word(text: text[...], offset: 0)) { $0 == " " || $0 == "\t" }.filter { !$0.text.isEmpty }
    }

    private static func split(_ word: Word, at isSeparator: (Character) -> Bool) -> [Word] {
        var offset = word.offset
        return word.text.split(omittingEmptySubsequences: false, whereSeparator: isSeparator).map { part in
            defer { offset += part.count + 1 }
            return Word(text: part, offset: offset)
        }
    }

    private static func field(_ word: Word, _ kind: Kind) throws(CronError) -> CronField {
        if word.text == "*" || word.text == "?" {
            return CronField(bits: normalized(bits(kind.range, step: 1), kind), isRestricted: false)
        }
        var all: UInt64 = 0
        for item in split(word, at: { $0 == "," }) { all |= try bits(of: item, kind) }
        return CronField(bits: normalized(all, kind), isRestricted: true)
    }

    /// One of a list: `5`, `1-5`, `*/10`, `10-50/5`, `5/15`.
    private static func bits(of item: Word, _ kind: Kind) throws(CronError) -> UInt64 {
        let parts = split(item) { $0 == "/" }
        var step = 1
        if parts.count == 2 {
            guard let value = number(parts[1].text), (1...kind.range.upperBound).contains(value) else {
                throw CronError(
                    message: "has the step '\(parts[1].text)'; a step is 1 to \(kind.range.upperBound)",
                    offset: parts[1].offset)
            }
            step = value
        } else if parts.count > 2 {
            throw CronError(message: "has two steps in one field", offset: parts[2].offset)
        }
        let span = parts[0]
        if span.text == "*" { return bits(kind.range, step: step) }
        let ends = split(span) { $0 == "-" }
        guard ends.count <= 2 else { throw CronError(message: "has a range of three ends", offset: ends[2].offset) }
        let low = try value(ends[0], kind)
        guard ends.count == 2 else {
            return bits(parts.count == 2 ? low...kind.range.upperBound : low...low, step: step)
        }
        var high = try value(ends[1], kind)
        // Sunday at the end of a range is the seventh day.
        if kind.range.upperBound == 7, high == 0, low > 0 { high = 7 }
        guard low <= high else {
            throw CronError(message: "has the range '\(span.text)', which runs backwards", offset: span.offset)
        }
        return bits(low...high, step: step)
    }

    private static func value(_ word: Word, _ kind: Kind) throws(CronError) -> Int {
        if let value = number(word.text), kind.range.contains(value) { return value }
        if word.text.count == 3, let index = kind.names.firstIndex(of: word.text.lowercased()) { return index }
        let top = kind.range.upperBound
        throw CronError(
            message: "has '\(word.text)' for the \(kind.name), which is \(kind.range.lowerBound) to \(top)"
                + (kind.names.isEmpty ? "" : " or a name such as \(kind.names[1].uppercased())"),
            offset: word.offset)
    }

    /// Digits only: `+5` is none.
    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }

    private static func bits(_ range: ClosedRange<Int>, step: Int) -> UInt64 {
        stride(from: range.lowerBound, through: range.upperBound, by: step).reduce(0) { $0 | 1 << UInt64($1) }
    }

    /// Day 7 of the week is day 0.
    private static func normalized(_ bits: UInt64, _ kind: Kind) -> UInt64 {
        kind.range.upperBound == 7 ? (bits | bits >> 7) & 0x7F : bits
    }
}
