/// A cron expression, checked when it is read: five fields (minute first), or six with seconds in front.
///
/// The fields are those of crontab(5): `*`, lists, ranges, steps, the names of months and days, and `?` for "any".
/// When both the day of the month and the day of the week are restricted, either of them is enough, as in crontab(5).
package struct CronExpression: Sendable, Equatable {
    /// As written.
    package let text: String
    /// 0...59.
    package let seconds: CronField
    /// 0...59.
    package let minutes: CronField
    /// 0...23.
    package let hours: CronField
    /// 1...31.
    package let daysOfMonth: CronField
    /// 1...12.
    package let months: CronField
    /// 0...6 from Sunday on.
    package let daysOfWeek: CronField

    /// Reads an expression; throws when it is none, or when it would never fire.
    package init(text: String) throws(CronError) {
        var parser = CronParser(text: text)
        let fields = try parser.fields()
        self.text = text
        seconds = fields[0]
        minutes = fields[1]
        hours = fields[2]
        daysOfMonth = fields[3]
        months = fields[4]
        daysOfWeek = fields[5]
        guard fires else {
            throw CronError(message: "never fires: no month in it has such a day", offset: 0)
        }
    }

    /// Whether it fires on a day.
    ///
    /// - Parameters:
    ///   - month: 1...12.
    ///   - dayOfMonth: 1...31.
    ///   - dayOfWeek: 0...6 from Sunday on.
    package func matches(month: Int, dayOfMonth: Int, dayOfWeek: Int) -> Bool {
        guard months.contains(month) else { return false }
        let inMonth = daysOfMonth.contains(dayOfMonth)
        let inWeek = daysOfWeek.contains(dayOfWeek)
        return daysOfMonth.isRestricted && daysOfWeek.isRestricted ? inMonth || inWeek : inMonth && inWeek
    }

    /// Whether there is any day on which it fires.
    private var fires: Bool {
        if daysOfWeek.isRestricted { return true }
        let lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...12).contains { month in
            months.contains(month) && (1...lengths[month - 1]).contains { daysOfMonth.contains($0) }
        }
    }
}

/// The values of one cron field.
package struct CronField: Sendable, Equatable {
    /// One bit for each value.
    package let bits: UInt64
    /// Whether it was written as anything but `*` or `?`.
    package let isRestricted: Bool

    /// Whether the field has a value, 0...63.
    package func contains(_ value: Int) -> Bool { bits >> UInt64(value) & 1 == 1 }

    /// The least value that is `value` or more; nil when there is none.
    package func next(from value: Int) -> Int? {
        guard value < 64 else { return nil }
        let rest = bits >> UInt64(value)
        return rest == 0 ? nil : value + rest.trailingZeroBitCount
    }
}

/// Why a text is no cron expression.
package struct CronError: Error, Equatable, Sendable {
    /// What is wrong, to be read after "cron expression '...' ".
    package let message: String
    /// Where, in characters from the beginning of the text.
    package let offset: Int
}
