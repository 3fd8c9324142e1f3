import Reconciler

/// What a report is about: one result, or two on one axis of time.
struct ReportSubject {
    let result: SimulationResult
    /// Moved to the start of ``result`` when the two have no time in common.
    let other: SimulationResult?
    let isMoved: Bool
    let start: Timestamp
    let end: Timestamp
    let times: ReportTimes

    init(_ result: SimulationResult, against other: SimulationResult?) {
        self.result = result
        var other = other
        var isMoved = false
        if let found = other, found.end < result.start || found.start > result.end {
            other = Self.move(found, by: result.start - found.start)
            isMoved = true
        }
        self.other = other
        self.isMoved = isMoved
        start = min(result.start, other?.start ?? result.start)
        end = max(result.end, other?.end ?? result.end)
        times = ReportTimes(start: start, end: end)
    }

    private static func move(_ result: SimulationResult, by offset: Duration) -> SimulationResult {
        var moved = result
        moved.start = result.start + offset
        moved.end = result.end + offset
        moved.times = result.times.map { $0 + offset }
        for index in moved.actions.indices { moved.actions[index].at = moved.actions[index].at + offset }
        return moved
    }

    func otherPool(_ key: PoolKey) -> SimulationResult.Pool? {
        other?.pools.first { $0.pool == key }
    }

    func otherViewers(_ name: String) -> SimulationResult.ViewerSeries? {
        other?.viewers.first { $0.name == name }
    }

    /// Whether the other's counts are drawn: two lines on one another would hide each other's dashes.
    func isApart(_ others: [Int], from mine: [Int]) -> Bool {
        others != mine || other?.times != result.times
    }

    /// The result's time in a few dozen bands, each with words about the values in it.
    func hovers(over count: Int, words: (ClosedRange<Int>) -> String) -> [SVGChart.Hover] {
        let count = min(count, result.times.count)
        return stride(from: 0, to: count, by: max(1, (count + 59) / 60)).map { first in
            let last = min(first + max(1, (count + 59) / 60), count) - 1
            let (from, to) = (result.times[first], last + 1 < result.times.count ? result.times[last + 1] : result.end)
            return SVGChart.Hover(
                from: from, to: to, words: "\(times.moment(from)) to \(times.moment(to)): \(words(first...last))")
        }
    }

    /// The largest value and when it was first reached.
    static func peak(_ values: [Int]) -> (index: Int, value: Int)? {
        guard let value = values.max(), value > 0, let index = values.firstIndex(of: value) else { return nil }
        return (index, value)
    }
}

extension SimulationResult {
    /// The regions, without the series of all together.
    var regions: [ViewerSeries] { Array(viewers.dropFirst()) }
}
