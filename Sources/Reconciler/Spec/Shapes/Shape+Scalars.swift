extension Shape where Value == String {
    /// A text. A number or a boolean must be put in quotes, since `1.10` would be another number than it looks.
    static let text = Shape(["type": "string"]) { node, context in
        guard case .scalar(let text, _) = node.value, !node.isNull else {
            context.expected("a text", node)
            return nil
        }
        if node.isNumberOrBoolean {
            context.expected("a text", node, "write '\(text)' in quotes")
            return nil
        }
        if text.isEmpty {
            context.expected("a text that is not empty", node)
            return nil
        }
        return text
    }

    /// Any scalar, as a text: for settings that are only passed on.
    static let anyScalar = Shape(["type": ["string", "number", "boolean"]]) { node, context in
        guard let text = node.text, !node.isNull else {
            context.expected("a text, a number or a boolean", node)
            return nil
        }
        return text
    }
}

extension Shape where Value == Bool {
    /// `true` or `false`, and not `yes` or `on`.
    static let boolean = Shape(["type": "boolean"]) { node, context in
        if case .scalar(let text, .plain) = node.value {
            if let value = YAMLScalar.boolean(text) { return value }
            switch text.lowercased() {
            case "yes", "on", "y": context.expected("true or false", node, "write true")
            case "no", "off", "n": context.expected("true or false", node, "write false")
            default: context.expected("true or false", node)
            }
        } else {
            context.expected("true or false", node)
        }
        return nil
    }
}

extension Shape where Value == Int {
    /// A whole number within a range.
    static func integer(_ range: ClosedRange<Int>) -> Shape {
        Shape(["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]) {
            node, context in
            guard case .scalar(let text, .plain) = node.value, let value = YAMLScalar.integer(text),
                range.contains(value)
            else {
                context.expected("a whole number from \(range.lowerBound) to \(range.upperBound)", node)
                return nil
            }
            return value
        }
    }
}

extension Shape where Value == UInt64 {
    /// A whole number of 64 bits.
    static let word = Shape(["type": "integer", "minimum": 0]) { node, context in
        guard case .scalar(let text, .plain) = node.value, let value = UInt64(text) else {
            context.expected("a whole number, 0 or more", node)
            return nil
        }
        return value
    }
}

extension Shape where Value == Double {
    /// A number within a range of whole ends.
    static func number(_ range: ClosedRange<Double>) -> Shape {
        Shape(["type": "number", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)]) {
            node, context in
            guard case .scalar(let text, .plain) = node.value, let value = YAMLScalar.number(text),
                range.contains(value)
            else {
                context.expected("a number from \(Int(range.lowerBound)) to \(Int(range.upperBound))", node)
                return nil
            }
            return value
        }
    }

    /// A number above zero.
    static let positive = Shape(["type": "number", "exclusiveMinimum": 0]) { node, context in
        guard case .scalar(let text, .plain) = node.value, let value = YAMLScalar.number(text), value > 0 else {
            context.expected("a number above 0", node)
            return nil
        }
        return value
    }

    /// A probability: `0.05` or `5%`.
    static let probability = Shape(
        [
            "title": "probability, 0 to 1 or 0% to 100%",
            "oneOf": [["type": "number", "minimum": 0, "maximum": 1], ["type": "string", "pattern": #"^[0-9.]+%$"#]],
        ]
    ) { node, context in
        if let text = node.text {
            if text.hasSuffix("%"), let value = YAMLScalar.number(String(text.dropLast())), (0...100).contains(value) {
                return value / 100
            }
            if case .scalar(_, .plain) = node.value, let value = YAMLScalar.number(text), (0...1).contains(value) {
                return value
            }
        }
        context.expected("a probability such as 5% or 0.05", node)
        return nil
    }
}

extension Shape
where Value: CaseIterable & RawRepresentable & Sendable, Value.RawValue == String, Value: SendableMetatype {
    /// One of the words of an enumeration.
    static func oneOf(_ title: String) -> Shape {
        let words = Value.allCases.map(\.rawValue)
        return Shape(["enum": .array(words.map { .string($0) })]) { node, context in
            guard let text = node.text, !node.isNull else {
                context.expected(words.joined(separator: ", "), node)
                return nil
            }
            if let value = Value(rawValue: text) { return value }
            let near = Suggestion.nearest(to: text, among: words).map { "did you mean '\($0)'?" }
            let listed = "expected one of \(words.joined(separator: ", "))"
            context.error("unknown \(title) '\(text.shortened)'", at: node, near ?? listed)
            return nil
        }
    }
}
