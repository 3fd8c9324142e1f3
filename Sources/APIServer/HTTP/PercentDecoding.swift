/// Percent-decoding of URLs (RFC 3986 section 2.1) and of forms.
enum PercentDecoding {
    /// The bytes that `encoded` stands for; nil when a '%' is not followed by two hexadecimal digits.
    static func bytes(_ encoded: ArraySlice<UInt8>, plusIsSpace: Bool = false) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(encoded.count)
        var index = encoded.startIndex
        while index < encoded.endIndex {
            let byte = encoded[index]
            index += 1
            if byte == UInt8(ascii: "%") {
                guard index + 1 < encoded.endIndex, let high = hexValue(encoded[index]),
                    let low = hexValue(encoded[index + 1])
                else { return nil }
                out.append(high << 4 | low)
                index += 2
            } else {
                out.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return out
    }

    /// The text that `encoded` stands for; nil when it is badly encoded or no UTF-8.
    static func text(_ encoded: ArraySlice<UInt8>, plusIsSpace: Bool = false) -> String? {
        var (isPlain, seen) = (true, UInt8(0))
        for byte in encoded {
            seen |= byte
            if byte == UInt8(ascii: "%") || (plusIsSpace && byte == UInt8(ascii: "+")) { isPlain = false }
        }
        // ASCII needs no look for what is valid.
        if isPlain, seen < 0x80 { return String(decoding: encoded, as: UTF8.self) }
        if isPlain { return String(validating: encoded, as: UTF8.self) }
        return bytes(encoded, plusIsSpace: plusIsSpace).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// The text of a part of a path; throws when it is badly encoded or no UTF-8.
    static func part(_ encoded: ArraySlice<UInt8>, _ name: String) throws(Problem) -> String {
        guard let text = text(encoded) else {
            throw .badRequest("the \(name) in the path is no percent-encoded UTF-8")
        }
        return text
    }

    private static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
