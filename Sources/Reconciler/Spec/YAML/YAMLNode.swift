/// One node of a YAML document: a value and the place where it is written.
///
/// A value type whose collections are shared, so that an alias costs a reference and no copy.
struct YAMLNode: Sendable {
    /// How a scalar is written, as far as its meaning depends on it.
    enum Style: UInt8, Sendable {
        /// Without quotes: it may be a number, a boolean or null.
        case plain
        /// Within quotes, or told to be a string by `!!str`: always a text.
        case quoted
        /// A block (`|` or `>`): always a text, and its content begins on a later line.
        case block
    }

    /// What a node holds.
    enum Value: Sendable {
        case scalar(String, Style)
        case sequence([YAMLNode])
        /// Keys and values in turn, in the order of the file; every key is a scalar, and none is there twice.
        case mapping([YAMLNode])
    }

    /// What it holds.
    var value: Value
    /// Counted from 1.
    var line: UInt32
    /// Counted from 1, in characters.
    var column: UInt32

    /// The value of a key; nil when this is no mapping or has no such key.
    subscript(key: String) -> YAMLNode? {
        guard case .mapping(let members) = value else { return nil }
        var index = 0
        while index < members.count {
            if members[index].text == key { return members[index + 1] }
            index += 2
        }
        return nil
    }

    /// The key itself, for a message about it; nil when this is no mapping or has no such key.
    func key(_ key: String) -> YAMLNode? {
        guard case .mapping(let members) = value else { return nil }
        return stride(from: 0, to: members.count, by: 2).lazy.map { members[$0] }.first { $0.text == key }
    }

    /// The text of a scalar, however it is written; nil for a collection.
    var text: String? {
        if case .scalar(let text, _) = value { return text }
        return nil
    }

    /// The elements of a sequence; empty for anything else.
    var elements: [YAMLNode] {
        if case .sequence(let elements) = value { return elements }
        return []
    }

    /// Follows keys as far as they exist and returns where that ends: the best place for a message.
    func nearest(_ path: String...) -> YAMLNode {
        var node = self
        for key in path {
            guard let next = node[key] else { break }
            node = next
        }
        return node
    }
}

extension YAMLNode {
    /// Whether this is a plain scalar that JSON would not have as a string.
    var isNumberOrBoolean: Bool {
        guard case .scalar(let text, .plain) = value else { return false }
        return YAMLScalar.boolean(text) != nil || YAMLScalar.isNumber(text)
    }

    /// Whether this is a plain scalar that stands for nothing: empty, `~` or `null`.
    var isNull: Bool {
        guard case .scalar(let text, .plain) = value else { return false }
        return text.isEmpty || text == "~" || text == "null" || text == "Null" || text == "NULL"
    }

    /// What was found, in words for a message: `the number 3`, `a list`.
    var summary: String {
        switch value {
        case .sequence: return "a list"
        case .mapping: return "a mapping"
        case .scalar(let text, let style):
            if isNull { return "nothing" }
            if style == .plain {
                if YAMLScalar.boolean(text) != nil { return text }
                if YAMLScalar.number(text) != nil { return "the number \(text)" }
            }
            return "'\(text.shortened)'"
        }
    }
}

extension String {
    /// The text cut to what a message can bear: 60 characters, on one line.
    var shortened: String {
        let head = prefix(61)
        let cut = head.count > 60 ? head.prefix(57) + "..." : head
        return String(cut.map { $0.isNewline ? " " : $0 })
    }
}
