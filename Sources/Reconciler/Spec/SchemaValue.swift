/// A JSON value whose objects keep their order: what a JSON Schema is written in.
package enum SchemaValue: Sendable, Equatable {
    /// One key and its value.
    package struct Member: Sendable, Equatable {
        /// The key, not yet quoted.
        package var key: String
        /// What the key has.
        package var value: SchemaValue

        /// A key with its value.
        package init(key: String, value: SchemaValue) {
            self.key = key
            self.value = value
        }
    }

    case string(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    case array([SchemaValue])
    case object([Member])

    /// The object with another's members behind its own; itself when either is no object.
    package func with(_ other: SchemaValue) -> SchemaValue {
        guard case .object(let own) = self, case .object(let more) = other else { return self }
        return .object(own + more)
    }

    /// A reference to one of the schema's named definitions.
    static func reference(_ name: String) -> SchemaValue { ["$ref": .string("#/$defs/\(name)")] }

    /// This value with every reference to a named definition led elsewhere: `rename` gets the name in `#/$defs/`.
    package func leading(_ rename: (String) -> String) -> SchemaValue {
        switch self {
        case .array(let values): return .array(values.map { $0.leading(rename) })
        case .object(let members):
            return .object(
                members.map { member in
                    if member.key == "$ref", case .string(let target) = member.value, target.hasPrefix("#/$defs/") {
                        return Member(key: "$ref", value: .string(rename(String(target.dropFirst(8)))))
                    }
                    return Member(key: member.key, value: member.value.leading(rename))
                })
        case .string, .integer, .number, .boolean: return self
        }
    }

    /// The value of a key of an object; nil for none.
    package subscript(key: String) -> SchemaValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// The object without some of its keys.
    package func without(_ keys: String...) -> SchemaValue {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { !keys.contains($0.key) })
    }

    /// JSON text, indented by two spaces. No line end at the end.
    package var pretty: String {
        var text = ""
        write(to: &text, indent: "")
        return text
    }

    private func write(to text: inout String, indent: String) {
        let inner = indent + "  "
        switch self {
        case .string(let value): Self.quote(value, to: &text)
        case .integer(let value): text += "\(value)"
        case .number(let value): text += "\(value)"
        case .boolean(let value): text += "\(value)"
        case .array(let values):
            text += "["
            for (index, value) in values.enumerated() {
                text += index == 0 ? "\n\(inner)" : ",\n\(inner)"
                value.write(to: &text, indent: inner)
            }
            text += values.isEmpty ? "]" : "\n\(indent)]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                text += index == 0 ? "\n\(inner)" : ",\n\(inner)"
                Self.quote(member.key, to: &text)
                text += ": "
                member.value.write(to: &text, indent: inner)
            }
            text += members.isEmpty ? "}" : "\n\(indent)}"
        }
    }

    /// A JSON string (RFC 8259, section 7).
    private static func quote(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            default:
                if scalar.value < 0x20 {
                    let digits = String(scalar.value, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        text += "\""
    }
}

extension SchemaValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
    package init(arrayLiteral elements: SchemaValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, SchemaValue)...) {
        self = .object(elements.map { Member(key: $0.0, value: $0.1) })
    }
}
