internal import Reconciler

/// One field of an object in the API's schemas.
struct SchemaField {
    /// As it is written in JSON.
    var name: String
    /// JSON Schema of its value.
    var schema: SchemaValue
    /// Whether each object has it.
    var isRequired = true

    /// A text.
    static func text(_ name: String, _ help: String = "") -> SchemaField { typed(name, "string", help) }
    /// A text of at least one sign.
    static func word(_ name: String, _ help: String = "") -> SchemaField {
        var field = text(name, help)
        field.schema = field.schema.with(["minLength": 1])
        return field
    }
    /// A whole number.
    static func integer(_ name: String, _ help: String = "") -> SchemaField { typed(name, "integer", help) }
    /// A number.
    static func number(_ name: String, _ help: String = "") -> SchemaField { typed(name, "number", help) }
    /// `true` or `false`.
    static func flag(_ name: String, _ help: String = "") -> SchemaField { typed(name, "boolean", help) }

    /// A moment (RFC 3339).
    static func time(_ name: String, _ help: String = "") -> SchemaField {
        var field = typed(name, "string", help)
        field.schema = field.schema.with(["format": "date-time"])
        return field
    }

    /// How long, as specs write it, and longer than nothing: `2h`.
    static func duration(_ name: String, _ help: String = "") -> SchemaField {
        // A spec may have the number 0 too.
        let some: SchemaValue = ["type": "string", "not": ["pattern": #"^(0+(\.0+)?(ms|s|m|h|d))+$"#]]
        return any(name, ["allOf": [APISchemas.reference("NodeGroupDocument.duration"), some]], help)
    }

    /// The same in milliseconds.
    static func milliseconds(_ name: String, _ help: String = "") -> SchemaField {
        var field = typed(name, "integer", help)
        field.schema = field.schema.with(["minimum": 1, "maximum": .integer(JSONReader.longestDuration)])
        return field
    }

    /// One of some words.
    static func word(_ name: String, _ words: [String], _ help: String = "") -> SchemaField {
        var field = typed(name, "string", help)
        field.schema = field.schema.with(["enum": .array(words.map { .string($0) })])
        return field
    }

    /// A list.
    static func list(_ name: String, of schema: SchemaValue, _ help: String = "") -> SchemaField {
        SchemaField(name: name, schema: described(["type": "array", "items": schema], help))
    }

    /// A list of texts.
    static func texts(_ name: String, _ help: String = "") -> SchemaField { list(name, of: ["type": "string"], help) }

    /// Anything else.
    static func any(_ name: String, _ schema: SchemaValue, _ help: String = "") -> SchemaField {
        SchemaField(name: name, schema: described(schema, help))
    }

    /// The same where the value may be `null`.
    var orNull: SchemaField {
        var field = self
        if let type = schema["type"], schema["enum"] == nil {
            field.schema = SchemaValue.object([.init(key: "type", value: [type, "null"])]).with(schema.without("type"))
        } else {
            field.schema = ["anyOf": [schema, ["type": "null"]]]
        }
        return field
    }

    /// The same where the field may be missing.
    var optional: SchemaField {
        var field = self
        field.isRequired = false
        return field
    }

    private static func typed(_ name: String, _ type: SchemaValue, _ help: String) -> SchemaField {
        SchemaField(name: name, schema: described(["type": type], help))
    }

    private static func described(_ schema: SchemaValue, _ help: String) -> SchemaValue {
        help.isEmpty ? schema : schema.with(["description": .string(help)])
    }
}

extension APISchemas {
    /// `for` and `forMs`, both of them said.
    static let bothDurations: SchemaValue = [
        "required": ["for", "forMs"], "properties": ["for": ["type": "string"], "forMs": ["type": "integer"]],
    ]
}

extension SchemaValue {
    /// An object of these fields. Answers may have more, as the API grows; `isClosed` for bodies that may not.
    static func record(_ fields: [SchemaField], _ help: String = "", isClosed: Bool = false) -> SchemaValue {
        var members: [Member] = [.init(key: "type", value: "object")]
        if !help.isEmpty { members.append(.init(key: "description", value: .string(help))) }
        members.append(
            .init(key: "properties", value: .object(fields.map { .init(key: $0.name, value: $0.schema) })))
        let required = fields.filter(\.isRequired).map { SchemaValue.string($0.name) }
        if !required.isEmpty { members.append(.init(key: "required", value: .array(required))) }
        if isClosed { members.append(.init(key: "additionalProperties", value: false)) }
        return .object(members)
    }

    /// A list of these.
    static func list(of schema: SchemaValue) -> SchemaValue { ["type": "array", "items": schema] }

    /// Any text.
    static let text: SchemaValue = ["type": "string"]
}
