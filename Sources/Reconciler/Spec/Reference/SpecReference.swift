/// The reference page of a kind of document, in Markdown, made of the schema that the reader of specs has: it cannot say anything but
/// what is read.
package struct SpecReference {
    /// One mapping of the document, with a table of its keys.
    private struct Section {
        /// Where it is: `spec.roles.NAME.health`.
        var path: String
        var schema: SchemaValue
    }

    private var sections: [Section] = []

    /// The page of one kind; nil when there is no such kind.
    package static func page(ofKind kind: String) -> String? {
        guard let schema = SpecSchema.value(ofKind: kind), let example = SpecExamples.all[kind] else { return nil }
        var reference = SpecReference()
        for key in ["metadata", "spec"] {
            if let inner = schema["properties"]?[key] { reference.visit(inner, key) }
        }
        var text = """
            # \(kind)

            Made by `smreconcile schema --kind \(kind) -o markdown`; a test holds this page to it. [The list of kinds](README.md) says what
            durations, names and expressions are.

            ```yaml in=\(kind)
            \(example)
            ```


            """
        text += table(of: schema, at: "")
        for section in reference.sections {
            text += "\n## \(section.path)\n\n" + table(of: section.schema, at: section.path)
        }
        return text
    }

    // MARK: - Sections

    /// Adds the mappings with fixed keys that a value has or holds, each before those within it.
    private mutating func visit(_ schema: SchemaValue, _ path: String) {
        for (inner, place) in Self.mappings(in: schema, path) {
            sections.append(Section(path: place, schema: inner))
            guard case .object(let members) = inner["properties"] else { continue }
            for member in members { visit(member.value, "\(place).\(member.key)") }
        }
    }

    /// The mappings with fixed keys that a value is, or is a list, a mapping by name or a choice of.
    private static func mappings(in schema: SchemaValue, _ path: String) -> [(SchemaValue, String)] {
        let schema = resolved(schema)
        if schema["properties"] != nil { return [(schema, path)] }
        if let items = schema["items"] { return mappings(in: items, path + "[]") }
        if let values = schema["additionalProperties"], case .object = values {
            return mappings(in: values, path + ".NAME")
        }
        if case .array(let choices) = schema["oneOf"] { return choices.flatMap { mappings(in: $0, path) } }
        return []
    }

    /// What a reference leads to; durations, which are everywhere, stay what they are.
    private static func resolved(_ schema: SchemaValue) -> SchemaValue {
        guard case .string("#/$defs/role") = schema["$ref"] else { return schema }
        return SpecSchema.shared.first { $0.key == "role" }?.value ?? schema
    }

    // MARK: - Tables

    private static func table(of schema: SchemaValue, at path: String) -> String {
        guard case .object(let members) = schema["properties"] else { return "" }
        var required: Set<String> = []
        if case .array(let names) = schema["required"] {
            for case .string(let name) in names { required.insert(name) }
        }
        var text = ""
        if !path.isEmpty, !path.hasSuffix("NAME"), path.hasSuffix("[]"), case .string(let note) = schema["description"]
        {
            text += "\(note)\n\n"
        }
        text += "| key | type | default | example | meaning |\n|---|---|---|---|---|\n"
        for member in members {
            let place = path.isEmpty ? member.key : "\(path).\(member.key)"
            let type = words(member.value, place)
            let standard =
                member.value["default"].map { code($0.flow) } ?? (required.contains(member.key) ? "required" : "")
            var example = ""
            if case .array(let all) = member.value["examples"], let first = all.first { example = code(first.flow) }
            var meaning = ""
            if case .string(let help) = member.value["description"] { meaning = help }
            let cells = ["`\(member.key)`", type, standard, example, meaning]
            text += "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
        }
        return text
    }

    private static func code(_ text: String) -> String { "`\(text)`" }

    /// What kind of value it is, with its range.
    private static func words(_ schema: SchemaValue, _ path: String) -> String {
        if let link = link(schema, path) { return link }
        if case .string(let title) = schema["title"] { return title }
        if let constant = schema["const"] { return code(constant.flow) }
        if case .array(let values) = schema["enum"] {
            return "one of " + values.map { code($0.flow) }.joined(separator: ", ")
        }
        if case .array(let choices) = schema["oneOf"] {
            return choices.map { words($0, path) }.joined(separator: " or ")
        }
        if let items = schema["items"] { return "list: " + words(items, path + "[]") }
        if let values = schema["additionalProperties"], case .object = values {
            var name = "text"
            if case .string(let title) = schema["propertyNames"]?["title"] { name = title }
            return "mapping, \(name) to " + words(values, path + ".NAME")
        }
        switch schema["type"] {
        case .string("string"): return "text"
        case .string("boolean"): return "`true` or `false`"
        case .string("integer"): return "whole number" + range(schema)
        case .string("number"): return "number" + range(schema)
        case .array: return "text, number or boolean"
        default: return "mapping"
        }
    }

    /// A link to the section of a mapping with fixed keys.
    private static func link(_ schema: SchemaValue, _ path: String) -> String? {
        let schema = resolved(schema)
        guard schema["properties"] != nil else { return nil }
        let anchor = path.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "-" }
        return "[mapping](#\(anchor))"
    }

    private static func range(_ schema: SchemaValue) -> String {
        if let above = schema["exclusiveMinimum"] { return " above \(above.flow)" }
        switch (schema["minimum"], schema["maximum"]) {
        case (let low?, let high?): return ", \(low.flow) to \(high.flow)"
        case (let low?, nil): return " from \(low.flow) on"
        default: return ""
        }
    }
}
