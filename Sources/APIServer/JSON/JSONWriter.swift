package import Reconciler

/// Writes JSON as bytes, fields in the order of the calls. Many times faster than an encoder, and the same bytes each time.
package struct JSONWriter: Sendable {
    /// What was written so far.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Nothing yet.
    package init() {}

    /// Opens an object, as a value or at the start.
    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    /// Closes it.
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    /// Opens an array.
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    /// Closes it.
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    private mutating func open(_ sign: UInt8) {
        comma()
        bytes.append(sign)
        needsComma = false
    }

    private mutating func close(_ sign: UInt8) {
        bytes.append(sign)
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    /// The name of the next value.
    package mutating func key(_ name: String) {
        comma()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        RouteAnswerBytes.escape(text.utf8, into: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// A string; `null` for nil.
    package mutating func value(_ text: String?) {
        comma()
        if let text { quote(text) } else { bytes += "null".utf8 }
    }

    /// A whole number.
    package mutating func value(_ number: some BinaryInteger) {
        comma()
        bytes += "\(number)".utf8
    }

    /// A number, whole ones without a point; `null` for what JSON cannot spell.
    package mutating func value(_ number: Double) {
        comma()
        if let whole = Int64(exactly: number) {
            bytes += "\(whole)".utf8
        } else {
            bytes += (number.isFinite ? "\(number)" : "null").utf8
        }
    }

    /// true or false.
    package mutating func value(_ flag: Bool) {
        comma()
        bytes += (flag ? "true" : "false").utf8
    }

    /// A time, as RFC 3339; `null` for nil.
    package mutating func value(_ time: Timestamp?) {
        guard let time else { return value(String?.none) }
        comma()
        bytes.append(UInt8(ascii: "\""))
        RFC3339.append(time, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// A value of any kind that was written elsewhere.
    package mutating func raw(_ json: some Sequence<UInt8>) {
        comma()
        bytes.append(contentsOf: json)
    }

    /// A named string.
    package mutating func field(_ name: String, _ text: String?) {
        key(name)
        value(text)
    }

    /// A named whole number.
    package mutating func field(_ name: String, _ number: some BinaryInteger) {
        key(name)
        value(number)
    }

    /// A named flag.
    package mutating func field(_ name: String, _ flag: Bool) {
        key(name)
        value(flag)
    }

    /// A named time.
    package mutating func field(_ name: String, _ time: Timestamp?) {
        key(name)
        value(time)
    }

    /// A named list of strings.
    package mutating func field(_ name: String, _ texts: [String]) {
        field(name, each: texts) { json, text in json.value(text) }
    }

    /// A named list; `write` writes each element.
    package mutating func field<Element>(
        _ name: String, each elements: some Sequence<Element>, _ write: (inout JSONWriter, Element) -> Void
    ) {
        key(name)
        beginArray()
        for element in elements { write(&self, element) }
        endArray()
    }

    /// A whole document that is a list.
    package static func list<Element>(
        _ elements: some Sequence<Element>, _ write: (inout JSONWriter, Element) -> Void
    ) -> [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        for element in elements { write(&json, element) }
        json.endArray()
        return json.bytes
    }
}
