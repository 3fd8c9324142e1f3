/// The JSON Schema of the State document, made of the tables that its reader goes by.
package enum StateSchema {
    /// Draft 2020-12, as JSON text with a stable order of keys and a line end.
    package static func json() -> String { value.pretty + "\n" }

    /// The schema as a value.
    package static var value: SchemaValue {
        let head: SchemaValue = [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "smreconcile State",
        ]
        let others = records.filter { $0 != StateDocument.CodingKeys.self }
        return head.with(schema(of: StateDocument.CodingKeys.self)).with([
            "$defs": .object(others.map { .init(key: $0.title, value: schema(of: $0)) })
        ])
    }

    /// Every record, the document itself first.
    static let records: [any StateKey.Type] = [
        StateDocument.CodingKeys.self, StateDocument.NodeRecord.CodingKeys.self,
        StateDocument.ScalingRecord.CodingKeys.self, StateDocument.PauseRecord.CodingKeys.self,
        StateDocument.UnknownScope.CodingKeys.self, StateKeys.Endpoint.self, StateKeys.Stream.self,
        StateKeys.Recommendation.self, StateKeys.Change.self, StateKeys.Bounds.self, StateKeys.Approval.self,
        StateKeys.Override.self,
        StateKeys.Average.self, StateDocument.PoolRecord.CodingKeys.self,
        StateDocument.RevisionRecord.CodingKeys.self, StateKeys.DrainRequest.self, StateKeys.Probe.self,
        StateKeys.RolloutKey.self, StateKeys.HaltKey.self, StateKeys.SetbackKey.self,
    ]

    private static func schema(of record: any StateKey.Type) -> SchemaValue {
        let table = record.table
        let properties = table.map { key, field in
            let value = field.isRequired ? schema(of: field.shape) : orNull(schema(of: field.shape))
            let help: SchemaValue = ["description": .string(field.help)]
            return SchemaValue.Member(key: key, value: help.with(value))
        }
        return [
            "description": .string(record.help),
            "type": "object",
            "properties": .object(properties),
            "required": .array(table.filter(\.field.isRequired).map { .string($0.key) }),
            "additionalProperties": false,
        ]
    }

    private static func schema(of shape: StateShape) -> SchemaValue {
        switch shape {
        case .constant(let text): ["const": .string(text)]
        case .text: ["type": "string"]
        case .flag: ["type": "boolean"]
        case .number: ["type": "number"]
        case .integer(let range):
            ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
        case .time: ["type": "string", "format": "date-time"]
        case .word(_, let words): ["type": "string", "enum": .array(words.map { .string($0) })]
        case .list(let element): ["type": "array", "items": schema(of: element)]
        case .texts: ["type": "object", "additionalProperties": ["type": "string"]]
        case .optional(let shape): orNull(schema(of: shape))
        case .numbers: ["type": "object", "additionalProperties": ["type": "number"]]
        case .record(let keys): .reference(keys.title)
        }
    }

    /// A field that may be left out may be `null` as well.
    private static func orNull(_ schema: SchemaValue) -> SchemaValue {
        guard case .object(var members) = schema, let type = members.firstIndex(where: { $0.key == "type" }) else {
            return ["anyOf": [schema, ["type": "null"]]]
        }
        members[type].value = [members[type].value, "null"]
        return .object(members)
    }
}
