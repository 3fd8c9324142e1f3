extension RFC3339 {
    /// Reads a `date-time` of RFC 3339, section 5.6, to the nearest millisecond; nil for anything else, days that no
    /// calendar has and years that cannot be written again among it.
    /// A leap second is the second after it.
    package static func time(_ text: String) -> Timestamp? {
        var digits = Digits(bytes: Array(text.utf8))
        guard let year = digits.take(4), digits.take("-"), let month = digits.take(2, 1...12), digits.take("-"),
            let day = digits.take(2, 1...lastDay(month, of: year)), digits.take("T"),
            let hour = digits.take(2, 0...23), digits.take(":"), let minute = digits.take(2, 0...59), digits.take(":"),
            let second = digits.take(2, 0...60), let milliseconds = digits.takeFraction(),
            let offset = digits.takeOffset(), digits.isAtEnd
        else { return nil }
        let minutes = Int64(days(year, month, day) * 1440 + hour * 60 + minute - offset)
        // Only the last minute of a day has one, wherever it is read.
        if second == 60, (minutes + 1) % 1440 != 0 { return nil }
        let start = (minutes * 60 + Int64(second)) * 1000
        // The last moment of all is not rounded out of what can be written.
        return range.contains(start) ? Timestamp(milliseconds: min(start + Int64(milliseconds), range.upperBound)) : nil
    }

    private static func lastDay(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The day of a Gregorian date, counted from 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms").
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// What is left to read.
    private struct Digits {
        let bytes: [UInt8]
        var position = 0

        var isAtEnd: Bool { position == bytes.count }

        /// A number of so many digits.
        mutating func take(_ count: Int, _ range: ClosedRange<Int> = 0...9999) -> Int? {
            guard position + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[position..<(position + count)] {
                guard let digit = Self.digit(byte) else { return nil }
                value = value * 10 + digit
            }
            position += count
            return range.contains(value) ? value : nil
        }

        /// One sign; of a letter the small one too.
        mutating func take(_ sign: Unicode.Scalar) -> Bool {
            guard position < bytes.count, UInt8(ascii: sign) == Self.upper(bytes[position]) else { return false }
            position += 1
            return true
        }

        /// Milliseconds of a fraction, if there is one; nil for a dot without digits.
        mutating func takeFraction() -> Int? {
            guard take(".") else { return 0 }
            let start = position
            var (value, unit) = (0, 1000)
            while position < bytes.count, let digit = Self.digit(bytes[position]) {
                // The fourth digit rounds; those behind it say nothing.
                if unit > 1 { value = value * 10 + digit } else if unit == 1, digit >= 5 { value += 1 }
                unit /= 10
                position += 1
            }
            return position == start ? nil : value * max(unit, 1)
        }

        /// Minutes before UTC.
        mutating func takeOffset() -> Int? {
            if take("Z") { return 0 }
            let isNegative = take("-")
            guard isNegative || take("+"), let hours = take(2, 0...23), take(":"), let minutes = take(2, 0...59) else {
                return nil
            }
            return (hours * 60 + minutes) * (isNegative ? -1 : 1)
        }

        private static func digit(_ byte: UInt8) -> Int? {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
        }

        private static func upper(_ byte: UInt8) -> UInt8 {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
        }
    }
}
