/// A JSON value whose objects keep their order: what a JSON Schema is written in.
enum SchemaValue: Sendable, Equatable {
    /// One key and its value.
    struct Member: Sendable, Equatable {
        /// The key, not yet quoted.
        var key: String
        /// What the key has.
        var value: SchemaValue
    }

    case string(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    case array([SchemaValue])
    case object([Member])

    /// The object with another's members behind its own; itself when either is no object.
    func with(_ other: SchemaValue) -> SchemaValue {
        guard case .object(let own) = self, case .object(let more) = other else { return self }
        return .object(own + more)
    }

    /// A reference to one of the schema's named definitions.
    static func reference(_ name: String) -> SchemaValue { ["$ref": .string("#/$defs/\(name)")] }

    /// JSON text, indented by two spaces. No line end at the end.
    var pretty: String {
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
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int) { self = .integer(value) }
    init(floatLiteral value: Double) { self = .number(value) }
    init(booleanLiteral value: Bool) { self = .boolean(value) }
    init(arrayLiteral elements: SchemaValue...) { self = .array(elements) }
    init(dictionaryLiteral elements: (String, SchemaValue)...) {
        self = .object(elements.map { Member(key: $0.0, value: $0.1) })
    }
}
