package import Reconciler

/// How many want to watch and to publish, over time: what a simulation is driven by.
///
/// Values are levels, not arrivals: between two points of a series they go in a straight line, before the first there is nobody,
/// after the last they stay.
package struct LoadTrace: Sendable, Equatable {
    /// The clients of one stream from one region.
    package struct Series: Sendable, Equatable {
        /// The region or zone that its clients ask for; nil: they have no preference.
        package var region: String?
        package var stream: StreamKey
        /// In the order of their times; at least one.
        package var points: [Point]
        package var origin: Origin

        package init(region: String?, stream: StreamKey, points: [Point], origin: Origin = Origin()) {
            self.region = region
            self.stream = stream
            self.points = points
            self.origin = origin
        }
    }

    /// The first row of a series in the file that it was read from. Series are equal wherever they come from.
    package struct Origin: Sendable, Equatable {
        /// Counted from 1; 0: it was made, not read.
        package var line = 0
        /// Counted from 1; nil: the file has no such column.
        package var region: Int?
        package var stream: Int?

        package static func == (_: Origin, _: Origin) -> Bool { true }
    }

    /// A level at a time.
    package struct Point: Sendable, Equatable {
        package var at: Timestamp
        package var viewers: Double
        /// Nil: one for the whole stream while anyone watches.
        package var publishers: Double?

        package init(at: Timestamp, viewers: Double, publishers: Double? = nil) {
            self.at = at
            self.viewers = viewers
            self.publishers = publishers
        }
    }

    /// In the order of streams, then regions.
    package var series: [Series]

    package init(series: [Series]) {
        self.series = series.sorted { ($0.stream, $0.region ?? "") < ($1.stream, $1.region ?? "") }
    }

    package var start: Timestamp { series.compactMap(\.points.first?.at).min() ?? Timestamp(milliseconds: 0) }
    package var end: Timestamp { series.compactMap(\.points.last?.at).max() ?? start }
}

/// Limits of a trace, so that a slip is an error and not hours of waiting.
package enum LoadTraceLimits {
    /// Bytes of a file: a week of minutes for fifty series.
    static let bytes = 64 << 20
    static let series = 10_000
    /// Clients of one series; their nodes are kept one by one in memory, 4 bytes each.
    static let level = 20_000_000.0
    static let days = 366
    /// Errors that are shown of one file.
    static let errors = 20
}

/// Where offsets of a trace begin when nothing else is said: a Monday.
extension LoadTrace {
    package static let defaultStart = Timestamp(milliseconds: 1_767_571_200_000)  // 2026-01-05T00:00:00Z
}

/// Reads the level of one series at times that only grow.
struct LoadCursor {
    private let points: [LoadTrace.Point]
    private var next = 0

    init(_ series: LoadTrace.Series) { points = series.points }

    /// Whole clients at `now`; publishers are nil where the trace says nothing of them.
    mutating func level(at now: Timestamp) -> (viewers: Int, publishers: Int?) {
        while next < points.count, points[next].at <= now { next += 1 }
        guard next > 0 else { return (0, points[0].publishers == nil ? nil : 0) }
        let before = points[next - 1]
        guard next < points.count else { return Self.whole(before.viewers, before.publishers) }
        let after = points[next]
        let share =
            Double(now.milliseconds - before.at.milliseconds)
            / Double(after.at.milliseconds - before.at.milliseconds)
        let publishers = before.publishers.map { $0 + ((after.publishers ?? $0) - $0) * share }
        return Self.whole(before.viewers + (after.viewers - before.viewers) * share, publishers)
    }

    private static func whole(_ viewers: Double, _ publishers: Double?) -> (Int, Int?) {
        (Int(viewers.rounded()), publishers.map { Int($0.rounded()) })
    }
}
