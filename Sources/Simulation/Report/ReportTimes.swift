import Reconciler

/// Moments as text, in UTC, as short as the length of the simulation allows.
struct ReportTimes {
    private let showsSeconds: Bool
    private let showsDate: Bool

    init(start: Timestamp, end: Timestamp) {
        let length = end.milliseconds - start.milliseconds
        showsSeconds = length < 600_000
        showsDate = length > 7 * 86_400_000
    }

    /// `Sat 18:04`, with the date when a weekday alone could be either of two, with seconds when all is within minutes.
    func moment(_ time: Timestamp) -> String {
        let parts = Self.parts(time)
        let date = showsDate ? "\(parts.weekday) \(parts.day) \(parts.month)" : parts.weekday
        return "\(date) \(showsSeconds ? parts.clockWithSeconds : parts.clock)"
    }

    /// `Sat 21 Nov 2026 18:04`.
    static func full(_ time: Timestamp) -> String {
        let parts = parts(time)
        return "\(parts.weekday) \(parts.day) \(parts.month) \(parts.year) \(parts.clock)"
    }

    /// A time taken apart, each part as text.
    struct Parts {
        var year: String
        var month: String
        /// Without a leading zero.
        var day: String
        var weekday: String
        var clock: String
        var clockWithSeconds: String
    }

    static func parts(_ time: Timestamp) -> Parts {
        // 2026-11-22T12:00:00Z
        let text = Array(time.description)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = Int(String(text[5..<7])) ?? 1
        let days = (Double(time.milliseconds) / 86_400_000).rounded(.down)
        // 1970-01-01 was a Thursday.
        let weekday = (Int(days) % 7 + 7 + 4) % 7
        return Parts(
            year: String(text[..<4]), month: months[month - 1], day: String(Int(String(text[8..<10])) ?? 0),
            weekday: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][weekday],
            clock: String(text[11..<16]), clockWithSeconds: String(text[11..<19]))
    }
}
