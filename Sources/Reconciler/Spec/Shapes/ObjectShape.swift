/// The keys of a mapping with fixed keys: the table that reads it and describes it.
struct Fields<Owner>: Sendable {
    /// One key.
    struct Field: Sendable {
        /// As it is written.
        var name: String
        /// What people write instead, for "did you mean".
        var synonyms: [String]
        /// Whether a mapping without it is an error.
        var isRequired: Bool
        /// The JSON Schema of its value.
        var schema: SchemaValue
        /// Reads its value into the owner.
        var read: @Sendable (YAMLNode, SpecContext, inout Owner) -> Void
    }

    /// In the order in which they were added.
    private(set) var all: [Field] = []

    /// Adds a key.
    ///
    /// - Parameters:
    ///   - help: its description in the schema.
    ///   - value: what a mapping without it has, as it would be written; nil where no value says the same, and `help` tells.
    ///   - example: a value that somebody could want.
    mutating func add<Value>(
        _ name: String, _ shape: Shape<Value>, _ help: String, default value: SchemaValue? = nil,
        example: SchemaValue? = nil, required: Bool = false, synonyms: [String] = [],
        set: @escaping @Sendable (inout Owner, Value) -> Void
    ) {
        // The presence of required keys is kept in the bits of a word.
        precondition(all.count < 64, "more than 64 keys in one mapping")
        var notes: [SchemaValue.Member] = [.init(key: "description", value: .string(help))]
        if let value { notes.append(.init(key: "default", value: value)) }
        if let example { notes.append(.init(key: "examples", value: .array([example]))) }
        all.append(
            Field(
                name: name, synonyms: synonyms, isRequired: required,
                schema: SchemaValue.object(notes).with(shape.schema)
            ) { node, context, owner in
                if let value = shape.read(node, context) { set(&owner, value) }
            })
    }

    fileprivate func index(of name: String) -> Int? {
        for index in all.indices where all[index].name == name { return index }
        return nil
    }

    fileprivate var requiredBits: UInt64 {
        all.enumerated().reduce(0) { $1.element.isRequired ? $0 | 1 << UInt64($1.offset) : $0 }
    }

    /// The JSON Schema of a mapping with these keys and no others.
    fileprivate var schema: SchemaValue {
        var members: [SchemaValue.Member] = [
            .init(key: "type", value: "object"),
            .init(key: "properties", value: .object(all.map { .init(key: $0.name, value: $0.schema) })),
        ]
        let required = all.filter(\.isRequired).map { SchemaValue.string($0.name) }
        if !required.isEmpty { members.append(.init(key: "required", value: .array(required))) }
        members.append(.init(key: "additionalProperties", value: false))
        return .object(members)
    }

    /// What a person meant by an unknown key; the right keys when there are few and none is near.
    fileprivate func suggestion(for key: String) -> String? {
        let lowered = key.lowercased()
        for field in all where field.synonyms.contains(where: { $0.lowercased() == lowered }) {
            return "did you mean '\(field.name)'?"
        }
        let words = all.flatMap { [$0.name] + $0.synonyms }
        if let near = Suggestion.nearest(to: key, among: words) {
            let field = all.first { $0.name == near || $0.synonyms.contains(near) }
            return "did you mean '\(field?.name ?? near)'?"
        }
        guard all.count <= 12 else { return nil }
        return "it takes " + all.map { "'\($0.name)'" }.joined(separator: ", ")
    }
}

extension Shape {
    /// A mapping with the keys that `build` adds. An unknown key is an error, as is a required one that is missing.
    ///
    /// - Parameters:
    ///   - title: what it is, in messages; empty when they need not name it.
    ///   - nameKey: the key with its name, for messages.
    ///   - make: the value when no key is given.
    ///   - extra: more of the JSON Schema than the keys tell.
    ///   - build: adds the keys.
    ///   - check: looks for contradictions when all keys are read; it reports them by ``SpecContext/conflict``.
    static func object(
        _ title: String, nameKey: String? = nil, make: @escaping @Sendable () -> Value, schema extra: SchemaValue = [:],
        _ build: (inout Fields<Value>) -> Void,
        check: @escaping @Sendable (inout Value, YAMLNode, SpecContext) -> Void = { _, _, _ in }
    ) -> Shape {
        var building = Fields<Value>()
        build(&building)
        let fields = building
        let required = fields.requiredBits
        return Shape(fields.schema.with(extra)) { node, context in
            guard case .mapping(let members) = node.value else {
                context.expected("a mapping", node, node.isNull ? "leave the key out" : nil)
                return nil
            }
            context.enter(title, nameKey: nameKey, node)
            defer { context.leave() }
            var value = make()
            var present: UInt64 = 0
            var index = 0
            while index < members.count {
                let key = members[index]
                let name = key.text ?? ""
                if let field = fields.index(of: name) {
                    present |= 1 << UInt64(field)
                    context.key = fields.all[field].name
                    fields.all[field].read(members[index + 1], context, &value)
                } else {
                    context.error(
                        "unknown key '\(name.shortened)' in \(context.place)", at: key,
                        fields.suggestion(for: name))
                }
                index += 2
            }
            if present & required != required {
                for (index, field) in fields.all.enumerated()
                where field.isRequired && present & 1 << UInt64(index) == 0 {
                    context.error("missing key '\(field.name)' in \(context.place)", at: node)
                }
            }
            check(&value, node, context)
            return value
        }
    }
}
