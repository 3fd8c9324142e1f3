internal import Foundation

/// Small values that are written seldom, as JSON in a column: so that the database can be read with SQLite's own tools.
enum JSONColumn {
    /// A value of which everything is as it is by default.
    static let empty = "{}"

    /// Sorted, so that equal values give equal bytes.
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("a value of the store does not encode: \(type(of: value))")
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// Nil when the text is not what ``text(_:)`` wrote.
    static func value<Value: Decodable>(_ text: String) -> Value? {
        try? JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
}
