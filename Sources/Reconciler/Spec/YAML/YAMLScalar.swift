/// What plain scalars mean, by the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema).
enum YAMLScalar {
    /// True or false; nil for anything else, `yes` and `on` among it.
    static func boolean(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }

    /// A decimal, `0x` or `0o` whole number; nil for anything else and outside of 64 bits.
    static func integer(_ text: String) -> Int? {
        if let value = Int(text) { return value }
        if text.hasPrefix("0x") { return Int(text.utf8.dropFirst(2), radix: 16) }
        if text.hasPrefix("0o") { return Int(text.utf8.dropFirst(2), radix: 8) }
        return nil
    }

    /// A finite number; nil for anything else, `.inf` and `.nan` among it.
    static func number(_ text: String) -> Double? {
        if let value = integer(text) { return Double(value) }
        // `Double.init` also reads `inf`, `nan` and hexadecimal floats, which no spec means.
        for byte in text.utf8 where !isDecimal(byte) { return nil }
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// Whether it is written as a number, however large: `1e999` is one that nothing holds.
    static func isNumber(_ text: String) -> Bool {
        if number(text) != nil { return true }
        for (prefix, radix) in [("0x", 16), ("0o", 8)] where text.hasPrefix(prefix) && text.utf8.count > 2 {
            return text.dropFirst(2).allSatisfy { $0.isASCII && $0.hexDigitValue.map { $0 < radix } == true }
        }
        return text.utf8.allSatisfy(isDecimal) && Double(text) != nil
    }

    private static func isDecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "e"), UInt8(ascii: "E"): true
        default: false
        }
    }
}

extension Int {
    /// Digits without a sign; nil for anything else.
    fileprivate init?(_ digits: Substring.UTF8View, radix: Int) {
        guard let first = digits.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "+") else { return nil }
        self.init(Substring(digits), radix: radix)
    }
}
