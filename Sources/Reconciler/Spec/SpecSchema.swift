/// The JSON Schema of the spec language, made of the tables that the reader itself uses.
package enum SpecSchema {
    /// The schema of one document (draft 2020-12), as JSON text with a stable order of keys and a line end.
    package static func json() -> String { value.pretty + "\n" }

    /// The kinds of documents, as they are written.
    package static let kinds = SpecDocument.Kind.allCases.map(\.rawValue)

    /// The schema of documents of one kind alone; nil when there is no such kind.
    package static func json(ofKind name: String) -> String? {
        guard let kind = SpecDocument.Kind(rawValue: name) else { return nil }
        let head: SchemaValue = [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": .string("smreconcile \(kind.rawValue)"),
        ]
        return head.with(document(kind)).with(["$defs": .object(shared)]).pretty + "\n"
    }

    /// The schema of a node group's document, and the named definitions that it refers to.
    package static var nodeGroup: (schema: SchemaValue, definitions: [SchemaValue.Member]) {
        (document(.nodeGroup), shared)
    }

    /// The schema of documents of one kind as a value, in which references lead to ``shared``; nil when there is no such kind.
    static func value(ofKind name: String) -> SchemaValue? { SpecDocument.Kind(rawValue: name).map(document) }

    /// What several places refer to.
    static let shared: [SchemaValue.Member] = [
        .init(key: "role", value: Shape<RoleSpec>.role.schema),
        .init(key: "duration", value: DurationText.schema),
    ]

    /// The schema as a value.
    static var value: SchemaValue {
        [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "smreconcile spec",
            "description": "One document of a spec file.",
            "type": "object",
            "required": ["apiVersion", "kind"],
            "properties": ["kind": Shape<SpecDocument.Kind>.oneOf("kind").schema],
            "allOf": .array(SpecDocument.Kind.allCases.map(condition)),
            "$defs": .object(
                SpecDocument.Kind.allCases.map { .init(key: $0.rawValue, value: document($0)) } + shared),
        ]
    }

    private static func condition(_ kind: SpecDocument.Kind) -> SchemaValue {
        [
            "if": ["properties": ["kind": ["const": .string(kind.rawValue)]], "required": ["kind"]],
            "then": .reference(kind.rawValue),
        ]
    }

    /// The envelope with the kind's own `spec`.
    private static func document(_ kind: SpecDocument.Kind) -> SchemaValue {
        let spec: SchemaValue =
            switch kind {
            case .nodeGroup: Shape<NodeGroupSpec>.nodeGroup.schema
            case .provider: Shape<ProviderSpec>.provider.schema
            case .manager: Shape<ManagerSpec>.manager.schema
            }
        guard case .object(var members) = Shape<Envelope>.envelope.schema,
            let index = members.firstIndex(where: { $0.key == "properties" }),
            case .object(var properties) = members[index].value
        else { return Shape<Envelope>.envelope.schema }
        for position in properties.indices {
            switch properties[position].key {
            case "kind": properties[position].value = ["const": .string(kind.rawValue)]
            case "spec": properties[position].value = spec
            case "metadata" where kind != .manager:
                properties[position].value = properties[position].value.with(["required": ["name"]])
            default: break
            }
        }
        members[index].value = .object(properties)
        if kind != .manager, let required = members.firstIndex(where: { $0.key == "required" }) {
            members[required].value = ["apiVersion", "kind", "metadata", "spec"]
        }
        return .object(members)
    }
}
