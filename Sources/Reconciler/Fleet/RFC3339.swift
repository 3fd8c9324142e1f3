/// Times as text, by arithmetic: a list of 10,000 nodes holds 50,000 of them.
package enum RFC3339 {
    /// The years that can be written: from 1 to the end of 9999, in UTC.
    static let range: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    /// Appends what `Timestamp.description` gives: UTC, milliseconds only where there are any. A time outside of the years that can be
    /// written, as one that was computed may be, is written as the nearest that can.
    package static func append(_ time: Timestamp, to bytes: inout [UInt8]) {
        let bounded = min(max(time.milliseconds, range.lowerBound), range.upperBound)
        let (days, milliseconds) = split(bounded, by: 86_400_000)
        let (year, month, day) = civil(days)
        let digits: [(Int, Int, UInt8)] = [
            (year, 4, UInt8(ascii: "-")), (month, 2, UInt8(ascii: "-")), (day, 2, UInt8(ascii: "T")),
            (milliseconds / 3_600_000, 2, UInt8(ascii: ":")), (milliseconds / 60_000 % 60, 2, UInt8(ascii: ":")),
        ]
        for (value, width, mark) in digits {
            append(value, width, to: &bytes)
            bytes.append(mark)
        }
        append(milliseconds / 1000 % 60, 2, to: &bytes)
        if milliseconds % 1000 != 0 {
            bytes.append(UInt8(ascii: "."))
            append(milliseconds % 1000, 3, to: &bytes)
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    private static func append(_ value: Int, _ width: Int, to bytes: inout [UInt8]) {
        var divisor = [1, 10, 100, 1000][width - 1]
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    private static func split(_ value: Int64, by unit: Int64) -> (Int, Int) {
        let quotient = value >= 0 ? value / unit : (value - unit + 1) / unit
        return (Int(quotient), Int(value - quotient * unit))
    }

    /// The Gregorian date of a day counted from 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms").
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
