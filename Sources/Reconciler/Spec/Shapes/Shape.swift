/// How one kind of value is written in a spec: how it is read, and its JSON Schema. Both come from the same place, so
/// that the schema cannot say anything but what the reader does.
struct Shape<Value>: Sendable {
    /// JSON Schema, draft 2020-12.
    var schema: SchemaValue
    /// The value; nil when it is wrong, which the context was told.
    var read: @Sendable (YAMLNode, SpecContext) -> Value?

    /// A shape of its two parts.
    init(_ schema: SchemaValue, read: @escaping @Sendable (YAMLNode, SpecContext) -> Value?) {
        self.schema = schema
        self.read = read
    }

    /// The same shape with a further check or conversion; `transform` reports what is wrong and returns nil.
    func map<Result>(
        schema more: SchemaValue = [:], _ transform: @escaping @Sendable (Value, YAMLNode, SpecContext) -> Result?
    ) -> Shape<Result> {
        let read = read
        return Shape<Result>(schema.with(more)) { node, context in
            read(node, context).flatMap { transform($0, node, context) }
        }
    }

    /// The same shape, its schema to be found under a name among the definitions.
    func named(_ name: String) -> Shape<Value> { Shape(.reference(name), read: read) }

    /// A list with at least `atLeast` elements.
    func list(atLeast: Int = 0) -> Shape<[Value]> {
        let element = self
        var schema: SchemaValue = ["type": "array", "items": element.schema]
        if atLeast > 0 { schema = schema.with(["minItems": .integer(atLeast)]) }
        return Shape<[Value]>(schema) { node, context in
            guard case .sequence(let elements) = node.value else {
                context.expected("a list", node, node.text.map { "write [\($0.shortened)]" })
                return nil
            }
            if elements.count < atLeast { context.expected("a list that is not empty", node, found: "an empty list") }
            var values: [Value] = []
            values.reserveCapacity(elements.count)
            let key = context.key
            for element in elements {
                context.key = key
                if let value = self.read(element, context) { values.append(value) }
            }
            return values
        }
    }

    /// A mapping from names to this, in the order of the file. `isName` returns what is wrong with a name.
    func byName(
        _ title: String, names: SchemaValue = ["type": "string"],
        checking problem: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> Shape<[(name: String, value: Value)]> {
        let element = self
        return Shape<[(name: String, value: Value)]>(
            ["type": "object", "propertyNames": names, "additionalProperties": element.schema]
        ) { node, context in
            guard case .mapping(let members) = node.value else {
                context.expected("a mapping from \(title) names", node)
                return nil
            }
            var values: [(name: String, value: Value)] = []
            values.reserveCapacity(members.count / 2)
            for index in stride(from: 0, to: members.count, by: 2) {
                guard let name = members[index].text else { continue }
                if let problem = problem(name) {
                    context.error("\(title) name '\(name.shortened)' \(problem)", at: members[index])
                }
                context.key = name
                context.memberName = name
                if let value = element.read(members[index + 1], context) { values.append((name, value)) }
                context.memberName = nil
            }
            return values
        }
    }

    /// A mapping from names to this, as a dictionary.
    func dictionary(
        _ title: String, names: SchemaValue = ["type": "string"],
        checking problem: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> Shape<[String: Value]> {
        byName(title, names: names, checking: problem).map { members, _, _ in
            Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        }
    }
}
