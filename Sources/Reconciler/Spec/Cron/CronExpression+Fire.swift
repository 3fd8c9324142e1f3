package import Foundation

extension CronExpression {
    /// Days to look ahead: 29 February may be eight years away, around 2100.
    private static let horizonDays = 12 * 366

    private static let secondsPerDay = 86_400

    /// The first instant after another at which the expression fires on the clocks of a time zone; nil when that is
    /// more than twelve years away.
    ///
    /// A time that clocks skip in spring fires as much later as they skip; one that they show twice in autumn fires the
    /// first time only.
    package func nextFire(after: Timestamp, in zone: TimeZone) -> Timestamp? {
        let instant = Int((Double(after.milliseconds) / 1000).rounded(.down))
        let local = instant + Self.offset(of: zone, at: instant)
        // A skipped time shows up on the clock behind where it fires: look back over as much as clocks ever skip.
        let hasChange = Self.offset(of: zone, at: instant - Self.secondsPerDay) != Self.offset(of: zone, at: instant)
        var from = hasChange ? local - 3 * 3600 : local
        let lastDay = Self.day(of: local) + Self.horizonDays
        while true {
            let day = Self.day(of: from)
            guard day <= lastDay else { return nil }
            guard fires(on: day), let second = time(from: from - day * Self.secondsPerDay) else {
                from = (day + 1) * Self.secondsPerDay
                continue
            }
            let candidate = day * Self.secondsPerDay + second
            let fire = Timestamp(milliseconds: Int64(Self.instant(ofLocal: candidate, zone)) * 1000)
            if fire > after { return fire }
            from = candidate + 1
        }
    }

    private static func day(of second: Int) -> Int {
        (second - (second % secondsPerDay + secondsPerDay) % secondsPerDay) / secondsPerDay
    }

    private static func offset(of zone: TimeZone, at second: Int) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
    }

    /// The instant at which the clocks of a zone show a time, see ``nextFire(after:in:)`` for those that they show
    /// twice or never.
    private static func instant(ofLocal local: Int, _ zone: TimeZone) -> Int {
        let before = offset(of: zone, at: local - secondsPerDay)
        let after = offset(of: zone, at: local + secondsPerDay)
        if before == after || offset(of: zone, at: local - before) == before { return local - before }
        return offset(of: zone, at: local - after) == after ? local - after : local - before
    }

    private func fires(on day: Int) -> Bool {
        let date = Self.date(ofDay: day)
        // 1970-01-01 was a Thursday.
        return matches(month: date.month, dayOfMonth: date.day, dayOfWeek: ((day % 7) + 11) % 7)
    }

    /// The first time of day, in seconds, at or after another.
    private func time(from start: Int) -> Int? {
        let (hour, minute, second) = (start / 3600, start / 60 % 60, start % 60)
        guard let firstMinute = minutes.next(from: 0), let firstSecond = seconds.next(from: 0),
            let nextHour = hours.next(from: hour)
        else { return nil }
        if nextHour == hour {
            if minutes.contains(minute), let next = seconds.next(from: second) {
                return hour * 3600 + minute * 60 + next
            }
            if let next = minutes.next(from: minute + 1) { return hour * 3600 + next * 60 + firstSecond }
            guard let later = hours.next(from: hour + 1) else { return nil }
            return later * 3600 + firstMinute * 60 + firstSecond
        }
        return nextHour * 3600 + firstMinute * 60 + firstSecond
    }

    /// The date of a day counted from 1970-01-01 (http://howardhinnant.github.io/date_algorithms.html, civil_from_days).
    private static func date(ofDay day: Int) -> (month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        return (shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
