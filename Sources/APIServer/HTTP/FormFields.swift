internal import Reconciler

/// The fields of a query or of a form body (`application/x-www-form-urlencoded`), decoded when asked for.
package struct FormFields: Sendable {
    private let bytes: ArraySlice<UInt8>

    /// The fields in these bytes.
    package init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// True when there is no field at all.
    package var isEmpty: Bool { bytes.isEmpty }

    /// The first value of `name`; nil when the field is absent. Throws when it is badly encoded or no UTF-8.
    package func text(_ name: String) throws(Problem) -> String? {
        if bytes.isEmpty { return nil }
        for field in bytes.split(separator: UInt8(ascii: "&")) {
            let mark = field.firstIndex(of: UInt8(ascii: "="))
            guard field[..<(mark ?? field.endIndex)].elementsEqual(name.utf8) else { continue }
            guard let mark else { return "" }
            guard let text = PercentDecoding.text(field[(mark + 1)...], plusIsSpace: true) else {
                throw .badRequest("the parameter '\(name)' is no percent-encoded UTF-8")
            }
            return text
        }
        return nil
    }

    /// Throws when there is a field of another name, or one of these twice: one that is not understood could have narrowed what is done.
    package func allow(only names: [String]) throws(Problem) {
        var seen: Set<String> = []
        for field in bytes.split(separator: UInt8(ascii: "&")) {
            let name = String(decoding: field.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
            guard names.contains(name) else {
                let more =
                    Suggestion.nearest(to: name, among: names).map { "; did you mean '\($0)'?" }
                    ?? (names.isEmpty ? "; there are none here" : "; known are \(names.joined(separator: ", "))")
                throw .badRequest("unknown parameter '\(name)'\(more)")
            }
            guard seen.insert(name).inserted else { throw .badRequest("the parameter '\(name)' is there twice") }
        }
    }

    /// The same for a field that must be there and not be empty.
    package func required(_ name: String) throws(Problem) -> String {
        guard let text = try text(name), !text.isEmpty else {
            throw .badRequest("the parameter '\(name)' is missing")
        }
        return text
    }

    /// `true` or `false`; `absent` when the field is not there.
    package func flag(_ name: String, absent: Bool = false) throws(Problem) -> Bool {
        switch try text(name) {
        case nil: return absent
        case "true", "1": return true
        case "false", "0": return false
        case let other?: throw .badRequest("the parameter '\(name)' is '\(other.prefix(40))', not true or false")
        }
    }

    /// A finite number within `range`.
    package func number(_ name: String, in range: ClosedRange<Double>) throws(Problem) -> Double? {
        guard let text = try text(name) else { return nil }
        guard let value = Double(text), value.isFinite, range.contains(value) else {
            throw .badRequest(
                "the parameter '\(name)' is '\(text.prefix(40))', not a number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    /// A whole number within `range`.
    package func integer(_ name: String, in range: ClosedRange<Int64>) throws(Problem) -> Int64? {
        guard let text = try text(name) else { return nil }
        guard let value = Int64(text), range.contains(value) else {
            throw .badRequest(
                "the parameter '\(name)' is '\(text)', not a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    /// A list with commas; empty when the field is absent.
    package func list(_ name: String) throws(Problem) -> [String] {
        guard let text = try text(name) else { return [] }
        return text.split(separator: ",").map { String($0) }
    }
}
