import Reconciler

/// Where a time axis is marked: at whole seconds, minutes, hours or days in UTC.
struct TimeAxis: Equatable {
    struct Tick: Equatable {
        var at: Timestamp
        var label: String
    }

    let ticks: [Tick]

    private static let day: Int64 = 86_400_000
    /// Milliseconds; days past a week in whole weeks, so that ticks stay on Mondays.
    private static let steps: [Int64] =
        [1, 2, 5, 10, 15, 30].map { $0 * 1000 } + [1, 2, 5, 10, 15, 30].map { $0 * 60_000 }
        + [1, 2, 3, 6, 12].map { $0 * 3_600_000 } + [1, 2, 7, 14, 28, 91, 182, 364].map { $0 * day }

    /// - Parameter count: at most so many ticks, except over centuries.
    init(from start: Timestamp, to end: Timestamp, count: Int) {
        let length = Swift.max(0, end.milliseconds - start.milliseconds)
        let count = Int64(Swift.max(1, count))
        var step = Self.steps.first { length / $0 < count } ?? 364 * Self.day
        while length / step >= count { step *= 2 }
        // Weeks count from Monday 1970-01-05.
        let origin = step % (7 * Self.day) == 0 ? 4 * Self.day : 0
        let distance = start.milliseconds - origin
        let down = distance % step
        var at = distance - down + (down > 0 ? step : 0) + origin
        var ticks: [Tick] = []
        while at <= end.milliseconds {
            let time = Timestamp(milliseconds: at)
            ticks.append(Tick(at: time, label: Self.label(time, start: start, step: step, length: length)))
            at += step
        }
        self.ticks = ticks
    }

    private static func label(_ time: Timestamp, start: Timestamp, step: Int64, length: Int64) -> String {
        let parts = ReportTimes.parts(time)
        if length > 300 * day { return "\(parts.month) \(parts.year)" }
        if length > 14 * day { return "\(parts.day) \(parts.month)" }
        // A day begins: say which, but for the first of hours.
        if time.milliseconds % day == 0, length > 2 * day { return "\(parts.weekday) \(parts.day)" }
        if time.milliseconds % day == 0, time > start { return parts.weekday }
        return step < 60_000 ? parts.clockWithSeconds : parts.clock
    }
}
