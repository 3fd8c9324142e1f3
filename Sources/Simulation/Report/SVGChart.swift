import Reconciler

/// A chart of counts over time as one inline SVG.
///
/// Drawn in units of about half a pixel of a phone, so that whole numbers are fine enough. Its text is of one size, which is
/// about 11 pixels on a phone of 360 pixels; colours and dashes are classes of ``ReportStyle``.
///
///     y label ┬────────────── max 40 ┐
///             │     plot             │
///             ┴──────────────────────┘
///             strips: refused viewers, scaling actions
///     UTC     12:00     18:00    Sun
struct SVGChart {
    /// Counts at times; each holds until the next.
    struct Series {
        /// The class that colours and dashes it.
        var style: String
        var isArea = false
        /// Below zero: not known.
        var values: [Int]
        var times: [Timestamp]
        var end: Timestamp
    }

    /// A horizontal line, with words above its right end if it has any.
    struct Level {
        var value: Int
        var style: String
        var words = ""
    }

    /// A row of bars below the plot with a scale of its own, for counts that the plot's scale would hide.
    struct Strip {
        var style: String
        var words: String
        var series: Series
    }

    /// A row of triangles below the plot.
    struct Mark {
        var at: Timestamp
        var isUp: Bool
        var words: String
    }

    /// Words that show where a pointer rests.
    struct Hover {
        var from: Timestamp
        var to: Timestamp
        var words: String
    }

    /// What the chart shows, for those who cannot see it.
    var words: String
    var start: Timestamp
    var end: Timestamp
    var series: [Series] = []
    var levels: [Level] = []
    var strips: [Strip] = []
    var marks: [Mark]?
    var hovers: [Hover] = []
    var unit = ""
    var width = 800
    var plotHeight = 260
    /// Of time ticks, at most.
    var timeTicks = 6
    /// How many units become one step of a path.
    var columnWidth = 4

    var svg: String { Drawing(self).svg }
}

/// The measures of one chart.
private struct Drawing {
    private let chart: SVGChart
    private let axis: NumberAxis
    private let left: Int
    private let right: Int
    private let top = 40
    private let bottom: Int

    private static let letter = 17
    private static let stripHeight = 76
    private static let marksHeight = 64

    init(_ chart: SVGChart) {
        self.chart = chart
        let largest = chart.series.flatMap(\.values).max() ?? 0
        axis = NumberAxis(largest: max(largest, chart.levels.map(\.value).max() ?? 0))
        let labels = axis.ticks.map { ReportText.tick($0).count + chart.unit.count }
        // At least as wide as `100%` needs, so that the charts of one card share their axis of time.
        left = max(94, (labels.max() ?? 0) * Self.letter + (chart.unit.isEmpty ? 14 : 26))
        right = chart.width - 12
        bottom = top + chart.plotHeight
    }

    func x(_ time: Timestamp) -> Int {
        let length = Double(max(1, chart.end.milliseconds - chart.start.milliseconds))
        let offset = Double(time.milliseconds - chart.start.milliseconds) / length
        return left + Int((min(1, max(0, offset)) * Double(right - left)).rounded())
    }

    func y(_ value: Double) -> Int {
        bottom - Int((value / axis.top * Double(bottom - top)).rounded())
    }

    private func edges(_ series: SVGChart.Series) -> [Int] {
        zip(series.times, series.values).map { x($0.0) } + [x(series.end)]
    }

    private func path(_ series: SVGChart.Series) -> StepPath {
        StepPath(
            values: series.values.map { $0 < 0 ? nil : y(Double($0)) }, edges: edges(series), width: chart.columnWidth)
    }

    var svg: String {
        // Without rows below the plot, its lowest label needs room above the axis of time.
        var ground = bottom + (chart.strips.isEmpty && chart.marks == nil ? 18 : 0)
        var below = ""
        for strip in chart.strips {
            below += draw(strip, top: ground)
            ground += Self.stripHeight
        }
        if let marks = chart.marks {
            below += draw(marks, top: ground)
            ground += Self.marksHeight
        }
        let height = ground + 44
        let words = ReportText.escape(chart.words)
        var body = valueTicks + timeTicks(ground: ground)
        for series in chart.series {
            let data = series.isArea ? path(series).area(ground: bottom) : path(series).line
            if !data.isEmpty { body += "<path class=\"\(series.style)\" d=\"\(data)\"/>" }
        }
        body += levels + below + hovers(ground: ground)
        return "<svg class=\"chart\" viewBox=\"0 0 \(chart.width) \(height)\" role=\"img\" aria-label=\"\(words)\">"
            + body + "</svg>"
    }

    private var valueTicks: String {
        axis.ticks.map { tick in
            let style = tick == 0 ? "base" : "grid"
            return "<path class=\"\(style)\" d=\"M\(left) \(y(tick))H\(right)\"/>"
                + text(ReportText.tick(tick) + chart.unit, x: left - 10, y: y(tick) + 10, style: "e")
        }.joined()
    }

    private func timeTicks(ground: Int) -> String {
        var result = text("UTC", x: 0, y: ground + 34, style: "")
        var free = 3 * Self.letter + 12
        for tick in TimeAxis(from: chart.start, to: chart.end, count: chart.timeTicks).ticks {
            let x = x(tick.at)
            result += "<path class=\"grid\" d=\"M\(x) \(top)V\(ground + 8)\"/>"
            let half = tick.label.count * Self.letter / 2
            // The first gives way to `UTC` by a few pixels rather than be left out.
            let middle = max(x, free + half)
            guard middle - x <= 16, middle + half <= chart.width else { continue }
            free = middle + half + 12
            result += text(tick.label, x: middle, y: ground + 34, style: "m")
        }
        return result
    }

    private var levels: String {
        chart.levels.map { level in
            let y = y(Double(level.value))
            let words = level.words.isEmpty ? "" : text(level.words, x: right - 4, y: y - 8, style: "e halo")
            return "<path class=\"\(level.style)\" d=\"M\(left) \(y)H\(right)\"/>" + words
        }.joined()
    }

    private func draw(_ strip: SVGChart.Strip, top: Int) -> String {
        let base = top + Self.stripHeight - 4
        let barWidth = 6
        var bars: [(x: Int, count: Int)] = []
        for (count, x) in zip(strip.series.values, edges(strip.series)) where count > 0 {
            let x = min(x / barWidth * barWidth, right - barWidth)
            if bars.last?.x == x {
                bars[bars.count - 1].count += count
            } else {
                bars.append((x, count))
            }
        }
        let largest = Double(bars.map(\.count).max() ?? 1)
        let data = bars.map { bar in
            // One refused viewer must be seen as well.
            let height = 10 + Int((Double(bar.count) / largest * 30).rounded())
            return "M\(bar.x) \(base)v-\(height)h\(barWidth)v\(height)z"
        }.joined()
        return text(strip.words, x: left + 8, y: top + 26, style: strip.style)
            + "<path class=\"base\" d=\"M\(left) \(base)H\(right)\"/>"
            + (data.isEmpty ? "" : "<path class=\"\(strip.style)\" d=\"\(data)\"/>")
    }

    /// One mark per direction and slot; the marks of one slot share their first's words.
    private func draw(_ marks: [SVGChart.Mark], top: Int) -> String {
        let slot = 20
        var found: [(x: Int, isUp: Bool, words: String, others: Int)] = []
        for isUp in [true, false] {
            for mark in marks where mark.isUp == isUp {
                let x = (x(mark.at) + slot / 2) / slot * slot
                if let last = found.last, last.x == x, last.isUp == isUp {
                    found[found.count - 1].others += 1
                } else {
                    found.append((x, isUp, mark.words, 0))
                }
            }
        }
        if found.isEmpty { return text("no scaling", x: left + 8, y: top + 40, style: "") }
        return found.map { mark in
            let words = ReportText.escape(mark.words) + (mark.others > 0 ? ", and \(mark.others) more" : "")
            let place = "x=\"\(mark.x)\" y=\"\(top + (mark.isUp ? 14 : 40))\""
            return "<use href=\"#\(mark.isUp ? "out" : "in")\" \(place)><title>\(words)</title></use>"
        }.joined()
    }

    private func hovers(ground: Int) -> String {
        // Marks have words of their own.
        let height = (chart.marks == nil ? ground : bottom) - top
        return chart.hovers.map { hover in
            let from = x(hover.from)
            return "<rect class=\"hover\" x=\"\(from)\" y=\"\(top)\" width=\"\(max(1, x(hover.to) - from))\" "
                + "height=\"\(height)\"><title>\(ReportText.escape(hover.words))</title></rect>"
        }.joined()
    }

    private func text(_ words: String, x: Int, y: Int, style: String) -> String {
        let style = style.isEmpty ? "" : " class=\"\(style)\""
        return "<text\(style) x=\"\(x)\" y=\"\(y)\">\(ReportText.escape(words))</text>"
    }
}
