/// A flat JSON array of strings and numbers, the form of the small lists in a row: `["live","a","source",12]`.
///
/// Written and read by hand, since a general coder would take seconds for 100,000 streams. It is JSON so that the
/// database can be read with SQLite's own tools.
struct FlatListWriter {
    private var bytes: [UInt8] = [UInt8(ascii: "[")]

    /// The array so far, closed.
    var text: String {
        String(decoding: bytes + [UInt8(ascii: "]")], as: UTF8.self)
    }

    private mutating func separate() {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    }

    /// Adds a string; quotes, backslashes and control characters are escaped.
    mutating func append(_ string: String) {
        separate()
        let quote = UInt8(ascii: "\"")
        bytes.append(quote)
        for byte in string.utf8 {
            switch byte {
            case quote, UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: (byte < 16 ? "\\u000" : "\\u00").utf8)
                bytes.append(contentsOf: String(byte, radix: 16).utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(quote)
    }

    /// Adds a whole number.
    mutating func append(_ integer: some FixedWidthInteger) {
        separate()
        bytes.append(contentsOf: String(integer).utf8)
    }

    /// Adds a number: the shortest text that reads back as the same number; as a string what JSON has no number for.
    mutating func append(_ number: Double) {
        if number.isFinite {
            separate()
            bytes.append(contentsOf: number.description.utf8)
        } else {
            append(number.description)
        }
    }
}

/// Reads what ``FlatListWriter`` wrote, element by element; nil where the bytes are not that.
struct FlatListReader {
    private let bytes: [UInt8]
    private var position = 0

    /// Nil for bytes that are no array.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 2, bytes[0] == UInt8(ascii: "["), bytes[bytes.count - 1] == UInt8(ascii: "]") else {
            return nil
        }
        self.bytes = bytes
        position = 1
    }

    /// Whether all elements were read.
    var isAtEnd: Bool { position >= bytes.count - 1 }

    /// Steps over the comma before every element but the first.
    private mutating func separate() -> Bool {
        if position == 1 { return !isAtEnd }
        guard !isAtEnd, bytes[position] == UInt8(ascii: ",") else { return false }
        position += 1
        return true
    }

    /// The next element, a string.
    mutating func string() -> String? {
        guard separate(), bytes[position] == UInt8(ascii: "\"") else { return nil }
        position += 1
        let start = position
        while position < bytes.count - 1 {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: bytes[start..<position - 1], as: UTF8.self)
            case UInt8(ascii: "\\"):
                return escaped(from: start)
            default: position += 1
            }
        }
        return nil
    }

    /// The rest of a string that holds an escape.
    private mutating func escaped(from start: Int) -> String? {
        var plain = Array(bytes[start..<position])
        while position < bytes.count - 1 {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: plain, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\") else {
                plain.append(byte)
                continue
            }
            let sign = bytes[position]
            position += 1
            if sign == UInt8(ascii: "u") {
                // The writer escapes control characters alone, which are one byte in UTF-8.
                guard position + 4 < bytes.count,
                    let value = UInt8(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
                else { return nil }
                plain.append(value)
                position += 4
            } else {
                plain.append(sign)
            }
        }
        return nil
    }

    /// The next element, a whole number.
    mutating func integer() -> Int? {
        guard separate() else { return nil }
        let negative = bytes[position] == UInt8(ascii: "-")
        if negative { position += 1 }
        let start = position
        var value = 0
        // Downwards, since the smallest number has no positive twin.
        while position < bytes.count - 1, case let digit = bytes[position] &- UInt8(ascii: "0"), digit <= 9 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, below) = product.subtractingReportingOverflow(Int(digit))
            if overflow || below { return nil }
            value = sum
            position += 1
        }
        guard position > start, negative || value != .min else { return nil }
        return negative ? value : -value
    }

    /// The next element, a number, or a string that stands for one that JSON does not have.
    mutating func number() -> Double? {
        let first = position == 1 ? 1 : position + 1
        if first < bytes.count, bytes[first] == UInt8(ascii: "\"") { return string().flatMap(Double.init) }
        guard separate() else { return nil }
        let start = position
        while position < bytes.count - 1, bytes[position] != UInt8(ascii: ",") { position += 1 }
        return Double(Substring(decoding: bytes[start..<position], as: UTF8.self))
    }
}
