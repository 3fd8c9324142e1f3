/// Text for the page: escaped, and numbers as a person reads them.
///
/// The page is well-formed XML as well as HTML, so that a parser can check it: no named entities other than XML's own.
enum ReportText {
    /// Text for an element or a quoted attribute; what no page can hold, or what turns the direction of text around, becomes U+FFFD.
    static func escape(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n": result.unicodeScalars.append(" ")
            case _ where isUnfit(scalar): result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isUnfit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0xFFFE, 0xFFFF: true
        case 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// `48,210`; a minus sign, not a hyphen, before what is below zero.
    static func count(_ value: Int) -> String {
        (value < 0 ? "−" : "") + grouped(String(value.magnitude))
    }

    /// With one decimal where it has one: `812`, `812.4`.
    static func decimal(_ value: Double) -> String {
        fixed(value, decimals: 1, dropsZeros: true)
    }

    /// Always with two decimals, `69.02`: prices are in the currency of the reader's bill, which nobody said.
    static func money(_ value: Double) -> String {
        fixed(value, decimals: 2, dropsZeros: false)
    }

    /// `1 node`, `2 nodes`.
    static func plural(_ value: Int, _ noun: String) -> String {
        "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
    }

    /// For an axis, where room is short: `500`, `20,000`, `1.5M`, `2bn`.
    static func tick(_ value: Double) -> String {
        for (unit, name) in [(1e12, "tn"), (1e9, "bn"), (1e6, "M")] where abs(value) >= unit {
            return decimal(value / unit) + name
        }
        return decimal(value)
    }

    private static func fixed(_ value: Double, decimals: Int, dropsZeros: Bool) -> String {
        let factor = decimals == 1 ? 10.0 : 100.0
        let scaled = (abs(value) * factor).rounded()
        guard scaled.isFinite, scaled < 9e18 else { return value.isNaN ? "unknown" : "more than 10,000tn" }
        let units = Int(scaled)
        let divisor = Int(factor)
        var text = grouped(String(units / divisor))
        if !dropsZeros || units % divisor != 0 {
            let rest = String(units % divisor)
            text += "." + String(repeating: "0", count: decimals - rest.count) + rest
        }
        return (value < 0 && units > 0 ? "−" : "") + text
    }

    private static func grouped(_ digits: String) -> String {
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return result
    }
}
