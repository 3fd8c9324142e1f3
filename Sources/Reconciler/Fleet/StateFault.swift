/// Says what is wrong with a State document that does not read, and where: the decoder's own words are not for people.
enum StateFault {
    /// The first fault of a document, in the order of the tables; nil when the tables find none.
    static func first(in document: JSONTree) -> String? {
        fault(in: document, of: .record(StateDocument.CodingKeys.self), at: "").map { place, words in
            place.isEmpty ? words : "\(place): \(words)"
        }
    }

    private typealias Fault = (place: String, words: String)

    private static func fault(in value: JSONTree, of shape: StateShape, at place: String) -> Fault? {
        switch (shape, value) {
        case (.constant, .text), (.text, .text), (.flag, .flag), (.number, .number): return nil
        case (.integer(let range), .number(let number)):
            if let whole = Int(exactly: number), range.contains(whole) { return nil }
        case (.time, .text(let text)):
            return Timestamp(text) == nil ? (place, "'\(text.shortened)' is no \(expected(.time).dropFirst(2))") : nil
        case (.word(let noun, let words), .text(let text)):
            if words.contains(text) { return nil }
            let near = Suggestion.nearest(to: text, among: words).map { "; did you mean '\($0)'?" } ?? ""
            return (
                place, "'\(text.shortened)' is no \(noun); expected one of \(words.joined(separator: ", "))\(near)"
            )
        case (.list(let shape), .list(let elements)):
            for (index, element) in elements.enumerated() {
                if let fault = fault(in: element, of: shape, at: "\(place)[\(index)]") { return fault }
            }
            return nil
        case (.optional, .null): return nil
        case (.optional(let shape), _): return fault(in: value, of: shape, at: place)
        case (.texts, .object(let members)):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                if let fault = fault(in: member, of: .text, at: "\(place)['\(name.shortened)']") { return fault }
            }
            return nil
        case (.numbers, .object(let members)):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                if let fault = fault(in: member, of: .number, at: "\(place)['\(name.shortened)']") { return fault }
            }
            return nil
        case (.record(let keys), .object(let members)): return fault(in: members, of: keys.table, at: place)
        default: break
        }
        return (place, "found \(value.words), expected \(expected(shape))")
    }

    private static func fault(
        in members: [String: JSONTree], of table: [(key: String, field: StateField)], at place: String
    ) -> Fault? {
        let known = table.map(\.key)
        if let unknown = members.keys.filter({ !known.contains($0) }).min() {
            let near = Suggestion.nearest(to: unknown, among: known)
            let more = near.map { "did you mean '\($0)'?" } ?? "known are \(known.joined(separator: ", "))"
            return (place, "unknown field '\(unknown.shortened)'; \(more)")
        }
        for (key, field) in table {
            let value = members[key]
            if value == nil || value == .null, !field.isRequired { continue }
            guard let value else { return (place, "'\(key)' is missing") }
            let path = place.isEmpty ? key : "\(place).\(key)"
            if let fault = fault(in: value, of: field.shape, at: path) { return fault }
        }
        return nil
    }

    private static func expected(_ shape: StateShape) -> String {
        switch shape {
        case .constant(let text): "'\(text)'"
        case .text: "a text"
        case .flag: "true or false"
        case .number: "a number"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .time: "a time such as '2026-11-22T12:00:00Z'"
        case .word(_, let words): "one of \(words.joined(separator: ", "))"
        case .list: "a list"
        case .texts: "an object of texts"
        case .optional(let shape): "\(expected(shape)), or null"
        case .numbers: "an object of numbers"
        case .record: "an object"
        }
    }
}

/// Any JSON value.
enum JSONTree: Equatable, Decodable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([JSONTree])
    case object([String: JSONTree])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSONTree].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSONTree].self))
        }
    }

    /// What it is, for a message: `the text 'three'`.
    var words: String {
        switch self {
        case .null: "null"
        case .flag(let flag): "\(flag)"
        case .number(let number): Int64(exactly: number).map { "\($0)" } ?? "\(number)"
        case .text(let text): "the text '\(text.shortened)'"
        case .list: "a list"
        case .object: "an object"
        }
    }
}
