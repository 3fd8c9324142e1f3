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
                throw .badRequest("unknown parameter '\(name.prefix(40))'\(more)")
            }
            guard seen.insert(name).inserted else { throw .badRequest("the parameter '\(name)' is there twice") }
        }
    }

    /// Throws when a field is there twice: of two values, one reader takes the first and the next one the last. Unknown fields are borne.
    package func refuseRepeated() throws(Problem) {
        guard bytes.contains(UInt8(ascii: "&")) else { return }
        var seen: Set<ArraySlice<UInt8>> = []
        for field in bytes.split(separator: UInt8(ascii: "&")) {
            let name = field.prefix { $0 != UInt8(ascii: "=") }
            guard seen.insert(name).inserted else {
                let text = String(decoding: name.prefix(40), as: UTF8.self)
                throw .badRequest("the parameter '\(text)' is there twice")
            }
        }
    }

    /// The same as ``text(_:)`` for a field that must be there and not be empty.
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
        // Double reads hexadecimal numbers, too.
        guard text.utf8.allSatisfy(Self.isDecimal), let value = Double(text), value.isFinite, range.contains(value)
        else {
            throw .badRequest(
                "the parameter '\(name)' is '\(text.prefix(40))', not a number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    private static func isDecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    /// A whole number within `range`.
    package func integer(_ name: String, in range: ClosedRange<Int64>) throws(Problem) -> Int64? {
        guard let text = try text(name) else { return nil }
        guard let value = Int64(text), range.contains(value) else {
            throw .badRequest(
                "the parameter '\(name)' is '\(text.prefix(40))', not a whole number from \(range.lowerBound) to \(range.upperBound)"
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
