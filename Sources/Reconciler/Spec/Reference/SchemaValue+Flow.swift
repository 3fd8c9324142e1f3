extension SchemaValue {
    /// The value on one line, as a person would write it in YAML: `[{protocol: rtmp, port: 1935}]`.
    package var flow: String {
        switch self {
        case .string(let text): Self.isPlain(text) ? text : Self.string(text).pretty
        case .integer(let value): "\(value)"
        case .number(let value): value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
        case .boolean(let value): "\(value)"
        case .array(let values): "[" + values.map(\.flow).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { Self.string($0.key).flow + ": " + $0.value.flow }.joined(separator: ", ") + "}"
        }
    }

    /// Whether a text may stand without quotes, also within brackets (YAML 1.2.2, section 7.3.3), and is not taken for something else.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.allSatisfy({ MetricName.isWord($0) || "./%-".utf8.contains($0) })
        else { return false }
        return (MetricName.isWord(first) || "./".utf8.contains(first)) && !YAMLScalar.isNumber(text)
            && YAMLScalar.boolean(text) == nil && text != "null"
    }
}
